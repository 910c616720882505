import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Budgets, Figures, Graph, Groups } from '../src/core/dto';
import { parseCsv } from './csv';
import { Stage, until } from './stage';
import { cold, quick } from './upstream';

const scripts = { 'paid:1b': { chunks: ['It', ' costs.'], figures: quick }, 'cold:7b': { chunks: ['Warm', ' now.'], figures: cold } };
const ann = { 'X-OpenWebUI-User-Email': 'ann@example.org' };
const bob = { 'X-OpenWebUI-User-Email': 'bob@example.org', 'X-OpenWebUI-Task': 'title_generation' };

async function ask(stage: Stage, model: string, headers: Record<string, string> = {}): Promise<void> {
  const res = await fetch(`${stage.gumshoe.base('ollama')}/api/chat`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'How many?' }] }),
  });
  await res.text();
}

const hour = 3600e6;
async function total(stage: Stage): Promise<Figures> {
  const now = Date.now() * 1000;
  return (await stage.api<Graph>(`/api/graph?from=${now - hour}&to=${now}&step=${hour}`)).total;
}

/** 26 tokens in and 41 out at 1000 US dollars a million: 0.067 each. */
async function traffic(stage: Stage): Promise<void> {
  const price = { upstream: '', model: 'paid:1b', free: false, input: 1000, output: 1000, cached: null, cache_write: null, cache_write_hour: null, request: null, from: '' };
  await stage.api('/api/prices/own', { method: 'PUT', body: { own: [price] } });
  for (let i = 0; i < 3; i++) await ask(stage, 'paid:1b', ann);
  await ask(stage, 'quick:1b', bob);
  await ask(stage, 'cold:7b', ann);
  await ask(stage, 'missing:1b', bob);
}

const tile = (stage: Stage, name: string | RegExp) => stage.page.locator('.tile').filter({ has: stage.page.locator('.name', { hasText: name }) });
const value = (stage: Stage, name: string | RegExp) => tile(stage, name).locator('b').innerText();

