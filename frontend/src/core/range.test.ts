import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { noFilter } from './filter';
import { readRange } from './range';

const idOf = (n: number) => String(n).padStart(6, '0');

/** A log of so many rows, newest first, which gets another row with every page that is read. */
function growing(count: number) {
  const ids = Array.from({ length: count }, (_, i) => idOf(count - i));
  return {
    page(_f: unknown, at: { from_id?: string; before_id?: string; limit: number }) {
      const all = ids.filter((id) => (at.from_id ? id <= at.from_id : at.before_id ? id < at.before_id : true));
      const some = all.slice(0, Math.min(500, at.limit));
      ids.unshift(idOf(ids.length + 1));
      return Promise.resolve({ rows: some.map((id) => ({ id }) as Row), more: all.length > some.length });
    },
  };
}

const read = async (count: number, newest: string, oldest: string, limit = 10_000, told: (n: number) => void = () => undefined) => {
  const got = await readRange(growing(count), noFilter, { newest, oldest }, limit, new AbortController().signal, told);
  return { n: got.rows.length, first: got.rows[0]?.id, last: got.rows.at(-1)?.id, more: got.more, distinct: new Set(got.rows.map((r) => r.id)).size };
};

describe('a range of the list', () => {
  it('has every row between its ends, and both of them, while rows come in', async () => {
    expect(await read(3000, idOf(2900), idOf(1391))).toEqual({ n: 1510, first: idOf(2900), last: idOf(1391), more: false, distinct: 1510 });
    expect(await read(3000, idOf(1000), idOf(1000))).toMatchObject({ n: 1, more: false });
    expect(await read(3000, idOf(1000), idOf(501))).toMatchObject({ n: 500, last: idOf(501), more: false });
  });
  it('goes to the ends of the list', async () => {
    expect(await read(1234, '', '')).toMatchObject({ n: 1234, last: idOf(1), more: false });
    expect(await read(1234, idOf(372), '')).toMatchObject({ n: 372, more: false });
    expect(await read(0, '', '')).toMatchObject({ n: 0, more: false });
  });
  it('says where it was cut, and only there', async () => {
    expect(await read(1234, '', '', 1000)).toMatchObject({ n: 1000, last: idOf(235), more: true });
    expect(await read(1000, '', '', 1000)).toMatchObject({ n: 1000, more: false });
    expect(await read(1234, idOf(1200), idOf(201), 1000)).toMatchObject({ n: 1000, last: idOf(201), more: false });
  });
  it('tells how far it is, and stops', async () => {
    const told: number[] = [];
    await read(1234, '', '', 10_000, (n) => told.push(n));
    expect(told).toEqual([500, 1000, 1234]);
    const abort = new AbortController();
    await expect(readRange(growing(1234), noFilter, { newest: '', oldest: '' }, 10_000, abort.signal, () => abort.abort())).rejects.toThrow();
  });
});
