import { describe, expect, it } from 'vitest';
import { Formats, missing } from './format';

const f = new Formats('en');

describe('Formats', () => {
  it('never shows a missing figure as 0', () => {
    for (const v of [null, undefined, NaN]) {
      for (const text of [f.number(v), f.speed(v), f.bytes(v), f.duration(v), f.time(v), f.percent(v), f.dateTime(v)]) expect(text).toBe(missing);
    }
    expect(f.number(0)).toBe('0');
    expect(f.duration(0)).toBe('0 µs');
  });
  it.each([
    [999, '999 µs'], [1500, '1.5 ms'], [45_000, '45 ms'], [999_400, '999 ms'], [999_600, '1.00 s'], [1_234_000, '1.23 s'], [9_996_000, '10.0 s'],
    [59_960_000, '1 min 00 s'], [61_000_000, '1 min 01 s'], [3_599_900_000, '1 h 00 min'], [7_260_000_000, '2 h 01 min'],
  ])('duration %d', (us, want) => expect(f.duration(us)).toBe(want));
  it.each([[0, '0 B'], [999, '999 B'], [1500, '1.5 KB'], [150_000, '150 KB'], [20_000_000, '20.0 MB']])('bytes %d', (n, want) => expect(f.bytes(n)).toBe(want));
  it.each([[0, '0'], [999, '999'], [1250, '1.25K'], [194_321, '194K'], [2_500_000, '2.5M'], [null, missing]])('in short %s', (n, want) => expect(f.compact(n)).toBe(want));
  it.each([[0, '0%'], [0.0017, '0.2%'], [0.031, '3.1%'], [0.17, '17%'], [1, '100%'], [null, missing]])('share %s', (n, want) => expect(f.share(n)).toBe(want));
  it('speaks the locale', () => {
    expect(new Formats('de').number(1234.5, 1)).toBe('1.234,5');
    expect(f.speed(42.123)).toBe('42.1');
    expect(f.speed(1234.5)).toBe('1,235');
  });
  it('dates what is not of today', () => {
    const now = new Date(2026, 4, 5, 12).getTime();
    expect(f.when(now * 1000, now)).toBe('12:00:00');
    expect(f.when((now - 86_400_000) * 1000, now)).toBe('05/04 12:00');
    expect(f.when((now - 400 * 86_400_000) * 1000, now)).toMatch(/2025/);
  });
});

describe('a unit', () => {
  it('is written out', () => {
    expect(new Formats('en').unit(1, 'minute')).toBe('1 minute');
    expect(new Formats('en').unit(5, 'hour')).toBe('5 hours');
    expect(new Formats('zh-TW').unit(5, 'minute')).toBe('5 分鐘');
  });
});

describe('cost', () => {
  it.each([
    [0, '$0'],
    [0.000_42, '$0.00042'],
    [0.0123, '$0.0123'],
    [0.5, '$0.50'],
    [1.2, '$1.20'],
    [1234.567, '$1,234.57'],
    [null, missing],
  ])('words %j', (v, want) => expect(new Formats('en').cost(v)).toBe(want));
  it('words dollars in Chinese too', () => expect(new Formats('zh-TW').cost(1.2)).toBe('$1.20'));
});
