import type { Row } from '../core/dto';
import type { Filter } from '../core/filter';
import { readRange, type Ends } from '../core/range';
import { summarize } from '../core/selection';
import { api } from './app.svelte';

/** How many rows can be picked at once: as many as one deletion may name. */
export const maxPicked = 10_000;

/** The rows of the list that were picked to be summed up, compared or deleted. */
class Picked {
  rows = $state.raw<ReadonlyMap<string, Row>>(new Map());
  readonly summary = $derived(summarize([...this.rows.values()]));
  /** How many rows of a range have come; -1 while none is read. */
  reading = $state(-1);
  /** How many rows the range has, of which the first were picked; null where that is not known. */
  cut = $state.raw<{ of: number | null } | null>(null);
  failed = $state(false);
  /** The row from which a range goes: its place moves as rows come in. */
  anchor = '';
  private abort = new AbortController();

  get any(): boolean {
    return this.rows.size > 0 || this.reading >= 0 || this.failed;
  }

  toggle(row: Row): void {
    const others = [...this.rows.values()].filter((r) => r.id !== row.id);
    this.set(others.length < this.rows.size ? others : [...others, row]);
  }

  /** Picks these rows instead of those that were. */
  set(rows: readonly Row[], cut: { of: number | null } | null = null): void {
    this.stop();
    this.rows = new Map(rows.map((r) => [r.id, r]));
    this.cut = cut;
  }

  /** Reads a range and picks it; those that were picked stay until it is here. of is how many rows it should have. */
  async read(filter: Filter, ends: Ends | Promise<Ends>, of: number | null): Promise<void> {
    this.stop();
    const { signal } = this.abort;
    this.reading = 0;
    try {
      const range = await ends;
      signal.throwIfAborted();
      const got = await readRange(api, filter, range, maxPicked, signal, (n) => (this.reading = n));
      this.set(got.rows, got.more ? { of } : null);
    } catch {
      if (signal.aborted) return;
      this.clear();
      this.failed = true;
    }
  }

  private stop(): void {
    this.abort.abort();
    this.abort = new AbortController();
    this.reading = -1;
    this.failed = false;
  }

  clear(): void {
    this.set([]);
    this.anchor = '';
  }
}

export const picked = new Picked();
