import type { Row } from './dto';
import type { Filter } from './filter';
import type { RowSource } from './list';

/** The ends of a range of the list, both of it; "" where it goes to the list's own end. */
export interface Ends {
  newest: string;
  oldest: string;
}

export interface Range {
  rows: Row[];
  /** Whether there are more than were asked for. */
  more: boolean;
}

const pageLimit = 500;

/** Reads the rows of a range, newest first, up to a limit; told hears how many it has. */
export async function readRange(source: Pick<RowSource, 'page'>, filter: Filter, { newest, oldest }: Ends, limit: number, signal: AbortSignal, told: (rows: number) => void): Promise<Range> {
  const rows: Row[] = [];
  for (;;) {
    const last = rows.at(-1);
    // One more than fits says whether there are more.
    const at = last ? { before_id: last.id } : newest === '' ? {} : { from_id: newest };
    const page = await source.page(filter, { ...at, limit: Math.min(pageLimit, limit + 1 - rows.length) }, signal);
    signal.throwIfAborted();
    const inside = page.rows.filter((r) => r.id >= oldest);
    rows.push(...inside);
    if (rows.length > limit) return { rows: rows.slice(0, limit), more: true };
    told(rows.length);
    if (!page.more || page.rows.length === 0 || inside.length < page.rows.length) return { rows, more: false };
  }
}
