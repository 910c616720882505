import { startOf, type Zone } from './period';

/** Ticks of a duration in microseconds: round in ms or seconds, minutes, hours. */
export function durationTicks(max: number, count: number): number[] {
  const unit = max >= 5400e6 ? 3600e6 : max >= 90e6 ? 60e6 : 1;
  return ticks(max / unit, count).map((v) => v * unit);
}

/** Round values from 0 to at least max, about count of them; whole ones where wanted. */
export function ticks(max: number, count: number, whole = false): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  let step = ([1, 2, 2.5, 5, 10].find((f) => f * power >= rough * 0.999) ?? 10) * power;
  if (whole) step = Math.max(1, Math.ceil(step));
  const last = Math.ceil(max / step - 1e-9);
  return Array.from({ length: last + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

const minute = 60e6;
const fixed = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((m) => m * minute);
const day = 1440 * minute;

export interface TimeTick {
  at: number;
  /** How the tick is worded. */
  kind: 'time' | 'day' | 'month';
}

/** Ticks of a time axis at the clock's and the calendar's own steps, at most about count. Microseconds. */
export function timeTicks(from: number, to: number, count: number, zone: Zone): TimeTick[] {
  const span = to - from;
  const out: TimeTick[] = [];
  const step = fixed.find((s) => span / s <= count);
  const first = startOf('day', from / 1000, zone) * 1000;
  if (step !== undefined) {
    for (let at = first; at <= to; at += step) if (at >= from) out.push({ at, kind: (at / 1000 + zone(at / 1000) * 60e3) % 86400e3 === 0 ? 'day' : 'time' });
    return out;
  }
  const days = [1, 2, 3, 7, 14].find((n) => span / (n * day) <= count);
  if (days !== undefined) {
    const base = days >= 7 ? startOf('week', from / 1000, zone) : first / 1000;
    for (let n = 0, at = base; at * 1000 <= to; at = startOf('day', base, zone, (n += days))) if (at * 1000 >= from) out.push({ at: at * 1000, kind: 'day' });
    return out;
  }
  const months = [1, 3, 6, 12, 24, 60].find((n) => span / (n * 30 * day) <= count) ?? 120;
  const base = startOf('year', from / 1000, zone);
  for (let n = 0, at = base; at * 1000 <= to; at = startOf('month', base, zone, (n += months))) if (at * 1000 >= from) out.push({ at: at * 1000, kind: 'month' });
  return out;
}

/** A point of a line, null where the line is broken. */
export type Point = [x: number, y: number] | null;

const at = ([x, y]: [number, number]) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** The path of a line, broken at gaps. A lonely point becomes a short dash, so that it is seen. */
export function linePath(points: readonly Point[]): string {
  return runs(points)
    .map((run) => (run.length === 1 && run[0] ? `M${at([run[0][0] - 1.5, run[0][1]])}h3` : `M${run.map(at).join('L')}`))
    .join('');
}

/** The points of a line that has no part to either side: a path alone hardly shows them. */
export const lonely = (points: readonly Point[]): [number, number][] => runs(points).flatMap((run) => (run.length === 1 && run[0] ? [run[0]] : []));

/** The area between two lines, where both are known. */
export function bandPath(low: readonly Point[], high: readonly Point[]): string {
  const both = low.map((p, i): { low: [number, number]; high: [number, number] } | null => {
    const h = high[i];
    return p && h ? { low: p, high: h } : null;
  });
  return runs(both)
    .filter((run) => run.length > 1)
    .map((run) => `M${run.map((p) => at(p.high)).join('L')}L${[...run].reverse().map((p) => at(p.low)).join('L')}Z`)
    .join('');
}

function runs<T>(points: readonly (T | null)[]): T[][] {
  const out: T[][] = [];
  let open = false;
  for (const p of points) {
    if (p === null) open = false;
    else if (open) out.at(-1)?.push(p);
    else {
      out.push([p]);
      open = true;
    }
  }
  return out;
}

/** Bottoms and tops of bars that stand on each other; null counts as nothing. */
export function stacked(series: readonly (readonly (number | null)[])[]): { low: number; high: number }[][] {
  const sums: number[] = [];
  return series.map((values) =>
    values.map((v, i) => {
      const low = sums[i] ?? 0;
      sums[i] = low + (v ?? 0);
      return { low, high: sums[i] };
    }),
  );
}

/** The index of the step that a time lies in, the nearest one outside; -1 without steps. */
export function stepAt(steps: readonly { at: number; end: number }[], time: number): number {
  const i = steps.findIndex((s) => time < s.end);
  return i < 0 ? steps.length - 1 : i;
}
