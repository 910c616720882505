/** One column that the list can show. */
export interface ColumnSpec {
  /** Width in px: fixed, or the least where it grows. */
  width: number;
  /** Its share of what is left; 0 is fixed. */
  grow: number;
  number: boolean;
  /** The higher, the earlier it goes where there is no room. */
  drop: number;
  /** Whether it is shown before one chooses. */
  shown: boolean;
}

const spec = (width: number, grow: number, number: boolean, drop: number, shown = true): ColumnSpec => ({ width, grow, number, drop, shown });

export const columnSpecs = {
  state: spec(104, 0, false, 0),
  time: spec(92, 0, false, 1),
  model: spec(110, 1.1, false, 0),
  upstream: spec(80, 0.5, false, 9),
  user: spec(108, 0.7, false, 8),
  task: spec(110, 2.6, false, 2),
  tokens: spec(112, 0, true, 4),
  ttft: spec(72, 0, true, 5),
  speed: spec(68, 0, true, 5),
  duration: spec(84, 0, true, 3),
  cost: spec(88, 0, true, 7),
  verdicts: spec(48, 0, false, 8),
  status: spec(60, 0, true, 10, false),
  api: spec(130, 0, false, 10, false),
  path: spec(120, 0.8, false, 10, false),
  client: spec(120, 0.6, false, 10, false),
  chat: spec(110, 0.4, false, 10, false),
  cached: spec(84, 0, true, 10, false),
  reasoning: spec(84, 0, true, 10, false),
  prompt_speed: spec(84, 0, true, 10, false),
  load: spec(76, 0, true, 10, false),
  queue: spec(76, 0, true, 10, false),
  size: spec(84, 0, true, 10, false),
  finish: spec(84, 0, false, 10, false),
} satisfies Record<string, ColumnSpec>;

export type ColumnId = keyof typeof columnSpecs;
export const allColumns = Object.keys(columnSpecs) as ColumnId[];

/** What one has chosen: the columns in their order, and widths in px. */
export interface Layout {
  shown: ColumnId[];
  widths: Partial<Record<ColumnId, number>>;
}

export const defaultLayout: Layout = { shown: allColumns.filter((c) => columnSpecs[c].shown), widths: {} };

const isColumn = (v: unknown): v is ColumnId => typeof v === 'string' && Object.hasOwn(columnSpecs, v);

/** Narrowest and widest that a column may be made, px. */
export const least = 40;
export const most = 800;
export const clampWidth = (px: number): number => Math.round(Math.max(least, Math.min(most, px)));

/** Reads a kept layout; what makes no sense is left out. */
export function parseLayout(text: string): Layout {
  try {
    const v = JSON.parse(text) as Partial<Layout> | null;
    const shown = [...new Set((Array.isArray(v?.shown) ? v.shown : []).filter(isColumn))];
    if (shown.length === 0) return defaultLayout;
    const widths: Layout['widths'] = {};
    for (const [c, w] of Object.entries(v?.widths ?? {})) if (isColumn(c) && Number.isFinite(w)) widths[c] = clampWidth(Number(w));
    return { shown, widths };
  } catch {
    return defaultLayout;
  }
}

export const layoutText = (l: Layout): string => JSON.stringify(l);

/** The layout with a column shown or not; it comes before the one that follows it by default. */
export function toggled(l: Layout, column: ColumnId): Layout {
  if (l.shown.includes(column)) return l.shown.length === 1 ? l : { ...l, shown: l.shown.filter((c) => c !== column) };
  return { ...l, shown: [...l.shown, column] };
}

/** The layout with a column moved by some places. */
export function moved(l: Layout, column: ColumnId, by: number): Layout {
  const from = l.shown.indexOf(column);
  const to = from + by;
  if (from < 0 || to < 0 || to >= l.shown.length) return l;
  const shown = [...l.shown];
  shown.splice(from, 1);
  shown.splice(to, 0, column);
  return { ...l, shown };
}

/** The layout with a column as wide as was typed; as at first where that is no width. */
export function resized(l: Layout, column: ColumnId, typed: string): Layout {
  const widths = { ...l.widths };
  const px = Number(typed);
  if (typed.trim() === '' || !Number.isFinite(px)) delete widths[column];
  else widths[column] = clampWidth(px);
  return { ...l, widths };
}

const padding = 24;

/** The columns that a width has room for, and their template for the grid. */
export function fit(l: Layout, width: number): { columns: ColumnId[]; template: string } {
  const need = (c: ColumnId) => l.widths[c] ?? columnSpecs[c].width;
  let columns = l.shown;
  let sum = columns.reduce((s, c) => s + need(c), padding);
  for (const c of [...columns].sort((a, b) => columnSpecs[b].drop - columnSpecs[a].drop)) {
    if (sum <= width || columns.length === 1) break;
    columns = columns.filter((o) => o !== c);
    sum -= need(c);
  }
  const grows = columns.some((c) => columnSpecs[c].grow > 0 && l.widths[c] === undefined);
  const template = columns.map((c, i) => {
    const own = l.widths[c];
    const { grow } = columnSpecs[c];
    if (own !== undefined) return grows || i < columns.length - 1 ? `${own}px` : `minmax(${own}px, 1fr)`;
    return grow > 0 ? `minmax(${columnSpecs[c].width}px, ${grow}fr)` : `${columnSpecs[c].width}px`;
  });
  return { columns, template: template.join(' ') };
}
