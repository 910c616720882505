import type { HourCell } from './dto';

/** A cell of the heat map: level 0 is nothing, 1 to 5 the shades. */
export interface Heat {
  weekday: number;
  hour: number;
  cell: HourCell | null;
  level: number;
}

export const shades = 5;

/** Seven rows, Monday first, of 24 cells each. The shade is by share of the busiest hour. */
export function heatMap(cells: readonly HourCell[]): Heat[][] {
  const most = Math.max(0, ...cells.map((c) => c.requests));
  const found = new Map(cells.map((c) => [c.weekday * 24 + c.hour, c]));
  return Array.from({ length: 7 }, (_, weekday) =>
    Array.from({ length: 24 }, (_, hour) => {
      const cell = found.get(weekday * 24 + hour) ?? null;
      return { weekday, hour, cell, level: cell && cell.requests > 0 ? Math.max(1, Math.ceil((cell.requests / most) * shades)) : 0 };
    }),
  );
}

/** The busiest hour; null where nothing happened. */
export function busiest(cells: readonly HourCell[]): HourCell | null {
  return cells.reduce<HourCell | null>((best, c) => (c.requests > (best?.requests ?? 0) ? c : best), null);
}

/** The short names of the weekdays, Monday first. */
export function weekdays(locale: string, width: 'short' | 'long' = 'short'): string[] {
  const f = new Intl.DateTimeFormat(locale, { weekday: width, timeZone: 'UTC' });
  // 1 January 2024 was a Monday.
  return Array.from({ length: 7 }, (_, i) => f.format(Date.UTC(2024, 0, 1 + i)));
}
