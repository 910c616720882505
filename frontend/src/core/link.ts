import { addressQuery, noFilter } from './filter';
import { termText } from './query';
import { formatHash } from './route';

/** The address of the requests behind a figure: those of these values (an empty one: without), in a time, and a bit of filter. */
export function requestsLink(of: Record<string, string>, from: number, to: number, more = ''): string {
  const terms = Object.entries(of).map(([field, value]) => termText(field, [value], true));
  const q = [...terms, more].filter((t) => t !== '').join(' ');
  return formatHash('requests', '', addressQuery({ ...noFilter, q, from: Math.round(from), to: Math.round(to) }));
}
