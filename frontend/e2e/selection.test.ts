import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';

const many = 700;

describe('the selection', () => {
  let stage: Stage;
  const send = async (content: string) => {
    const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', body: JSON.stringify({ model: 'quick:1b', messages: [{ role: 'user', content }], stream: false }) });
    await res.text();
  };
  const bar = () => stage.page.getByRole('region', { name: 'Selection' });
  const grid = () => stage.page.getByRole('grid');
  const at = (index: number) => stage.page.locator(`[role=grid] .row[aria-rowindex="${index}"]`);
  const clear = async () => {
    await bar().getByRole('button', { name: 'Clear the selection' }).click();
    await bar().waitFor({ state: 'detached' });
  };
  const selected = (n: number) => bar().getByText(`${n} selected`, { exact: true }).waitFor();
  /** To the list as it is when one comes to it: only its first rows are loaded. */
  const afresh = async () => {
    await stage.page.reload();
    await until('the list', async () => (await stage.page.getByText(/^7\d\d requests$/).count()) > 0);
    await at(2).waitFor();
  };
  beforeAll(async () => {
    stage = await Stage.open();
    for (let sent = 0; sent < many; sent += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => send(`number ${sent + i}`)));
    await until('all of them', async () => (await stage.api<{ requests: number }>('/api/totals')).requests === many, 60);
    await afresh();
  });
  afterAll(() => stage.close());

  it('has every row of a range, those too that were never in sight', async () => {
    await at(2).click({ modifiers: ['Control'] });
    await selected(1);
    await grid().evaluate((el) => (el.scrollTop = 640 * 28));
    await until('the rows there', async () => (await at(651).locator('.c-task').innerText()).includes('number'));
    await at(651).click({ modifiers: ['Shift'] });
    await selected(650);
    await bar().getByText('16,900 in / 26,650 out').waitFor(); // 26 and 41 each
    await clear();
  });

  it('goes to the end of the list by keyboard, and what is deleted is what it says', async () => {
    await afresh();
    await grid().focus();
    await stage.page.keyboard.press('Home');
    await stage.page.keyboard.press('Shift+End');
    await selected(many);
    expect(await stage.page.locator('.row.selected').getAttribute('aria-rowindex')).toBe(String(many + 1));
    await stage.page.keyboard.press('Shift+ArrowUp');
    await selected(many - 1);
    await bar().getByRole('button', { name: 'Delete…' }).click();
    await stage.page.getByRole('dialog').getByText(`${many - 1} requests`).waitFor();
    await stage.page.keyboard.press('Escape');
    await clear();
  });

  it('takes all that the filter shows by Ctrl+A', async () => {
    await afresh();
    await grid().focus();
    await stage.page.keyboard.press('Control+a');
    await selected(many);
    await stage.page.keyboard.press('Escape');
    await bar().waitFor({ state: 'detached' });
    await stage.page.getByRole('combobox', { name: 'Search and filter' }).fill('"number 7"');
    await until('one row', async () => (await stage.row('').count()) === 1);
    await grid().focus();
    await stage.page.keyboard.press('Control+a');
    await selected(1);
    await stage.page.getByRole('combobox', { name: 'Search and filter' }).fill('');
    await until('all rows', async () => (await stage.row('').count()) > 10);
  });

  it('goes from the row that one chose, however many come in above it', async () => {
    await at(4).click({ modifiers: ['Control'] });
    const [anchor, below] = [await at(4).locator('.c-task').innerText(), await at(6).locator('.c-task').innerText()];
    for (let i = 0; i < 4; i++) await send(`later ${i}`);
    await until('them in the list', async () => (await at(8).locator('.c-task').innerText()) === anchor);
    await at(10).click({ modifiers: ['Shift'] });
    await selected(3);
    expect(await stage.page.locator('.row.picked .c-task').allInnerTexts()).toEqual([anchor, expect.any(String), below]);
    await clear();
    expect(stage.complaints).toEqual([]);
  });
});
