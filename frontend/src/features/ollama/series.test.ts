import { describe, expect, it } from 'vitest';
import type { Bucket, Series, Throughput } from '../../core/dto';
import { align, coldStarts, colourName, grid, hasFigures, largest, lonely, nearest, quietModels, stack, stepParts, table, timeUnit } from './series';

const minute = 60_000_000;
const none = new Set<string>();

function bucket(at: number, more: Partial<Bucket> = {}): Bucket {
  return {
    at,
    requests: 1,
    errors: 0,
    cold_starts: 0,
    output_tokens: 0,
    input_tokens: 0,
    gen_p50: null,
    gen_p95: null,
    prompt_p50: null,
    prompt_p95: null,
    ttft_p50: null,
    ttft_p95: null,
    load_p50: null,
    load_p95: null,
    ...more,
  };
}

const series = (model: string, buckets: Bucket[], requests = buckets.length): Series => ({ model, summary: bucket(0, { requests }), buckets });
const from = 1_000 * minute;
const answer = (...s: Series[]): Throughput => ({ from, to: from + 5 * minute, step: minute, series: s, missing: 0, clocked: 0 });

describe('grid', () => {
  it('covers the range step by step', () => {
    expect(grid(answer())).toEqual([0, 1, 2, 3, 4].map((i) => from + i * minute));
  });

  it('keeps the phase of the buckets and begins before the range where it cuts a step', () => {
    const t = answer(series('a', [bucket(from + 30_000_000)]));
    const at = grid(t);
    expect(at[0]).toBe(from - 30_000_000);
    expect(at).toContain(from + 30_000_000);
    expect(at.at(-1)).toBeLessThan(t.to);
  });

  it('is empty for a range without steps', () => {
    expect(grid({ ...answer(), step: 0 })).toEqual([]);
    expect(grid({ ...answer(), to: from })).toEqual([]);
  });

  it('stays bounded whatever it is told', () => {
    expect(grid({ ...answer(), step: 1 }).length).toBe(5000);
  });
});

describe('align', () => {
  const a = series('a', [bucket(from, { gen_p50: 10, gen_p95: 12 }), bucket(from + 3 * minute, { gen_p50: 11, gen_p95: 13 })]);
  const b = series('b', [bucket(from + minute, { requests: 4 })]);

  it('gives gaps for steps without a figure', () => {
    const { x, lines } = align(answer(a), 'gen', none);
    expect(x[0]).toBe(from / 1e6);
    expect(lines.map((l) => l.values)).toEqual([
      [10, null, null, 11, null],
      [12, null, null, 13, null],
    ]);
  });

  it('does not turn an unknown figure into 0', () => {
    expect(align(answer(b), 'gen', none).lines[0]?.values).toEqual([null, null, null, null, null]);
  });

  it('counts no requests as 0', () => {
    expect(align(answer(b), 'requests', none).lines[0]?.values).toEqual([0, 4, 0, 0, 0]);
  });

  it('leaves hidden models out and keeps the others their colour', () => {
    const { lines } = align(answer(a, b), 'requests', new Set(['a']));
    expect(lines.map((l) => [l.model, l.index])).toEqual([['b', 1]]);
  });

  it('knows when there is nothing to draw', () => {
    expect(hasFigures(align(answer(b), 'gen', none).lines)).toBe(false);
    expect(hasFigures(align(answer(b), 'requests', none).lines)).toBe(true);
  });

  it('finds the largest value', () => {
    expect(largest(align(answer(a), 'gen', none).lines)).toBe(13);
    expect(largest([])).toBe(0);
  });
});

describe('stack', () => {
  it('puts each line on those after it', () => {
    const lines = align(answer(series('a', [bucket(from, { requests: 2 })]), series('b', [bucket(from, { requests: 3 })])), 'requests', none).lines;
    expect(stack(lines).map((l) => [l.model, l.values[0], l.values[1]])).toEqual([
      ['a', 5, 0],
      ['b', 3, 0],
    ]);
  });
});

describe('lonely', () => {
  it('finds values without neighbours', () => {
    expect(lonely([1, null, 2, 3, null, 0])).toEqual([0, 5]);
    expect(lonely([])).toEqual([]);
    expect(lonely([7])).toEqual([0]);
  });
});

describe('nearest', () => {
  const t = answer(series('a', [bucket(from + minute, { gen_p50: 1, requests: 2 })]));
  it('looks to both sides, as far as told', () => {
    const { lines } = align(t, 'gen', none);
    expect([0, 1, 2, 3].map((i) => nearest(lines, i, 1))).toEqual([1, 1, 1, null]);
  });
  it('does not stop at steps without requests', () => {
    expect(nearest(align(t, 'requests', none).lines, 3, 2)).toBe(1);
  });
});

describe('coldStarts', () => {
  const t = answer(series('a', [bucket(from), bucket(from + minute, { cold_starts: 2 })]), series('b', [bucket(from, { cold_starts: 1 })]));

  it('marks the steps that had some', () => {
    expect(coldStarts(t, none)).toEqual([
      { at: (from + minute) / 1e6, index: 0, model: 'a', count: 2 },
      { at: from / 1e6, index: 1, model: 'b', count: 1 },
    ]);
  });

  it('leaves hidden models out', () => {
    expect(coldStarts(t, new Set(['a', 'b']))).toEqual([]);
  });
});

describe('table', () => {
  it('lists known figures, newest first', () => {
    const t = answer(
      series('b', [bucket(from, { gen_p50: 1 }), bucket(from + minute)]),
      series('a', [bucket(from, { gen_p50: 2 }), bucket(from + 2 * minute, { gen_p50: 3 })]),
    );
    expect(table(t, 'gen', none).map((r) => [r.model, r.at - from, r.bucket.gen_p50])).toEqual([
      ['a', 2 * minute, 3],
      ['a', 0, 2],
      ['b', 0, 1],
    ]);
  });
});

describe('quietModels', () => {
  it('hides all but the busiest', () => {
    const many = [1, 5, 3, 4].map((n, i) => series(`m${i}`, [], n));
    expect([...quietModels(many, 2)]).toEqual(['m0', 'm2']);
    expect(quietModels(many, 6).size).toBe(0);
  });
});

describe('units', () => {
  it('reads long times in seconds', () => {
    expect(timeUnit(1_999_999).unit).toBe('ms');
    expect(timeUnit(2_000_000).unit).toBe('s');
    expect(2_500_000 * timeUnit(2_500_000).factor).toBeCloseTo(2.5);
  });

  it('words a step by its largest whole unit', () => {
    expect(stepParts(15_000_000)).toEqual({ value: 15, unit: 'second' });
    expect(stepParts(5 * minute)).toEqual({ value: 5, unit: 'minute' });
    expect(stepParts(90 * minute)).toEqual({ value: 90, unit: 'minute' });
    expect(stepParts(120 * minute)).toEqual({ value: 2, unit: 'hour' });
    expect(stepParts(2 * 1440 * minute)).toEqual({ value: 2, unit: 'day' });
  });

  it('repeats the six colours', () => {
    expect([0, 5, 6].map(colourName)).toEqual(['--c1', '--c6', '--c1']);
  });
});
