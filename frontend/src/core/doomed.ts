import type { Deletion } from './dto';
import { filterQuery, type Filter } from './filter';

/** What is to be deleted: rows that were picked, or what a filter finds. */
export type Doomed = { ids: string[] } | { filter: Filter; total?: number };

/** More than so many, or an unknown number, are deleted after typing a word only. */
export const many = 100;

/** The filter as it was when one was asked: what comes later stays. Now is microseconds. */
export function until(filter: Filter, now: number): Filter {
  return { ...filter, to: filter.to > 0 ? Math.min(filter.to, now) : now };
}

/** What the API takes, once it is confirmed; name is what it tells of it by. */
export function deletion(what: Doomed, name: string): Deletion {
  const [query, ids] = 'ids' in what ? ['', what.ids] : [filterQuery(what.filter).toString(), []];
  return { query, ids, confirm: 'delete', name };
}
