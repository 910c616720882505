import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';

describe('Deleting', () => {
  let stage: Stage;
  const send = async (user: string, chat: string, content: string) => {
    const headers = { 'Content-Type': 'application/json', 'X-OpenWebUI-Chat-Id': chat, 'X-OpenWebUI-Message-Id': `${chat}-${content}`, 'X-OpenWebUI-User-Email': user };
    const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', headers, body: JSON.stringify({ model: 'quick:1b', messages: [{ role: 'user', content }], stream: false }) });
    await res.text();
  };
  const dialog = () => stage.page.getByRole('dialog');
  const at = (hash: string) => stage.page.evaluate((h) => (location.hash = h), hash);
  const total = async () => (await stage.api<{ requests: number }>('/api/totals')).requests;
  beforeAll(async () => {
    stage = await Stage.open();
    for (const [user, chat] of [['ann', 'a'], ['ann', 'a'], ['ann', 'b'], ['bob', 'c'], ['bob', 'c'], ['eve', 'd']] as const) await send(user, chat, `${user} asks in ${chat}`);
    await stage.row('eve asks').first().waitFor();
    await until('all of them', async () => (await total()) === 6);
  });
  afterAll(() => stage.close());

  it('asks first, and leaves all where one cancels', async () => {
    await stage.row('eve asks').first().click();
    await stage.page.getByRole('region', { name: 'Request', exact: true }).getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByText('1 request', { exact: true }).waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('delete');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    expect(await total()).toBe(6);
  });

  it('deletes the request that is open', async () => {
    await stage.page.getByRole('region', { name: 'Request', exact: true }).getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByRole('button', { name: 'Delete 1' }).click();
    await until('it is gone from the list', async () => (await stage.row('eve asks').count()) === 0);
    expect(await total()).toBe(5);
  });

  it('deletes what the filter shows, and nothing else', async () => {
    await at('#/requests?q=user:bob');
    await until('two rows', async () => (await stage.row('bob asks').count()) === 2 && (await stage.row('ann asks').count()) === 0);
    await stage.page.getByRole('search').getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByText('2 requests').waitFor();
    await dialog().getByRole('button', { name: 'Delete 2' }).click();
    await until('they are gone', async () => (await stage.row('bob asks').count()) === 0);
    expect(await total()).toBe(3);
    await stage.go('requests');
    await until('the others are there', async () => (await stage.row('ann asks').count()) === 3);
    expect(await stage.page.getByRole('search').getByRole('button', { name: 'Delete…' }).count()).toBe(0);
  });

  it('says how much is gone, and stops between batches', async () => {
    const many = 6000;
    for (let sent = 0; sent < many; sent += 100) await Promise.all(Array.from({ length: 100 }, (_, i) => send('zoe', `z${sent + i}`, `number ${sent + i}`)));
    await until('all of them', async () => (await stage.api<{ requests: number }>('/api/totals?q=user:zoe')).requests === many, 60);
    await at('#/requests?q=user:zoe');
    await until('the rows', async () => (await stage.row('number').count()) > 5);
    await stage.page.getByRole('search').getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByText('6,000 requests').waitFor();
    await dialog().getByLabel(/Type/).fill('delete');
    await dialog().getByRole('button', { name: 'Delete 6,000' }).click();
    // In the page, so that no more batches go meanwhile.
    await stage.page.evaluate(
      () =>
        new Promise<void>((done) => {
          const look = () => {
            if (!/(^|\s)[1-9][\d,]* of 6,000 are gone/.test(document.querySelector('dialog[open]')?.textContent ?? '')) return void requestAnimationFrame(look);
            [...document.querySelectorAll<HTMLButtonElement>('dialog[open] footer button')].find((b) => b.textContent.includes('Stop'))?.click();
            done();
          };
          look();
        }),
    );
    await dialog().getByText(/^Stopped\. [\d,]+ of 6,000 are gone/).waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('delete-stopped');
    const gone = Number(/([\d,]+) of/.exec(await dialog().innerText())![1]!.replace(',', ''));
    await dialog().getByRole('button', { name: 'Close' }).last().click();
    const left = (await stage.api<{ requests: number }>('/api/totals?q=user:zoe')).requests;
    expect(gone).toBeGreaterThan(0);
    expect(left).toBe(many - gone);
    await until('the list of the rest', async () => (await stage.page.getByText(`${left.toLocaleString('en-US')} requests`).count()) > 0);
    await stage.page.getByRole('search').getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByLabel(/Type/).fill('delete');
    await dialog().getByRole('button', { name: /^Delete [\d,]+$/ }).click();
    await until('all of them are gone', async () => (await stage.api<{ requests: number }>('/api/totals?q=user:zoe')).requests === 0, 60);
    await dialog().waitFor({ state: 'detached' });
    await stage.go('requests');
  });

  it('deletes a chat and a user from their pages', async () => {
    await at('#/chats/a');
    await stage.page.getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByText('2 requests').waitFor();
    await dialog().getByRole('button', { name: 'Delete 2' }).click();
    await until('the list of chats', async () => stage.page.url().endsWith('#/chats') && (await stage.page.locator('tbody tr').count()) === 1);
    await at('#/users/ann');
    await stage.page.getByRole('button', { name: 'Delete…' }).click();
    await dialog().getByText('All requests of ann, of all time').waitFor();
    await dialog().getByRole('button', { name: 'Delete 1' }).click();
    await until('nothing is left', async () => (await total()) === 0);
    expect(stage.complaints).toEqual([]);
  });
});
