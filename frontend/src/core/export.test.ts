import { describe, expect, it } from 'vitest';
import { exportRequest, exportUrl, fitting, follow, readChoice, type Offer } from './export';
import { noFilter } from './filter';

const models: Offer = { requests: { ...noFilter, from: 5, to: 9 }, part: true, tables: [{ of: 'model', query: new URLSearchParams({ from: '5', to: '9' }) }] };
const requests: Offer = { requests: { ...noFilter, q: 'is:error' }, part: true, tables: [] };

describe('an export', () => {
  it('keeps what was chosen last, and takes nonsense for nothing', () => {
    expect(readChoice('{"what":"requests","format":"har","bom":true}')).toEqual({ what: 'requests', format: 'har', bodies: false, bom: true, semicolon: false });
    for (const odd of ['', 'null', '[]', '{"format":"exe","what":3,"bodies":"yes"}']) expect(readChoice(odd)).toEqual({ what: 'table', format: 'csv', bodies: false, bom: false, semicolon: false });
  });

  it('writes the table, or the requests behind it', () => {
    const choice = readChoice('{"format":"jsonl","bodies":true,"semicolon":true}');
    expect(exportRequest(models, choice)).toEqual({ table: 'model', query: 'from=5&to=9', format: 'jsonl', bodies: false, bom: false, semicolon: true });
    expect(exportRequest(models, { ...choice, what: 'requests' })).toEqual({ table: '', query: 'from=5&to=9', format: 'jsonl', bodies: true, bom: false, semicolon: true });
    expect(exportRequest(requests, choice)).toMatchObject({ table: '', query: 'q=is%3Aerror', bodies: true });
  });

  it('writes the one of several tables that is chosen, else the first', () => {
    const several: Offer = { ...models, tables: [...models.tables, { of: 'stay', query: new URLSearchParams({ from: '1' }) }] };
    expect(exportRequest(several, { ...readChoice(''), of: 'stay' })).toMatchObject({ table: 'stay', query: 'from=1' });
    expect(exportRequest(several, { ...readChoice(''), of: 'chat' })).toMatchObject({ table: 'model' });
    expect(exportRequest(several, { ...readChoice(''), of: 'stay', what: 'requests' })).toMatchObject({ table: '' });
    expect(Object.keys(exportRequest(several, { ...readChoice(''), of: 'stay' })).sort()).toEqual(['bodies', 'bom', 'format', 'query', 'semicolon', 'table']);
  });

  it('is downloaded from an address that says how', () => {
    expect(exportUrl({ table: '', query: 'q=state%3Aok', format: 'csv', bodies: true, bom: false, semicolon: true })).toBe('/api/export?q=state%3Aok&format=csv&bodies=1&sep=%3B');
  });

  it('is followed to its end, and ended when one cancels', async () => {
    const abort = new AbortController();
    const seen: number[] = [];
    let asked = 0;
    let cancelled = 0;
    const end = await follow({
      state: () => {
        if (asked++ < 2) return Promise.reject(new Error('not there yet'));
        if (asked === 4) abort.abort();
        return Promise.resolve({ state: cancelled > 0 ? 'cancelled' : 'running', rows: asked * 200, written: 0, left: {} });
      },
      cancel: () => Promise.resolve(void cancelled++),
      rows: (n) => seen.push(n),
      signal: abort.signal,
      pause: () => Promise.resolve(),
    });
    expect([end?.state, seen, cancelled]).toEqual(['cancelled', [600, 800, 1000], 1]);
  });

  it('that never began is not followed for ever', async () => {
    const never = { state: () => Promise.reject(new Error('404')), cancel: () => Promise.resolve(), rows: () => undefined, signal: new AbortController().signal, pause: () => Promise.resolve() };
    expect(await follow(never)).toBeNull();
  });

  it('has no table as HAR', () => {
    const har = readChoice('{"format":"har"}');
    expect(fitting(models, har).format).toBe('csv');
    expect(fitting(requests, har)).toMatchObject({ what: 'requests', format: 'har' });
  });
});
