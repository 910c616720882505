import { describe, expect, it } from 'vitest';
import { hexDump, prettyJson } from './pretty';

describe('prettyJson', () => {
  it('indents', () => {
    expect(prettyJson('{"a":[1,{"b":"x, y: {"}],"c":[ ]}')).toBe('{\n  "a": [\n    1,\n    {\n      "b": "x, y: {"\n    }\n  ],\n  "c": []\n}');
  });
  it('changes no value', () => {
    const text = '{"n":12345678901234567890,"n":1.0,"s":"\\u0041\\"\\\\","e":1E5}';
    expect(prettyJson(text)?.replace(/\s/g, '')).toBe(text);
  });
  it('refuses what is not JSON', () => {
    for (const text of ['', '{', '{"a":1}\n{"a":2}', 'data: {}', '"abc']) expect(prettyJson(text)).toBeNull();
  });
  it('keeps bare values', () => {
    expect(prettyJson(' "a b" ')).toBe('"a b"');
  });
});

describe('hexDump', () => {
  it('shows bytes and characters', () => {
    expect(hexDump(new Uint8Array([0, 65, 255]))).toBe(`00000000  ${'00 41 ff'.padEnd(47)}  .A.`);
  });
});
