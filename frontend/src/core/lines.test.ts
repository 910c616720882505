import { describe, expect, it } from 'vitest';
import { found } from './found';
import { chunkTexts, firstHit, foldBelow, inSlices, layJson, layText, lineAt, marked, revealing, unfolded, type Laid } from './lines';
import { prettyJson } from './pretty';

const json = (text: string) => inSlices(layJson(text), new AbortController().signal);
const shown = (l: Laid) => l.lines.map((x) => '  '.repeat(x.depth) + x.text).join('\n');

describe('layJson', () => {
  it('is what prettyJson writes', async () => {
    for (const text of ['{"a":1,"b":[1,{"c":"x\\"y"},[]],"d":{}}', '[]', '1.0e99', '"x"', '{"a":{"b":{"c":[12345678901234567890]}}, "a": 2 }', '[[1],[2,[3]]]']) {
      expect(shown((await json(text))!)).toBe(prettyJson(text));
    }
    expect(await json('data: {}')).toBeNull();
  });
  it('is the same in many slices', async () => {
    const text = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ i, words: 'x'.repeat(i % 50), list: [i, [i]] })));
    const laid = (await json(text))!;
    expect(shown(laid)).toBe(prettyJson(text));
    for (const [i, l] of laid.lines.entries()) expect(laid.whole.startsWith(l.text, l.at) && lineAt(laid.lines, l.at) === i).toBe(true);
  });
  it('stops when nobody wants it any more', async () => {
    const abort = new AbortController();
    abort.abort();
    function* long(): Generator<void, string> {
      const from = performance.now();
      while (performance.now() - from < 1000) yield;
      return 'done';
    }
    expect(await inSlices(long(), abort.signal)).toBeNull();
  });
});

describe('folding', () => {
  it('hides what is between a line and the one that closes it', async () => {
    const { lines } = (await json('{"a":{"b":[1,2]},"c":3}'))!;
    expect(lines.map((l) => l.text)).toEqual(['{', '"a": {', '"b": [', '1,', '2', ']', '},', '"c": 3', '}']);
    expect(lines.map((l) => l.close)).toEqual([8, 6, 5, -1, -1, -1, -1, -1, -1]);
    expect(unfolded(lines, new Set([1]))).toEqual([0, 1, 7, 8]);
    expect(unfolded(lines, new Set([0, 2]))).toEqual([0]);
    expect([...foldBelow(lines, 1)]).toEqual([1, 2]);
    expect([...revealing(lines, new Set([0, 1, 2]), 3)]).toEqual([]);
    expect([...revealing(lines, new Set([1, 2]), 7)]).toEqual([1, 2]);
  });
});

describe('searching', () => {
  it('marks hits in lines, also one that a broken line parts', async () => {
    const text = `${'a'.repeat(235)}needle${'b'.repeat(300)}\nneedle`;
    const { lines, whole } = (await inSlices(layText(text), new AbortController().signal))!;
    const hits = found(whole, ['Needle']);
    expect(hits.length).toBe(2);
    const pieces = lines.map((l) => marked(l, hits, firstHit(l, hits)).filter((p) => p.hit >= 0).map((p) => `${p.hit}:${p.text}`));
    expect(pieces).toEqual([['0:needl'], ['0:e'], [], ['1:needle']]);
    expect(lines.map((l) => marked(l, hits, firstHit(l, hits)).map((p) => p.text).join(''))).toEqual(lines.map((l) => l.text));
    expect(lineAt(lines, hits[1]![0])).toBe(3);
  });
  it('keeps empty lines, and says nothing of an empty text', async () => {
    const run = async (s: string) => (await inSlices(layText(s), new AbortController().signal))!.lines.map((l) => l.text);
    expect(await run('a\n\nb\n')).toEqual(['a', '', 'b']);
    expect(await run('')).toEqual([]);
  });
});

describe('chunkTexts', () => {
  it('gives a cut letter to the later chunk', () => {
    const bytes = new TextEncoder().encode('鐘錶 ok');
    expect(chunkTexts(bytes, [2, 4, 1, 2, 5])).toEqual(['', '鐘錶', ' ', 'ok', '']);
  });
});
