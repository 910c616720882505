import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as Rows } from '../src/core/dto';
import { Stage, until } from './stage';
import { quick } from './upstream';

describe('Who, cost and what was wrong', () => {
  let stage: Stage;
  const rows = async () => (await stage.api<Rows>('/api/exchanges')).rows;
  const ask = (model: string, text: string, headers: Record<string, string> = {}) =>
    fetch(`${stage.gumshoe.base('ollama')}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify({ model, messages: [{ role: 'user', content: text }] }),
    }).then((r) => r.text());

  beforeAll(async () => {
    stage = await Stage.open({ 'cold:1b': { chunks: ['Warm', ' now.'], figures: { ...quick, total_duration: 4e9, load_duration: 3e9 } } });
    await ask('cold:1b', 'Wake up.', { 'X-OpenWebUI-User-Email': 'ann@example.org', 'X-OpenWebUI-Chat-Id': 'chat-one' });
    await ask('quick:1b', 'A title, please.', { 'X-OpenWebUI-User-Email': 'bob@example.org', 'X-OpenWebUI-Task': 'title_generation' });
    await until('two rows', async () => (await rows()).length === 2);
    await stage.go('requests');
    await stage.row('cold:1b').first().waitFor();
  });
  afterAll(() => stage.close());

  it('marks what was wrong in the list, and says it in the detail', async () => {
    const cell = stage.row('cold:1b').first().locator('.c-verdicts');
    await expect.poll(() => cell.innerText(), { timeout: 15_000 }).toContain('Cold start');
    expect(await stage.row('cold:1b').first().locator('.c-cost').innerText()).toBe('$0');
    await stage.row('cold:1b').first().click();
    await stage.page.getByText('Loading the model took 3.00 s').waitFor();
    await stage.picture('who-detail');
    await stage.page.getByRole('tab', { name: 'Numbers' }).click();
    await stage.page.getByText('How the cost comes together').waitFor();
    await stage.picture('who-numbers');
  });

  it('shows the chat of a request', async () => {
    await stage.page.getByRole('button', { name: 'Show this chat' }).click();
    await stage.page.getByRole('button', { name: 'Remove: chat chat-one' }).waitFor();
    await stage.row('quick:1b').first().waitFor({ state: 'detached' });
    await stage.page.getByRole('button', { name: 'Remove: chat chat-one' }).click();
    await stage.row('quick:1b').first().waitFor();
    await stage.page.keyboard.press('Escape');
  });

  it('filters by user, task and what was noticed, and keeps it in the address', async () => {
    await stage.page.getByRole('button', { name: /^User/ }).click();
    await stage.page.getByRole('checkbox', { name: /bob@example.org/ }).check();
    await stage.page.keyboard.press('Escape');
    await stage.row('cold:1b').first().waitFor({ state: 'detached' });
    expect(stage.page.url()).toContain('q=user');
    await stage.page.reload();
    await stage.row('quick:1b').first().waitFor();
    await stage.page.getByRole('button', { name: 'Clear' }).click();
    await stage.page.getByRole('button', { name: /^Noticed/ }).click();
    await stage.page.getByRole('checkbox', { name: /Cold start/ }).check();
    await stage.page.keyboard.press('Escape');
    await stage.row('quick:1b').first().waitFor({ state: 'detached' });
    await stage.row('cold:1b').first().waitFor();
    await stage.page.getByRole('button', { name: 'Clear' }).click();
  });

  it('sums up what the filter shows, and says what is missing', async () => {
    const foot = stage.page.getByRole('region', { name: 'Totals' });
    await foot.getByText('2 requests').waitFor();
    await foot.getByText('$0').waitFor();
    await stage.picture('who-list');
    expect(stage.complaints).toEqual([]);
  });
});
