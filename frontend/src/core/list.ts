import type { Index, Page, Row } from './dto';
import type { Filter } from './filter';

/** Where rows come from; Api is one. */
export interface RowSource {
  index(filter: Filter, signal?: AbortSignal, turn?: string): Promise<Index>;
  page(filter: Filter, at: { from_id?: string; before_id?: string; limit: number }, signal?: AbortSignal): Promise<Page>;
}

/** A stretch of the list: the rows from its bound down to the next stretch's. */
interface Stretch {
  /** Newest id that belongs to it, "" for no bound. */
  bound: string;
  /** Whether the bound itself belongs to it. */
  inclusive: boolean;
  count: number;
  rows: Row[] | null;
  loading: Promise<void> | null;
  used: number;
}

const pageLimit = 500;
const headLimit = 400;
const firstLimit = 100;
const keepPages = 40;

/**
 * All rows of a filter, newest first, of which only the stretches that are
 * looked at are in memory. Positions are exact for loaded stretches; the size
 * of a stretch that changed unseen is put right when it is loaded.
 */
export class RowList {
  total = 0;
  /** Whether the total is of all rows; else there are more, which are being counted. */
  counted = false;
  /** Grows when the first rows of a filter are there. */
  turn = 0;
  state: 'loading' | 'ready' | 'error' = 'loading';
  error: unknown = null;
  private filter: Filter | null = null;
  private stretches: Stretch[] = [];
  private starts: number[] = [];
  private abort = new AbortController();
  private clock = 0;
  private busy = false;
  /** Rows that ended while the index was being read; it may or may not know them. */
  private late: Row[] = [];
  private readonly source: RowSource;
  private readonly changed: () => void;

  constructor(source: RowSource, changed: () => void) {
    this.source = source;
    this.changed = changed;
  }

  /** Starts over with a filter. What is shown stays until the answer is here, if `keep`. */
  async load(filter: Filter, keep = false): Promise<void> {
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.filter = filter;
    this.busy = true;
    this.late = [];
    if (!keep || this.state !== 'ready') {
      this.state = 'loading';
      this.stretches = [];
      this.measure();
    }
    this.changed();
    this.counted = false;
    try {
      // To count all rows of a filter can take seconds, and both cores; the first page is shown before that begins.
      const early = this.state === 'loading' ? await this.early(filter, abort.signal) : null;
      if (abort.signal.aborted) return;
      if (early && !early.more) this.counted = true;
      else await this.count(filter, early, abort.signal);
      if (abort.signal.aborted) return;
      if (!early) this.turn++;
      for (const row of this.late) if (this.isLoaded(row.id)) this.put(row, false);
      this.measure();
      this.state = 'ready';
      this.error = null;
    } catch (e) {
      if (abort.signal.aborted) return;
      this.state = 'error';
      this.error = e;
    }
    this.busy = false;
    this.late = [];
    this.changed();
  }

  /** Shows the first page. */
  private async early(filter: Filter, signal: AbortSignal): Promise<Page> {
    const page = await this.source.page(filter, { limit: firstLimit }, signal);
    if (signal.aborted) return page;
    const [newest] = page.rows;
    this.build({ total: page.rows.length, step: firstLimit, anchors: newest ? [newest.id] : [] }, page);
    this.state = 'ready';
    this.error = null;
    this.turn++;
    this.changed();
    return page;
  }

  /** Counts all rows; the first page is read again where the one that is there does not begin with the newest. */
  private async count(filter: Filter, early: Page | null, signal: AbortSignal): Promise<void> {
    const index = await this.source.index(filter, signal, 'list');
    if (signal.aborted) return;
    const [newest] = early?.rows ?? [];
    let first = newest && newest.id === index.anchors[0] ? early : null;
    if (!first && index.total > 0) first = await this.source.page(filter, { limit: Math.min(pageLimit, index.step) }, signal);
    if (signal.aborted) return;
    this.build(index, first);
    this.counted = true;
  }

  private isLoaded(id: string): boolean {
    const i = this.lastWhere((n) => this.accepts(this.stretches[n]!, id));
    return i < 0 || this.stretches[i]!.rows !== null;
  }

  private build(index: Index, first: Page | null): void {
    const stretch = (bound: string, count: number): Stretch => ({ bound, inclusive: true, count, rows: null, loading: null, used: 0 });
    this.stretches = index.anchors.map((a, i) => stretch(a, Math.max(0, Math.min(index.step, index.total - i * index.step))));
    this.stretches.unshift({ ...stretch('', 0), rows: [] });
    this.measure();
    for (const row of first?.rows ?? []) this.put(row, true);
    const newest = this.stretches[1];
    if (first && newest) this.fill(newest, first.rows.filter((r) => this.accepts(newest, r.id)), first.more);
    this.measure();
  }

  private measure(): void {
    let sum = 0;
    this.starts = this.stretches.map((s) => {
      const at = sum;
      sum += s.count;
      return at;
    });
    this.total = sum;
  }

  private accepts(s: Stretch, id: string): boolean {
    return s.bound === '' || id < s.bound || (s.inclusive && id === s.bound);
  }

