import { describe, expect, it } from 'vitest';
import { brushed, layBars } from './bars';

const h = { from: 1000, to: 2000, step: 100, steps: [{ at: 1000, requests: 4, errors: 1 }, { at: 1950, requests: 1, errors: 0 }] };

describe('histogram', () => {
  it('lays bars out within the box', () => {
    const [a, b] = layBars(h);
    expect(a).toMatchObject({ left: 0, until: 1050, width: 0.05, height: 1, failed: 0.25 });
    expect(b!.left).toBeCloseTo(0.95);
    expect(b!.left + b!.width).toBeLessThanOrEqual(1);
    expect(b!.height).toBe(0.5);
  });
  it('is empty for no time', () => {
    expect(layBars({ ...h, to: 1000 })).toEqual([]);
  });
  it('turns a drag in either direction into a time', () => {
    expect(brushed(h, 0.75, 0.25)).toEqual({ from: 1250, to: 1750 });
    expect(brushed(h, -1, 2)).toEqual({ from: 1000, to: 2000 });
    expect(brushed(h, 0.5, 0.501)).toBeNull();
  });
});
