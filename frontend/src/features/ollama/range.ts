export { toInput } from '../../core/period';

/** What the range picker offers; "custom" comes with two times. */
export const spans = { '1h': 3600e6, '24h': 86400e6, '7d': 7 * 86400e6, '30d': 30 * 86400e6 } as const;
export type Span = keyof typeof spans;

export interface Range {
  span: Span | 'custom';
  /** Microseconds; only for custom. */
  from: number;
  to: number;
}

export const dayRange: Range = { span: '24h', from: 0, to: 0 };

/** The range as times, microseconds. Now is milliseconds. */
export function bounds(r: Range, now: number): { from: number; to: number } {
  if (r.span === 'custom') return { from: r.from, to: r.to };
  const to = Math.round(now * 1000);
  return { from: to - spans[r.span], to };
}

/** Whether the range moves on with the clock, so that new requests belong to it. */
export function follows(r: Range, now: number): boolean {
  return r.span !== 'custom' || r.to >= now * 1000;
}

/** The other way; null for what is no time. */
export function fromInput(value: string): number | null {
  const ms = new Date(value).getTime();
  return value === '' || Number.isNaN(ms) ? null : ms * 1000;
}

/** A custom range of two inputs, null where the end is not after the beginning. */
export function customRange(from: string, to: string): Range | null {
  const a = fromInput(from);
  const b = fromInput(to);
  return a === null || b === null || b <= a ? null : { span: 'custom', from: a, to: b };
}

/** Reads the range of the address bar; the last day where it makes no sense. */
export function parseRange(q: URLSearchParams): Range {
  const span = q.get('range') ?? '24h';
  if (Object.hasOwn(spans, span)) return { span: span as Span, from: 0, to: 0 };
  const from = Number(q.get('from'));
  const to = Number(q.get('to'));
  return span === 'custom' && Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && to > from ? { span, from, to } : dayRange;
}

export function rangeQuery(r: Range): URLSearchParams {
  const q = new URLSearchParams({ range: r.span });
  if (r.span === 'custom') {
    q.set('from', String(r.from));
    q.set('to', String(r.to));
  }
  return q;
}
