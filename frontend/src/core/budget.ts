import type { Budget, Graph } from './dto';
import { startOf, type Zone } from './period';

/** How far a calendar month's budget is used. US dollars. */
export interface Use {
  spent: number | null;
  /** Of the budget; null where the spending is not known. */
  share: number | null;
  /** At the month's end if it goes on like this; null where that cannot be said yet. */
  projected: number | null;
}

/** Less of a month than this says nothing about its end. */
const early = 86400e3;

/** The calendar month around now, milliseconds. */
export function monthOf(now: number, zone: Zone): { from: number; to: number } {
  return { from: startOf('month', now, zone), to: startOf('month', now, zone, 1) };
}

/**
 * The month's end, were the rest of the month like its days so far: those since
 * begun, where the log began within it (ms; 0 where it is older). Null in the
 * first day of that, and where nothing is known.
 */
export function project(spent: number | null, now: number, zone: Zone, begun = 0): number | null {
  const { from, to } = monthOf(now, zone);
  const past = now - Math.max(from, begun);
  return spent === null || past < early ? null : spent + (spent / past) * (to - now);
}

/** When the log began within a month's graph, ms; 0 where it is older than that. */
export function begunIn(all: Graph): number {
  return all.before === null ? (all.slots[0]?.at ?? 0) / 1000 : 0;
}

export function useOf(spent: number | null, usd: number, now: number, zone: Zone, begun = 0): Use {
  return { spent, share: spent === null || usd <= 0 ? null : spent / usd, projected: project(spent, now, zone, begun) };
}

/** What was spent up to the end of each step. A step whose cost is not known adds nothing. */
export function running(costs: readonly (number | null)[]): number[] {
  let sum = 0;
  return costs.map((c) => (sum += c ?? 0));
}

/** The query of a graph for what a budget covers. */
export function scopeOf(b: Budget): Record<string, string> {
  return b.scope === 'all' ? {} : { [b.scope]: b.value };
}

/** The list with one budget put in; one of the same scope and value is replaced. */
export function withBudget(all: readonly Budget[], b: Budget, instead: Budget | null = null): Budget[] {
  const same = (o: Budget) => (o.scope === b.scope && o.value === b.value) || (instead !== null && o.scope === instead.scope && o.value === instead.value);
  const at = all.findIndex(same);
  const rest = all.filter((o) => !same(o));
  return at < 0 ? [...rest, b] : [...rest.slice(0, at), b, ...rest.slice(at)];
}

/** US dollars as typed; undefined for what is no amount above 0. */
export function dollars(text: string): number | undefined {
  const s = text.trim().replace(',', '.').replace(/^\$/, '');
  if (!/^\d{1,9}(\.\d{1,6})?$/.test(s)) return undefined;
  const n = Number(s);
  return n > 0 ? n : undefined;
}

/** What a graph's total lacks to be the whole cost: rows without a price or without tokens. */
export function uncounted(g: Graph): number {
  return g.total.unpriced + g.total.no_tokens;
}
