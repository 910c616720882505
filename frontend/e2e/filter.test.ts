import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as ListPage, Query } from '../src/core/dto';
import { Stage, until } from './stage';
import { quick } from './upstream';

describe('the filter', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ 'slow:7b': { chunks: ['鐘錶', '修理'], figures: quick } });
    for (const prompt of ['one bloodhound', 'two clocks', 'three clocks']) await stage.chat('quick:1b', prompt);
    await stage.chat('slow:7b', '鐘錶壞了');
    await stage.chat('big:70b', 'will it fit').catch(() => undefined);
    await stage.row('will it fit').first().waitFor();
    await until('five rows', async () => (await stage.row('').count()) === 5);
  });
  afterAll(() => stage.close());

  const box = () => stage.page.getByRole('combobox', { name: 'Search and filter' });
  const rows = (n: number) => until(`${n} rows`, async () => (await stage.row('').count()) === n);
  const type = async (text: string, n: number) => {
    await box().fill(text);
    await rows(n);
  };

  it('takes words, fields, comparisons, OR and NOT', async () => {
    await type('clocks', 2);
    await type('"two clocks"', 1);
    await type('鐘錶', 1);
    await type('錶修', 1);
    await type('model:quick', 3);
    await type('model:quick -clocks', 1);
    await type('bloodhound OR status:>=400', 2);
    await type('is:error', 1);
    await type('-is:error model:*b tokens:>0', 4);
    await type('ttft:>10m', 0);
    await stage.page.getByText('Nothing matches').waitFor();
    await type('', 5);
  });

  it('says in words what it means, and each part can be taken away', async () => {
    await type('model:quick -bloodhound', 2);
    await stage.page.getByText('Requests with').waitFor();
    await stage.page.getByRole('button', { name: 'Remove: not “bloodhound”' }).click();
    await rows(3);
    expect(await box().inputValue()).toBe('model:quick');
    await stage.page.getByRole('button', { name: 'Remove: model quick' }).click();
    await rows(5);
  });

  it('underlines what is wrong and suggests what was meant', async () => {
    await box().fill('modle:quick');
    await stage.page.getByText('There is no field “modle”').waitFor();
    expect(await stage.page.locator('.under mark').textContent()).toBe('modle');
    expect(await box().getAttribute('aria-invalid')).toBe('true');
    await rows(5); // what was shown stays
    await stage.picture('filter-wrong');
    await stage.page.getByRole('button', { name: 'Use model' }).click();
    await rows(3);
    await type('', 5);
  });

  it('shows a wrong filter of an address as a typed one', async () => {
    await stage.page.goto(`${new URL(stage.gumshoe.ready.ui).origin}/#/requests?q=modle:quick`);
    for (const reload of [false, true]) {
      if (reload) await stage.page.reload();
      await stage.page.getByRole('heading', { name: "This filter can't be read" }).waitFor();
      await stage.page.getByRole('button', { name: 'Use model' }).waitFor();
      expect(await stage.page.locator('.under mark').textContent()).toBe('modle');
      expect(await box().getAttribute('aria-invalid')).toBe('true');
      await until('no bars', async () => (await stage.page.locator('.histogram i').count()) === 0);
      expect(await stage.row('').count()).toBe(0);
      for (const scheme of ['dark', 'light'] as const) {
        await stage.page.emulateMedia({ colorScheme: scheme });
        expect(await stage.accessibility()).toEqual([]);
      }
      await stage.picture('filter-wrong-address');
    }
    await stage.page.getByRole('button', { name: 'Use model' }).click();
    await rows(3);
    await until('bars again', async () => (await stage.page.locator('.histogram i').count()) > 0);
    await type('', 5);
    stage.complaints.splice(0); // the browser says of itself that the filter was refused
  });

  it('goes back to each filter that was typed', async () => {
    await box().blur();
    await type('is:error', 1);
    await type('clocks', 2);
    await box().fill('clocks t');
    await stage.page.waitForTimeout(300);
    await type('clocks two', 1);
    await stage.page.goBack();
    await rows(1);
    expect(await box().inputValue()).toBe('is:error');
    await stage.page.goBack();
    await rows(5);
    await box().blur();
    await type('clo', 2);
    await stage.page.waitForTimeout(1700);
    await type('clocks two', 1); // what stood for a while was looked at
    await stage.page.goBack();
    await rows(2);
    expect(await box().inputValue()).toBe('clo');
    await type('', 5);
  });

  it('groups what belongs together in words', async () => {
    await type('-(model:slow OR bloodhound)', 3);
    await stage.page.getByRole('button', { name: 'Remove: not (model slow or “bloodhound”)' }).waitFor();
    await type('', 5);
  });

  it('completes fields and values by keyboard', async () => {
    await box().fill('');
    await box().pressSequentially('mod');
    await stage.page.getByRole('option', { name: /model:/ }).waitFor();
    await box().press('Tab');
    await stage.page.getByRole('option', { name: /slow:7b/ }).waitFor();
    await stage.picture('filter-choices');
    await box().pressSequentially('slo');
    await until('one choice', async () => (await stage.page.getByRole('listbox', { name: 'Suggestions' }).getByRole('option').count()) === 1);
    await box().press('ArrowDown');
    await box().press('Enter');
    await rows(1);
    expect((await box().inputValue()).trim()).toBe('model:slow:7b');
    await type('', 5);
  });

  it('lives in the address, so that back works', async () => {
    await stage.page.getByRole('button', { name: /^Model/ }).click();
    await stage.page.getByRole('checkbox', { name: /quick:1b/ }).check();
    await rows(3);
    await stage.page.keyboard.press('Escape');
    expect(await box().inputValue()).toBe('model:"quick:1b"');
    await stage.page.goBack();
    await rows(5);
    await stage.page.goForward();
    await rows(3);
    await stage.page.reload();
    await rows(3);
    await stage.page.goBack();
    await rows(5);
  });

  it('counts in its menus what is left under the other parts of the filter', async () => {
    const menu = (name: string) => stage.page.getByRole('group', { name, exact: true });
    const open = (name: string) => stage.page.getByRole('button', { name: new RegExp(`^${name}`) }).click();
    const values = async (name: string) => (await menu(name).locator('label').allInnerTexts()).map((l) => l.replace(/\s+/g, ' '));
    const asked: string[] = [];
    stage.page.on('request', (r) => r.url().includes('/api/facets?') && asked.push(new URL(r.url()).search));
    await type('state:error', 1);
    await type('clocks', 2);
    expect(asked).toEqual([]); // nothing is counted while no menu is open
    await open('Model');
    await until('the counts', async () => (await values('Model')).join() === 'quick:1b 2,big:70b 0,slow:7b 0');
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('filter-counts');
    await menu('Model').getByRole('checkbox', { name: /slow:7b/ }).check();
    await rows(0);
    await menu('Model').getByRole('checkbox', { name: /quick:1b/ }).check();
    await rows(2);
    await until('one question for the last filter', async () => asked.at(-1)?.includes('slow%3A7b%22%2C%22quick') === true);
    expect(await values('Model')).toEqual(['quick:1b 2', 'big:70b 0', 'slow:7b 0']); // its own term changes nothing
    await stage.page.keyboard.press('Escape');
    await type('model:quick,slow', 4);
    await box().blur();
    await open('State');
    await until('the states of those models', async () => (await values('State')).join() === 'ok 4,error 0');
    await stage.page.keyboard.press('Escape');
    await type('', 5);
  });

  it('keeps views under names', async () => {
    await type('is:error', 1);
    await stage.page.getByRole('button', { name: 'Views' }).click();
    await stage.page.getByLabel('Name of this view').fill('What failed');
    await stage.page.getByRole('button', { name: 'Save this filter' }).click();
    await stage.page.getByRole('button', { name: 'Delete the view What failed' }).waitFor();
    await stage.page.keyboard.press('Escape');
    await type('', 5);
    await stage.page.getByRole('button', { name: 'Views' }).click();
    await stage.page.getByRole('button', { name: 'What failed is:error' }).click();
    await rows(1);
    await type('', 5);
  });

  it('shows requests over time, and a drag chooses a time', async () => {
    const strip = stage.page.locator('.histogram');
    await until('a bar', async () => (await strip.locator('i').count()) > 0);
    const at = (await strip.boundingBox())!;
    await stage.page.mouse.move(at.x + 2, at.y + 10);
    await stage.page.mouse.down();
    await stage.page.mouse.move(at.x + at.width * 0.4, at.y + 10, { steps: 4 });
    await stage.page.mouse.up();
    await until('a time in the address', async () => /from=\d+&to=\d+/.test(stage.page.url()));
    await stage.page.goBack();
    await rows(5);
  });

  it('has every command in the palette, wherever one is', async () => {
    const palette = stage.page.getByRole('dialog', { name: 'Commands' });
    for (const place of [stage.page.getByRole('combobox', { name: 'Search and filter' }), stage.page.locator('[role=grid]')]) {
      await place.focus();
      await stage.page.keyboard.press('Control+k');
      await palette.waitFor();
      await stage.page.keyboard.press('Escape');
      await palette.waitFor({ state: 'hidden' });
    }
    await stage.page.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill('dark');
    await stage.page.keyboard.press('Enter');
    await until('the dark theme', () => stage.page.evaluate(() => document.documentElement.dataset.theme === 'dark'));
    await stage.page.keyboard.press('Control+k');
    await stage.picture('palette');
    await palette.getByRole('combobox').fill('like the system');
    await stage.page.keyboard.press('Enter');
    await until('the usual theme', () => stage.page.evaluate(() => document.documentElement.dataset.theme === undefined));
    await stage.page.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill('what failed');
    await stage.page.keyboard.press('Enter');
    await rows(1);
    await stage.page.keyboard.press('Control+k');
    await palette.getByRole('combobox').fill('clear');
    await stage.page.keyboard.press('Enter');
    await rows(5);
  });

  it('sums up the rows that one picks', async () => {
    await stage.page.locator('[role=grid]').focus();
    await stage.page.keyboard.press('Home');
    await stage.page.keyboard.press('Space');
    const bar = stage.page.getByRole('region', { name: 'Selection' });
    await bar.getByText('1 selected').waitFor();
    for (let i = 0; i < 4; i++) await stage.page.keyboard.press('Shift+ArrowDown');
    await bar.getByText('5 selected').waitFor();
    await bar.getByText('104 in / 164 out').waitFor(); // four of five have tokens: 26 and 41 each
    await stage.picture('selection');
    await stage.page.keyboard.press('Escape');
    await until('no selection', async () => (await bar.count()) === 0);
    await stage.row('one bloodhound').click({ modifiers: ['Control'] });
    await bar.getByText('1 selected').waitFor();
    await stage.row(/./).first().click({ modifiers: ['Shift'] });
    await until('more rows', async () => /^[2-9] selected/.test(await bar.innerText()));
    expect(await stage.page.evaluate(() => getSelection()?.toString())).toBe('');
    await bar.getByRole('button', { name: 'Clear the selection' }).click();
  });

  it('shows the columns that one chooses, in their order and width', async () => {
    const heads = () => stage.page.locator('.row.head [role=columnheader]').allInnerTexts();
    const before = await heads();
    await stage.page.getByRole('button', { name: 'Columns' }).click();
    await stage.page.getByRole('checkbox', { name: 'Upstream' }).uncheck();
    await stage.page.getByRole('checkbox', { name: 'Size' }).check();
    for (let i = 0; i < 20; i++) {
      const up = stage.page.getByRole('button', { name: 'Move Size to the left' });
      if (await up.isDisabled()) break;
      await up.click();
    }
    await stage.page.keyboard.press('Escape');
    const after = await heads();
    expect(after[0]).toBe('Size');
    expect(after).not.toContain('Upstream');
    const handle = (await stage.page.locator('.row.head .c-model i').boundingBox())!;
    const width = async () => (await stage.page.locator('.row.head .c-model').boundingBox())!.width;
    const was = await width();
    await stage.page.mouse.move(handle.x + 3, handle.y + 5);
    await stage.page.mouse.down();
    await stage.page.mouse.move(handle.x + 63, handle.y + 5, { steps: 3 });
    await stage.page.mouse.up();
    expect(Math.abs((await width()) - was - 60)).toBeLessThan(3);
    await stage.page.reload();
    await rows(5);
    expect(await heads()).toEqual(after);
    await stage.page.getByRole('button', { name: 'Columns' }).click();
    const typed = stage.page.getByRole('spinbutton', { name: 'Width of Model' });
    expect(Math.abs(Number(await typed.inputValue()) - was - 60)).toBeLessThan(3); // what the pointer chose
    await typed.fill('200');
    await typed.press('ArrowUp');
    await typed.press('Tab');
    await until('the width', async () => Math.round(await width()) === 210);
    await typed.fill('5');
    await typed.press('Tab');
    expect(await typed.inputValue()).toBe('40');
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('columns');
    await stage.page.getByRole('button', { name: 'As at first' }).click();
    await stage.page.keyboard.press('Escape');
    expect(await heads()).toEqual(before);
  });

  it('takes rows that come in live only where they pass', async () => {
    await type('clocks', 2);
    await stage.chat('quick:1b', 'four dogs');
    await stage.chat('quick:1b', 'five clocks');
    await rows(3);
    await type('', 7);
    expect((await stage.api<ListPage>('/api/exchanges?q=clocks')).rows).toHaveLength(3);
    expect((await stage.api<Query>('/api/query?q=clocks&caret=-1')).words).toEqual(['clocks']);
    expect(stage.complaints).toEqual([]);
  });
});
