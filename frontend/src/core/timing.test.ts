import { describe, expect, it } from 'vitest';
import type { Detail } from './dto';
import { cadence, longestGap, partSums, stalls, timeParts } from './timing';

const detail = (row: object, sent_at: number | null = null, chunks: { at: number; len: number }[] = []) =>
  ({ row: { duration: null, first_byte: null, ttft: null, load: null, prompt_eval: null, eval: null, queue: null, queue_basis: '', ...row }, sent_at, chunks }) as Detail;
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
  it('shows a stall where it was, not before the model was loaded', () => {
    // A token every 42 ms, and 38.7 s of silence after the 25th.
    const chunks = Array.from({ length: 51 }, (_, i) => ({ at: 8_261_776 + i * 41_983 + (i > 24 ? 38_706_261 : 0), len: 80 }));
    const d = detail({ duration: 49_067_187, first_byte: 8_261_776, ttft: 8_261_776, load: 8_216_405, prompt_eval: 55_872, eval: 2_099_175, queue: 8000, queue_basis: 'calculated' }, 1500, chunks);
    const parts = timeParts(d);
    expect(parts.map((p) => p.name)).toEqual(['queue', 'load', 'prompt', 'generation', 'still', 'generation']);
    expect(parts.reduce((n, p) => n + p.length, 0)).toBe(49_067_187);
    expect(parts.find((p) => p.name === 'still')).toMatchObject({ from: 9_269_368, length: 38_687_735 });
    expect(partSums(parts).find((p) => p.name === 'generation')).toMatchObject({ length: 2_099_175, basis: 'reported' });
    expect(Math.abs((parts.find((p) => p.name === 'generation')?.from ?? 0) - 8_261_776)).toBeLessThan(20_000); // as the TTFT says
  });
  it('puts before the load what the first token leaves room for, and the rest behind', () => {
    expect(names(detail({ duration: 100, ttft: 58, load: 30, prompt_eval: 20, eval: 20 }))).toEqual([
      ['rest', 0, 8], ['load', 8, 30], ['prompt', 38, 20], ['generation', 58, 20], ['late', 78, 22],
    ]);
  });
  it('tells a stall from generating where nothing is reported too', () => {
    const chunks = [0, 1, 2, 3, 40, 41].map((s) => ({ at: 10e6 + s * 1e5, len: 5 }));
    expect(names(detail({ duration: 14.1e6, first_byte: 10e6, ttft: 10e6 }, null, chunks))).toEqual([
      ['wait', 0, 10e6], ['generation', 10e6, 3e5], ['still', 10.3e6, 3.7e6], ['generation', 14e6, 1e5],
    ]);
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
