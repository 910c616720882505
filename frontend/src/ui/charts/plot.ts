import { bandPath, linePath, lonely, stacked, type Point } from '../../core/scale';

/** One figure of a chart. Colour is the name of a CSS variable. */
export interface Series {
  name: string;
  colour: string;
  kind: 'bar' | 'line';
  values: (number | null)[];
  dashed?: boolean;
  /** Lines of uncertainty: fainter than the others. */
  faint?: boolean;
  /** Hatched, so that it is told apart without its colour. */
  hatched?: boolean;
}

export interface StepTime {
  at: number;
  end: number;
}

export interface Rule {
  value: number;
  label: string;
  colour: string;
}

/** Where the drawing lies in its box, px. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Bar {
  step: number;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The largest value that has to be seen. */
export function highest(series: readonly Series[], rules: readonly Rule[]): number {
  const bars = stacked(series.filter((s) => s.kind === 'bar').map((s) => s.values)).at(-1) ?? [];
  const lines = series.filter((s) => s.kind === 'line').flatMap((s) => s.values.map((v) => v ?? 0));
  return Math.max(0, ...bars.map((b) => b.high), ...lines, ...rules.map((r) => r.value));
}

export function scaleOf(box: Box, from: number, to: number, max: number) {
  const span = Math.max(1, to - from);
  return {
    x: (at: number) => box.left + ((Math.min(Math.max(at, from), to) - from) / span) * box.width,
    y: (v: number) => box.top + box.height - (max > 0 ? (v / max) * box.height : 0),
    /** The time at a place. */
    at: (x: number) => from + (Math.min(Math.max(x - box.left, 0), box.width) / Math.max(1, box.width)) * span,
  };
}
type Scale = ReturnType<typeof scaleOf>;

/** The bars of each series that is drawn as such, standing on each other. */
export function barsOf(series: readonly Series[], steps: readonly StepTime[], s: Scale): { series: Series; bars: Bar[] }[] {
  const standing = series.filter((o) => o.kind === 'bar');
  return stacked(standing.map((o) => o.values)).map((column, i) => ({
    series: standing[i] as Series,
    bars: column.flatMap(({ low, high }, step): Bar[] => {
      const time = steps[step];
      if (!time || high <= low) return [];
      const left = s.x(time.at);
      const wide = s.x(time.end) - left;
      const gap = wide > 4 ? Math.min(3, wide * 0.18) : 0;
      // A single request beside many is still seen.
      const height = Math.max(1.5, s.y(low) - s.y(high));
      return [{ step, x: left + gap / 2, y: s.y(low) - height, width: Math.max(1, wide - gap), height }];
    }),
  }));
}

/** Places of a line's points: in the middle of their steps. */
export function pointsOf(values: readonly (number | null)[], steps: readonly StepTime[], s: Scale): Point[] {
  return values.map((v, i) => {
    const time = steps[i];
    return v === null || !time ? null : [(s.x(time.at) + s.x(time.end)) / 2, s.y(v)];
  });
}

export const pathOf = (values: readonly (number | null)[], steps: readonly StepTime[], s: Scale) => linePath(pointsOf(values, steps, s));
export const dotsOf = (values: readonly (number | null)[], steps: readonly StepTime[], s: Scale) => lonely(pointsOf(values, steps, s));
export const areaOf = (low: readonly (number | null)[], high: readonly (number | null)[], steps: readonly StepTime[], s: Scale) =>
  bandPath(pointsOf(low, steps, s), pointsOf(high, steps, s));
