import { describe, expect, it } from 'vitest';
import { Formats, missing } from '../../core/format';
import { amount, perMillion } from './prices';

describe('amount', () => {
  it.each([
    ['', null],
    [' 2.50 ', 2.5],
    ['0', 0],
    ['0,15', 0.15],
    ['20000', 20_000],
    ['20001', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['free', undefined],
    ['1.2.3', undefined],
  ])('reads %j', (text, want) => expect(amount(text)).toBe(want));
});

describe('perMillion', () => {
  const fmt = new Formats('en');
  it('shows a price, and none as none', () => {
    expect(perMillion(fmt, 2.5)).toBe(fmt.cost(2.5));
    expect(perMillion(fmt, null)).toBe(missing);
  });
});