  /** The last stretch for which `yes` holds; it holds for a first part of them. */
  private lastWhere(yes: (i: number) => boolean): number {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (yes(mid)) low = mid + 1;
      else high = mid;
    }
    return low - 1;
  }

  private at(position: number): number {
    return this.lastWhere((i) => (this.starts[i] ?? 0) <= position);
  }

  /** The row at a position, undefined while it is not loaded. */
  row(position: number): Row | undefined {
    const i = this.at(position);
    return this.stretches[i]?.rows?.[position - (this.starts[i] ?? 0)];
  }

  /** The position of a loaded row, -1 where it is not loaded or not there. */
  find(id: string): number {
    const i = this.lastWhere((n) => this.accepts(this.stretches[n]!, id));
    const k = this.stretches[i]?.rows?.findIndex((r) => r.id === id) ?? -1;
    return k < 0 ? -1 : (this.starts[i] ?? 0) + k;
  }

  /** Loads what is missing of [first, last). */
  ensure(first: number, last: number): void {
    if (this.state !== 'ready' || last <= first) return;
    for (let i = Math.max(0, this.at(first)); i < this.stretches.length && (this.starts[i] ?? 0) < last; i++) {
      const s = this.stretches[i]!;
      s.used = ++this.clock;
      if (!s.rows) void this.fetched(s);
    }
    this.forget();
  }

  /** The row at a position, once it is loaded; undefined where there is none. */
  async rowAt(position: number): Promise<Row | undefined> {
    const { signal } = this.abort;
    // What is loaded may have moved others there.
    for (let tries = 0; tries < 5 && this.state === 'ready' && !signal.aborted; tries++) {
      const row = this.row(position);
      const s = this.stretches[this.at(position)];
      if (row || !s || s.rows) return row;
      s.used = ++this.clock;
      await this.fetched(s);
    }
    return undefined;
  }

  private fetched(s: Stretch): Promise<void> {
    return (s.loading ??= this.fetch(s).finally(() => (s.loading = null)));
  }

  private async fetch(s: Stretch): Promise<void> {
    const { signal } = this.abort;
    const filter = this.filter;
    if (!filter) return;
    try {
      // A few more than counted: rows may have come in unseen.
      const limit = Math.min(pageLimit, s.count + 16);
      const page = await this.source.page(filter, s.inclusive ? { from_id: s.bound, limit } : { before_id: s.bound, limit }, signal);
      if (signal.aborted) return;
      this.fill(s, page.rows, page.more);
      this.measure();
    } catch (e) {
      if (signal.aborted) return;
      this.state = 'error';
      this.error = e;
    }
    this.changed();
  }

  /** Gives a stretch its rows; what the page could not hold becomes a stretch of its own. */
  private fill(s: Stretch, rows: Row[], more: boolean): void {
    const i = this.stretches.indexOf(s);
    if (i < 0) return;
    const next = this.stretches[i + 1];
    const own = next ? rows.filter((r) => !this.accepts(next, r.id)) : rows;
    const last = own.at(-1);
    if (own.length === rows.length && more && last && (own.length < s.count || !next)) {
      const rest = Math.max(1, s.count - own.length);
      this.stretches.splice(i + 1, 0, { bound: last.id, inclusive: false, count: rest, rows: null, loading: null, used: 0 });
    }
    s.rows = own;
    s.count = own.length;
  }

  private forget(): void {
    const loaded = this.stretches.filter((s) => s.rows !== null && s.bound !== '');
    if (loaded.length <= keepPages) return;
    loaded.sort((a, b) => a.used - b.used);
    for (const s of loaded.slice(0, loaded.length - keepPages)) s.rows = null;
  }

  /**
   * Puts a row that just ended in its place. Returns its position, and whether
   * it is new there (so that what is below moved by one).
   */
  insert(row: Row): { position: number; added: boolean } {
    if (this.busy) this.late.push(row);
    if (this.state !== 'ready') return { position: 0, added: false };
    const put = this.put(row, false);
    this.measure();
    return { position: (this.starts[put.stretch] ?? 0) + put.offset, added: put.added };
  }

  private put(row: Row, headOnly: boolean): { stretch: number; offset: number; added: boolean } {
    let i = this.lastWhere((n) => this.accepts(this.stretches[n]!, row.id));
    if (i < 0) {
      this.stretches.unshift({ bound: '', inclusive: true, count: 0, rows: [], loading: null, used: 0 });
      i = 0;
    }
    const s = this.stretches[i]!;
    if (headOnly && s.bound !== '') return { stretch: i, offset: 0, added: false };
    if (!s.rows) {
      s.count++;
      return { stretch: i, offset: 0, added: true };
    }
    let k = s.rows.findIndex((r) => r.id <= row.id);
    if (k < 0) k = s.rows.length;
    if (s.rows[k]?.id === row.id) {
      s.rows[k] = row;
      return { stretch: i, offset: k, added: false };
    }
    s.rows.splice(k, 0, row);
    s.count++;
    if (s.bound === '' && s.count > headLimit) {
      s.bound = s.rows[0]!.id;
      s.used = ++this.clock;
      this.stretches.unshift({ bound: '', inclusive: true, count: 0, rows: [], loading: null, used: 0 });
      i++;
    }
    return { stretch: i, offset: k, added: true };
  }
}
