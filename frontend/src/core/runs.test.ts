import { describe, expect, it } from 'vitest';
import type { Row, Stay } from './dto';
import { fills, levels, parallel, runsOf, tenths, waits } from './runs';

const row = (started_at: number, duration: number | null, more: Partial<Row> = {}) =>
  ({ id: `r${started_at}`, upstream: 'o', model: 'm', model_requested: '', state: 'ok', started_at, duration, input_tokens: null, output_tokens: null, load: null, prompt_eval: null, queue: null, ...more }) as Row;

describe('runs', () => {
  it('leaves out what has not ended, and begins with the oldest', () => {
    expect(runsOf([row(50, 10), row(20, null), row(10, 5, { state: 'error' })]).map((r) => [r.from, r.to, r.failed])).toEqual([[10, 15, true], [50, 60, false]]);
  });
  it('draws none over another while there is room', () => {
    expect(levels(runsOf([row(0, 10), row(5, 10), row(9, 1), row(10, 5), row(16, 1)]), 3)).toEqual([0, 1, 2, 0, 0]);
    expect(levels(runsOf([row(0, 10), row(1, 10), row(2, 10)]), 2)).toEqual([0, 1, 1]);
  });
  it('counts how many ran at once', () => {
    const runs = runsOf([row(0, 30), row(10, 5), row(12, 20), row(90, 10)]);
    expect(parallel(runs, 0, 100, 10)).toEqual([1, 3, 2, 1, 0, 0, 0, 0, 0, 1]);
    expect(parallel(runs, 20, 20, 3)).toEqual([0, 0, 0]);
    expect(parallel(runsOf([row(-50, 1000)]), 0, 100, 4)).toEqual([1, 1, 1, 1]); // began before, ends after
    expect(parallel([], 0, 100, 2)).toEqual([0, 0]);
    const ends = runsOf([row(0, 10), row(10, 10)]); // one after the other
    expect(Math.max(...parallel(ends, 0, 20, 4))).toBe(1);
  });
});

describe('waits', () => {
  it('are means over what is told, and no queue where none is', () => {
    const told = (queue: number | null, load: number, prompt_eval: number) => row(1, 9, { queue, load, prompt_eval });
    expect(waits([told(null, 10, 20), told(6, 30, 40), row(1, 9)])).toEqual([{ model: 'm', count: 2, queue: 6, load: 20, prompt: 30 }]);
    expect(waits([told(null, 1, 1)])[0]?.queue).toBeNull();
  });
});

describe('fills', () => {
  const stay = (from: number, to: number, context: number | null) => ({ upstream: 'o', model: 'm:latest', from, to, open: false, context }) as Stay;
  const at = (s: number) => s * 1_000_000;
  it('take the context that the model had meanwhile, and nothing else', () => {
    const runs = runsOf([row(at(100), 5, { input_tokens: 3000, output_tokens: 96 }), row(at(500), 5, { input_tokens: 100, output_tokens: 0 }), row(at(110), 5)]);
    const list = fills(runs, [stay(at(95), at(120), 4096)]);
    expect(list.map((f) => [f.tokens, f.context])).toEqual([[3096, 4096]]);
    expect(tenths([...list, { id: '', model: '', tokens: 5000, context: 4096 }])).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 1]);
    expect(fills(runs, [stay(at(95), at(120), null)])).toEqual([]);
  });
});
