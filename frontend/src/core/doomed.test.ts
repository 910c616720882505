import { describe, expect, it } from 'vitest';
import { deletion, until } from './doomed';
import { filterOf, noFilter } from './filter';

describe('what is to be deleted', () => {
  it('is named to the API by ids or by a filter', () => {
    expect(deletion({ ids: ['a', 'b'] }, 'n')).toEqual({ query: '', ids: ['a', 'b'], confirm: 'delete', name: 'n' });
    expect(deletion({ filter: { ...filterOf('user', ['ann']), from: 5 } }, 'n')).toEqual({ query: 'q=user%3A%22ann%22&from=5', ids: [], confirm: 'delete', name: 'n' });
  });

  it('ends where one was asked', () => {
    expect(until(noFilter, 70).to).toBe(70);
    expect(until({ ...noFilter, to: 50 }, 70).to).toBe(50);
    expect(until({ ...noFilter, to: 90 }, 70).to).toBe(70);
  });
});
