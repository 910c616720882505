import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';
import { cold } from './upstream';

describe.each(['light', 'dark'] as const)('accessibility in the %s', (scheme) => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ 'cold:7b': { chunks: ['# Title\n\nSome `code` and a [link](https://example.org).\n\n```js\nlet a = 1; // one\n```\n'], figures: cold } });
    await stage.page.emulateMedia({ colorScheme: scheme });
  });
  afterAll(() => stage.close());

  async function judge(name: string) {
    await stage.picture(`${name}-${scheme}`);
    expect(await stage.accessibility(), name).toEqual([]);
  }

  it('Requests, empty', async () => {
    await stage.page.getByText('No requests yet').waitFor();
    await judge('requests-empty');
  });

  it('Requests, with rows and the detail', async () => {
    for (let i = 0; i < 3; i++) await stage.chat('quick:1b', `Question ${i}`);
    await stage.chat('cold:7b', 'With **bold** words');
    await stage.chat('missing:1b', 'An error').catch(() => undefined);
    await until('the rows', async () => (await stage.row('').count()) === 5);
    await judge('requests');
    await stage.row('cold:7b').first().click();
    await stage.page.locator('#detail-panel .markdown').first().waitFor();
    for (const tab of ['Chat', 'Raw', 'Headers', 'Timing', 'Numbers']) {
      await stage.page.getByRole('tab', { name: tab, exact: true }).click();
      await judge(`detail-${tab.toLowerCase()}`);
    }
    await stage.page.keyboard.press('Escape');
  });

  it('Setup and its dialogs', async () => {
    await stage.go('setup');
    await stage.page.locator('[data-base=ollama]').waitFor();
    await judge('setup');
    await stage.page.getByRole('tab', { name: 'Docker on Linux' }).click();
    await judge('setup-docker');
    await stage.page.getByRole('button', { name: 'Add upstream' }).click();
    await stage.page.getByRole('dialog').getByLabel('URL').waitFor();
    await judge('setup-add');
    await stage.page.keyboard.press('Escape');
  });

  it('Ollama', async () => {
    await stage.go('ollama');
    await stage.page.locator('[data-drawn=gen] canvas').waitFor();
    await judge('ollama');
    await stage.page.locator('section[aria-labelledby=chart-gen] summary').click();
    await judge('ollama-table');
  });

  it('Settings and its dialog', async () => {
    await stage.go('settings');
    await stage.page.getByLabel('Theme').waitFor();
    await judge('settings');
    await stage.page.getByRole('button', { name: 'Delete all…' }).click();
    await judge('settings-delete');
    await stage.page.keyboard.press('Escape');
  });
});
