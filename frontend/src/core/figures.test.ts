import { describe, expect, it } from 'vitest';
import type { Figures, Graph } from './dto';
import { change, contextShare, counted, errorShare, measured, sortBy, stepsOf, summed, tokens } from './figures';

const none = { p50: null, p95: null, p99: null, samples: 0 };
const figures = (f: Partial<Figures> = {}): Figures => ({
  requests: 0, errors: 0, cancelled: 0, cold_starts: 0, background: 0, input_tokens: null, output_tokens: null, cached_tokens: null, cost: null,
  no_tokens: 0, estimated_tokens: 0, unpriced: 0, estimated_cost: 0, ttft: none, duration: none, generation: none, prompt: none, context: none, ...f,
});

describe('change against the period before', () => {
  it.each([
    [150, 100, { ratio: 0.5, direction: 'up' }],
    [50, 100, { ratio: -0.5, direction: 'down' }],
    [1001, 1000, { ratio: 0.001, direction: 'same' }],
    [0, 0, { ratio: 0, direction: 'same' }],
    [3, 0, { ratio: null, direction: 'up' }],
  ])('of %d after %d', (now, before, want) => {
    const got = change(now, before);
    expect(got?.direction).toBe(want.direction);
    if (want.ratio === null) expect(got?.ratio).toBeNull();
    else expect(got?.ratio).toBeCloseTo(want.ratio);
  });
  it.each([
    [3, null],
    [3, undefined],
    [null, 3],
  ])('says nothing of %s after %s', (now, before) => {
    expect(change(now, before)).toBeNull();
  });
});

describe('steps', () => {
  const graph: Graph = {
    from: 3600e6, to: 4 * 3600e6, step: 3600e6, steps: [1, 2, 3].map((h) => h * 3600e6), total: figures(), before: null,
    slots: [
      { at: 3600e6, figures: figures({ requests: 4, errors: 1, cost: 0.5, ttft: { p50: 9, p95: 20, p99: 30, samples: 4 } }) },
      { at: 3 * 3600e6, figures: figures({ requests: 2 }) },
    ],
  };
  const steps = stepsOf(graph, { step: 60e6, unit: '' });
  it('take the step that the program used', () => {
    expect(steps.map((s) => s.at / 3600e6)).toEqual([1, 2, 3]);
    expect(steps.map((s) => s.end / 3600e6)).toEqual([2, 3, 4]);
  });
  it('end where the program began the next, the last one as if it went on', () => {
    const london = (ms: number) => (ms >= Date.UTC(2026, 2, 29, 1) && ms < Date.UTC(2026, 9, 25, 1) ? 60 : 0);
    const at = [Date.UTC(2025, 8, 30, 23), Date.UTC(2025, 10, 1), Date.UTC(2026, 2, 1)].map((ms) => ms * 1000);
    const months = stepsOf({ ...graph, from: at[0] ?? 0, to: Date.UTC(2026, 2, 10) * 1000, step: 0, steps: at, slots: [] }, { step: 0, unit: 'month' }, london);
    expect(months.map((m) => m.end)).toEqual([at[1], at[2], Date.UTC(2026, 2, 31, 23) * 1000]);
    const one = stepsOf({ ...graph, to: 1.5 * 3600e6, steps: [3600e6] }, { step: 3600e6, unit: '' });
    expect(one.map((s) => s.end)).toEqual([1.5 * 3600e6]);
  });
  it('count 0 where nothing happened, and null where it is not known', () => {
    expect(counted(steps, (f) => f.requests)).toEqual([4, 0, 2]);
    expect(summed(steps, (f) => f.cost)).toEqual([0.5, 0, null]);
    expect(measured(steps, (f) => f.ttft, 'p95')).toEqual([20, null, null]);
  });
});

describe('figures', () => {
  it('add tokens only where one is known', () => {
    expect(tokens(figures())).toBeNull();
    expect(tokens(figures({ output_tokens: 3 }))).toBe(3);
    expect(errorShare(figures())).toBeNull();
    expect(errorShare(figures({ requests: 4, errors: 1 }))).toBe(0.25);
  });
  it('say how much of a context prompts took, where both are known', () => {
    const context = { tokens: 8000, basis: 'allocated', varied: false };
    const prompts = figures({ context: { p50: 800, p95: 7600, p99: 7900, samples: 3 } });
    expect(contextShare({ context, figures: prompts })).toEqual({ p50: 0.1, p95: 0.95 });
    expect(contextShare({ context: null, figures: prompts })).toBeNull();
    expect(contextShare({ context, figures: figures() })).toBeNull();
  });
  it('sort what is not known last, both ways', () => {
    const rows = [{ v: 2 }, { v: null }, { v: 10 }];
    const values = (down: boolean) => sortBy(rows, (r) => r.v, down, () => 0).map((r) => r.v);
    expect(values(true)).toEqual([10, 2, null]);
    expect(values(false)).toEqual([2, 10, null]);
    expect(sortBy(['b', 'a10', 'a2'], (s) => s, false, (a, b) => a.localeCompare(b, 'en', { numeric: true }))).toEqual(['a2', 'a10', 'b']);
  });
});
