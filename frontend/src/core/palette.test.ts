import { describe, expect, it } from 'vitest';
import { matching } from './palette';

const commands = [
  { id: 'a', label: 'Go to Requests' },
  { id: 'b', label: 'Export the list', also: 'csv jsonl' },
  { id: 'c', label: 'Theme: dark' },
  { id: 'd', label: '前往請求' },
];
const ids = (typed: string) => matching(commands, typed).map((c) => c.id);

describe('the palette', () => {
  it('offers all for nothing typed, in their order', () => {
    expect(ids('')).toEqual(['a', 'b', 'c', 'd']);
  });
  it('finds by beginnings, words, parts, further words and left-out letters', () => {
    expect(ids('exp')[0]).toBe('b');
    expect(ids('dark')).toEqual(['c']);
    expect(ids('quest')[0]).toBe('a');
    expect(ids('jsonl')).toEqual(['b']);
    expect(ids('gtr')[0]).toBe('a');
    expect(ids('請求')).toEqual(['d']);
    expect(ids('zzz')).toEqual([]);
  });
});
