import { describe, expect, it } from 'vitest';
import { parseFilter } from './filter';
import { longerThan, requestsLink, slowerThan } from './link';
import { parseHash } from './route';

describe('the requests behind a figure', () => {
  it('are named so that the list reads them back', () => {
    const route = parseHash(requestsLink({ model: 'org/llama 3:8b' }, 5, 9.4, 'is:unpriced'));
    expect(route.place).toBe('requests');
    expect(parseFilter(route.query)).toEqual({ q: 'model:"org/llama 3:8b" is:unpriced', from: 5, to: 9, since: '' });
  });
  it('are found by a figure that is within 2 % of theirs', () => {
    expect([1_234_567, 890_000, 1_020, 7].map(longerThan)).toEqual(['>=1.2s', '>=870ms', '>=990us', '>=6.8us']);
    expect([97_000_000, 480_000_000].map(longerThan)).toEqual(['>=95s', '>=470s']);
    expect([40, 5.93, 123, 0.5].map(slowerThan)).toEqual(['<=41', '<=6.1', '<=130', '<=0.51']);
    expect([longerThan(null), longerThan(0), slowerThan(null), slowerThan(0)]).toEqual([null, null, null, null]);
  });
  it('are those without a value too', () => {
    expect(parseFilter(parseHash(requestsLink({ user: '' }, 5, 9)).query).q).toBe('user:""');
  });
});
