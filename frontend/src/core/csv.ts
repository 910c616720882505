type Cell = string | number | null;

/** A cell as CSV wants it (RFC 4180); what a spreadsheet would take for a formula gets an apostrophe (OWASP). */
function cell(v: Cell): string {
  if (v === null) return '';
  if (typeof v === 'number') return String(v);
  const safe = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(v) ? `'${v}` : v;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows with their heads as CSV. */
export function toCsv(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  return [columns, ...rows].map((r) => r.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** The columns that a chart can draw: their places; a column of numbers only, but for what is missing. */
export function numeric(columns: readonly string[], rows: readonly (readonly Cell[])[]): number[] {
  return columns.map((_, i) => i).filter((i) => rows.some((r) => typeof r[i] === 'number') && rows.every((r) => r[i] === null || typeof r[i] === 'number'));
}
