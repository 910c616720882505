import { describe, expect, it } from 'vitest';
import { cap, heightOf, origin, placeAt, reveal, rowHeight, scrolled, topOf, visible, type Scroll, type Sizes } from './window';

const totals = [0, 1, 10, 1000, 285_714, 285_715, 600_000, 1_000_000, 10_000_000];
const viewport = 700;

/** What a browser makes of a scrollTop at a device scale: a whole device pixel, within limits. */
const snap = (s: Sizes, top: number, scale: number) =>
  Math.max(0, Math.min(Math.floor((heightOf(s.total) - s.viewport) * scale) / scale, Math.round(top * scale) / scale));

describe('virtual window', () => {
  it('never asks for an element higher than the cap', () => {
    for (const total of totals) expect(heightOf(total)).toBeLessThanOrEqual(cap);
  });

  it.each([1, 1.25, 1.5, 2, 3])('reaches the last row at scale %d', (scale) => {
    for (const total of totals) {
      const s = { total, viewport };
      const top = snap(s, Infinity, scale);
      const v = visible(s, scrolled(s, origin, top));
      expect(v.last).toBe(total);
      const bottom = v.y + (v.last - v.first) * rowHeight;
      if (total * rowHeight > viewport) expect(Math.abs(bottom - top - viewport)).toBeLessThanOrEqual(1);
    }
  });

  it('reaches every row by jumping to it', () => {
    for (const total of totals.filter((t) => t > 0)) {
      const s = { total, viewport };
      for (const row of [0, 1, Math.floor(total / 3), total - 1].filter((r) => r < total)) {
        const at = placeAt(s, reveal(s, 0, row));
        const v = visible(s, at, 0);
        expect(v.first).toBeLessThanOrEqual(row);
        expect(v.last).toBeGreaterThan(row);
        const y = v.y + (row - v.first) * rowHeight - at.top;
        expect(y).toBeGreaterThanOrEqual(-0.01);
        expect(y + rowHeight).toBeLessThanOrEqual(viewport + 0.01);
      }
    }
  });

  it('moves by exactly the wheel step, wherever one is', () => {
    const s = { total: 10_000_000, viewport };
    for (const start of [0, 50, 5000, 100_000_000, 279_990_000]) {
      let at: Scroll = placeAt(s, start);
      for (let i = 0; i < 200; i++) {
        const step = i % 3 === 0 ? -40 : 53;
        const before = at.virtual;
        if (before + step < 0) continue;
        at = scrolled(s, at, at.top + step);
        expect(at.virtual).toBeCloseTo(before + step, 3);
        // Resting sets scrollTop anew and must not move the rows.
        at = { top: topOf(s, at.virtual), virtual: at.virtual };
      }
    }
  });

  it('maps a drag of the thumb over the whole list', () => {
    const s = { total: 1_000_000, viewport };
    let last = -1;
    for (let i = 0; i <= 100; i++) {
      const at = scrolled(s, origin, (i / 100) * (heightOf(s.total) - viewport));
      expect(at.virtual).toBeGreaterThan(last);
      last = at.virtual;
    }
    expect(last).toBe(1_000_000 * rowHeight - viewport);
  });

  it('gives the same place back for a scrollTop that it set', () => {
    const s = { total: 5_000_000, viewport };
    for (const v of [0, 100, 10_000, 1_000_000, 77_777_777, 139_000_000, 139_999_300]) {
      expect(scrolled(s, { top: -1e9, virtual: 0 }, topOf(s, v)).virtual).toBeCloseTo(v, 2);
    }
  });

  it('renders only what is seen', () => {
    const v = visible({ total: 1_000_000, viewport }, { top: 4000, virtual: 14_000 }, 4);
    expect(v).toEqual({ first: 496, last: 529, y: 4000 - 14_000 + 496 * 28 });
    expect(visible({ total: 0, viewport }, origin)).toEqual({ first: 0, last: 0, y: 0 });
  });
});
