import type { Row } from './dto';

/** What the list, the export and the facets select. Empty fields select all. */
export interface Filter {
  text: string;
  models: string[];
  upstreams: string[];
  states: string[];
  users: string[];
  tasks: string[];
  /** Codes; a row has one of them. */
  verdicts: string[];
  /** Ids. */
  chats: string[];
  answers: string[];
  /** Microseconds since the epoch; 0 is open. */
  from: number;
  to: number;
  /** The last so much time: "15m", "1h", "24h", "7d", "30d"; "" where from and to say it. */
  since: string;
}

export const noFilter: Filter = { text: '', models: [], upstreams: [], states: [], users: [], tasks: [], verdicts: [], chats: [], answers: [], from: 0, to: 0, since: '' };

/** The filter as the API and the address bar take it. Stable order, so equal filters give equal text. */
export function filterQuery(f: Filter): URLSearchParams {
  const q = new URLSearchParams();
  if (f.text.trim() !== '') q.set('text', f.text.trim());
  for (const v of [...f.models].sort()) q.append('model', v);
  for (const v of [...f.upstreams].sort()) q.append('upstream', v);
  for (const v of [...f.states].sort()) q.append('state', v);
  for (const v of [...f.users].sort()) q.append('user', v);
  for (const v of [...f.tasks].sort()) q.append('task', v);
  for (const v of [...f.verdicts].sort()) q.append('verdict', v);
  for (const v of [...f.chats].sort()) q.append('chat', v);
  for (const v of [...f.answers].sort()) q.append('answer', v);
  if (f.from > 0) q.set('from', String(f.from));
  if (f.to > 0) q.set('to', String(f.to));
  return q;
}

function micros(v: string | null): number {
  const n = Number(v);
  return v !== null && Number.isSafeInteger(n) && n > 0 ? n : 0;
}

/** Reads a filter from an address; what makes no sense is left out. */
export function parseFilter(q: URLSearchParams): Filter {
  return {
    text: q.get('text') ?? '',
    models: q.getAll('model'),
    upstreams: q.getAll('upstream'),
    states: q.getAll('state'),
    users: q.getAll('user'),
    tasks: q.getAll('task'),
    verdicts: q.getAll('verdict'),
    chats: q.getAll('chat'),
    answers: q.getAll('answer'),
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

/** Whether a row passes all of the filter but its text, which only the store can judge. */
export function matchesButText(f: Filter, row: Row): boolean {
  if (f.models.length > 0 && !f.models.includes(modelOf(row))) return false;
  if (f.upstreams.length > 0 && !f.upstreams.includes(row.upstream)) return false;
  if (f.states.length > 0 && !f.states.includes(row.state)) return false;
  if (f.users.length > 0 && !f.users.includes(row.user)) return false;
  if (f.tasks.length > 0 && !f.tasks.includes(row.task)) return false;
  if (f.verdicts.length > 0 && !f.verdicts.some((v) => row.verdicts.includes(v))) return false;
  if (f.chats.length > 0 && !f.chats.includes(row.chat)) return false;
  if (f.answers.length > 0 && !f.answers.includes(row.answer)) return false;
  if (f.from > 0 && row.started_at < f.from) return false;
  if (f.to > 0 && row.started_at >= f.to) return false;
  return true;
}
