import { beforeEach, expect, it, vi } from 'vitest';
import type { Row } from '../core/dto';
import { noFilter } from '../core/filter';

const log = { rows: 0, fails: false };
vi.mock('./app.svelte', () => ({
  api: {
    page(_f: unknown, at: { from_id?: string; before_id?: string; limit: number }) {
      if (log.fails) return Promise.reject(new Error('no'));
      const from = at.before_id === undefined ? log.rows : Number(at.before_id) - 1;
      const n = Math.min(500, at.limit, from);
      const rows = Array.from({ length: n }, (_, i) => ({ id: String(from - i).padStart(6, '0'), api: 'openai.chat', tokens_basis: 'reported', input_tokens: 2 }) as Row);
      return Promise.resolve({ rows, more: from > n });
    },
  },
}));
const { maxPicked, picked } = await import('./picked.svelte');
const whole = { newest: '', oldest: '' };

beforeEach(() => {
  picked.clear();
  Object.assign(log, { rows: 0, fails: false });
});

it('has as many rows as it says, and says where it was cut', async () => {
  log.rows = maxPicked + 2345;
  await picked.read(noFilter, whole, log.rows);
  expect([picked.rows.size, picked.summary.count, picked.summary.input, picked.cut, picked.reading]).toEqual([maxPicked, maxPicked, 2 * maxPicked, { of: log.rows }, -1]);
  log.rows = maxPicked;
  await picked.read(noFilter, whole, log.rows);
  expect([picked.rows.size, picked.cut]).toEqual([maxPicked, null]);
  picked.toggle(picked.rows.values().next().value!);
  expect(picked.rows.size).toBe(maxPicked - 1);
});

it('keeps the last range that was asked for', async () => {
  log.rows = 3000;
  const first = picked.read(noFilter, whole, 3000);
  const second = picked.read(noFilter, { newest: '', oldest: '002901' }, 100);
  await Promise.all([first, second]);
  expect([picked.rows.size, picked.reading]).toEqual([100, -1]);
  const third = picked.read(noFilter, whole, 3000);
  picked.clear();
  await third;
  expect([picked.any, picked.rows.size]).toEqual([false, 0]);
});

it('has nothing where a range could not be read', async () => {
  log.rows = 10;
  await picked.read(noFilter, whole, 10);
  log.fails = true;
  await picked.read(noFilter, whole, 10);
  expect([picked.rows.size, picked.failed, picked.any]).toEqual([0, true, true]);
});
