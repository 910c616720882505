import { describe, expect, it } from 'vitest';
import type { Message } from './dto';
import { compareTexts, isLong, messagesText, orderedJson, paramsText } from './compare';

const sides = (pieces: ReturnType<typeof compareTexts>) => ({
  a: pieces.filter((p) => p.kind !== 'added').map((p) => p.text).join(''),
  b: pieces.filter((p) => p.kind !== 'removed').map((p) => p.text).join(''),
});

describe('comparing', () => {
  it('shows what changed and loses nothing', () => {
    const a = 'the quick brown fox\njumps';
    const b = 'the slow brown fox\njumps high';
    const pieces = compareTexts(a, b);
    expect(sides(pieces)).toEqual({ a, b });
    expect(pieces.filter((p) => p.kind === 'removed').map((p) => p.text)).toEqual(['quick']);
  });

  it('takes long texts by lines and very long ones as a whole', () => {
    const a = 'line one\nline two\n'.repeat(3000);
    const b = `${a}line three\n`;
    expect(isLong(a, b)).toBe(true);
    expect(sides(compareTexts(a, b))).toEqual({ a, b });
    const huge = 'x'.repeat(1_500_000);
    expect(compareTexts(huge, `${huge}y`)).toHaveLength(2);
  });

  it('is quick to say that nothing changed', () => {
    expect(compareTexts('', '')).toEqual([]);
    expect(compareTexts('a', 'a')).toEqual([{ kind: 'same', text: 'a' }]);
  });

  it('words messages and parameters so that they can be compared', () => {
    const m = { role: 'assistant', name: '', tool_call_id: '', parts: [{ type: 'text', text: 'hi', media_type: '', data: '', url: '' }], tool_calls: [{ id: '1', name: 'f', arguments: '{}' }] } as unknown as Message;
    expect(messagesText([m])).toBe('## assistant\nhi\n→ f({})');
    expect(orderedJson({ b: 1, a: [{ d: 1, c: 2 }] })).toBe('{\n  "a": [\n    {\n      "c": 2,\n      "d": 1\n    }\n  ],\n  "b": 1\n}');
    expect(paramsText({ params: { temperature: '0.5', stop: 'not json' } })).toContain('"temperature": 0.5');
  });
});
