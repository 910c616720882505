import type { SQLAnswer } from './dto';

/** A cell of a result; whole numbers that a double would round are bigint. */
export type Cell = string | number | bigint | null;
export type Answer = Omit<SQLAnswer, 'rows' | 'exact'> & { rows: Cell[][] };

/** The answer with every whole number as exact as it was sent. */
export function exactly({ exact, ...answer }: SQLAnswer): Answer {
  const rows: Cell[][] = answer.rows;
  for (const { row, column, text } of exact) {
    const cells = rows[row];
    if (cells) cells[column] = BigInt(text);
  }
  return { ...answer, rows };
}

const isNumber = (v: Cell | undefined): v is number | bigint => typeof v === 'number' || typeof v === 'bigint';

/** A cell as CSV wants it (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe (OWASP). */
function cell(v: Cell): string {
  if (v === null) return '';
  if (isNumber(v)) return String(v);
  const safe = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(v) ? `'${v}` : v;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows with their heads as CSV. */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** Rows as JSON Lines; a name that columns share gets its number behind it. */
export function toJsonl(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const seen = new Set<string>();
  const names = columns.map((c) => {
    let name = c;
    for (let n = 2; seen.has(name); n++) name = `${c}_${n}`;
    seen.add(name);
    return JSON.stringify(name);
  });
  // Written by hand: JSON.stringify knows no bigint.
  const value = (v: Cell | undefined) => (typeof v === 'bigint' ? String(v) : JSON.stringify(v ?? null));
  return rows.map((r) => `{${names.map((name, i) => `${name}:${value(r[i])}`).join(',')}}\n`).join('');
}

/** The columns that a chart can draw: their places; a column of numbers only, but for what is missing. */
export function numeric(columns: readonly string[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map((_, i) => i).filter((i) => rows.some((r) => isNumber(r[i])) && rows.every((r) => r[i] === null || isNumber(r[i])));
}
