import type { Series, Throughput } from '../../core/dto';
import { grid, type Line, type Metric, pair } from './series';

/** What the shown time is compared with: nothing, the time just before, the same hours earlier, or a time from a beginning on. */
export type Against = '' | 'before' | 'day' | 'week' | 'from';
export const againsts: readonly Against[] = ['', 'before', 'day', 'week', 'from'];

export interface Other {
  against: Against;
  /** Microseconds; only for from. */
  from: number;
}

const day = 86400e6;

/** The other time, as long as the shown one, in microseconds; null for none. */
export function otherBounds(other: Other, from: number, to: number): { from: number; to: number } | null {
  const back = { '': 0, before: to - from, day, week: 7 * day, from: from - other.from }[other.against];
  return other.against === '' || back === 0 ? null : { from: from - back, to: to - back };
}

export function parseOther(q: URLSearchParams): Other {
  const text = q.get('against') ?? '';
  const from = Number(text);
  if (text !== '' && Number.isSafeInteger(from) && from > 0) return { against: 'from', from };
  return { against: againsts.find((a) => a === text && a !== 'from') ?? '', from: 0 };
}

export function otherQuery(other: Other): string {
  return other.against === 'from' ? String(other.from) : other.against;
}

/** The model's figures in the other time; undefined where it did not run. */
export const seriesOf = (other: Throughput | null, model: string): Series | undefined => other?.series.find((s) => s.model === model);

/**
 * The other time's medians, step by step under those of the shown time; requests
 * as one line of the shown models' sum.
 */
export function earlier(now: Throughput, other: Throughput | null, metric: Metric, hidden: ReadonlySet<string>): Line[] {
  if (!other) return [];
  const at = grid(now);
  const there = grid(other);
  const shown = now.series.flatMap((s, index) => {
    const was = hidden.has(s.model) ? undefined : seriesOf(other, s.model);
    return was ? [{ was, index }] : [];
  });
  const column = (s: Series, absent: number | null) => {
    const byTime = new Map(s.buckets.map((b) => [b.at, pair(b, metric)[0]]));
    return at.map((_, i) => byTime.get(there[i] ?? -1) ?? absent);
  };
  if (metric !== 'requests') return shown.map(({ was, index }) => ({ model: was.model, index, part: 'before', values: column(was, null) }));
  if (shown.length === 0) return [];
  const all = shown.map(({ was }) => column(was, 0));
  return [{ model: '', index: -1, part: 'before', values: at.map((_, i) => all.reduce((sum, c) => sum + (c[i] ?? 0), 0)) }];
}

/** Whether a change of a metric is for the better; null where it is neither. */
export function better(metric: Metric | 'cold', direction: 'up' | 'down' | 'same'): boolean | null {
  if (direction === 'same' || metric === 'requests') return null;
  return (metric === 'gen' || metric === 'prompt') === (direction === 'up');
}