describe('Overview, Models, Users and Costs', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ ...scripts, 'long:1b': { chunks: ['…'], figures: quick, before: 60_000 } });
  });
  afterAll(() => stage.close());

  it('say so while nothing was asked', async () => {
    for (const place of ['overview', 'models', 'users', 'costs'] as const) {
      await stage.go(place);
      await stage.page.getByText('No requests in this period').waitFor();
    }
    await stage.go('overview');
    expect(await value(stage, 'Requests')).toBe('0');
    expect(await value(stage, 'Cost')).toBe('–');
  });

  it('say how to learn who asks where nobody said it', async () => {
    await ask(stage, 'quick:1b');
    await stage.go('users');
    await stage.page.getByText('Nobody said who they are').waitFor();
    await stage.page.getByText('ENABLE_FORWARD_USER_INFO_HEADERS=true').waitFor();
    await stage.picture('users-none');
  });

  it('follow the traffic without a reload', async () => {
    await stage.go('overview');
    await expect.poll(() => value(stage, 'Requests')).toBe('1');
    await traffic(stage);
    await expect.poll(() => value(stage, 'Requests'), { timeout: 20_000 }).toBe('7');
    await expect.poll(() => value(stage, 'Failed')).toBe('1');
    expect(await value(stage, 'Cost')).toBe('$0.201');
    const sums = await total(stage);
    expect(sums.requests).toBe(7);
    expect(await value(stage, 'TTFT')).not.toBe('–');
    await stage.page.locator('[data-drawn=requests] .bar').first().waitFor();
    await stage.page.locator('#top-model').locator('..').getByRole('link', { name: /paid:1b/ }).waitFor();
    await stage.picture('overview');
  });

  it('lead to the requests behind a figure, and back', async () => {
    await tile(stage, 'Failed').click();
    await stage.row('missing:1b').first().waitFor();
    expect(await stage.row('').count()).toBe(1);
    await stage.page.goBack();
    await stage.page.locator('[data-drawn=requests]').waitFor();
    await stage.page.locator('#top-task').locator('..').getByRole('link', { name: /^title/i }).click();
    await stage.row('quick:1b').first().waitFor();
    expect(await stage.row('').count()).toBe(2);
    await stage.page.goBack();
  });

  it('lead from a speed to the slow requests, and from what runs to that', async () => {
    for (const [name, field, words] of [['TTFT', 'ttft', 'or longer'], ['Tokens/s', 'tps', 'or slower'], ['Duration', 'duration', 'or longer']] as const) {
      await stage.go('overview');
      await tile(stage, name).and(stage.page.locator('a')).waitFor();
      const than = decodeURIComponent((await tile(stage, name).getAttribute('href'))!).match(new RegExp(`q=${field}:([<>]=(\\S+?))&`))!;
      expect(await tile(stage, name).getAttribute('title')).toContain(`${than[2]} ${words}`);
      await tile(stage, name).click();
      await until('the slow ones', async () => (await stage.row('').count()) > 0 && (await stage.page.getByRole('combobox', { name: 'Search and filter' }).inputValue()) === `${field}:${than[1]}`);
      expect(await stage.row('').count()).toBeLessThan(7);
    }
    const asked = ask(stage, 'long:1b').catch(() => undefined);
    await stage.go('overview');
    await expect.poll(() => value(stage, 'Running now')).toBe('1');
    await tile(stage, 'Running now').click();
    await stage.page.locator('.row.live').waitFor();
    expect(await stage.row('').count()).toBe(1);
    await stage.page.getByRole('button', { name: 'Stop' }).click();
    await asked;
    await stage.page.getByText('Nothing matches').waitFor();
    await stage.api('/api/delete', { method: 'POST', body: { query: 'q=model:long', ids: [], confirm: 'delete' } });
    await stage.go('overview');
    await expect.poll(() => value(stage, 'Requests')).toBe('7');
  });

  it('read a graph out, as a table too, and zoom it by dragging', async () => {
    const graph = stage.page.locator('[data-drawn=requests]');
    await graph.waitFor();
    const section = stage.page.locator('section[aria-labelledby=chart-requests]');
    await section.locator('summary').click();
    const numbers = await section.locator('tbody td').allInnerTexts();
    expect(numbers.map(Number).filter((n) => n > 0).reduce((a, b) => a + b, 0)).toBe(7);
    const box = (await graph.boundingBox())!;
    await stage.page.mouse.move(box.x + box.width - 30, box.y + 60);
    await section.locator('.tip').getByText('Successful').waitFor();
    await stage.page.mouse.move(box.x + 80, box.y + 60);
    await stage.page.mouse.down();
    await stage.page.mouse.move(box.x + 160, box.y + 60, { steps: 4 });
    await stage.page.mouse.up();
    await expect.poll(() => stage.page.url()).toContain('period=custom');
    await stage.page.getByText('No requests in this period').waitFor();
    await stage.page.goBack();
    await expect.poll(() => value(stage, 'Requests')).toBe('7');
  });

  it('keep the period in the address', async () => {
    await stage.page.getByRole('button', { name: '7 days' }).click();
    await expect.poll(() => stage.page.url()).toContain('period=7d');
    await stage.page.getByRole('button', { name: 'Year' }).click();
    await expect.poll(() => stage.page.url()).toContain('period=year');
    await stage.page.goBack();
    expect(await stage.page.getByRole('button', { name: '7 days' }).getAttribute('aria-pressed')).toBe('true');
    await stage.go('models');
    expect(await stage.page.getByRole('button', { name: 'Year' }).getAttribute('aria-pressed')).toBe('true');
    await stage.page.getByRole('button', { name: '24 hours' }).click();
  });

  it('sort models and open one by keyboard', async () => {
    const table = stage.page.getByRole('table', { name: 'Models' });
    await table.waitFor();
    const names = () => table.locator('tbody a.row').allInnerTexts();
    expect((await names())[0]).toBe('paid:1b');
    const head = table.getByRole('columnheader', { name: 'Model', exact: true });
    await head.getByRole('button').click();
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect(await names()).toEqual(['cold:7b', 'missing:1b', 'paid:1b', 'quick:1b']);
    await table.locator('a.row').first().focus();
    await stage.page.keyboard.press('j');
    await stage.page.keyboard.press('ArrowDown');
    await stage.picture('models');
    await stage.page.keyboard.press('Enter');
    await stage.page.getByRole('heading', { level: 1, name: 'paid:1b' }).waitFor();
    await expect.poll(() => value(stage, 'Cost')).toBe('$0.201');
    await stage.page.locator('[data-drawn=dist-context] .bar').first().waitFor();
    await stage.page.locator('#top-user').locator('..').getByRole('link', { name: /ann@example.org/ }).waitFor();
    await stage.picture('model');
  });

  it('say how much of their context models used, where its length is known', async () => {
    const now = () => Date.now() * 1000;
    await until('what Ollama has in memory', async () => (await stage.api<Groups>(`/api/groups?by=model&from=${now() - hour}&to=${now()}`)).groups.some((g) => g.context !== null));
    await stage.go('overview');
    await stage.go('models');
    const table = stage.page.getByRole('table', { name: 'Models' });
    await table.waitFor();
    const heads = await table.getByRole('columnheader').allInnerTexts();
    const cell = (model: string) => table.locator('tbody tr').filter({ hasText: model }).locator('th,td').nth(heads.indexOf('Context used'));
    // Ollama has 8192 tokens set aside for quick:1b; 26 of them were used.
    await expect.poll(() => cell('quick:1b').innerText(), { timeout: 20_000 }).toBe('0.3% / 0.3%');
    expect(await cell('quick:1b').getAttribute('title')).toContain('8,192 tokens, which Ollama had set aside');
    expect(await cell('missing:1b').innerText()).toBe('–');
    expect(await cell('missing:1b').getAttribute('title')).toBe('Nothing says how long its context is');
    await table.getByRole('link', { name: 'paid:1b' }).click();
    await stage.page.getByRole('heading', { level: 1, name: 'paid:1b' }).waitFor();
  });

  it('say what another model would have cost', async () => {
    const as = stage.page.getByRole('combobox', { name: 'At the price of' });
    const option = (name: string) => stage.page.getByRole('option', { name, exact: true });
    await as.fill('gpt-4o');
    await option('openai/gpt-4o-mini').waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('what-if-choices');
    await as.press('Escape');
    await option('openai/gpt-4o-mini').waitFor({ state: 'hidden' });
    await as.fill('paid');
    await option('paid:1b').waitFor();
    await as.press('ArrowDown');
    expect(await stage.page.locator(`[id="${await as.getAttribute('aria-activedescendant')}"]`).innerText()).toBe('paid:1b');
    await as.press('Enter');
    expect(await as.inputValue()).toBe('paid:1b');
    await stage.page.getByRole('button', { name: 'Calculate' }).click();
    await stage.page.getByText('~$0.201').waitFor();
    await stage.page.getByText(/^= 0\s?%$/).waitFor(); // the same requests at the same price
    await stage.page.getByLabel('At the price of').fill('no-such-model');
    await stage.page.getByRole('button', { name: 'Calculate' }).click();
    await stage.page.getByText('No price is known for no-such-model').waitFor();
  });

  it('put two models side by side', async () => {
    await stage.page.getByRole('link', { name: 'All models' }).click();
    await stage.page.getByLabel('Compare paid:1b').check();
    await stage.page.getByLabel('Compare cold:7b').check();
    await stage.page.getByRole('button', { name: 'Compare two' }).click();
    await stage.page.getByRole('heading', { name: 'paid:1b and cold:7b' }).waitFor();
    const line = stage.page.getByRole('row', { name: /^Tokens\/s p50/ });
    await line.waitFor();
    expect((await line.getByRole('cell').allInnerTexts()).slice(0, 2).map((t) => Math.round(Number(t)))).toEqual([40, 8].map((n) => expect.closeTo(n, 0)));
    await stage.page.locator('[data-drawn=speed]').waitFor();
    await stage.picture('models-compare');
  });

  it('export their table, and the requests behind it', async () => {
    await stage.go('models');
    await stage.page.getByRole('table', { name: 'Models' }).waitFor();
    await stage.page.keyboard.press('x');
    await stage.page.getByRole('dialog').getByText('7 requests, newest first').waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('models-export');
    await stage.page.keyboard.press('Escape');
    const table = await stage.export('This table of models', 'CSV', 'Part cells by semicolons', 'Begin with a byte order mark');
    expect(table.name).toMatch(/^gumshoe-models-.*\.csv$/);
    expect(table.text.startsWith('\uFEFFmodel;users;')).toBe(true);
    const rows = parseCsv(table.text, ';');
    const cell = (model: string, column: string) => rows.find((r) => r[0] === model)?.[rows[0]!.indexOf(column)];
    expect(rows.slice(1).map((r) => r[0]).sort()).toEqual(['cold:7b', 'missing:1b', 'paid:1b', 'quick:1b']);
    expect([cell('paid:1b', 'requests'), cell('paid:1b', 'users'), Number(cell('paid:1b', 'cost_usd'))]).toEqual(['3', '1', expect.closeTo(0.201, 9)]);
    expect([cell('missing:1b', 'errors'), cell('missing:1b', 'input_tokens')]).toEqual(['1', '']);
    const behind = await stage.export('The requests behind it', 'JSONL');
    expect(behind.text.trim().split('\n').map((l) => (JSON.parse(l) as { model_requested: string }).model_requested).sort()).toEqual(['cold:7b', 'missing:1b', 'paid:1b', 'paid:1b', 'paid:1b', 'quick:1b', 'quick:1b']);
    await stage.page.getByRole('table', { name: 'Models' }).getByRole('link', { name: 'cold:7b' }).click();
    await stage.page.getByRole('heading', { level: 1, name: 'cold:7b' }).waitFor();
    const one = await stage.export('CSV');
    expect(parseCsv(one.text, ';')).toHaveLength(2);
  });

  it('export each list of the overview', async () => {
    await stage.go('overview');
    await stage.page.locator('#top-model').waitFor();
    const tasks = await stage.export('This table of tasks', 'CSV');
    expect(tasks.name).toMatch(/^gumshoe-tasks-/);
    expect(tasks.text).toMatch(/^(\uFEFF)?task;requests_before;/);
    const upstreams = await stage.export('This table of upstreams', 'JSONL');
    expect(upstreams.text.trim().split('\n').map((l) => (JSON.parse(l) as { upstream: string }).upstream)).toContain('ollama');
  });

  it('show who asked, when, and which models they like', async () => {
    await stage.go('users');
    const table = stage.page.getByRole('table', { name: 'Users' });
    await table.getByRole('link', { name: 'ann@example.org' }).waitFor();
    await table.getByText('Without a user').waitFor();
    await stage.page.getByText(/: 7 requests/).first().waitFor({ state: 'attached' });
    await stage.picture('users');
    await table.getByRole('link', { name: 'ann@example.org' }).click();
    await expect.poll(() => value(stage, 'Requests')).toBe('4');
    const favourites = stage.page.locator('#top-model').locator('..').locator('li');
    expect(await favourites.first().innerText()).toContain('paid:1b');
    await stage.picture('user');
  });

  it('keep a budget, and say how far it is used', async () => {
    await stage.go('costs');
    await expect.poll(() => value(stage, 'This period')).toBe('$0.201');
    await stage.page.getByRole('button', { name: 'Add budget' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('US dollars a month').fill('nothing');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.getByText('Write an amount above 0').waitFor();
    await dialog.getByLabel('US dollars a month').fill('0.4');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await stage.page.getByRole('meter', { name: 'All traffic' }).waitFor();
    expect(await stage.page.getByRole('meter').getAttribute('aria-valuenow')).toBe('50');
    await stage.page.locator('[data-drawn=month] .rule').waitFor({ state: 'attached' });
    await stage.page.locator('[data-drawn=month]').getByText('Budget $0.40').waitFor();
    expect((await stage.api<Budgets>('/api/budgets')).budgets).toEqual([{ scope: 'all', value: '', usd: 0.4 }]);
    await stage.picture('costs');
  });

  it('narrow a budget to a user, and take it away', async () => {
    await stage.page.getByRole('button', { name: 'Edit budget: All traffic' }).click();
    const dialog = stage.page.getByRole('dialog');
    await dialog.getByLabel('For').selectOption('user');
    await dialog.getByLabel('User', { exact: true }).fill('bob@example.org');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await stage.page.getByRole('meter', { name: 'User: bob@example.org' }).waitFor();
    expect((await stage.api<Budgets>('/api/budgets')).budgets).toEqual([{ scope: 'user', value: 'bob@example.org', usd: 0.4 }]);
    await stage.page.getByRole('button', { name: 'Remove budget: User: bob@example.org' }).click();
    await stage.page.getByText('No budget yet').waitFor();
  });

  it('break the cost down, by month too', async () => {
    const table = stage.page.getByRole('table', { name: 'Model' });
    expect(await table.locator('tbody tr').first().innerText()).toContain('100%');
    await stage.page.getByRole('tab', { name: 'User' }).click();
    await stage.page.getByRole('table', { name: 'User' }).getByRole('link', { name: 'ann@example.org' }).waitFor();
    const users = await stage.export('This table of users', 'JSONL');
    const shares = users.text.trim().split('\n').map((l) => JSON.parse(l) as { user: string; cost_usd: number | null; requests: number });
    expect(shares.find((s) => s.user === 'ann@example.org')).toMatchObject({ requests: 4, cost_usd: expect.closeTo(0.201, 9) });
    expect(shares.reduce((n, s) => n + s.requests, 0)).toBe(7);
    await stage.page.getByRole('tab', { name: 'Month' }).click();
    const month = new Intl.DateTimeFormat('en', { year: 'numeric', month: 'long' }).format(Date.now());
    await stage.page.getByRole('table', { name: 'Month' }).getByText(month).waitFor();
    const months = parseCsv((await stage.export('This table of months', 'CSV')).text, ';');
    expect(months[1]!.slice(0, 2)).toEqual([new Date().toISOString().slice(0, 7), '7']);
    expect(stage.complaints).toEqual([]);
  });
});

