import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCsv } from './csv';
import { Stage, until } from './stage';

describe('Chats', () => {
  let stage: Stage;
  const send = async (chat: string, message: string, messages: unknown[], task = '') => {
    const headers: Record<string, string> = { 'Content-Type': 'application/json', 'X-OpenWebUI-Chat-Id': chat, 'X-OpenWebUI-Message-Id': message, 'X-OpenWebUI-User-Email': 'ann@example.org' };
    if (task !== '') headers['X-OpenWebUI-Task'] = task;
    const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', headers, body: JSON.stringify({ model: 'quick:1b', messages, stream: false }) });
    await res.text();
  };
  beforeAll(async () => {
    stage = await Stage.open();
    const first = [{ role: 'system', content: 'be brief' }, { role: 'user', content: 'why is the sky blue?' }];
    await send('one', 'm1', first);
    await send('one', 'm1', [{ role: 'user', content: '### Task:\nGenerate a title\n<chat_history>\nUSER: why is the sky blue?\n</chat_history>' }], 'title_generation');
    await send('one', 'm2', [...first, { role: 'assistant', content: 'Hello there.' }, { role: 'user', content: 'and red at night?' }]);
    await send('two', 'm3', [{ role: 'user', content: '另一段對話' }]);
    await stage.row('另一段對話').first().waitFor();
    await stage.page.locator('nav a[href^="#/chats"]').click();
  });
  afterAll(() => stage.close());

  it('lists conversations, the one used last first', async () => {
    const rows = stage.page.locator('tbody tr');
    await until('two chats', async () => (await rows.count()) === 2);
    expect(await rows.nth(0).innerText()).toContain('另一段對話');
    expect((await rows.nth(1).innerText()).replace(/\s+/g, ' ')).toMatch(/why is the sky blue\? ann@example.org quick:1b 2 3 33%/);
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('chats');
  });

  it('exports the list, and the requests of its chats', async () => {
    await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', body: JSON.stringify({ model: 'quick:1b', prompt: 'no chat' }) }).then((r) => r.text());
    const rows = parseCsv((await stage.export('This list of chats', 'CSV')).text);
    expect(rows[0]!.slice(0, 6)).toEqual(['chat', 'basis', 'user', 'title', 'models', 'answers']);
    expect(rows.slice(1).map((r) => [r[0], r[2], r[3], r[5]])).toEqual([['two', 'ann@example.org', '另一段對話', '1'], ['one', 'ann@example.org', 'why is the sky blue?', '2']]);
    const behind = (await stage.export('The requests behind it', 'JSONL')).text.trim().split('\n').map((l) => JSON.parse(l) as { chat: string });
    expect(behind.map((r) => r.chat)).toEqual(['two', 'one', 'one', 'one']);
  });

  it('are counted for each user, and lead there', async () => {
    await stage.go('users');
    const row = stage.page.locator('tbody tr').filter({ hasText: 'ann@example.org' });
    const table = parseCsv((await stage.export('This table of users', 'CSV')).text);
    expect(table.find((r) => r[0] === 'ann@example.org')![table[0]!.indexOf('chats')]).toBe('2');
    await row.getByRole('link', { name: '2', exact: true }).click();
    await until('the chats of one user', async () => (await stage.page.locator('tbody tr').count()) === 2);
    expect(decodeURIComponent(stage.page.url())).toContain('#/chats?user=ann@example.org');
    await stage.page.getByRole('link', { name: 'Only ann@example.org: show all' }).waitFor();
  });

  it('shows a conversation answer by answer, with its hidden requests and what prompts are made of', async () => {
    await stage.page.getByRole('link', { name: 'why is the sky blue?' }).click();
    await stage.page.getByRole('heading', { name: 'and red at night?' }).waitFor();
    await stage.page.getByText('Title: why is the sky blue?').waitFor();
    await stage.page.getByText('33% of the requests').waitFor();
    await stage.page.getByText('33% of the tokens').waitFor();
    await stage.page.getByText(/^system ~\d/).first().waitFor();
    await stage.page.getByText(/^history ~\d/).first().waitFor();
    expect(await stage.page.locator('ol > li').count()).toBe(2);
    expect(await stage.page.locator('ol > li').first().getByRole('link').count()).toBe(2);
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('chat');
    expect(stage.complaints).toEqual([]);
  });
});
