import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as Rows, Prices } from '../src/core/dto';
import { Stage } from './stage';

describe('Prices, names and keys', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.chat('quick:1b', 'What is local costs nothing.');
    await stage.go('settings');
    await stage.page.getByRole('heading', { name: 'Prices', exact: true }).waitFor();
  });
  afterAll(() => stage.close());

  it('says whose the prices are', async () => {
    const prices = await stage.api<Prices>('/api/prices');
    await stage.page.getByText(`${prices.source}: ${prices.models.toLocaleString('en')} models`).waitFor();
    const rows = await stage.api<Rows>('/api/exchanges');
    expect(rows.rows[0]?.cost).toBe(0);
  });

  it('keeps a price of one’s own, and prices what is recorded anew', async () => {
    await stage.page.getByRole('button', { name: 'Add a price' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('Model').fill('quick:*');
    await dialog.getByLabel('Input', { exact: true }).fill('a lot');
    await dialog.getByRole('button', { name: 'Save price' }).click();
    await dialog.getByText('A price lies between').waitFor();
    await dialog.getByLabel('Input', { exact: true }).fill('1000');
    await dialog.getByRole('button', { name: 'Save price' }).click();
    await stage.page.getByRole('rowheader', { name: 'quick:*' }).waitFor();
    await stage.page.getByRole('button', { name: 'See what would change' }).click();
    await stage.page.getByText('1 of 1 requests would change').waitFor();
    await stage.page.getByRole('button', { name: 'Price them anew' }).click();
    await stage.page.getByText('1 request has a new cost.').waitFor();
    const rows = await stage.api<Rows>('/api/exchanges');
    expect(rows.rows[0]?.cost).toBeCloseTo(0.026, 9);
    await stage.picture('settings-prices');
    await stage.page.getByRole('button', { name: 'Remove quick:*' }).click();
    await stage.page.getByRole('rowheader', { name: 'quick:*' }).waitFor({ state: 'detached' });
  });

  it('asks the names of headers first, and never sends them on', async () => {
    await stage.page.getByLabel('User', { exact: true }).fill('X-Team');
    await stage.page.getByRole('button', { name: 'Save names' }).click();
    await stage.page.getByText('Saved').first().waitFor();
    await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Team': 'blue' },
      body: JSON.stringify({ model: 'quick:1b', messages: [{ role: 'user', content: 'Who am I?' }] }),
    }).then((r) => r.text());
    await expect.poll(async () => (await stage.api<Rows>('/api/exchanges')).rows[0]?.user, { timeout: 15_000 }).toBe('blue');
  });

  it('takes a key of Helicone’s and shows no more than its end', async () => {
    const key = 'sk-helicone-abcdefg-abcdefg-abcdefg-abcwxyz';
    await stage.page.getByLabel('Key', { exact: true }).fill(key);
    await stage.page.getByRole('button', { name: 'Add key' }).click();
    await stage.page.getByText('…wxyz').first().waitFor();
    expect(await stage.page.locator('body').innerText()).not.toContain('abcdefg-abcdefg');
    const models = await fetch(`${stage.gumshoe.ready.proxy}/compat/v1/models`, { headers: { 'Helicone-Auth': `Bearer ${key}` } });
    expect(models.status).toBe(200);
    await stage.page.getByRole('button', { name: /^Remove.*wxyz/ }).click();
    await stage.page.getByText('…wxyz').first().waitFor({ state: 'detached' });
    const after = await fetch(`${stage.gumshoe.ready.proxy}/compat/v1/models`, { headers: { 'Helicone-Auth': `Bearer ${key}` } });
    expect(after.status).toBe(401);
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
