import { describe, expect, it } from 'vitest';
import type { Live, QueryNode, QueryValue } from './dto';
import { complete, edits, matchesLive, parts, termText, valuesOf, valueText, withValues, without } from './query';

const value = (text: string, more: Partial<QueryValue> = {}): QueryValue => ({ op: '=', text, wild: text.includes('*'), quoted: false, number: 0, high: 0, ago: false, ...more });
const node = (kind: string, more: Partial<QueryNode> = {}): QueryNode => ({ kind, kids: [], field: '', type: '', values: [], from: 0, to: 0, ...more });
const term = (field: string, ...values: QueryValue[]) => node('term', { field, values });

describe('typed values', () => {
  it('are put in quotation marks where they would be read as something else', () => {
    expect(valueText('llama3')).toBe('llama3');
    expect(valueText('llama3', true)).toBe('"llama3"');
    expect(valueText('a b')).toBe('"a b"');
    expect(valueText('a*')).toBe('"a*"');
    expect(valueText('say "x"\\')).toBe('"say \\"x\\"\\\\"');
    expect(valueText('')).toBe('""');
    expect(valueText('>5')).toBe('">5"');
    expect(termText('state', ['ok', 'error'], true)).toBe('state:ok,error');
    expect(termText('model', ['a', 'b:1'], true)).toBe('model:"a","b:1"');
  });
});

describe('editing the text through its tree', () => {
  const text = 'model:a  hello -user:b';
  const tree = node('and', {
    kids: [
      node('term', { field: 'model', values: [value('a')], from: 0, to: 7 }),
      node('word', { values: [value('hello')], from: 9, to: 14 }),
      node('not', { kids: [term('user', value('b'))], from: 15, to: 22 }),
    ],
  });

  it('reads what a menu shows', () => {
    expect(valuesOf(tree, 'model')).toEqual(['a']);
    expect(valuesOf(tree, 'user')).toEqual([]); // it is negated
    expect(valuesOf(null, 'model')).toEqual([]);
    expect(parts(tree)).toHaveLength(3);
  });

  it('takes a part away', () => {
    expect(without(text, tree.kids[1]!)).toBe('model:a -user:b');
    expect(without(text, tree.kids[2]!)).toBe('model:a  hello');
  });

  it('sets the values of a field', () => {
    expect(withValues(text, tree, 'model', ['x', 'y z'])).toBe('model:"x","y z"  hello -user:b');
    expect(withValues(text, tree, 'model', [])).toBe('hello -user:b');
    expect(withValues(text, tree, 'task', ['chat'])).toBe('model:a  hello -user:b task:"chat"');
    expect(withValues('', null, 'task', [])).toBe('');
  });

  it('tells a filter that is still being typed from another one', () => {
    for (const [a, b] of [['', 'x'], ['mod', 'model:a'], ['model:a clocks', 'model:a'], ['model:a clocks', 'model:a -x clocks'], ['a', 'a']] as const) expect([edits(a, b), edits(b, a)]).toEqual([true, true]);
    for (const [a, b] of [['is:error', 'clocks'], ['is:cold', 'is:error'], ['model:a', 'model:b']] as const) expect(edits(a, b)).toBe(false);
  });

  it('puts a completion in', () => {
    expect(complete('a mod', { choice_from: 2, choice_to: 5 }, 'model:')).toEqual({ text: 'a model:', caret: 8 });
    expect(complete('model:l x', { choice_from: 6, choice_to: 7 }, 'llama3')).toEqual({ text: 'model:llama3 x', caret: 12 });
    expect(complete('is:', { choice_from: 3, choice_to: 3 }, 'cold')).toEqual({ text: 'is:cold ', caret: 8 });
  });
});

describe('running requests', () => {
  const live = { model: 'llama3:8b', user: 'Ann@example.org', task: '', upstream: 'ollama', started_at: 1000 } as Live;

  it('are judged by what is known of them', () => {
    expect(matchesLive(null, live)).toBe(true);
    expect(matchesLive(term('model', value('llama3')), live)).toBe(true);
    expect(matchesLive(term('model', value('llama3', { quoted: true })), live)).toBe(false);
    expect(matchesLive(term('model', value('ll*8b')), live)).toBe(true);
    expect(matchesLive(term('user', value('ann')), live)).toBe(true);
    expect(matchesLive(node('not', { kids: [term('user', value('ann'))] }), live)).toBe(false);
    expect(matchesLive(node('not', { kids: [term('user', value('bob'))] }), live)).toBe(true);
    expect(matchesLive(node('or', { kids: [term('user', value('bob')), term('upstream', value('ollama'))] }), live)).toBe(true);
    expect(matchesLive(term('since', value('', { ago: true, number: 5 })), live)).toBe(true);
  });

  it('are those that state:running asks for', () => {
    expect(matchesLive(term('state', value('running')), live)).toBe(true);
    expect(matchesLive(term('state', value('ok')), live)).toBe(false);
    expect(matchesLive(node('not', { kids: [term('state', value('ok'))] }), live)).toBe(false);
  });

  it('are left out where what is asked is not known yet', () => {
    expect(matchesLive(term('ttft', value('')), live)).toBe(false);
    expect(matchesLive(node('not', { kids: [term('ttft', value(''))] }), live)).toBe(false);
    expect(matchesLive(node('word', { values: [value('a')] }), live)).toBe(false);
  });
});
