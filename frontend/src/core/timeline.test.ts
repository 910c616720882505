import { describe, expect, it } from 'vitest';
import { micros, timeline } from './timeline';

describe('times in the answer to a query', () => {
  it('are read as UTC in the forms that views and strftime have', () => {
    const day = Date.UTC(2026, 10, 24) * 1000;
    expect(micros('2026-11-24')).toBe(day);
    expect(micros('2026-11')).toBe(Date.UTC(2026, 10, 1) * 1000);
    expect(micros('2026-11-24T07')).toBe(day + 7 * 3_600_000_000);
    expect(micros('2026-11-24 07:30')).toBe(day + 7.5 * 3_600_000_000);
    expect(micros('2026-11-24T00:00:01.250Z')).toBe(day + 1_250_000);
    for (const other of ['2026', 'llama3', '2026-11-24x', '2026-13-01', null, 20261124]) expect(micros(other)).toBeNaN();
  });

  it('put rows in order, each as long as the shortest step', () => {
    const rows = [['2026-11-26', 3], ['2026-11-23', 1], ['2026-11-24', 2]];
    expect(timeline(rows, 0)?.map((m) => [m.row, (m.end - m.at) / 86_400_000_000])).toEqual([[1, 1], [2, 1], [0, 1]]);
  });

  it('are no timeline where one is missing or comes twice', () => {
    expect(timeline([['2026-11-23'], [null]], 0)).toBeNull();
    expect(timeline([['2026-11-23'], ['2026-11-23']], 0)).toBeNull();
    expect(timeline([['2026-11-23']], 0)).toBeNull();
  });
});
