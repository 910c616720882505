import type { ExportRequest, ExportState } from './dto';
import { filterQuery, type Filter } from './filter';

/** The formats of requests; a table has the first two. */
export const formats = ['csv', 'jsonl', 'har', 'md', 'finetune'] as const;
export type Format = (typeof formats)[number];
export const tableFormats = formats.slice(0, 2);

/** What a page lists, as the API calls it. */
export type TableName = 'model' | 'user' | 'task' | 'upstream' | 'month' | 'chat' | 'speed' | 'stay';
export interface Table {
  of: TableName;
  query: URLSearchParams;
}

/** What a page offers to be written: the requests behind it and, where it lists something else, those tables. */
export interface Offer {
  requests: Filter;
  /** How many requests they are, where the page knows it. */
  total?: number;
  /** Whether they are but a part of the log. */
  part: boolean;
  tables: Table[];
}

/** What one chose last. */
export interface Choice {
  what: 'table' | 'requests';
  /** Which table, where a page has several; the first where it has not this one. */
  of?: TableName;
  format: Format;
  bodies: boolean;
  bom: boolean;
  semicolon: boolean;
}

/** Reads a kept choice; what makes no sense is as at first. */
export function readChoice(kept: string): Choice {
  let v: Partial<Choice> = {};
  try {
    v = (JSON.parse(kept) as Partial<Choice> | null) ?? {};
  } catch {
    // As at first.
  }
  return { what: v.what === 'requests' ? 'requests' : 'table', format: formats.find((f) => f === v.format) ?? 'csv', bodies: v.bodies === true, bom: v.bom === true, semicolon: v.semicolon === true };
}

/** The table that is chosen of those that a page has. */
export const tableOf = (offer: Offer, choice: Choice): Table | undefined => (choice.what === 'requests' ? undefined : (offer.tables.find((v) => v.of === choice.of) ?? offer.tables[0]));

/** The choice as far as an offer can be had that way: a page without a table gives requests, a table is CSV or JSONL and has no bodies. */
export function fitting(offer: Offer, choice: Choice): Choice {
  if (!tableOf(offer, choice)) return { ...choice, what: 'requests' };
  return { ...choice, format: tableFormats.find((f) => f === choice.format) ?? 'csv', bodies: false };
}

/** What the API is asked to write. */
export function exportRequest(offer: Offer, choice: Choice): ExportRequest {
  const { what, of, ...how } = fitting(offer, choice);
  const table = tableOf(offer, { ...how, what, ...(of && { of }) });
  return { table: table?.of ?? '', query: (table?.query ?? filterQuery(offer.requests)).toString(), ...how };
}

/** Where a browser downloads it; job is the name by which its page asks how far that is. */
export function exportUrl(request: ExportRequest, job = ''): string {
  const q = new URLSearchParams(request.query);
  if (request.table !== '') q.set('table', request.table);
  q.set('format', request.format);
  if (request.bodies) q.set('bodies', '1');
  if (request.bom) q.set('bom', '1');
  if (request.semicolon) q.set('sep', ';');
  if (job !== '') q.set('job', job);
  return `/api/export?${q}`;
}

/** What follows a download. */
export interface Follow {
  state: () => Promise<ExportState>;
  cancel: () => Promise<void>;
  /** Told how many rows were looked at. */
  rows: (n: number) => void;
  signal: AbortSignal;
  pause: (ms: number) => Promise<void>;
}

/** How often, in milliseconds, and how many times in vain, a download is asked for. */
const every = 300;
const patience = 100;

/** Follows a download to its end; null where it never began or can't be asked for. */
export async function follow(f: Follow): Promise<ExportState | null> {
  for (let vain = 0; vain < patience; ) {
    await f.pause(every);
    try {
      const now = await f.state();
      vain = 0;
      f.rows(now.rows);
      if (now.state !== 'running') return now;
      if (f.signal.aborted) await f.cancel();
    } catch {
      vain++; // a browser may ask first where to save
    }
  }
  return null;
}
