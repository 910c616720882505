import { SvelteMap } from 'svelte/reactivity';
import type { Row } from '../core/dto';
import { summarize } from '../core/selection';

/** The rows of the list that were picked to be summed up or compared. */
class Picked {
  readonly rows = new SvelteMap<string, Row>();
  readonly summary = $derived(summarize([...this.rows.values()]));
  /** The row from which a range goes. */
  anchor = -1;

  toggle(row: Row): void {
    if (!this.rows.delete(row.id)) this.rows.set(row.id, row);
  }

  clear(): void {
    this.rows.clear();
    this.anchor = -1;
  }
}

export const picked = new Picked();
