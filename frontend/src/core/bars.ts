import type { Histogram } from './dto';

/** One bar of a histogram in shares of its box: all four are 0 to 1. */
export interface Bar {
  at: number;
  /** Where its step ends: the first one begins within it. */
  until: number;
  left: number;
  width: number;
  height: number;
  /** Share of the bar that failed. */
  failed: number;
  requests: number;
  errors: number;
}

/** Lays a histogram out. Heights are roots, so that a few requests are seen beside many. */
export function layBars(h: Pick<Histogram, 'from' | 'to' | 'step' | 'steps'>): Bar[] {
  const span = h.to - h.from;
  if (span <= 0) return [];
  const most = Math.max(1, ...h.steps.map((s) => s.requests));
  const edge = h.steps[1]?.at ?? h.from;
  return h.steps.map((s, i) => {
    const until = s.at + h.step - (i === 0 ? (h.step - ((edge - s.at) % h.step)) % h.step : 0);
    const left = Math.max(0, (s.at - h.from) / span);
    const end = Math.min(1, (until - h.from) / span);
    return { at: s.at, until, left, width: Math.max(0, end - left), height: Math.sqrt(s.requests / most), failed: s.requests > 0 ? s.errors / s.requests : 0, requests: s.requests, errors: s.errors };
  });
}

/** The time that two places of a box (0 to 1, in either order) enclose; null where they are too near to mean one. */
export function brushed(h: Pick<Histogram, 'from' | 'to'>, a: number, b: number): { from: number; to: number } | null {
  const low = Math.max(0, Math.min(a, b));
  const high = Math.min(1, Math.max(a, b));
  if (high - low < 0.005) return null;
  const span = h.to - h.from;
  return { from: Math.round(h.from + low * span), to: Math.round(h.from + high * span) };
}
