import { expect, it } from 'vitest';
import { subjectOf, taskName } from './words';

it('says what a row is about', () => {
  const row = { prompt: '', task: '', method: 'GET', path: '/v1/models' };
  expect(subjectOf(row)).toBe('GET /v1/models');
  const title = '### Task: Generate a concise title';
  expect(subjectOf({ ...row, prompt: title })).toBe(title);
  expect(subjectOf({ ...row, prompt: title, task: 'title_generation' })).toBe('Generate a concise title');
  expect(subjectOf({ ...row, prompt: '### Task:', task: 'title_generation' })).toBe('### Task:');
});

it('names a task also by what a filter calls it', () => {
  expect(taskName('title')).toBe(taskName('title_generation'));
  expect(taskName('title')).not.toBe('');
  expect(taskName('my_own_task')).toBe('my own task');
  expect(taskName('')).toBe('');
});
