import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { addressQuery, filterQuery, isEmpty, matchesButText, noFilter, parseFilter, resolve } from './filter';

const row = { model: '', model_requested: 'llama3', upstream: 'ollama', state: 'ok', started_at: 5000 } as Row;

describe('filter', () => {
  it('goes into an address and back', () => {
    const f = { ...noFilter, text: '天 sky & "x"', models: ['b', 'a:1'], states: ['ok'], from: 5, to: 9 };
    expect(parseFilter(addressQuery(f))).toEqual({ ...f, models: ['a:1', 'b'] });
    expect(isEmpty(parseFilter(new URLSearchParams()))).toBe(true);
  });

  it('leaves out what makes no sense', () => {
    expect(parseFilter(new URLSearchParams('from=x&to=-4&since=constructor'))).toEqual(noFilter);
  });

  it('keeps "the last hour" in the address and gives the API a time', () => {
    const f = { ...noFilter, since: '1h' };
    expect(addressQuery(f).toString()).toBe('since=1h');
    expect(filterQuery(resolve(f, 7_200_000)).toString()).toBe('from=3600000000');
  });

  it('judges a row as the store would', () => {
    expect(matchesButText(noFilter, row)).toBe(true);
    expect(matchesButText({ ...noFilter, models: ['llama3'] }, row)).toBe(true);
    expect(matchesButText({ ...noFilter, models: ['llama3'] }, { ...row, model: 'other' })).toBe(false);
    expect(matchesButText({ ...noFilter, states: ['error'] }, row)).toBe(false);
    expect(matchesButText({ ...noFilter, from: 5000, to: 5001 }, row)).toBe(true);
    expect(matchesButText({ ...noFilter, to: 5000 }, row)).toBe(false);
  });
});
