import { expect, it } from 'vitest';
import type { QueryNode, QueryValue } from '../core/dto';
import { nodeWords } from './meaning';

const value = (text: string): QueryValue => ({ op: '=', text, number: 0, high: 0, quoted: false, wild: false, ago: false }) as QueryValue;
const node = (kind: string, more: Partial<QueryNode>): QueryNode => ({ kind, field: '', type: '', from: 0, to: 0, values: [], kids: [], ...more }) as QueryNode;
const term = (field: string, ...values: string[]) => node('term', { field, type: 'text', values: values.map(value) });
const word = (text: string) => node('word', { values: [value(text)] });

it('words a group as one', () => {
  const either = node('or', { kids: [term('model', 'llama'), word('hello')] });
  expect(nodeWords(either)).toBe('model llama or “hello”');
  expect(nodeWords(node('not', { kids: [either] }))).toBe('not (model llama or “hello”)');
  expect(nodeWords(node('not', { kids: [node('and', { kids: [term('model', 'llama'), word('hello')] })] }))).toBe('not (model llama and “hello”)');
  expect(nodeWords(node('not', { kids: [term('model', 'a', 'b')] }))).toBe('not (model a or b)');
  expect(nodeWords(node('not', { kids: [word('hello')] }))).toBe('not “hello”');
  expect(nodeWords(node('or', { kids: [word('there'), node('and', { kids: [either, term('user', 'ann')] })] }))).toBe('“there” or ((model llama or “hello”) and user ann)');
});
