import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { noFilter } from './filter';
import { RowList, type RowSource } from './list';

/** Ids sort by number; row i of n is the i-th newest. */
const idOf = (n: number) => n.toString(16).padStart(8, '0');
const rowOf = (n: number) => ({ id: idOf(n), started_at: n, state: 'ok' }) as Row;

class Server implements RowSource {
  ids: number[];
  step: number;
  calls: string[] = [];
  constructor(count: number, step = 100) {
    this.ids = Array.from({ length: count }, (_, i) => (count - i) * 10);
    this.step = step;
  }
  add(n: number) {
    this.ids.push(n);
    this.ids.sort((a, b) => b - a);
  }
  async index() {
    return { total: this.ids.length, step: this.step, anchors: this.ids.filter((_, i) => i % this.step === 0).map(idOf) };
  }
  async page(_f: unknown, at: { from_id?: string; before_id?: string; limit: number }) {
    this.calls.push(at.from_id ?? at.before_id ?? '');
    const all = this.ids.map(idOf).filter((id) => (at.from_id ? id <= at.from_id : at.before_id ? id < at.before_id : true));
    const some = all.slice(0, Math.min(500, at.limit));
    return { rows: some.map((id) => rowOf(parseInt(id, 16))), more: all.length > some.length };
  }
}

const settle = () => new Promise((r) => setTimeout(r, 0));

async function listOf(server: Server) {
  const list = new RowList(server, () => undefined);
  await list.load(noFilter);
  return list;
}

async function all(list: RowList): Promise<number[]> {
  for (let i = 0; i < 12; i++) {
    list.ensure(0, list.total);
    await settle();
  }
  return Array.from({ length: list.total }, (_, i) => list.row(i)?.started_at ?? -1);
}

