import { expect, it } from 'vitest';
import { subjectOf } from './words';

it('says what a row is about', () => {
  const row = { prompt: '', task: '', method: 'GET', path: '/v1/models' };
  expect(subjectOf(row)).toBe('GET /v1/models');
  const title = '### Task: Generate a concise title';
  expect(subjectOf({ ...row, prompt: title })).toBe(title);
  expect(subjectOf({ ...row, prompt: title, task: 'title_generation' })).toBe('Generate a concise title');
  expect(subjectOf({ ...row, prompt: '### Task:', task: 'title_generation' })).toBe('### Task:');
});
