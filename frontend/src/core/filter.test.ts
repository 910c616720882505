import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { addressQuery, filterOf, filterQuery, inTime, isEmpty, noFilter, parseFilter, resolve } from './filter';

describe('filter', () => {
  it('goes into an address and back', () => {
    const f = { ...noFilter, q: '天 sky & "x" model:a', from: 5, to: 9 };
    expect(parseFilter(addressQuery(f))).toEqual(f);
    expect(isEmpty(parseFilter(new URLSearchParams()))).toBe(true);
  });

  it('takes fields by their own names, as other pages link', () => {
    expect(parseFilter(new URLSearchParams('model=b&model=a:1&state=ok&text=sky')).q).toBe('sky model:"b","a:1" state:ok');
    expect(filterOf('chat', ['c 1'])).toEqual({ ...noFilter, q: 'chat:"c 1"' });
  });

  it('leaves out what makes no sense', () => {
    expect(parseFilter(new URLSearchParams('from=x&to=-4&since=constructor'))).toEqual(noFilter);
  });

  it('keeps "the last hour" in the address and gives the API a time', () => {
    const f = { ...noFilter, since: '1h' };
    expect(addressQuery(f).toString()).toBe('since=1h');
    expect(filterQuery(resolve(f, 7_200_000)).toString()).toBe('from=3600000000');
  });

  it('knows what lies in its time', () => {
    const row = { started_at: 5000 } as Row;
    expect(inTime(noFilter, row)).toBe(true);
    expect(inTime({ ...noFilter, from: 5000, to: 5001 }, row)).toBe(true);
    expect(inTime({ ...noFilter, to: 5000 }, row)).toBe(false);
    expect(inTime({ ...noFilter, from: 5001 }, row)).toBe(false);
  });
});
