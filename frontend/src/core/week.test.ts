import { describe, expect, it } from 'vitest';
import { busiest, heatMap, weekdays } from './week';

const cell = (weekday: number, hour: number, requests: number) => ({ weekday, hour, requests, tokens: null, cost: null });

describe('heat map', () => {
  it('has every hour of the week, Monday first', () => {
    const rows = heatMap([cell(0, 23, 10), cell(6, 0, 1), cell(3, 12, 5)]);
    expect(rows.map((r) => r.length)).toEqual([24, 24, 24, 24, 24, 24, 24]);
    expect(rows[0]?.[23]?.level).toBe(5);
    expect(rows[3]?.[12]?.level).toBe(3);
    expect(rows[6]?.[0]?.level).toBe(1); // a single request is seen beside many
    expect(rows[1]?.[1]).toMatchObject({ cell: null, level: 0 });
  });
  it('finds the busiest hour, and none in an empty week', () => {
    expect(busiest([cell(0, 1, 2), cell(4, 5, 9)])).toMatchObject({ weekday: 4, hour: 5 });
    expect(busiest([])).toBeNull();
    expect(heatMap([]).flat().every((h) => h.level === 0)).toBe(true);
  });
  it('names the days in the language', () => {
    expect(weekdays('en')).toEqual(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']);
    expect(weekdays('zh-TW', 'long')[0]).toBe('星期一');
  });
});
