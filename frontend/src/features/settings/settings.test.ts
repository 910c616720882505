import { describe, expect, it } from 'vitest';
import { confirms, deletesMore, languageName, limit, names } from './settings';

describe('limit', () => {
  it.each([
    ['0', 0],
    [' 30 ', 30],
    [90, 90],
    ['100000', 100_000],
  ])('%j is %d', (text, n) => expect(limit(text)).toBe(n));
  it.each(['', '-1', '1.5', 'x', '1e3', '100001', '9999999', 'Infinity'])('%j is none', (text) => expect(limit(text)).toBeNull());
});

describe('deletesMore', () => {
  const before = { retention_days: 30, retention_gb: 0 };
  it('says so when a limit becomes tighter or appears', () => {
    expect(deletesMore(before, 29, 0)).toBe(true);
    expect(deletesMore(before, 30, 5)).toBe(true);
  });
  it('stays calm when it becomes looser or goes away', () => {
    expect(deletesMore(before, 30, 0)).toBe(false);
    expect(deletesMore(before, 60, 0)).toBe(false);
    expect(deletesMore(before, 0, 0)).toBe(false);
  });
});

describe('confirms', () => {
  it('wants the word, in any case', () => {
    expect(confirms(' Delete ', 'delete')).toBe(true);
    expect(confirms('刪除', '刪除')).toBe(true);
    expect(confirms('', 'delete')).toBe(false);
    expect(confirms('delete all', 'delete')).toBe(false);
  });
});

describe('languageName', () => {
  it('is what its speakers call it', () => {
    expect(languageName('en')).toBe('English');
    expect(languageName('zh-TW')).toContain('正體中文');
    expect(languageName('fr')).toBe('Français');
  });
});

describe('names', () => {
  it('takes them apart by commas and spaces', () => {
    expect(names(' X-A, X-B\tX-C ,')).toEqual(['X-A', 'X-B', 'X-C']);
    expect(names('')).toEqual([]);
  });
});
