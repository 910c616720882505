import type { Dimension } from '../../core/api';
import type { Figures, Group, Quantiles } from '../../core/dto';
import { change, tokens, type Change } from '../../core/figures';
import { missing } from '../../core/format';
import { requestsLink } from '../../core/link';
import { formatHash } from '../../core/route';
import type { TimeTick } from '../../core/scale';
import { fmt, t } from '../../state/i18n.svelte';
import { chosen } from '../../state/period.svelte';
import { taskName } from '../../state/words';

/** What the figures of a chart are: it decides how they are worded. */
export type Kind = 'count' | 'tokens' | 'cost' | 'time' | 'speed';

export function valueText(kind: Kind, v: number | null, short = false): string {
  switch (kind) {
    case 'cost':
      return fmt().cost(v);
    case 'time':
      return short ? shortTime(v) : fmt().duration(v);
    case 'speed':
      return short ? fmt().compact(v) : fmt().speed(v);
    default:
      return short ? fmt().compact(v) : fmt().number(v);
  }
}

/** A duration for an axis, in one unit. */
function shortTime(v: number | null): string {
  if (v === null || v === 0) return v === null ? missing : '0';
  const [unit, name] = v >= 3600e6 ? [3600e6, 'h'] : v >= 60e6 && v % 30e6 === 0 ? [60e6, 'min'] : v >= 1e6 ? [1e6, 's'] : v >= 1e3 ? [1e3, 'ms'] : [1, 'µs'];
  return `${fmt().compact(v / Number(unit))} ${name}`;
}

export function tickText(tick: TimeTick): string {
  const january = new Date(tick.at / 1000).getMonth() === 0;
  const options: Intl.DateTimeFormatOptions =
    tick.kind === 'time' ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : tick.kind === 'day' ? { month: 'numeric', day: 'numeric' } : january ? { year: 'numeric' } : { month: 'short' };
  return new Intl.DateTimeFormat(fmt().locale, options).format(tick.at / 1000);
}

/** A step's beginning: a day where the steps are days or longer. */
export function whenText(us: number, unit: string): string {
  if (unit === '') return fmt().when(us, Date.now());
  const options: Intl.DateTimeFormatOptions = unit === 'month' ? { year: 'numeric', month: 'long' } : { year: 'numeric', month: 'short', day: 'numeric' };
  return new Intl.DateTimeFormat(fmt().locale, options).format(us / 1000);
}

export const chartWords = () => ({ none: t('figures.none'), table: t('figures.table'), when: t('figures.when'), open: t('figures.open') });

/** A sum's cost, with ~ where estimates are in it. */
export function costText(f: Figures): string {
  const text = fmt().cost(f.cost);
  return f.estimated_cost > 0 && text !== missing ? `~${text}` : text;
}

export function tokensText(f: Figures, v: number | null, short = false): string {
  const text = short ? fmt().compact(v) : fmt().number(v);
  return f.estimated_tokens > 0 && text !== missing ? `~${text}` : text;
}

/** The median and the p95. */
export function pairText(kind: Kind, q: Quantiles): string {
  return q.p50 === null ? missing : `${valueText(kind, q.p50)} / ${valueText(kind, q.p95)}`;
}

/** ▲ 12 %: a change as people read it; "" where there is nothing to say. */
export function changeText(c: Change | null): string {
  if (!c) return '';
  if (c.direction === 'same') return '= 0%';
  const arrow = c.direction === 'up' ? '▲' : '▼';
  if (c.ratio === null) return `${arrow} ${t('figures.fresh')}`;
  // Tenfold and more is easier read as a factor.
  return c.ratio >= 9.5 ? `${arrow} ×${fmt().compact(c.ratio + 1)}` : `${arrow} ${fmt().percent(Math.abs(c.ratio))}`;
}

export function groupName(by: Dimension, value: string): string {
  if (value === '') return t(`figures.without.${by}`);
  return by === 'task' ? taskName(value) : value;
}

/** The page of a model or a user, else the requests behind a value. */
export function groupLink(by: Dimension, value: string, from: number, to: number): string {
  if (value !== '' && (by === 'model' || by === 'user')) return formatHash(by === 'model' ? 'models' : 'users', value, chosen.query());
  return requestsLink({ [by]: value }, from, to);
}

/** What sums count as failed: refused, broken off and interrupted. */
export const failedFilter = 'is:error';

/** What the sums of a period lack, each with the filter that shows it. */
export function lacksOf(f: Figures): { text: string; filter: string }[] {
  return [
    { n: f.unpriced, text: t('figures.lacks.unpriced', { count: f.unpriced }), filter: 'is:unpriced' },
    { n: f.estimated_tokens, text: t('figures.lacks.estimated', { count: f.estimated_tokens }), filter: 'is:estimated-tokens' },
    { n: f.estimated_cost, text: t('figures.lacks.estimated_cost', { count: f.estimated_cost }), filter: 'is:estimated-cost' },
    { n: f.no_tokens, text: t('figures.lacks.no_tokens', { count: f.no_tokens }), filter: 'is:uncounted' },
  ].filter((l) => l.n > 0);
}

/** A group's change in requests, worded for a list. */
export function groupChange(g: Group): string {
  return changeText(change(g.figures.requests, g.before?.requests ?? null));
}

export { tokens };