describe('RowList', () => {
  it('loads only what is looked at', async () => {
    const server = new Server(10_000);
    const list = await listOf(server);
    expect(list.total).toBe(10_000);
    expect(list.row(0)?.started_at).toBe(100_000);
    expect(list.row(5000)).toBeUndefined();
    list.ensure(5000, 5020);
    await settle();
    expect(list.row(5000)?.started_at).toBe(50_000);
    expect(server.calls).toHaveLength(2); // the first page is not read again
    expect(list.find(idOf(50_000))).toBe(5000);
  });

  it('gives the row at a position once it is there', async () => {
    const list = await listOf(new Server(1000));
    expect(list.row(999)).toBeUndefined();
    expect((await list.rowAt(999))?.started_at).toBe(10);
    expect((await list.rowAt(0))?.started_at).toBe(10_000);
    expect(await list.rowAt(1000)).toBeUndefined();
  });

  it('holds every row once, whatever the step', async () => {
    for (const step of [50, 100, 499, 500, 1200]) {
      const server = new Server(1500, step);
      expect(await all(await listOf(server))).toEqual(server.ids);
    }
  });

  it('puts a new row at the top and an old one in its place', async () => {
    const list = await listOf(new Server(1000));
    expect(list.insert(rowOf(10_010))).toEqual({ position: 0, added: true });
    expect(list.insert(rowOf(9_995))).toEqual({ position: 2, added: true });
    expect(list.insert(rowOf(9_995))).toEqual({ position: 2, added: false });
    expect(list.total).toBe(1002);
    expect([0, 1, 2, 3].map((i) => list.row(i)?.started_at)).toEqual([10_010, 10_000, 9_995, 9_990]);
  });

  it('counts a row that lands unseen, and shows it when it is loaded', async () => {
    const server = new Server(1000);
    const list = await listOf(server);
    server.add(5_005);
    expect(list.insert(rowOf(5_005)).added).toBe(true);
    expect(list.total).toBe(1001);
    expect(await all(list)).toEqual(server.ids);
  });

  it('puts its count right where an event told of a row that was counted already', async () => {
    const server = new Server(1000);
    const list = await listOf(server);
    list.insert(rowOf(5_000));
    expect(list.total).toBe(1001);
    expect(await all(list)).toEqual(server.ids);
  });

  it('keeps thousands of new rows in order', async () => {
    const server = new Server(300);
    const list = await listOf(server);
    for (let n = 301; n <= 3000; n++) {
      server.add(n * 10);
      list.insert(rowOf(n * 10));
    }
    expect(list.total).toBe(3000);
    expect(await all(list)).toEqual(server.ids);
  });

  it('starts from nothing', async () => {
    const list = await listOf(new Server(0));
    expect(list.total).toBe(0);
    expect(list.insert(rowOf(5))).toEqual({ position: 0, added: true });
    expect(list.row(0)?.started_at).toBe(5);
  });

  it('shows rows that came between the index and the first page', async () => {
    const server = new Server(500);
    const list = await listOf(server);
    const index = server.index.bind(server);
    server.index = async () => {
      const answer = await index();
      server.add(5_010);
      return answer;
    };
    await list.load(noFilter, true);
    expect(list.row(0)?.started_at).toBe(5_010);
    expect(list.row(1)?.started_at).toBe(5_000);
    expect(await all(list)).toEqual(server.ids);
  });

  it('shows rows that came between the first page and the index', async () => {
    const server = new Server(500);
    const index = server.index.bind(server);
    server.index = () => {
      server.add(5_010);
      return index();
    };
    const list = await listOf(server);
    expect(list.row(0)?.started_at).toBe(5_010);
    expect(list.total).toBe(501);
    expect(await all(list)).toEqual(server.ids);
  });

  it('counts nothing where the first page has all', async () => {
    const server = new Server(99);
    server.index = () => Promise.reject(new Error('asked in vain'));
    const list = await listOf(server);
    expect([list.state, list.total, list.counted, list.turn]).toEqual(['ready', 99, true, 1]);
    expect(await all(list)).toEqual(server.ids);
  });

  it('keeps a row that ends while the index is being read', async () => {
    const server = new Server(300);
    const list = new RowList(server, () => undefined);
    for (const keep of [false, true]) {
      const index = server.index.bind(server);
      const n = server.ids[0]! + 10;
      server.index = async () => {
        const answer = await index();
        server.add(n);
        list.insert(rowOf(n));
        return answer;
      };
      const page = server.page.bind(server);
      server.page = async (f, at) => {
        const answer = await page(f, at);
        return { ...answer, rows: answer.rows.filter((r) => r.started_at !== n) };
      };
      await list.load(noFilter, keep);
      server.index = index;
      server.page = page;
      expect(list.row(0)?.started_at).toBe(n);
      expect(await all(list)).toEqual(server.ids);
    }
  });

  it('tells of a failure and recovers', async () => {
    const server = new Server(1000);
    const index = server.index.bind(server);
    server.index = () => Promise.reject(new Error('no'));
    const list = await listOf(server);
    expect(list.state).toBe('error');
    server.index = index;
    await list.load(noFilter);
    expect(list.state).toBe('ready');
    expect(list.total).toBe(1000);
  });

  it('shows its first page before all rows are counted', async () => {
    const server = new Server(1000);
    const index = server.index.bind(server);
    let count: () => void = () => undefined;
    const counted = new Promise<void>((done) => (count = done));
    server.index = async () => {
      expect(server.calls).toEqual(['']); // it would take its time from the page
      await counted;
      return index();
    };
    const list = new RowList(server, () => undefined);
    const loading = list.load(noFilter);
    await new Promise((done) => setTimeout(done, 20));
    expect([list.state, list.counted, list.turn]).toEqual(['ready', false, 1]);
    expect(list.row(0)).toBeDefined();
    expect(list.total).toBeLessThan(1000);
    const newest = list.row(0)!.id;
    count();
    await loading;
    expect([list.total, list.counted, list.turn]).toEqual([1000, true, 1]);
    expect(list.row(0)!.id).toBe(newest);
  });
});
