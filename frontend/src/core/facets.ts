import type { Facet } from './dto';

/** One value of a filter's menu: how many requests it would show, null while that is not known. */
export interface Offered {
  value: string;
  count: number | null;
  /** There may be more than were counted. */
  atLeast: boolean;
}

/** All values that a menu offers, '' for what has none (of users only), those first that the present filter leaves the most of. Since is 0 where all requests were counted. */
export function offered(all: readonly Facet[], counted: { list: readonly Facet[]; since: number } | null): Offered[] {
  const known = new Map(counted?.list.map((f) => [f.value, f.count]));
  const values = new Set([...(counted?.list ?? []), ...all].map((f) => f.value));
  const part = (counted?.since ?? 0) > 0;
  // What was not met among a part of the requests is not known to be 0.
  return [...values].map((value) => ({ value, count: counted ? (known.get(value) ?? (part ? null : 0)) : null, atLeast: part }));
}
