import { describe, expect, it } from 'vitest';
import { found } from './found';

describe('words to mark', () => {
  it('are found without regard to case, in any language', () => {
    expect(found('The Sky is sky-blue', ['sky'])).toEqual([[4, 7], [11, 14]]);
    expect(found('鐘錶修理', ['錶修'])).toEqual([[1, 3]]);
  });
  it('do not overlap', () => {
    expect(found('abcd', ['abc', 'bcd', 'ab'])).toEqual([[0, 3]]);
  });
  it('are nothing for nothing', () => {
    expect(found('abc', ['', ' ', '*'])).toEqual([]);
    expect(found('İabc', ['abc'])).toEqual([]); // İ grows in lower case
  });
});
