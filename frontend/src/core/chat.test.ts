import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { answersOf, backgroundShare } from './chat';

const row = (v: Partial<Row>) => ({ id: 'x', answer: '', task: 'chat', prompt: '', input_tokens: null, output_tokens: null, cost: null, duration: null, ...v }) as Row;

describe('a chat', () => {
  it('is told by its answers', () => {
    const rows = [
      row({ id: '1', answer: 'a', prompt: 'why?' }),
      row({ id: '2', answer: 'a', task: 'title_generation', prompt: '### Task' }),
      row({ id: '3', prompt: 'alone' }),
      row({ id: '4', answer: 'b', task: 'tags_generation', prompt: '### Task' }),
      row({ id: '5', answer: 'b', task: 'tool_loop', prompt: 'rain?' }),
    ];
    expect(answersOf(rows).map((a) => [a.id, a.prompt, a.rows.length])).toEqual([['a', 'why?', 2], ['3', 'alone', 1], ['b', 'rain?', 2]]);
  });

  it('knows what background tasks took of it', () => {
    const s = backgroundShare([
      row({ input_tokens: 60, output_tokens: 15, cost: 0, duration: 3 }),
      row({ task: 'title_generation', input_tokens: 20, output_tokens: 5, cost: 0, duration: 1 }),
      row({ task: 'tags_generation' }),
      row({}),
    ]);
    expect(s).toEqual({ requests: 0.5, tokens: 0.25, cost: null, time: 0.25 });
    expect(backgroundShare([])).toEqual({ requests: null, tokens: null, cost: null, time: null });
  });
});
