import { describe, expect, it } from 'vitest';
import { exactly, numeric, toCsv, toJsonl } from './csv';

describe('CSV of a result', () => {
  it('quotes what has to be quoted, and disarms formulas', () => {
    expect(toCsv(['a', 'b'], [[1, 'x,"y"\n'], [null, '=1+1'], [-2, '-2']])).toBe('a,b\r\n1,"x,""y""\n"\r\n,\'=1+1\r\n-2,\'-2\r\n');
  });
  it('keeps whole numbers that a double would round', () => {
    const sent = JSON.parse('{"columns":["n","t"],"rows":[[9007199254740993,"9007199254740993"],[-9223372036854775808,null]],"exact":[{"row":0,"column":0,"text":"9007199254740993"},{"row":1,"column":0,"text":"-9223372036854775808"}],"cut":false,"took":1}') as Parameters<typeof exactly>[0];
    const got = exactly(sent);
    expect(toCsv(got.columns, got.rows)).toBe('n,t\r\n9007199254740993,9007199254740993\r\n-9223372036854775808,\r\n');
    expect(numeric(got.columns, got.rows)).toEqual([0]);
    expect(toJsonl(got.columns, got.rows)).toBe('{"n":9007199254740993,"t":"9007199254740993"}\n{"n":-9223372036854775808,"t":null}\n');
  });
  it('becomes lines of JSON, whose names differ', () => {
    expect(toJsonl(['a', 'a', 'a_2', '"'], [[1, '=x\n', null, 0.5]])).toBe('{"a":1,"a_2":"=x\\n","a_2_2":null,"\\"":0.5}\n');
    expect(toJsonl(['a'], [])).toBe('');
  });
  it('knows which columns are numbers', () => {
    expect(numeric(['a', 'b', 'c', 'd'], [[1, 'x', null, null], [null, 2, 3, null]])).toEqual([0, 2]);
  });
});
