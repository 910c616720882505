import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detail } from '../src/core/dto';
import { parseCsv } from './csv';
import { Stage, until } from './stage';
import { cold } from './upstream';

describe('Ollama', () => {
  let stage: Stage;
  const metrics = ['gen', 'prompt', 'ttft', 'load', 'requests'];

  /** How many pixels of a chart's canvas are painted. */
  const painted = (metric: string) =>
    stage.page.evaluate((m) => {
      const canvas = document.querySelector<HTMLCanvasElement>(`[data-drawn=${m}] canvas`);
      const pixels = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
      let n = 0;
      for (let i = 3; pixels && i < pixels.length; i += 4) if ((pixels[i] ?? 0) > 0) n++;
      return n;
    }, metric);
  /** A chart as numbers, to see whether it was drawn anew. */
  const picture = (metric: string) => stage.page.evaluate((m) => document.querySelector<HTMLCanvasElement>(`[data-drawn=${m}] canvas`)?.toDataURL() ?? '', metric);

  beforeAll(async () => {
    stage = await Stage.open({ 'cold:7b': { chunks: ['Warm', ' now.'], figures: cold } });
    await stage.go('ollama');
  });
  afterAll(() => stage.close());

  it('teaches what to do while there is nothing', async () => {
    await stage.page.getByText('No requests in this time').waitFor();
  });

  it('draws what Ollama reported, as it comes', async () => {
    for (let i = 0; i < 3; i++) await stage.chat('quick:1b', `Question ${i}`);
    await stage.chat('cold:7b', 'A cold one');
    const row = (model: string) => stage.page.locator('section[aria-labelledby=ollama-models] tbody tr').filter({ hasText: model });
    await until('the models', async () => (await row('quick:1b').count()) === 1 && (await row('cold:7b').count()) === 1);
    await until('all requests', async () => /^3\b/.test(await row('quick:1b').locator('td').nth(0).innerText()));
    expect(await row('quick:1b').locator('td').nth(1).innerText()).toBe('40.0 / 40.0');
    expect(await row('quick:1b').locator('td').nth(2).innerText()).toBe('200 / 200');
    expect(await row('cold:7b').locator('td').nth(1).innerText()).toBe('8.0 / 8.0');
    expect(await row('cold:7b').locator('td').nth(5).innerText()).toBe('1');
    for (const m of metrics) await until(`the chart ${m}`, async () => (await painted(m)) > 200);
    await stage.picture('ollama');
  });

  it('gives the figures of each chart as a table', async () => {
    const chart = stage.page.locator('section[aria-labelledby=chart-gen]');
    await chart.locator('summary').click();
    await until('the rows', async () => (await chart.locator('tbody tr').count()) >= 2);
    expect(await chart.locator('tbody').innerText()).toContain('40.0');
    await chart.locator('summary').click();
  });

  it('hides and shows a model', async () => {
    const before = await picture('gen');
    const box = stage.page.getByRole('checkbox', { name: 'Draw cold:7b' });
    await box.uncheck();
    await until('another picture', async () => (await picture('gen')) !== before);
    await box.check();
    await until('the old picture', async () => (await painted('gen')) > 200);
  });

  it('takes another range and keeps it in the address', async () => {
    await stage.page.getByRole('button', { name: '7 d' }).click();
    await until('the address', async () => stage.page.url().includes('range=7d'));
    await stage.page.reload();
    await until('the choice', async () => (await stage.page.getByRole('button', { name: '7 d' }).getAttribute('aria-pressed')) === 'true');
    await stage.page.getByRole('button', { name: 'Custom' }).click();
    await stage.page.getByLabel('From').fill('2020-01-01T00:00');
    await stage.page.getByLabel('To', { exact: true }).fill('2020-01-02T00:00');
    await stage.page.getByRole('button', { name: 'Show', exact: true }).click();
    await stage.page.getByText('No requests in this time').waitFor();
    await stage.page.getByRole('button', { name: '24 h' }).click();
    await until('the chart', async () => (await painted('gen')) > 200);
  });

  it('shows what is in memory now', async () => {
    const now = stage.page.locator('section[aria-labelledby=ollama-now]');
    await now.getByText('Q4_K_M').waitFor();
    const text = await now.innerText();
    expect(text).toContain('6.0 GB');
    expect(text).toContain('50%');
    expect(text).toContain('8,192');
  });

  it('shows what ran when, and where the wait went', async () => {
    const runs = stage.page.locator('section[aria-labelledby=ollama-runs]');
    await until('a bar for each request', async () => (await runs.locator('.run').count()) === 4);
    const lane = runs.locator('.lane').filter({ hasText: 'cold:7b' });
    expect(await lane.locator('.run').count()).toBe(1);
    expect(await runs.locator('.lane').filter({ hasText: 'quick:1b' }).locator('.stay').count()).toBe(1);
    const waits = runs.locator('[data-drawn=waits] tbody tr');
    expect(await waits.locator('th').allInnerTexts()).toEqual(['cold:7b', 'quick:1b']);
    expect(await waits.first().locator('td').allInnerTexts()).toEqual(['1', expect.stringMatching(/^(–|~)/), '3.20 s', '130 ms', '']);
    // What one bar is of is the request behind it.
    const href = await lane.locator('.run').getAttribute('href');
    expect((await stage.api<Detail>(`/api/exchanges/${href!.split('/').at(-1)}`)).row.model).toBe('cold:7b');
    expect(await runs.locator('[data-drawn=fill] .sr').first().innerText()).toContain('3');
    expect(await stage.accessibility()).toEqual([]);
  });

  it('exports its models and the requests behind them', async () => {
    const [head, ...models] = parseCsv((await stage.export('This table of Ollama’s models', 'CSV')).text);
    expect(models.map((r) => r[0])).toEqual(expect.arrayContaining(['quick:1b', 'cold:7b']));
    expect(models.find((r) => r[0] === 'quick:1b')?.[head!.indexOf('generation_tps_p50')]).toBe('40');
    expect((await stage.export('What was in memory when', 'CSV')).text).toMatch(/^upstream,model,loaded_at,/);
    const behind = (await stage.export('The requests behind it', 'JSONL')).text.trim().split('\n');
    expect(behind.map((l) => (JSON.parse(l) as { kind: string }).kind)).toEqual(behind.map(() => 'ollama'));
  });

  it('compares with another time', async () => {
    const models = stage.page.locator('section[aria-labelledby=ollama-models]');
    const choice = stage.page.getByLabel('Compare with');
    await choice.selectOption('week');
    await models.getByText('No request was recorded then.').waitFor();
    await until('the address', async () => stage.page.url().includes('against=week'));
    // Two minutes later, the same requests lie in both.
    await choice.selectOption('from');
    const then = Date.now() - 86400e3 + 120e3;
    const begin = stage.page.getByLabel('Begin of the other time');
    await begin.fill(new Date(then - new Date(then).getTimezoneOffset() * 60e3).toISOString().slice(0, 16));
    await begin.press('Tab');
    const row = models.locator('tbody tr').filter({ hasText: 'quick:1b' });
    await until('the same', async () => (await row.locator('td').nth(0).innerText()).replace(/\s+/g, ' ') === '3 = 0% · was 3');
    expect((await row.locator('td').nth(1).innerText()).replace(/\s+/g, ' ')).toBe('40.0 / 40.0 = 0% · was 40.0');
    await stage.page.locator('.legend').getByText('median of the other time').waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('ollama-against');
    await choice.selectOption('');
    await until('the address', async () => !stage.page.url().includes('against'));
  });

  it('draws anew in the colours of the dark', async () => {
    const before = await picture('gen');
    await stage.page.emulateMedia({ colorScheme: 'dark' });
    await until('another picture', async () => (await picture('gen')) !== before);
    await stage.picture('ollama-dark');
    await stage.page.emulateMedia({ colorScheme: 'light' });
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
