import { describe, expect, it } from 'vitest';
import { parseFilter } from './filter';
import { requestsLink } from './link';
import { parseHash } from './route';

describe('the requests behind a figure', () => {
  it('are named so that the list reads them back', () => {
    const route = parseHash(requestsLink({ model: 'org/llama 3:8b' }, 5, 9.4, 'is:unpriced'));
    expect(route.place).toBe('requests');
    expect(parseFilter(route.query)).toEqual({ q: 'model:"org/llama 3:8b" is:unpriced', from: 5, to: 9, since: '' });
  });
  it('are those without a value too', () => {
    expect(parseFilter(parseHash(requestsLink({ user: '' }, 5, 9)).query).q).toBe('user:""');
  });
});
