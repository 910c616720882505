import type { Row } from './dto';
import { termText } from './query';

/** What the list, the export and the facets select. Empty fields select all. */
export interface Filter {
  /** As it is typed: the language of backend/query. */
  q: string;
  /** Microseconds since the epoch; 0 is open. */
  from: number;
  to: number;
  /** The last so much time: "15m", "1h", "24h", "7d", "30d"; "" where from and to say it. */
  since: string;
}

export const noFilter: Filter = { q: '', from: 0, to: 0, since: '' };

/** A filter of one field: the address that other pages link to. */
export function filterOf(field: string, values: string[], range: Partial<Filter> = {}): Filter {
  return { ...noFilter, ...range, q: termText(field, values, true) };
}

/** The filter as the API takes it. */
export function filterQuery(f: Filter): URLSearchParams {
  const q = new URLSearchParams();
  if (f.q.trim() !== '') q.set('q', f.q.trim());
  if (f.from > 0) q.set('from', String(f.from));
  if (f.to > 0) q.set('to', String(f.to));
  return q;
}

function micros(v: string | null): number {
  const n = Number(v);
  return v !== null && Number.isSafeInteger(n) && n > 0 ? n : 0;
}

/** Fields that an address may name by themselves; each becomes a term of the filter. */
const fields = ['model', 'upstream', 'state', 'user', 'task', 'verdict', 'chat', 'answer'];

/** Reads a filter from an address; what makes no sense is left out. */
export function parseFilter(q: URLSearchParams): Filter {
  const parts = [q.get('q') ?? '', q.get('text') ?? ''];
  for (const field of fields) {
    const values = q.getAll(field);
    if (values.length > 0) parts.push(termText(field, values, true));
  }
  return {
    q: parts.map((p) => p.trim()).filter((p) => p !== '').join(' '),
    from: micros(q.get('from')),
    to: micros(q.get('to')),
    since: Object.hasOwn(spans, q.get('since') ?? '') ? (q.get('since') ?? '') : '',
  };
}

const minute = 60_000_000;
const spans: Record<string, number> = { '15m': 15 * minute, '1h': 60 * minute, '24h': 1440 * minute, '7d': 10080 * minute, '30d': 43200 * minute };

/** What a time menu offers. */
export const sinceChoices = Object.keys(spans);

/** The filter with "the last hour" and the like made into a time. Now is milliseconds. */
export function resolve(f: Filter, now: number): Filter {
  const span = spans[f.since];
  return span === undefined ? f : { ...f, from: Math.round(now * 1000) - span, to: 0 };
}

/** The filter as the address bar keeps it: "the last hour" stays that. */
export function addressQuery(f: Filter): URLSearchParams {
  const q = filterQuery(f.since === '' ? f : { ...f, from: 0, to: 0 });
  if (f.since !== '') q.set('since', f.since);
  return q;
}

export function isEmpty(f: Filter): boolean {
  return addressQuery(f).toString() === '';
}

/** The model that answered or, failing that, the one asked for. */
export function modelOf(row: Pick<Row, 'model' | 'model_requested'>): string {
  return row.model !== '' ? row.model : row.model_requested;
}

/** Whether a row lies in the filter's time; the rest only the store can judge. */
export function inTime(f: Filter, row: Pick<Row, 'started_at'>): boolean {
  return row.started_at >= f.from && (f.to === 0 || row.started_at < f.to);
}
