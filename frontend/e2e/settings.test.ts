import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Settings, Status } from '../src/core/dto';
import { Stage, until } from './stage';

describe('Settings', () => {
  let stage: Stage;
  const root = (attribute: string) => stage.page.locator('html').getAttribute(attribute);

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.chat('quick:1b', 'Something to delete later.');
    await stage.go('settings');
    await stage.page.getByLabel('Theme').waitFor();
  });
  afterAll(() => stage.close());

  it('changes the theme and keeps it', async () => {
    await stage.page.getByLabel('Theme').selectOption('dark');
    await until('the dark', async () => (await root('data-theme')) === 'dark');
    const background = await stage.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(background).toBe('rgb(23, 25, 28)');
    await stage.page.reload();
    await until('the dark again', async () => (await root('data-theme')) === 'dark');
    await stage.page.getByLabel('Theme').selectOption('system');
    await until('the system', async () => (await root('data-theme')) === null);
  });

  it('changes the language of everything at once', async () => {
    await stage.page.getByLabel('Language').selectOption('zh-TW');
    await stage.page.getByRole('heading', { level: 1, name: '偏好設定' }).waitFor();
    expect(await root('lang')).toBe('zh-TW');
    for (const place of ['requests', 'setup', 'ollama'] as const) {
      await stage.go(place);
      await until('a page', async () => (await stage.page.locator('main').innerText()).length > 40);
      await stage.picture(`${place}-zh`);
    }
    await stage.go('settings');
    await stage.picture('settings-zh');
    await stage.page.getByLabel('語言').selectOption('en');
    await stage.page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  });

  it('keeps the retention, and refuses nonsense', async () => {
    await stage.page.getByLabel('Days').fill('-3');
    await stage.page.getByText('Give a whole number').waitFor();
    await stage.page.getByLabel('Days').fill('45');
    await stage.page.getByLabel('Gigabytes').fill('7');
    // Settings that change elsewhere meanwhile take nothing of what was typed.
    await stage.api('/api/settings', { method: 'PUT', body: { ...(await stage.api<Settings>('/api/settings')), theme: 'light' } });
    await until('the light', async () => (await root('data-theme')) === 'light');
    expect(await stage.page.getByLabel('Days').inputValue()).toBe('45');
    await stage.page.getByRole('button', { name: 'Save', exact: true }).click();
    await stage.page.getByText('Kept for 45 days, at most 7 GB.').waitFor();
    const stored = await stage.api<Settings>('/api/settings');
    expect([stored.retention_days, stored.retention_gb]).toEqual([45, 7]);
  });

  it('shows where the data is, and what the program is', async () => {
    const text = await stage.page.locator('main').innerText();
    expect(text).toContain(stage.gumshoe.data);
    expect(text).toContain('No telemetry');
    const status = await stage.api<Status>('/api/status');
    expect(text).toContain(status.version);
  });

  it('deletes everything only when told so in writing', async () => {
    await until('the request', async () => (await stage.api<Status>('/api/status')).exchanges === 1);
    await stage.page.getByRole('button', { name: 'Delete all…' }).click();
    const dialog = stage.page.getByRole('dialog');
    const button = dialog.getByRole('button', { name: 'Delete all' });
    expect(await button.isDisabled()).toBe(true);
    await dialog.getByRole('textbox').fill('delete');
    await button.click();
    await stage.page.getByText('All recorded requests are deleted.').waitFor();
    await stage.go('requests');
    await stage.page.getByText('No requests yet').waitFor();
    expect((await stage.api<Status>('/api/status')).exchanges).toBe(0);
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