describe('what sums lack', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ 'never:1b': { chunks: ['…'], figures: quick, before: 60_000 } });
    await ask(stage, 'quick:1b');
    const left = new AbortController();
    const asked = fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', signal: left.signal, body: JSON.stringify({ model: 'never:1b', messages: [] }) });
    setTimeout(() => left.abort(), 300);
    await asked.catch(() => undefined);
  });
  afterAll(() => stage.close());

  it('links to the requests without a token count', async () => {
    await until('the row', async () => (await total(stage)).no_tokens === 1);
    await stage.go('overview');
    await stage.page.getByRole('link', { name: '1 without tokens' }).click();
    await stage.row('never:1b').first().waitFor();
    expect(await stage.row('').count()).toBe(1);
    expect(await stage.page.getByRole('combobox', { name: 'Search and filter' }).inputValue()).toBe('is:uncounted');
    await stage.page.getByRole('button', { name: 'Remove: without a token count' }).click();
    await until('both rows', async () => (await stage.row('').count()) === 2);
    await stage.page.locator('[aria-busy=false]').getByRole('link', { name: /without tokens/ }).click();
    await until('one row again', async () => (await stage.row('').count()) === 1);
    expect(await stage.accessibility()).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });
});

describe.each([
  ['light', 'en-US', 'Overview'],
  ['dark', 'zh-TW', '總覽'],
  ['dark', 'en-US', 'Overview'],
  ['light', 'zh-TW', '總覽'],
] as const)('the graph pages in the %s, %s', (scheme, lang, title) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open(scripts, lang);
    await stage.page.emulateMedia({ colorScheme: scheme });
    await traffic(stage);
    await stage.api('/api/budgets', { method: 'PUT', body: { budgets: [{ scope: 'all', value: '', usd: 5 }, { scope: 'task', value: 'title_generation', usd: 1 }] } });
    const now = () => Date.now() * 1000;
    await until('the rows', async () => (await stage.api<Groups>(`/api/groups?by=model&from=${now() - hour}&to=${now()}`)).groups.length === 4);
  });
  afterAll(() => stage.close());

  it.each([
    ['overview', '#/overview', '[data-drawn=requests]'],
    ['models', '#/models', 'tbody a.row'],
    ['model', '#/models/paid%3A1b', '[data-drawn=dist-ttft]'],
    ['compare', '#/models?compare=paid%3A1b&compare=cold%3A7b', '[data-drawn=requests]'],
    ['users', '#/users', 'tbody a.row'],
    ['user', '#/users/ann%40example.org', '[data-drawn=requests]'],
    ['costs', '#/costs', '[data-drawn=month]'],
  ])('%s', async (name, hash, ready) => {
    await stage.page.evaluate((h) => (location.hash = h), hash);
    await stage.page.locator(ready).first().waitFor();
    await stage.picture(`${name}-${scheme}-${lang}`);
    expect(await stage.accessibility(), name).toEqual([]);
    const wide = await stage.page.evaluate(() => document.querySelector('.page')!.scrollWidth - document.querySelector('.page')!.clientWidth);
    expect(wide, 'nothing hangs over the edge').toBeLessThanOrEqual(0);
    await expect(stage.page.locator('nav').innerText()).resolves.toContain(title);
    expect(stage.complaints).toEqual([]);
  });
});
