import { describe, expect, it } from 'vitest';
import { bandPath, durationTicks, linePath, lonely, stacked, stepAt, ticks, timeTicks } from './scale';

describe('ticks', () => {
  it.each([
    [7, false, [0, 2, 4, 6, 8]],
    [0.043, false, [0, 0.02, 0.04, 0.06]],
    [1, true, [0, 1]],
    [3, true, [0, 1, 2, 3]],
    [0, false, [0, 1]],
    [9_500_000, true, [0, 2_500_000, 5_000_000, 7_500_000, 10_000_000]],
  ])('up to %d', (max, whole, want) => {
    expect(ticks(max, 4, whole)).toEqual(want);
  });
});

describe('ticks of time', () => {
  const taipei = () => 480;
  const at = (iso: string) => Date.parse(iso) * 1000;
  const shown = (from: string, to: string, count: number) => timeTicks(at(from), at(to), count, taipei).map((t) => `${new Date(t.at / 1000).toISOString().slice(0, 16)} ${t.kind}`);
  it('stand at whole local hours, and say the day at midnight', () => {
    expect(shown('2026-03-10T09:10Z', '2026-03-10T20:00Z', 5)).toEqual(['2026-03-10T10:00 time', '2026-03-10T13:00 time', '2026-03-10T16:00 day', '2026-03-10T19:00 time']);
  });
  it('stand at local days', () => {
    expect(shown('2026-03-01T00:00Z', '2026-03-05T00:00Z', 5)).toEqual(['2026-03-01T16:00 day', '2026-03-02T16:00 day', '2026-03-03T16:00 day', '2026-03-04T16:00 day']);
  });
  it('stand at calendar months', () => {
    expect(shown('2026-01-15T00:00Z', '2026-12-15T00:00Z', 4)).toEqual(['2026-03-31T16:00 month', '2026-06-30T16:00 month', '2026-09-30T16:00 month']);
  });
});

describe('paths', () => {
  it('break where nothing is known, and show a lonely point', () => {
    expect(linePath([[0, 0], [1, 2], null, [5, 5], null])).toBe('M0.0 0.0L1.0 2.0M3.5 5.0h3');
    expect(lonely([[0, 0], [1, 2], null, [5, 5], null])).toEqual([[5, 5]]);
    expect(lonely([null, [1, 2], [2, 2]])).toEqual([]);
    expect(linePath([])).toBe('');
  });
  it('fill a band only where both edges are known', () => {
    expect(bandPath([[0, 9], [1, 8], [2, 7]], [[0, 1], [1, 2], null])).toBe('M0.0 1.0L1.0 2.0L1.0 8.0L0.0 9.0Z');
  });
  it('stand bars on each other', () => {
    expect(stacked([[1, null], [2, 3]])).toEqual([
      [{ low: 0, high: 1 }, { low: 0, high: 0 }],
      [{ low: 1, high: 3 }, { low: 0, high: 3 }],
    ]);
  });
  it('find the step under the pointer', () => {
    const steps = [{ at: 0, end: 10 }, { at: 10, end: 20 }];
    expect([-5, 9, 10, 99].map((t) => stepAt(steps, t))).toEqual([0, 0, 1, 1]);
    expect(stepAt([], 1)).toBe(-1);
  });
});

describe('ticks of durations', () => {
  it.each([
    [170e6, [0, 1, 2, 3].map((m) => m * 60e6)],
    [40e6, [0, 10e6, 20e6, 30e6, 40e6]],
    [7e9, [0, 0.5, 1, 1.5, 2].map((h) => h * 3600e6)],
  ])('up to %d µs are round in their unit', (max, want) => {
    expect(durationTicks(max, 4)).toEqual(want);
  });
});
