import type { Figures, Graph, Group, Quantiles } from './dto';
import { localZone, startOf, type Plan, type Zone } from './period';

/** How a figure moved against the period before: null where that cannot be said. */
export interface Change {
  /** 0.5 for half as much again; null where it was 0 before and is not now. */
  ratio: number | null;
  direction: 'up' | 'down' | 'same';
}

/** Below this share a change is called none: it would be shown as 0 %. */
const still = 0.005;

export function change(now: number | null, before: number | null | undefined): Change | null {
  if (now === null || before === null || before === undefined) return null;
  if (before === 0) return now === 0 ? { ratio: 0, direction: 'same' } : { ratio: null, direction: now > 0 ? 'up' : 'down' };
  const ratio = (now - before) / Math.abs(before);
  return { ratio, direction: Math.abs(ratio) < still ? 'same' : ratio > 0 ? 'up' : 'down' };
}

/** One step of a graph; figures is null where nothing was asked. */
export interface Step {
  at: number;
  end: number;
  figures: Figures | null;
}

/** All steps of a graph, in order, the quiet ones too, as the program cut them. The last one ends when it would if the period went on. */
export function stepsOf(graph: Graph, cut: Plan, zone: Zone = localZone): Step[] {
  const found = new Map(graph.slots.map((s) => [s.at, s.figures]));
  const last = graph.steps.at(-1) ?? graph.from;
  const end = cut.unit !== '' ? startOf(cut.unit, last / 1000, zone, 1) * 1000 : graph.steps.length > 1 ? last + graph.step : 0;
  return graph.steps.map((at, i) => ({ at, end: graph.steps[i + 1] ?? Math.max(end, graph.to), figures: found.get(at) ?? null }));
}

/** A count of a step: nothing asked is 0. */
export const counted = (steps: Step[], of: (f: Figures) => number): number[] => steps.map((s) => (s.figures ? of(s.figures) : 0));

/** A sum of a step: nothing asked is 0, not known is null. */
export const summed = (steps: Step[], of: (f: Figures) => number | null): (number | null)[] => steps.map((s) => (s.figures ? of(s.figures) : 0));

/** A quantile of a step: null where there is no sample. */
export const measured = (steps: Step[], of: (f: Figures) => Quantiles, part: 'p50' | 'p95' | 'p99'): (number | null)[] =>
  steps.map((s) => (s.figures ? of(s.figures)[part] : null));

/** Tokens in and out together; null where neither is known. */
export function tokens(f: Figures): number | null {
  return f.input_tokens === null && f.output_tokens === null ? null : (f.input_tokens ?? 0) + (f.output_tokens ?? 0);
}

export function errorShare(f: Figures): number | null {
  return f.requests > 0 ? f.errors / f.requests : null;
}

/** The median and the p95 of prompts as shares of the model's context; null where its length or the prompts' is not known. */
export function contextShare(g: Pick<Group, 'context' | 'figures'>): { p50: number; p95: number } | null {
  const { p50, p95 } = g.figures.context;
  if (!g.context || g.context.tokens <= 0 || p50 === null || p95 === null) return null;
  return { p50: p50 / g.context.tokens, p95: p95 / g.context.tokens };
}

/** What a table is sorted by: rows without the figure come last, either way round. */
export function sortBy<T>(rows: readonly T[], of: (row: T) => number | string | null, down: boolean, compare: (a: string, b: string) => number): T[] {
  return [...rows].sort((x, y) => {
    const [a, b] = [of(x), of(y)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    const by = typeof a === 'number' && typeof b === 'number' ? a - b : compare(String(a), String(b));
    return down ? -by : by;
  });
}
