import { expect, it } from 'vitest';
import { narrowed } from './combobox';

const names = ['mine:1b', 'anthropic/claude-opus-4', 'azure/gpt-4o', 'openai/gpt-4o', 'openai/gpt-4o-mini', 'openrouter/openai/gpt-4o'];

it('leaves what has all of the words, the likeliest first', () => {
  expect(narrowed(names, '')).toEqual(names);
  expect(narrowed(names, 'GPT-4o')).toEqual(['azure/gpt-4o', 'openai/gpt-4o', 'openai/gpt-4o-mini', 'openrouter/openai/gpt-4o']);
  expect(narrowed(names, 'openai/gpt-4o')).toEqual(['openai/gpt-4o', 'openai/gpt-4o-mini', 'openrouter/openai/gpt-4o']);
  expect(narrowed(names, 'mini openai')).toEqual(['openai/gpt-4o-mini']);
  expect(narrowed(names, 'none')).toEqual([]);
});
