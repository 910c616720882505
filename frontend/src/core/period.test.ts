import { describe, expect, it } from 'vitest';
import { bounds, customPeriod, follows, grid, parsePeriod, plan, startOf, withPeriod, zoneQuery, type Zone } from './period';

const utc: Zone = () => 0;
const taipei: Zone = () => 480;
// Berlin: summer time from 29 March 2026 01:00 UTC to 25 October 2026 01:00 UTC.
const berlin: Zone = (ms) => (ms >= Date.UTC(2026, 2, 29, 1) && ms < Date.UTC(2026, 9, 25, 1) ? 120 : 60);
const iso = (ms: number) => new Date(ms).toISOString().replace(':00.000Z', 'Z');
const hour = 3600e6;

describe('the calendar', () => {
  const now = Date.UTC(2026, 2, 31, 22, 30); // a Tuesday; 1 April in Taipei
  it.each([
    ['day', utc, '2026-03-31T00:00Z'],
    ['day', taipei, '2026-03-31T16:00Z'],
    ['week', utc, '2026-03-30T00:00Z'],
    ['month', utc, '2026-03-01T00:00Z'],
    ['month', taipei, '2026-03-31T16:00Z'],
    ['year', taipei, '2025-12-31T16:00Z'],
    ['day', berlin, '2026-03-31T22:00Z'],
  ] as const)('begins a %s where its zone does', (unit, zone, want) => {
    expect(iso(startOf(unit, now, zone))).toBe(want);
  });
  it('begins a month in winter time that is in summer time now', () => {
    expect(iso(startOf('month', Date.UTC(2026, 2, 30, 12), berlin))).toBe('2026-02-28T23:00Z');
  });
  it('goes on by calendar months, not by 30 days', () => {
    const at = Date.UTC(2026, 0, 31, 12);
    expect([1, 2, 12].map((n) => iso(startOf('month', at, utc, n)))).toEqual(['2026-02-01T00:00Z', '2026-03-01T00:00Z', '2027-01-01T00:00Z']);
    expect(iso(startOf('month', at, utc, -11))).toBe('2025-02-01T00:00Z');
  });
  it('knows that a day of the change of clocks has 23 hours', () => {
    const at = Date.UTC(2026, 2, 29, 12);
    expect(startOf('day', at, berlin, 1) - startOf('day', at, berlin)).toBe(23 * 3600e3);
  });
});

describe('periods', () => {
  const now = Date.UTC(2026, 2, 10, 15, 0);
  const of = (name: 'today' | '24h' | 'month' | 'year') => bounds({ name, from: 0, to: 0 }, now, taipei);
  it('end now and begin with the calendar or so long ago', () => {
    expect(iso(of('today').from / 1000)).toBe('2026-03-09T16:00Z');
    expect(iso(of('24h').from / 1000)).toBe('2026-03-09T15:00Z');
    expect(iso(of('month').from / 1000)).toBe('2026-02-28T16:00Z');
    expect(iso(of('year').from / 1000)).toBe('2025-12-31T16:00Z');
    expect(of('year').to).toBe(now * 1000);
  });
  it('have a length at midnight too', () => {
    const b = bounds({ name: 'today', from: 0, to: 0 }, Date.UTC(2026, 2, 10), utc);
    expect(b.to - b.from).toBe(60e6);
  });
  it('follow the clock unless they have ended', () => {
    expect(follows({ name: '7d', from: 0, to: 0 }, now)).toBe(true);
    expect(follows({ name: 'custom', from: 1, to: (now - 1) * 1000 }, now)).toBe(false);
    expect(follows({ name: 'custom', from: 1, to: (now + 1) * 1000 }, now)).toBe(true);
  });
  it('are kept in the address beside what else is there', () => {
    const q = withPeriod(new URLSearchParams('by=user&period=7d'), { name: 'custom', from: 5, to: 9 });
    expect(q.toString()).toBe('by=user&period=custom&from=5&to=9');
    expect(parsePeriod(q)).toEqual({ name: 'custom', from: 5, to: 9 });
    expect(withPeriod(q, { name: 'year', from: 0, to: 0 }).toString()).toBe('by=user&period=year');
  });
  it.each(['period=custom&from=9&to=5', 'period=never', 'period=custom&from=x&to=5'])('take the last day for %s', (q) => {
    expect(parsePeriod(new URLSearchParams(q)).name).toBe('24h');
  });
  it('take the one chosen last where the address says none', () => {
    expect(parsePeriod(new URLSearchParams(), 'month').name).toBe('month');
  });
  it('read two inputs, the end after the beginning', () => {
    expect(customPeriod('2026-03-01T10:00', '2026-03-01T09:00')).toBeNull();
    expect(customPeriod('', '2026-03-01T09:00')).toBeNull();
    const p = customPeriod('2026-03-01T09:00', '2026-03-01T10:00');
    expect((p?.to ?? 0) - (p?.from ?? 0)).toBe(hour);
  });
});

describe('cutting', () => {
  it.each([
    [1, 60e6],
    [6, 5 * 60e6],
    [24, hour],
    [7 * 24, 3 * hour],
    [14 * 24, 6 * hour],
  ])('cuts %d hours evenly', (hours, step) => {
    expect(plan(0, hours * hour)).toEqual({ step, unit: '' });
  });
  it.each([
    [30, 'day'],
    [365, 'week'],
    [800, 'month'],
  ])('cuts %d days by the calendar', (days, unit) => {
    expect(plan(0, days * 24 * hour).unit).toBe(unit);
  });
  it('cuts months as long as they are', () => {
    const cut = grid(Date.UTC(2026, 0, 15) * 1000, Date.UTC(2026, 2, 2) * 1000, 'month', utc);
    expect(cut.map((s) => (s.end - s.at) / hour / 24)).toEqual([17, 28, 31]);
  });
  it('cuts days by the clock of each', () => {
    const cut = grid(Date.UTC(2026, 9, 23, 22) * 1000, Date.UTC(2026, 9, 26, 23) * 1000, 'day', berlin);
    expect(cut.map((s) => (s.end - s.at) / hour)).toEqual([24, 25, 24]);
  });
  it('begins a day without midnight when the clock is put forward', () => {
    const santiago: Zone = (ms) => (ms >= Date.UTC(2026, 8, 6, 4) ? -180 : -240);
    const cut = grid(Date.UTC(2026, 8, 5, 4) * 1000, Date.UTC(2026, 8, 7, 3) * 1000, 'day', santiago);
    expect(cut.map((s) => iso(s.at / 1000))).toEqual(['2026-09-05T04:00Z', '2026-09-06T04:00Z']);
  });
  it('tells the program the name of the zone, and the offset', () => {
    expect(zoneQuery(1)).toEqual({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, tz: expect.stringMatching(/^-?\d+$/) as string });
  });
});
