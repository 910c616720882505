import type { Facets } from '../core/dto';
import { filterQuery, type Filter } from '../core/filter';
import { Latest } from '../core/latest';
import { api } from './app.svelte';

/** How long a changed filter waits for a further change, in ms. */
const pause = 250;

/** How often the values of the filter's menus occur under the present filter. */
class Counts {
  /** Null until they are known; while newer ones are counted the old ones stay. */
  facets = $state.raw<Facets | null>(null);
  private of = '';
  private readonly latest = new Latest<Facets>((got) => (this.facets = got));

  /** Counts under a filter: at once where a menu was opened, else after a pause. */
  count(filter: Filter, opened: boolean): void {
    const of = filterQuery(filter).toString();
    if (opened && of !== this.of) this.facets = null;
    else if (!opened && of === this.of) return;
    this.of = of;
    this.latest.ask((signal) => api.facets(filter, signal, 'menus'), opened ? 0 : pause);
  }

  /** The menu was closed. */
  stop(): void {
    this.latest.drop();
    this.of = '';
  }
}

export const counts = new Counts();
