import { describe, expect, it } from 'vitest';
import type { Bucket, Throughput } from '../../core/dto';
import { better, earlier, otherBounds, otherQuery, parseOther } from './against';

const day = 86400e6;
const minute = 60e6;
const bucket = (at: number, requests: number, gen: number | null): Bucket =>
  ({ at, requests, errors: 0, cold_starts: 0, output_tokens: 0, input_tokens: 0, gen_p50: gen, gen_p95: gen, prompt_p50: null, prompt_p95: null, ttft_p50: null, ttft_p95: null, load_p50: null, load_p95: null }) satisfies Bucket;
const answer = (from: number, buckets: Record<string, Bucket[]>): Throughput => ({
  from,
  to: from + 3 * minute,
  step: minute,
  missing: 0,
  clocked: 0,
  series: Object.entries(buckets).map(([model, list]) => ({ model, summary: bucket(0, list.length, null), buckets: list })),
});

describe('the other time', () => {
  it('is as long as the shown one', () => {
    const of = (against: '' | 'before' | 'day' | 'week' | 'from', from = 0) => otherBounds({ against, from }, 100 * day, 100 * day + 5);
    expect(of('')).toBeNull();
    expect(of('before')).toEqual({ from: 100 * day - 5, to: 100 * day });
    expect(of('day')).toEqual({ from: 99 * day, to: 99 * day + 5 });
    expect(of('week')).toEqual({ from: 93 * day, to: 93 * day + 5 });
    expect(of('from', 7 * day)).toEqual({ from: 7 * day, to: 7 * day + 5 });
    expect(of('from', 100 * day)).toBeNull();
  });

  it('goes into the address and comes back', () => {
    for (const o of [{ against: '', from: 0 }, { against: 'week', from: 0 }, { against: 'from', from: 123 }] as const) {
      expect(parseOther(new URLSearchParams({ against: otherQuery(o) }))).toEqual(o);
    }
    for (const bad of ['from', 'x', '-4', '1.5', '1e99']) expect(parseOther(new URLSearchParams({ against: bad })).against).toBe('');
  });
});

describe('earlier', () => {
  const from = 1000 * minute;
  const now = answer(from, { a: [bucket(from, 1, 10)], b: [bucket(from, 1, 20)], c: [bucket(from, 1, 30)] });
  const was = answer(from - day, { b: [bucket(from - day + minute, 4, 25)], a: [bucket(from - day, 2, 5), bucket(from - day + minute, 1, null)] });

  it('lies under the same steps, in the colours of the shown time', () => {
    expect(earlier(now, was, 'gen', new Set())).toEqual([
      { model: 'a', index: 0, part: 'before', values: [5, null, null] },
      { model: 'b', index: 1, part: 'before', values: [null, 25, null] },
    ]);
    expect(earlier(now, was, 'gen', new Set(['a'])).map((l) => l.model)).toEqual(['b']);
    expect(earlier(now, null, 'gen', new Set())).toEqual([]);
  });

  it('sums requests up', () => {
    expect(earlier(now, was, 'requests', new Set())).toEqual([{ model: '', index: -1, part: 'before', values: [2, 5, 0] }]);
    expect(earlier(now, was, 'requests', new Set(['a', 'b']))).toEqual([]);
  });
});

it('calls more speed and less waiting better', () => {
  expect([better('gen', 'up'), better('prompt', 'down'), better('ttft', 'up'), better('load', 'down'), better('cold', 'up')]).toEqual([true, false, false, true, false]);
  expect([better('gen', 'same'), better('requests', 'up')]).toEqual([null, null]);
});
