type Cell = string | number | bigint | null;

const form = /^\d{4}-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d(\.\d+)?)?)?Z?)?)?$/;

/** A time as the views give it or strftime writes it, in UTC; microseconds, NaN for anything else. */
export function micros(cell: Cell): number {
  if (typeof cell !== 'string' || !form.test(cell)) return NaN;
  const [day = '', clock = ''] = cell.replace('Z', '').split(/[T ]/);
  const full = clock === '' ? '' : `T${clock.length === 2 ? `${clock}:00` : clock}Z`;
  return Date.parse(day + full) * 1000;
}

/** A row's time: it ends where the next begins, at the smallest distance between two. */
export interface Moment {
  at: number;
  end: number;
  row: number;
}

/** The rows in the order of a column's times; null where it has anything else, or a time twice. */
export function timeline(rows: readonly (readonly Cell[])[], column: number): Moment[] | null {
  const list = rows.map((r, row) => ({ at: micros(r[column] ?? null), row })).sort((a, b) => a.at - b.at);
  let step = Infinity;
  for (const [i, m] of list.entries()) {
    if (Number.isNaN(m.at)) return null;
    if (i > 0) step = Math.min(step, m.at - (list[i - 1]?.at ?? 0));
  }
  if (list.length < 2 || step <= 0) return null;
  return list.map((m) => ({ ...m, end: m.at + step }));
}
