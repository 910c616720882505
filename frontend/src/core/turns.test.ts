import { describe, expect, it } from 'vitest';
import type { Earlier, Message } from './dto';
import { askedBefore, foldOf, resultsOf, standing } from './turns';

const said = (role: string, text = 'x') => ({ role, parts: [{ type: 'text', text }], tool_calls: [] }) as unknown as Message;
const earlier = (turns: number, id = 'before'): Earlier => ({ id, started_at: 1, turns, system_changed: false });
const loop = [said('user', 'rain?'), said('assistant'), said('tool'), said('assistant'), said('tool')];

describe('what is new in a request', () => {
  it('is what the one before had not', () => {
    expect(foldOf(loop, earlier(3))).toEqual({ hidden: 3, basis: 'compared' });
    expect(foldOf(loop, earlier(1))).toEqual({ hidden: 1, basis: 'compared' });
  });

  it('begins with the last message of a person where nothing is known', () => {
    const talk = [said('user'), said('assistant'), said('user'), said('assistant')];
    for (const e of [null, earlier(0, ''), earlier(4), earlier(0)]) expect(foldOf(talk, e)).toEqual({ hidden: 2, basis: 'person' });
    expect(foldOf(loop, null)).toEqual({ hidden: 0, basis: 'none' });
    expect(foldOf([], null)).toEqual({ hidden: 0, basis: 'none' });
    expect(foldOf([said('user', 'texts'), said('user', 'to'), said('user', 'embed')], null)).toEqual({ hidden: 0, basis: 'none' });
  });

  it('tells what was asked where the question is folded', () => {
    expect(askedBefore(loop, 3)).toBe('rain?');
    expect(askedBefore(loop, 0)).toBe('');
    expect(askedBefore([said('user', 'a'), said('assistant'), said('user', 'b')], 2)).toBe('');
  });
});

describe('a call and its result', () => {
  const call = (name: string, id = '') => ({ id, name, arguments: '{}' });
  const asks = (...calls: ReturnType<typeof call>[]) => ({ ...said('assistant'), tool_calls: calls }) as Message;
  const result = (text: string, id = '', name = '') => ({ ...said('tool', text), name, tool_call_id: id }) as Message;
  const pairs = (turns: Message[]) => [...resultsOf(turns)].map(([c, m]) => [c.name, m.parts[0]!.text]);

  it('belong together by an id', () => {
    expect(pairs([asks(call('a', '1'), call('b', '2')), result('of b', '2'), result('of a', '1')])).toEqual([['a', 'of a'], ['b', 'of b']]);
  });

  it('belong together by their order where there are no ids', () => {
    expect(pairs([asks(call('a')), result('first'), asks(call('a')), result('second')])).toEqual([['a', 'first'], ['a', 'second']]);
    expect(pairs([asks(call('a'), call('b')), result('of b', '', 'b'), result('of a', '', 'a')])).toEqual([['a', 'of a'], ['b', 'of b']]);
    expect(pairs([asks(call('a')), said('user'), result('late')])).toEqual([]);
    expect(pairs([asks(call('a')), result('of another', '', 'b')])).toEqual([]);
  });

  it('are shown once, and a result without its call on its own', () => {
    const turns = [said('user'), asks(call('a')), result('one'), asks(call('a', '7')), result('two', '7'), result('stray')];
    const results = resultsOf(turns);
    expect(standing(turns, 0, 9, results)).toEqual([turns[0], turns[1], turns[3], turns[5]]);
    expect(standing(turns, 2, 9, results)).toEqual([turns[2], turns[3], turns[5]]);
  });
});
