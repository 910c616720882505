import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as ListPage, Related } from '../src/core/dto';
import { Stage, until } from './stage';
import { quick } from './upstream';

const chat = { 'X-OpenWebUI-Chat-Id': 'chat-one', 'X-OpenWebUI-User-Email': 'ann@example.org' };

describe('the detail', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ 'halting:1b': { chunks: ['Hello', ...Array.from({ length: 9 }, (_, i) => ` word-${i}`)], figures: quick, gap: 20, halt: { before: 6, ms: 1500 } } });
    const said = [{ role: 'user', content: 'first question' }];
    for (const more of ['', 'second question', 'third question']) {
      if (more !== '') said.push({ role: 'assistant', content: 'Hello there.' }, { role: 'user', content: more });
      const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', headers: { 'Content-Type': 'application/json', ...chat }, body: JSON.stringify({ model: 'quick:1b', messages: said, stream: false }) });
      expect(res.status).toBe(200);
      await res.text();
    }
    await stage.row('third question').first().waitFor();
    await stage.row('third question').first().click();
    await stage.page.locator('#detail-panel').getByText('third question').waitFor();
  });
  afterAll(() => stage.close());

  const panel = () => stage.page.locator('#detail-panel');

  it('folds what earlier turns have said', async () => {
    expect(await panel().getByText('first question').count()).toBe(0);
    await panel().getByRole('link', { name: /had them already, or was answered so/ }).waitFor();
    await panel().getByRole('button', { name: '4 earlier messages' }).click();
    await panel().getByText('first question').waitFor();
    await panel().getByRole('heading', { name: 'New in this turn' }).waitFor();
    await panel().getByRole('button', { name: 'Fold them again' }).click();
    await until('the fold', async () => (await panel().getByText('first question').count()) === 0);
  });

  it('is shown alone, too, and goes through the list there', async () => {
    await stage.page.getByRole('button', { name: 'Show alone (f)' }).click();
    await stage.page.locator('[role=grid]').waitFor({ state: 'hidden' });
    expect((await panel().boundingBox())!.width).toBeGreaterThan(1100);
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('detail-alone');
    await stage.page.locator('body').press('j');
    await panel().getByText('second question').first().waitFor();
    await stage.page.locator('body').press('k');
    await panel().getByText('third question').waitFor();
    await stage.page.reload();
    await panel().getByText('third question').waitFor();
    await stage.page.locator('[role=grid]').waitFor({ state: 'hidden' });
    await stage.page.locator('body').press('f');
    await stage.page.locator('[role=grid]').waitFor();
  });

  it('keeps a star, a rating, tags and a note, and finds them again', async () => {
    await stage.page.getByRole('button', { name: 'Star (m)' }).click();
    await stage.row('third question').getByText('Starred').waitFor({ state: 'attached' });
    await stage.page.getByRole('button', { name: 'Notes and tags' }).click();
    await stage.page.getByRole('radio', { name: '4 of 5' }).click();
    await stage.page.getByLabel('Tags', { exact: true }).fill('good, 好用');
    await stage.page.getByLabel('Note', { exact: true }).fill('worth keeping');
    await stage.page.getByLabel('Note', { exact: true }).blur();
    await until('the note', async () => (await stage.api<ListPage>('/api/exchanges?q=note:keeping+tag:好用+rating:>=4+is:starred')).rows.length === 1);
    await stage.page.reload();
    await stage.page.getByRole('radio', { name: '4 of 5', checked: true }).waitFor();
    expect(await stage.page.getByLabel('Tags', { exact: true }).inputValue()).toBe('good, 好用');
    await stage.picture('detail-marks');
  });

  it('lists what belongs to it, and goes there', async () => {
    await stage.page.getByRole('tab', { name: 'Related' }).click();
    await panel().getByRole('heading', { name: /Same chat/ }).waitFor();
    expect(await panel().getByRole('listitem').count()).toBe(3);
    await stage.picture('detail-related');
    const [newest] = (await stage.api<ListPage>('/api/exchanges?limit=1')).rows;
    const related = await stage.api<Related>(`/api/exchanges/${newest!.id}/related`);
    expect(related.chat.map((r) => r.prompt)).toEqual(['third question', 'second question', 'first question']);
    await panel().getByRole('link', { name: /first question/ }).click();
    await stage.page.getByRole('tab', { name: 'Chat' }).click();
    await panel().getByText('first question').waitFor();
  });

  it('compares two', async () => {
    await stage.page.getByRole('tab', { name: 'Related' }).click();
    await panel().getByRole('link', { name: 'Compare' }).first().click();
    await stage.page.getByRole('heading', { name: 'Compare two requests' }).waitFor();
    await stage.page.locator('ins', { hasText: 'third question' }).waitFor();
    await stage.picture('compare');
    await stage.page.goBack();
    await panel().waitFor();
  });

  it('shows a body as it came: indented and folded, searched, exact, in its chunks', async () => {
    const turns = Array.from({ length: 3000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: `turn ${i} ${'words '.repeat(30)}` }));
    for await (const part of await stage.ollama().chat({ model: 'halting:1b', messages: [...turns, { role: 'user', content: 'a body to look at' }], stream: true })) void part;
    await stage.row('a body to look at').first().click();
    await stage.page.getByRole('tab', { name: 'Raw' }).click();
    const request = panel().locator('section').filter({ hasText: 'Request body' });
    const lines = request.getByRole('region', { name: 'Request body' });
    await lines.getByText('"messages": [').waitFor();
    expect(await lines.locator('.line').count()).toBeLessThan(120); // of more than 12,000
    await request.getByRole('button', { name: 'Fold all', exact: true }).click();
    await lines.getByText('lines').first().waitFor();
    expect(await lines.locator('.line').count()).toBeLessThan(20);
    const find = request.getByRole('searchbox');
    await find.fill('turn 2999');
    await request.getByText('1 of 1', { exact: true }).waitFor();
    await find.press('Enter');
    await lines.locator('mark.now').waitFor();
    expect(await lines.locator('mark.now').innerText()).toBe('turn 2999');
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('detail-raw');
    await find.fill('words');
    await request.getByText('1 of 2,000', { exact: true }).waitFor();
    await find.press('Shift+Enter');
    await request.getByText('2,000 of 2,000', { exact: true }).waitFor();
    await find.press('Escape');
    await request.getByRole('button', { name: 'Exact bytes' }).click();
    await lines.getByText('{"model":"halting:1b"').first().waitFor();

    const reply = panel().locator('section').filter({ hasText: 'Response body' });
    await reply.getByRole('button', { name: 'Chunks' }).click();
    const chunks = reply.getByRole('region', { name: 'Chunks of the reply' });
    await chunks.getByText('"Hello"').waitFor();
    expect(await chunks.locator('.stall').count()).toBe(1);
    expect(await chunks.locator('.line').count()).toBeGreaterThan(8);
    await stage.page.emulateMedia({ colorScheme: 'dark' });
    expect(await stage.accessibility()).toEqual([]);
    await chunks.scrollIntoViewIfNeeded();
    await stage.picture('detail-chunks');
    await stage.page.emulateMedia({ colorScheme: 'light' });
    expect(stage.complaints).toEqual([]);
  });

  it('shows what is new in a tool loop, and goes to the request that had the rest', async () => {
    const call = (name: string) => ({ role: 'assistant', content: '', tool_calls: [{ function: { name, arguments: { city: 'Taipei' } } }] });
    const loop: object[] = [{ role: 'system', content: 'be brief' }, { role: 'user', content: 'is it warm in Taipei?' }];
    for (const [i, more] of [[], [call('weather'), { role: 'tool', content: 'sunny, later rain' }], [call('temperature'), { role: 'tool', content: '31 degrees' }]].entries()) {
      loop.push(...more);
      const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-OpenWebUI-Chat-Id': 'chat-loop' }, body: JSON.stringify({ model: 'quick:1b', messages: loop, stream: false }) });
      await res.text();
      await until('the row', async () => (await stage.api<ListPage>('/api/exchanges?q=chat:chat-loop')).rows.length === i + 1);
    }
    const { rows } = await stage.api<ListPage>('/api/exchanges?q=chat:chat-loop');
    await until('the rows in the list', async () => (await stage.row('is it warm in Taipei?').count()) === 3);
    await stage.row('is it warm in Taipei?').first().click();
    await stage.page.getByRole('tab', { name: 'Chat' }).click();
    await panel().getByText('31 degrees').waitFor();
    await panel().getByText('temperature').first().waitFor();
    expect(await panel().getByText('sunny, later rain').count()).toBe(0);
    await panel().getByText('Asked: is it warm in Taipei?').waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('detail-tool-loop');
    await panel().getByRole('link', { name: /had them already, or was answered so/ }).click();
    await until('the request before', async () => stage.page.url().includes(rows[1]!.id));
    await panel().getByText('sunny, later rain').waitFor();
    expect(stage.complaints).toEqual([]);
  });
});
