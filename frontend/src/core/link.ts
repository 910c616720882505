import { addressQuery, noFilter } from './filter';
import { termText } from './query';
import { formatHash } from './route';

/** Two significant digits, towards the lower or the higher number. */
function rough(v: number, round: (v: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(v)) - 1);
  return Number((round(v / unit) * unit).toPrecision(2));
}

/** Quantiles are within 2 %: what a filter compares with lies so far beside them that it finds what they were taken from. */
const within = 0.02;

/** What stands for "about so long and longer" in a filter: 1.2s; null where it is not known. Time is microseconds. */
export function longerThan(us: number | null): string | null {
  if (us === null || us <= 0) return null;
  const v = us * (1 - within);
  const [unit, name] = v >= 1e6 ? [1e6, 's'] : v >= 1e3 ? [1e3, 'ms'] : [1, 'us'];
  return `>=${rough(v / unit, Math.floor)}${name}`;
}

/** What stands for "about so fast and slower" in a filter. */
export function slowerThan(rate: number | null): string | null {
  return rate === null || rate <= 0 ? null : `<=${rough(rate * (1 + within), Math.ceil)}`;
}

/** The address of the requests behind a figure: those of these values (an empty one: without), in a time, and a bit of filter. */
export function requestsLink(of: Record<string, string>, from: number, to: number, more = ''): string {
  const terms = Object.entries(of).map(([field, value]) => termText(field, [value], true));
  const q = [...terms, more].filter((t) => t !== '').join(' ');
  return formatHash('requests', '', addressQuery({ ...noFilter, q, from: Math.round(from), to: Math.round(to) }));
}
