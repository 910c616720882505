import type { Bucket, Series, Throughput } from '../../core/dto';

/** One figure over time; each becomes one chart. */
export type Metric = 'gen' | 'prompt' | 'ttft' | 'load' | 'requests';
export const metrics: readonly Metric[] = ['gen', 'prompt', 'ttft', 'load', 'requests'];

type Value = number | null;

/** The columns that a chart draws: x in seconds, then one line after another. */
export interface Aligned {
  x: number[];
  lines: Line[];
}

export interface Line {
  model: string;
  /** Which of the series in Throughput.series it belongs to; gives its colour. -1: all of them. */
  index: number;
  part: 'p50' | 'p95' | 'count' | 'before';
  values: Value[];
}

/** A cold start: when (seconds), which model, how many in that step. */
export interface ColdStart {
  at: number;
  index: number;
  model: string;
  count: number;
}

const maxPoints = 5000;

/** The p50 and p95 of a bucket; durations stay microseconds. */
export function pair(b: Bucket, metric: Metric): [Value, Value] {
  switch (metric) {
    case 'gen':
      return [b.gen_p50, b.gen_p95];
    case 'prompt':
      return [b.prompt_p50, b.prompt_p95];
    case 'ttft':
      return [b.ttft_p50, b.ttft_p95];
    case 'load':
      return [b.load_p50, b.load_p95];
    case 'requests':
      return [b.requests, null];
  }
}

/** Where step i of the range begins, in microseconds: steps are cut at multiples of the step. */
function firstStep(t: Throughput): number {
  const seen = t.series.flatMap((s) => s.buckets.map((b) => b.at));
  if (seen.length === 0) return Math.floor(t.from / t.step) * t.step;
  const phase = (seen[0] ?? 0) % t.step;
  return Math.floor((t.from - phase) / t.step) * t.step + phase;
}

/** The times of all steps of the range, microseconds. */
export function grid(t: Throughput): number[] {
  if (t.step <= 0 || t.to <= t.from) return [];
  const first = firstStep(t);
  const n = Math.min(maxPoints, Math.ceil((t.to - first) / t.step));
  return Array.from({ length: n }, (_, i) => first + i * t.step);
}

function column(series: Series, at: number[], value: (b: Bucket) => Value, absent: Value): Value[] {
  const byTime = new Map(series.buckets.map((b) => [b.at, value(b)]));
  return at.map((x) => byTime.get(x) ?? absent);
}

/**
 * Aligns the shown models on the grid of steps. A step without a figure is a
 * gap (null), never 0; only requests are counted as 0 where there were none.
 */
export function align(t: Throughput, metric: Metric, hidden: ReadonlySet<string>): Aligned {
  const at = grid(t);
  const lines: Line[] = [];
  t.series.forEach((s, index) => {
    if (hidden.has(s.model)) return;
    if (metric === 'requests') {
      lines.push({ model: s.model, index, part: 'count', values: column(s, at, (b) => b.requests, 0) });
      return;
    }
    lines.push({ model: s.model, index, part: 'p50', values: column(s, at, (b) => pair(b, metric)[0], null) });
    lines.push({ model: s.model, index, part: 'p95', values: column(s, at, (b) => pair(b, metric)[1], null) });
  });
  return { x: at.map((us) => us / 1e6), lines };
}

/** Each line with all lines after it on its shoulders; draw in order, and the first stays behind. */
export function stack(lines: Line[]): Line[] {
  const sums: number[] = [];
  const out: Line[] = [];
  for (const line of [...lines].reverse()) {
    line.values.forEach((v, i) => (sums[i] = (sums[i] ?? 0) + (v ?? 0)));
    out.unshift({ ...line, values: line.values.map((_, i) => sums[i] ?? 0) });
  }
  return out;
}

/** Whether there is anything to draw. */
export function hasFigures(lines: Line[]): boolean {
  return lines.some((l) => l.values.some((v) => v !== null && v !== 0));
}

export function coldStarts(t: Throughput, hidden: ReadonlySet<string>): ColdStart[] {
  return t.series.flatMap((s, index) =>
    hidden.has(s.model)
      ? []
      : s.buckets.filter((b) => b.cold_starts > 0).map((b) => ({ at: b.at / 1e6, index, model: s.model, count: b.cold_starts })),
  );
}

/** One line of the text table that stands beside a chart: newest first, only steps with figures. */
export interface TableRow {
  at: number;
  model: string;
  bucket: Bucket;
}

export function table(t: Throughput, metric: Metric, hidden: ReadonlySet<string>): TableRow[] {
  const rows = t.series.flatMap((s) =>
    hidden.has(s.model) ? [] : s.buckets.filter((b) => pair(b, metric)[0] !== null).map((bucket) => ({ at: bucket.at, model: s.model, bucket })),
  );
  return rows.sort((a, b) => b.at - a.at || a.model.localeCompare(b.model));
}

/** Which models to draw at first: the busiest ones, so that many models stay readable. */
export function quietModels(series: Series[], limit: number): Set<string> {
  const busiest = [...series].sort((a, b) => b.summary.requests - a.summary.requests).slice(0, limit);
  return new Set(series.filter((s) => !busiest.includes(s)).map((s) => s.model));
}

/** Colour names repeat after the sixth model; the order of the answer decides. */
export function colourName(index: number): string {
  return `--c${(index % 6) + 1}`;
}

/** The unit that the largest value is read in; factor turns microseconds into it. */
export function timeUnit(largest: number): { unit: 'ms' | 's'; factor: number } {
  return largest >= 2_000_000 ? { unit: 's', factor: 1e-6 } : { unit: 'ms', factor: 1e-3 };
}

/** The largest value of all lines, 0 without any. */
export function largest(lines: Line[]): number {
  let max = 0;
  for (const l of lines) for (const v of l.values) if (v !== null && v > max) max = v;
  return max;
}

/** Where a value has no neighbour, so that no line shows it and it needs a point. */
export function lonely(values: Value[]): number[] {
  const out: number[] = [];
  values.forEach((v, i) => {
    if (v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) out.push(i);
  });
  return out;
}

/** The step nearest to index where any line has a figure, at most reach steps away; null without one. */
export function nearest(lines: Line[], index: number, reach: number): number | null {
  const filled = (i: number) => lines.some((l) => (l.values[i] ?? null) !== null && !(l.part === 'count' && l.values[i] === 0));
  for (let d = 0; d <= reach; d++) {
    if (filled(index - d)) return index - d;
    if (filled(index + d)) return index + d;
  }
  return null;
}

/** A step's width in its largest whole unit, for wording such as "per 5 min". */
export function stepParts(us: number): { value: number; unit: 'second' | 'minute' | 'hour' | 'day' } {
  const s = us / 1e6;
  if (s >= 86400 && s % 86400 === 0) return { value: s / 86400, unit: 'day' };
  if (s >= 3600 && s % 3600 === 0) return { value: s / 3600, unit: 'hour' };
  if (s >= 60 && s % 60 === 0) return { value: s / 60, unit: 'minute' };
  return { value: Math.round(s * 10) / 10, unit: 'second' };
}
