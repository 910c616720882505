import { describe, expect, it } from 'vitest';
import type { Detail } from './dto';
import { cadence, longestGap, stalls, timeParts } from './timing';

const detail = (row: object, sent_at: number | null = null) =>
  ({ row: { duration: null, first_byte: null, ttft: null, load: null, prompt_eval: null, eval: null, queue: null, queue_basis: '', ...row }, sent_at }) as Detail;
const names = (d: Detail) => timeParts(d).map((p) => [p.name, p.from, p.length]);

describe('stalls', () => {
  const at = (...times: number[]) => times.map((t) => ({ at: t, len: 5 }));
  it('are gaps that are long, and long for this reply', () => {
    expect(stalls(at(0, 30_000, 60_000, 5_060_000, 5_090_000))).toEqual([{ from: 60_000, length: 5_000_000 }]);
    expect(stalls(at(0, 30_000, 60_000, 900_000))).toEqual([]); // under a second
    expect(stalls(at(0, 2_000_000, 4_000_000, 6_500_000))).toEqual([]); // slow all along
    expect(stalls(at(0, 9_000_000))).toEqual([]);
    expect(stalls([])).toEqual([]);
  });
});

describe('timeParts', () => {
  it('shows what Ollama reports, after the rest', () => {
    expect(names(detail({ duration: 100, load: 30, prompt_eval: 20, eval: 40 }))).toEqual([
      ['rest', 0, 10], ['load', 10, 30], ['prompt', 40, 20], ['generation', 60, 40],
    ]);
  });
  it('shows the time in line, never longer than there was', () => {
    const d = detail({ duration: 100, load: 30, prompt_eval: 20, eval: 40, queue: 7, queue_basis: 'inferred' });
    expect(names(d)).toEqual([['queue', 0, 7], ['rest', 7, 3], ['load', 10, 30], ['prompt', 40, 20], ['generation', 60, 40]]);
    expect(timeParts(d)[0]?.basis).toBe('inferred');
    expect(names(detail({ duration: 100, eval: 90, queue: 50, queue_basis: 'inferred' }))).toEqual([['queue', 0, 10], ['generation', 10, 90]]);
  });
  it('shows what the proxy saw where nothing is reported', () => {
    expect(names(detail({ duration: 100, first_byte: 30, ttft: 40 }, 5))).toEqual([
      ['send', 0, 5], ['wait', 5, 25], ['prefill', 30, 10], ['generation', 40, 60],
    ]);
    expect(names(detail({ duration: 100 }))).toEqual([['wait', 0, 100]]);
  });
  it('never passes the end, and shows nothing where nothing is known', () => {
    expect(names(detail({ duration: 50, load: 40, eval: 40 }))).toEqual([['load', 0, 40], ['generation', 40, 10]]);
    expect(names(detail({}))).toEqual([]);
  });
});

describe('cadence', () => {
  it('sums bytes by step', () => {
    expect(cadence([{ at: 0, len: 1 }, { at: 49, len: 2 }, { at: 50, len: 4 }, { at: 100, len: 8 }], 100, 2)).toEqual([3, 12]);
    expect(cadence([], 0, 2)).toEqual([0, 0]);
  });
  it('finds the longest silence', () => {
    expect(longestGap([{ at: 0, len: 1 }, { at: 10, len: 1 }, { at: 60, len: 1 }])).toEqual({ at: 10, length: 50 });
    expect(longestGap([])).toBeNull();
  });
});
