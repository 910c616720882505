import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';
import { quick, Upstream } from './upstream';

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  return port;
}

describe('Setup', () => {
  let stage: Stage;
  const second = new Upstream();
  let secondURL = '';
  const check = (id: string) => stage.page.locator(`[data-check=${id}]`).getAttribute('data-done');
  const clipboard = () => stage.page.evaluate(() => navigator.clipboard.readText());

  beforeAll(async () => {
    second.scripts.set('other:3b', { chunks: ['Other.'], figures: quick });
    secondURL = await second.start();
    stage = await Stage.open();
    await stage.go('setup');
    await stage.page.locator('[data-check]').first().waitFor();
  });
  afterAll(async () => {
    await stage.close();
    await second.stop();
  });

  it('copies the base URL, for each place', async () => {
    const base = stage.gumshoe.base('ollama');
    const shown = stage.page.locator('[data-base=ollama]');
    expect(await shown.innerText()).toBe(base);
    await stage.page.locator('li', { has: shown }).getByRole('button', { name: 'Copy' }).click();
    await until('the clipboard', async () => (await clipboard()) === base);
    await stage.page.getByRole('tab', { name: 'Docker Desktop' }).click();
    expect(await shown.innerText()).toBe(base.replace('127.0.0.1', 'host.docker.internal'));
    await stage.page.getByRole('tab', { name: 'Docker on Linux' }).click();
    expect(await shown.innerText()).toContain('/ollama');
    await stage.page.getByRole('tab', { name: 'Other machine' }).click();
    await stage.picture('setup-lan');
    await stage.page.getByRole('tab', { name: 'Same machine' }).click();
    await stage.page.locator('[data-snippet=headers]').waitFor();
    expect(JSON.parse(await stage.page.locator('[data-snippet=headers]').innerText())).toHaveProperty('X-OpenWebUI-Task', '{{TASK}}');
    expect(await stage.page.locator('[data-snippet=docker]').innerText()).toContain('docker run');
  });

  it('moves between places by arrow keys', async () => {
    await stage.page.getByRole('tab', { name: 'Same machine' }).focus();
    await stage.page.keyboard.press('ArrowRight');
    await until('the next tab', async () => (await stage.page.getByRole('tab', { name: 'Docker Desktop' }).getAttribute('aria-selected')) === 'true');
    await stage.page.keyboard.press('ArrowLeft');
  });

  it('ticks the checklist as things happen', async () => {
    await until('the proxy', async () => (await check('proxy_listening')) === 'true');
    await until('the upstream', async () => (await check('upstream_reachable')) === 'true');
    expect(await check('first_request')).toBe('false');
    await stage.chat('quick:1b', 'The first one.');
    await until('the first request', async () => (await check('first_request')) === 'true');
    await stage.page.getByRole('button', { name: 'See the requests' }).waitFor();
  });

  it('explains what another listen address opens, before it does', async () => {
    const choice = stage.page.locator('section[aria-labelledby=setup-listen] li').filter({ hasText: '0.0.0.0' });
    await choice.getByRole('button').click();
    const dialog = stage.page.getByRole('dialog');
    expect(await dialog.innerText()).toContain('write key');
    await stage.picture('setup-listen');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('follows a new listen address without a restart', async () => {
    const address = `127.0.0.1:${await freePort()}`;
    await stage.api('/api/listen', { method: 'PUT', body: { address } });
    await until('the new URL', async () => (await stage.page.locator('[data-base=ollama]').innerText()).includes(address));
    await stage.page.getByText(`Listening on ${address}`).waitFor();
    const res = await fetch(`http://${address}${new URL(stage.gumshoe.base('ollama')).pathname}/api/version`);
    expect(res.status).toBe(200);
    await res.text();
  });

  it('refuses what is no upstream and says why', async () => {
    await stage.page.getByRole('button', { name: 'Add upstream' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('URL').fill('nonsense');
    await dialog.getByRole('button', { name: 'Save upstream' }).click();
    await dialog.getByText('Give a whole URL').waitFor();
    await dialog.getByLabel('URL').fill('http://127.0.0.1:1');
    await dialog.getByRole('button', { name: 'Test the connection' }).click();
    await dialog.getByText('Nothing answers there').waitFor();
    await stage.picture('setup-form');
    await stage.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('adds an upstream, with its kind found out and its key kept', async () => {
    await stage.page.getByRole('button', { name: 'Add upstream' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('URL').fill(`${secondURL}/v1`);
    await dialog.getByLabel('Name').fill('other');
    await dialog.getByLabel('Key', { exact: true }).fill('sk-stored-4711');
    await dialog.getByRole('button', { name: 'Test the connection' }).click();
    await dialog.getByText('other:3b').waitFor();
    await dialog.getByRole('button', { name: 'Save upstream' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const card = stage.page.locator('[data-upstream=other]');
    await card.getByText('Key stored').waitFor();
    const base = await stage.page.locator('[data-base=other]').innerText();
    expect(base).toMatch(/\/other\/v1$/);
    const res = await fetch(`${base}/chat/completions`, { method: 'POST', body: JSON.stringify({ model: 'other:3b', messages: [{ role: 'user', content: 'Hi' }] }) });
    expect(res.status).toBe(200);
    await res.text();
    expect(second.authorizations).toContain('Bearer sk-stored-4711');
    expect(await stage.page.content()).not.toContain('sk-stored-4711');
    expect(JSON.stringify(await stage.api('/api/upstreams'))).not.toContain('sk-stored-4711');
  });

  it('tests and edits it', async () => {
    const card = stage.page.locator('[data-upstream=other]');
    await card.getByRole('button', { name: 'Test other' }).click();
    await card.getByText(/answered in/).waitFor();
    await card.getByRole('button', { name: 'Edit other' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('Remove the stored key').check();
    await dialog.getByRole('button', { name: 'Save upstream' }).click();
    await dialog.waitFor({ state: 'hidden' });
    await card.getByText("The client's own key passes through").waitFor();
  });

  it('removes it after asking', async () => {
    await stage.page.getByRole('button', { name: 'Remove other' }).click();
    await stage.page.getByRole('dialog').getByRole('button', { name: 'Remove upstream' }).click();
    await until('the card to go', async () => (await stage.page.locator('[data-upstream=other]').count()) === 0);
  });

  it('says where the keys are', async () => {
    expect(await stage.page.locator('[data-secrets]').getAttribute('data-secrets')).toBe('plain_key_file');
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
