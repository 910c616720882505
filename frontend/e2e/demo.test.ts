import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Groups, Page as ListPage, Status } from '../src/core/dto';
import { Stage, until } from './stage';

const pages = ['requests', 'overview', 'models', 'users', 'chats', 'costs', 'ollama'] as const;

/** The demo on every page: what one sees first, and what the README's pictures show. */
describe.each([
  ['light', 'en-US'],
  ['dark', 'zh-TW'],
] as const)('the demo in the %s, %s', (scheme, lang) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.demo(lang);
    await stage.page.emulateMedia({ colorScheme: scheme });
    let before = -1;
    await until(
      'the log to be read',
      async () => {
        const { exchanges } = await stage.api<Status>('/api/status');
        const same = exchanges > 1000 && exchanges === before;
        before = exchanges;
        await new Promise((next) => setTimeout(next, 700));
        return same;
      },
      90,
    );
  }, 120_000);
  afterAll(() => stage.close());

  it('says that it is invented', async () => {
    expect((await stage.api<Status>('/api/status')).demo).toBe(true);
    await stage.page.getByText(/this data is invented|這些資料是虛構的/).waitFor();
  });

  it('records nothing of a client, and says where to go', async () => {
    await expect(stage.ollama().chat({ model: 'llama3.1:8b', messages: [{ role: 'user', content: 'hello' }] })).rejects.toThrow('gumshoe serve');
    await stage.go('setup');
    await stage.page.getByText(/it forwards and records nothing|不會轉送也不會記錄/).waitFor();
  });

  it.each(pages)('fills %s', async (page) => {
    await stage.page.goto(`${new URL(stage.gumshoe.ready.ui).origin}/#/${page}${page === 'ollama' ? '?range=7d&against=week' : ['requests', 'chats'].includes(page) ? '' : '?period=30d'}`);
    await stage.page.locator(`nav a[href^="#/${page}"][aria-current=page]`).waitFor();
    await until('something to see', async () => (await stage.page.locator('main [role=row], main tbody tr, main canvas, main svg rect, main .bars > *').count()) > 3);
    await stage.page.waitForTimeout(600);
    await stage.picture(`demo-${page}-${scheme}`);
    expect(await stage.accessibility(), page).toEqual([]);
  });

  it('shows a chat with its figures', async () => {
    const found = await stage.api<ListPage>(`/api/exchanges?limit=1&q=${encodeURIComponent('model:llama3.1* task:chat is:cold duration:<60s')}`);
    await stage.page.goto(`${new URL(stage.gumshoe.ready.ui).origin}/#/requests/${found.rows[0]!.id}`);
    await stage.page.locator('#detail-panel .markdown').first().waitFor();
    await stage.page.waitForTimeout(400);
    await stage.picture(`demo-detail-${scheme}`);
  });

  it('has something of everyone', async () => {
    const now = Date.now() * 1000;
    const users = await stage.api<Groups>(`/api/groups?by=user&from=${now - 31 * 86400e6}&to=${now}`);
    expect(users.groups.length).toBeGreaterThan(4);
    for (const g of users.groups) expect(g.figures.requests).toBeGreaterThan(20);
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
