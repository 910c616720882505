import { describe, expect, it } from 'vitest';
import { dollars, monthOf, project, running, scopeOf, useOf, withBudget } from './budget';

const utc = () => 0;
const taipei = () => 480;

describe('the projected end of a month', () => {
  it('goes on at the pace so far', () => {
    // Ten of thirty days.
    expect(project(5, Date.UTC(2026, 3, 11), utc)).toBeCloseTo(15);
    // Half of February.
    expect(project(7, Date.UTC(2026, 1, 15), utc)).toBeCloseTo(14);
  });
  it('counts the month of the zone', () => {
    const now = Date.UTC(2026, 2, 31, 20); // 1 April in Taipei
    expect(monthOf(now, taipei)).toEqual({ from: Date.UTC(2026, 2, 31, 16), to: Date.UTC(2026, 3, 30, 16) });
    expect(project(5, now, taipei)).toBeNull(); // four hours say nothing
    expect(project(31, now, utc)).toBeCloseTo(31.17, 1);
  });
  it('is not known where the spending is not', () => {
    expect(project(null, Date.UTC(2026, 3, 11), utc)).toBeNull();
    expect(useOf(null, 10, Date.UTC(2026, 3, 11), utc)).toEqual({ spent: null, share: null, projected: null });
  });
  it('counts only the days that were recorded', () => {
    // Recorded for two of thirty days, with twenty to come.
    expect(project(4, Date.UTC(2026, 3, 11), utc, Date.UTC(2026, 3, 9))).toBeCloseTo(44);
    expect(project(4, Date.UTC(2026, 3, 11), utc, Date.UTC(2026, 3, 10, 12))).toBeNull();
    expect(project(5, Date.UTC(2026, 3, 11), utc, Date.UTC(2026, 1, 1))).toBeCloseTo(15);
  });
  it('says how much of a budget is used', () => {
    expect(useOf(5, 20, Date.UTC(2026, 3, 11), utc)).toMatchObject({ spent: 5, share: 0.25 });
  });
});

describe('budgets', () => {
  const all = { scope: 'all', value: '', usd: 20 };
  const ann = { scope: 'user', value: 'ann', usd: 5 };
  it('replace one of the same scope in its place', () => {
    expect(withBudget([all, ann], { ...all, usd: 30 })).toEqual([{ ...all, usd: 30 }, ann]);
    expect(withBudget([all], ann)).toEqual([all, ann]);
  });
  it('move an edited one to its new scope, without a second of it', () => {
    const bob = { ...ann, value: 'bob' };
    expect(withBudget([all, ann, bob], { ...bob, usd: 9 }, ann)).toEqual([all, { ...bob, usd: 9 }]);
  });
  it('sum up day by day, what is not known adding nothing', () => {
    expect(running([1, null, 2])).toEqual([1, 1, 3]);
  });
  it('ask the graph for what they cover', () => {
    expect(scopeOf(all)).toEqual({});
    expect(scopeOf(ann)).toEqual({ user: 'ann' });
  });
  it.each([
    ['20', 20],
    [' $12,50 ', 12.5],
    ['0', undefined],
    ['-3', undefined],
    ['1e3', undefined],
    ['', undefined],
  ])('read %s', (text, want) => {
    expect(dollars(text)).toBe(want);
  });
});
