import { describe, expect, it } from 'vitest';
import { bounds, customRange, dayRange, follows, fromInput, parseRange, rangeQuery, toInput } from './range';

const now = 1_700_000_000_000;

describe('range', () => {
  it('ends now', () => {
    expect(bounds({ span: '1h', from: 0, to: 0 }, now)).toEqual({ from: (now - 3_600_000) * 1000, to: now * 1000 });
    expect(follows(dayRange, now)).toBe(true);
  });

  it('takes a custom range as it is', () => {
    const r = { span: 'custom', from: 5, to: 9 } as const;
    expect(bounds(r, now)).toEqual({ from: 5, to: 9 });
    expect(follows(r, now)).toBe(false);
  });

  it('survives the way through the inputs, to the minute', () => {
    const us = Math.floor(now / 60_000) * 60_000_000;
    expect(fromInput(toInput(us))).toBe(us);
    expect(fromInput('')).toBeNull();
    expect(fromInput('nonsense')).toBeNull();
  });

  it('refuses an end that is not after the beginning', () => {
    expect(customRange('2026-01-02T10:00', '2026-01-02T10:00')).toBeNull();
    expect(customRange('2026-01-02T10:00', '')).toBeNull();
    expect(customRange('2026-01-02T10:00', '2026-01-02T11:00')).toMatchObject({ span: 'custom' });
  });

  it('goes into the address and comes back', () => {
    for (const r of [dayRange, { span: '30d', from: 0, to: 0 }, { span: 'custom', from: 5, to: 9 }] as const) {
      expect(parseRange(rangeQuery(r))).toEqual(r);
    }
  });

  it('falls back to the last day on nonsense', () => {
    for (const q of ['', 'range=2y', 'range=custom', 'range=custom&from=9&to=5', 'range=constructor', 'range=custom&from=x&to=1']) {
      expect(parseRange(new URLSearchParams(q))).toEqual(dayRange);
    }
  });
});
