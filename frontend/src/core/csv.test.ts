import { describe, expect, it } from 'vitest';
import { numeric, toCsv } from './csv';

describe('CSV of a result', () => {
  it('quotes what has to be quoted, and disarms formulas', () => {
    expect(toCsv(['a', 'b'], [[1, 'x,"y"\n'], [null, '=1+1'], [-2, '-2']])).toBe('a,b\r\n1,"x,""y""\n"\r\n,\'=1+1\r\n-2,\'-2\r\n');
  });
  it('knows which columns are numbers', () => {
    expect(numeric(['a', 'b', 'c', 'd'], [[1, 'x', null, null], [null, 2, 3, null]])).toEqual([0, 2]);
  });
});
