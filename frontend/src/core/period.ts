/** What the period picker offers; "custom" comes with two times. */
export const periods = ['today', '24h', '7d', '30d', 'month', 'year', 'custom'] as const;
export type PeriodName = (typeof periods)[number];

export interface Period {
  name: PeriodName;
  /** Microseconds; only for custom. */
  from: number;
  to: number;
}

/** Minutes east of UTC at a time in milliseconds. */
export type Zone = (ms: number) => number;
export const localZone: Zone = (ms) => -new Date(ms).getTimezoneOffset();

export type Calendar = 'day' | 'week' | 'month';
/** How a period is cut for a graph: equal steps in microseconds, or those of the calendar. */
export interface Plan {
  step: number;
  unit: '' | Calendar;
}

const minute = 60e6;
const hour = 60 * minute;
const day = 24 * hour;
const spans: Partial<Record<PeriodName, number>> = { '24h': day, '7d': 7 * day, '30d': 30 * day };
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720].map((m) => m * minute);

/** What the program is told of this computer's zone: its name, and its offset at a time (microseconds) for when it does not know the name. */
export const zoneQuery = (us: number): { zone: string; tz: string } => ({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone || '', tz: String(localZone(us / 1000)) });

/** The time at which a wall clock shows what UTC shows at wall; the change where it is put forward over that. */
function instant(wall: number, zone: Zone): number {
  const guess = wall - zone(wall) * 60e3;
  const at = wall - zone(guess) * 60e3;
  return at + zone(at) * 60e3 === wall ? at : Math.max(at, guess);
}

/** The beginning of the calendar's day, week (Monday), month or year, milliseconds; by leaps of n further on. */
export function startOf(unit: Calendar | 'year', ms: number, zone: Zone, n = 0): number {
  const d = new Date(ms + zone(ms) * 60e3);
  const [y, m, date] = [d.getUTCFullYear(), d.getUTCMonth(), d.getUTCDate()];
  if (unit === 'year') return instant(Date.UTC(y + n, 0, 1), zone);
  if (unit === 'month') return instant(Date.UTC(y, m + n, 1), zone);
  if (unit === 'week') return instant(Date.UTC(y, m, date - ((d.getUTCDay() + 6) % 7) + 7 * n), zone);
  return instant(Date.UTC(y, m, date + n), zone);
}

/** The period as times in microseconds. Now is milliseconds. */
export function bounds(p: Period, now: number, zone: Zone = localZone): { from: number; to: number } {
  if (p.name === 'custom') return { from: p.from, to: p.to };
  const to = Math.ceil(now) * 1000;
  const span = spans[p.name];
  if (span !== undefined) return { from: to - span, to };
  const unit = p.name === 'month' ? 'month' : p.name === 'year' ? 'year' : 'day';
  // The first moment of a day has no length yet.
  return { from: Math.min(startOf(unit, now, zone) * 1000, to - minute), to };
}

/** Whether new requests belong to the period. */
export function follows(p: Period, now: number): boolean {
  return p.name !== 'custom' || p.to >= now * 1000;
}

/** About 24 to 90 steps, in measures that people know. */
export function plan(from: number, to: number): Plan {
  const span = to - from;
  if (span > 400 * day) return { step: 0, unit: 'month' };
  if (span > 92 * day) return { step: 0, unit: 'week' };
  if (span > 14 * day) return { step: 0, unit: 'day' };
  // Parts of an hour are counted row by row; hours come from sums.
  const least = span > 6 * hour ? hour : 0;
  return { step: steps.find((s) => s >= least && span / s <= 72) ?? day / 2, unit: '' };
}

/** The days, weeks or months of a time, microseconds. The first begins with it, the last one ends when the calendar's does. */
export function grid(from: number, to: number, unit: Calendar, zone: Zone = localZone): { at: number; end: number }[] {
  const out: { at: number; end: number }[] = [];
  for (let at = startOf(unit, from / 1000, zone); at * 1000 < to && out.length < 5000; ) {
    const end = startOf(unit, at, zone, 1);
    out.push({ at: Math.max(at * 1000, from), end: end * 1000 });
    at = end;
  }
  return out;
}

const fallback: Period = { name: '24h', from: 0, to: 0 };

/** Reads the period of the address bar; the last day where it makes no sense. */
export function parsePeriod(q: URLSearchParams, otherwise: PeriodName = '24h'): Period {
  const name = periods.find((p) => p === (q.get('period') ?? otherwise));
  if (name === undefined) return fallback;
  if (name !== 'custom') return { name, from: 0, to: 0 };
  const from = Number(q.get('from'));
  const to = Number(q.get('to'));
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && to > from ? { name, from, to } : fallback;
}

/** The address's query with this period in place of another; all else of it stays. */
export function withPeriod(q: URLSearchParams, p: Period): URLSearchParams {
  const out = new URLSearchParams(q);
  for (const k of ['period', 'from', 'to']) out.delete(k);
  out.set('period', p.name);
  if (p.name === 'custom') {
    out.set('from', String(p.from));
    out.set('to', String(p.to));
  }
  return out;
}

const two = (n: number) => String(n).padStart(2, '0');

/** Microseconds as the value of a datetime-local input. */
export function toInput(us: number): string {
  const d = new Date(us / 1000);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`;
}

/** A custom period of two inputs, null where the end is not after the beginning. */
export function customPeriod(from: string, to: string): Period | null {
  const [a, b] = [new Date(from).getTime() * 1000, new Date(to).getTime() * 1000];
  return Number.isFinite(a) && Number.isFinite(b) && b > a ? { name: 'custom', from: a, to: b } : null;
}
