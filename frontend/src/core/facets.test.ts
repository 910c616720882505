import { expect, it } from 'vitest';
import { offered } from './facets';

const all = [{ value: 'a', count: 9 }, { value: 'b', count: 5 }, { value: '', count: 3 }, { value: 'c', count: 1 }];
const list = [{ value: 'c', count: 4 }, { value: 'a', count: 2 }, { value: 'new', count: 1 }];

it('offers every value with what the filter leaves of it', () => {
  expect(offered(all, null).map((o) => [o.value, o.count])).toEqual([['a', null], ['b', null], ['', null], ['c', null]]);
  expect(offered(all, { list, since: 0 }).map((o) => [o.value, o.count, o.atLeast])).toEqual([['c', 4, false], ['a', 2, false], ['new', 1, false], ['b', 0, false], ['', 0, false]]);
  expect(offered(all, { list, since: 7 }).map((o) => [o.value, o.count, o.atLeast])).toEqual([['c', 4, true], ['a', 2, true], ['new', 1, true], ['b', null, true], ['', null, true]]);
});
