import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as ListPage } from '../src/core/dto';
import { Stage, until } from './stage';
import { quick } from './upstream';

const pages = ['overview', 'models', 'models/quick%3A1b', 'users', 'chats', 'costs', 'ollama', 'sql', 'setup', 'settings'];

describe('the shortcuts', () => {
  let stage: Stage;
  const box = () => stage.page.getByRole('combobox', { name: 'Search and filter' });
  const sheet = () => stage.page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  const press = (key: string) => stage.page.keyboard.press(key);
  const at = async (hash: string) => {
    await stage.page.evaluate((h) => ((document.activeElement as HTMLElement | null)?.blur(), (location.hash = h)), `#/${hash}`);
    await stage.page.locator(`nav a[href^="#/${hash.split('/')[0]}"][aria-current=page]`).waitFor();
    await stage.page.locator('main h1').first().waitFor({ state: 'attached' });
    await until('all of it', async () => (await stage.page.locator('main [aria-busy=true], main button[aria-keyshortcuts=x]:disabled').count()) === 0);
  };
  /** What the sheet lists. */
  const listed = async () => {
    await press('?');
    await sheet().waitFor();
    const all = await sheet().locator('dt').allInnerTexts();
    await press('Escape');
    await sheet().waitFor({ state: 'hidden' });
    await until('the page to have the keys', () => stage.page.evaluate(() => document.activeElement?.closest('dialog') === null));
    return all;
  };
  const focused = () => stage.page.evaluate(() => document.activeElement?.textContent.trim() ?? '');
  beforeAll(async () => {
    stage = await Stage.open({ 'other:7b': { chunks: ['Yes.'], figures: quick } });
    for (const model of ['quick:1b', 'quick:1b', 'other:7b']) await stage.chat(model, 'Why?');
    await until('the rows', async () => (await stage.row('').count()) === 3);
  });
  afterAll(() => stage.close());

  it.each(pages)('reach the sheet and the search from %s', async (page) => {
    await at(page);
    const keys = await listed();
    expect(keys).toContain('Search the requests');
    expect(keys).not.toContain('Star');
    // The button may come with what the page is still reading: the sheet has to agree with it twice.
    const button = stage.page.getByRole('button', { name: 'Export', exact: true });
    let agreed = 0;
    for (let tries = 0; agreed < 2 && tries < 20; tries++) {
      agreed = (await listed()).includes('Export') === ((await button.count()) > 0) ? agreed + 1 : 0;
      await stage.page.waitForTimeout(200);
    }
    expect(agreed).toBe(2);
    await press('/');
    await until('the search box', () => box().evaluate((el) => el === document.activeElement));
    expect(stage.page.url()).toContain('#/requests');
    await stage.page.keyboard.type('?/r');
    expect(await box().inputValue()).toBe('?/r');
    expect(await sheet().count()).toBe(0);
    await box().fill('');
    await until('no filter', async () => !stage.page.url().includes('?'));
  });

  it('move in a table, open its row, and read it again', async () => {
    await at('models');
    await stage.page.locator('tbody a.row').first().waitFor();
    expect(await listed()).toEqual(expect.arrayContaining(['Next or previous row', 'Open it', 'Read again what is shown', 'Export']));
    await press('j');
    const first = await focused();
    await press('j');
    expect(await focused()).not.toBe(first);
    await press('k');
    expect(await focused()).toBe(first);
    const asked = stage.page.waitForRequest((r) => r.url().includes('/api/groups'));
    await press('r');
    await asked;
    await press('Enter');
    await stage.page.getByRole('heading', { level: 1, name: first }).waitFor();
    await at('overview');
    await stage.page.locator('[data-bars] a').first().waitFor();
    await press('j');
    expect(await stage.page.evaluate(() => document.activeElement?.matches('[data-bars] a'))).toBe(true);
  });

  it('star and copy the row that is selected in the list, closed or open', async () => {
    await at('requests');
    await until('the rows', async () => (await stage.row('').count()) === 3);
    await stage.page.reload();
    await until('the rows', async () => (await stage.row('').count()) === 3);
    expect(await listed()).not.toContain('Star');
    await press('j');
    await press('j');
    expect(await listed()).toContain('Star');
    await press('m');
    await stage.page.locator('.row.selected').getByText('★').waitFor();
    const rows = (await stage.api<ListPage>('/api/exchanges?q=is:starred')).rows;
    expect(rows.map((r) => r.model)).toEqual([await stage.page.locator('.row.selected .c-model').innerText()]);
    await press('m');
    await until('no star', async () => (await stage.page.getByText('★').count()) === 0);
    await press('c');
    await stage.page.locator('.said').getByText('Copied as cURL').waitFor();
    expect(await stage.page.evaluate(() => navigator.clipboard.readText())).toContain('/api/chat');
    await stage.picture('list-copied');
    await press('Enter');
    await stage.page.locator('#detail-panel').waitFor();
    expect(await listed()).toEqual(expect.arrayContaining(['Tabs of the detail', 'Star', 'Close the detail, or clear the selection']));
    await press('m');
    await stage.page.locator('.row.selected').getByText('★').waitFor();
    await press('Escape');
    await stage.page.locator('#detail-panel').waitFor({ state: 'detached' });
    expect(stage.complaints).toEqual([]);
  });
});
