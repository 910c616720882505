import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detail, Page as ListPage } from '../src/core/dto';
import { parseCsv } from './csv';
import { Stage, until } from './stage';
import { cold, quick } from './upstream';

describe('Requests', () => {
  let stage: Stage;
  const cell = (text: string, column: string) => stage.row(text).first().locator(`.c-${column}`).innerText();

  beforeAll(async () => {
    stage = await Stage.open({
      'cold:7b': { chunks: ['Warm', ' at', ' last.'], figures: cold },
      // It takes as long as it says.
      'timed:1b': {
        chunks: ['Some', ' time', ' passed.'],
        before: 90,
        gap: 50,
        figures: { ...quick, total_duration: 190e6, load_duration: 30e6, prompt_eval_duration: 50e6, eval_count: 5, eval_duration: 100e6 },
      },
      'slow:1b': { chunks: Array.from({ length: 600 }, (_, i) => `word${i} `), gap: 100, figures: quick },
    });
  });
  afterAll(() => stage.close());

  it('teaches what to do while there is nothing', async () => {
    await stage.page.getByText('No requests yet').waitFor();
    await until('the base URL', async () => (await stage.page.locator('main').innerText()).includes(stage.gumshoe.base('ollama')));
  });

  it('shows a request as it comes, with the tokens and speeds that Ollama reported', async () => {
    expect(await stage.chat('quick:1b', 'Why is the sky blue?')).toBe('Hello there.');
    await stage.row('quick:1b').first().waitFor();
    await expect.poll(() => cell('quick:1b', 'state'), { timeout: 15_000 }).toContain('ok');
    expect((await cell('quick:1b', 'tokens')).replace(/\s/g, '')).toBe('26/41');
    expect(await cell('quick:1b', 'speed')).toBe('40.0');
    expect(await cell('quick:1b', 'task')).toContain('Why is the sky blue?');
    expect(await cell('quick:1b', 'ttft')).toMatch(/\d/);
  });

  it('shows a running request with its phase, and stops it', async () => {
    const before = stage.upstream.cancelled;
    const got = stage.chat('slow:1b', 'Count for ever.').then(
      () => 'whole',
      () => 'cut',
    );
    const live = stage.page.locator('.row.live').first();
    await live.waitFor();
    await until('the phase', async () => /streaming/.test(await live.locator('.c-state').innerText()));
    await stage.picture('requests-running');
    await live.getByRole('button', { name: 'Stop' }).click();
    expect(await got).toBe('cut');
    await until('the upstream to be left', async () => stage.upstream.cancelled > before);
    await until('the row', async () => /cancelled|broken|error/.test(await cell('slow:1b', 'state')));
    expect(await stage.page.locator('.row.live').count()).toBe(0);
  });

  it('opens the conversation beside the list, with every figure and its basis', async () => {
    await stage.row('quick:1b').first().click();
    const detail = stage.page.getByRole('region', { name: 'Request', exact: true });
    await detail.getByText('Why is the sky blue?').waitFor();
    await detail.getByText('Hello there.').waitFor();
    await stage.picture('requests-detail');
    await detail.getByRole('tab', { name: 'Numbers' }).click();
    const numbers = await detail.locator('#detail-panel').innerText();
    expect(numbers).toContain('40.0');
    expect(numbers).toContain('200');
    await detail.getByRole('tab', { name: 'Raw' }).click();
    await until('the raw request', async () => (await detail.locator('#detail-panel').innerText()).includes('"messages"'));
    await detail.getByRole('tab', { name: 'Chat' }).click();
  });

  it('draws where the time went', async () => {
    await stage.chat('timed:1b', 'How long?');
    await stage.row('timed:1b').first().click();
    const rows = stage.page.locator('#detail-panel tbody tr');
    await stage.page.getByRole('tab', { name: 'Timing' }).click();
    await until('the parts', async () => (await rows.filter({ hasText: 'reported' }).count()) === 3);
    const text = (await rows.allInnerTexts()).join('\n');
    for (const part of ['30 ms', '50 ms', '100 ms']) expect(text).toContain(part);
    await stage.picture('requests-timing');
    await stage.page.getByRole('tab', { name: 'Chat' }).click();
  });

  it('copies a cURL line without any secret', async () => {
    await stage.page.getByRole('button', { name: 'Copy as cURL' }).click();
    const text = await until('the clipboard', async () => {
      const t = await stage.page.evaluate(() => navigator.clipboard.readText());
      return t.includes('curl') && t;
    });
    const key = new URL(stage.gumshoe.base('ollama')).pathname.split('/')[1] ?? '';
    expect(key.length).toBeGreaterThan(8);
    expect(text).not.toContain(key);
  });

  it('works by keyboard', async () => {
    await stage.page.keyboard.press('Escape');
    await until('the detail to close', async () => (await stage.page.locator('#detail-panel').count()) === 0);
    const grid = stage.page.getByRole('grid');
    await stage.page.reload();
    await stage.row('').first().waitFor();
    for (let i = 0; i < 60 && !(await grid.evaluate((el) => el === document.activeElement)); i++) await stage.page.keyboard.press('Tab');
    await until('where one is', async () => (await grid.getAttribute('aria-activedescendant')) === (await stage.page.locator('.row.selected').getAttribute('id')));
    const drawn = (selector: string, pseudo: string | null) => stage.page.locator(selector).evaluate((el, p) => [getComputedStyle(el, p).outlineStyle, getComputedStyle(el, p).borderTopWidth], pseudo);
    expect((await drawn('.row.selected', null))[0]).toBe('solid');
    expect((await drawn('.frame', '::after'))[1]).toBe('2px');
    await stage.page.keyboard.press('Home');
    const first = await stage.page.locator('.row.selected').getAttribute('aria-rowindex');
    await stage.page.keyboard.press('ArrowDown');
    await until('the selection', async () => (await stage.page.locator('.row.selected').getAttribute('aria-rowindex')) !== first);
    await stage.page.keyboard.press('Enter');
    await stage.page.locator('#detail-panel').waitFor();
    await stage.page.keyboard.press('Escape');
    await until('the detail to close', async () => (await stage.page.locator('#detail-panel').count()) === 0);
    await stage.page.keyboard.press('/');
    await until('the search box', () => stage.page.evaluate(() => document.activeElement?.getAttribute('role') === 'combobox'));
    await stage.page.keyboard.press('Escape');
  });

  it('understands the other calls of the ollama client', async () => {
    await stage.ollama().generate({ model: 'cold:7b', prompt: 'Begin', stream: false });
    await stage.ollama().embed({ model: 'quick:1b', input: 'four little tokens here' });
    await stage.row('cold:7b').first().waitFor();
    await expect.poll(() => cell('cold:7b', 'speed'), { timeout: 15_000 }).toBe('8.0');
    await stage.row(/api\/embed|four little tokens/).first().waitFor();
    const found = await until('the cold start', async () => {
      const page = await stage.api<ListPage>('/api/exchanges?limit=50&model=cold:7b');
      return page.rows[0];
    });
    expect(found.load).toBe(3_200_000);
    expect(found.eval).toBe(2_000_000);
    expect(found.total).toBe(6_000_000);
  });

  it('understands the openai client, streamed and whole', async () => {
    const client = stage.openai();
    const whole = await client.chat.completions.create({ model: 'quick:1b', messages: [{ role: 'user', content: 'Whole, please.' }] });
    expect(whole.choices[0]?.message.content).toBe('Hello there.');
    const stream = await client.chat.completions.create({
      model: 'quick:1b',
      messages: [{ role: 'user', content: 'In pieces, please.' }],
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('Hello there.');
    for (const prompt of ['Whole, please.', 'In pieces, please.']) {
      await stage.row(prompt).first().waitFor();
      expect((await cell(prompt, 'tokens')).replace(/\s/g, '')).toBe('26/41');
      expect(await cell(prompt, 'upstream')).toBe('compat');
    }
    expect(stage.upstream.authorizations).toContain('Bearer sk-client');
  });

  it('filters by text and by state', async () => {
    await stage.page.getByRole('combobox', { name: 'Search and filter' }).fill('pieces');
    await until('one row', async () => (await stage.row('').count()) === 1);
    expect(await stage.row('In pieces, please.').count()).toBe(1);
    await stage.page.getByRole('combobox', { name: 'Search and filter' }).fill('');
    await until('all rows', async () => (await stage.row('').count()) > 3);
  });

  it('downloads as CSV exactly what the filter shows', async () => {
    await stage.page.goto(`${new URL(stage.gumshoe.ready.ui).origin}/#/requests?model=quick:1b`);
    await until('the filter', async () => (await stage.row('').count()) >= 4 && (await stage.row('cold:7b').count()) === 0);
    const shown = await stage.api<ListPage>('/api/exchanges?limit=500&model=quick:1b');
    await stage.page.getByRole('button', { name: 'Export' }).click();
    const waiting = stage.page.waitForEvent('download');
    await stage.page.getByRole('dialog').getByRole('button', { name: /^Export \d/ }).click();
    const file = await (await waiting).path();
    const [head, ...rows] = parseCsv(await readFile(file, 'utf8'));
    expect(head?.slice(0, 4)).toEqual(['id', 'started_at', 'state', 'http_status']);
    expect(rows.map((r) => r[0])).toEqual(shown.rows.map((r) => r.id));
    const tps = head?.indexOf('generation_tps') ?? -1;
    const chat = shown.rows.findIndex((r) => r.api.includes('chat') && r.upstream === 'ollama');
    expect(Number(rows[chat]?.[tps])).toBeCloseTo(40);
    await stage.picture('export');
    const examples = stage.page.waitForEvent('download');
    await stage.page.getByRole('radio', { name: /fine-tuning/ }).check();
    await stage.page.getByRole('dialog').getByRole('button', { name: /^Export up to \d/ }).click();
    await stage.page.getByRole('dialog').getByText(/rows? written/).waitFor();
    await stage.page.getByRole('dialog').getByText('Left out:').waitFor();
    const lines = (await readFile(await (await examples).path(), 'utf8')).trim().split('\n').map((l) => JSON.parse(l) as { messages: { role: string }[] });
    expect(lines.length).toBeGreaterThan(0);
    for (const l of lines) expect(l.messages.at(-1)?.role).toBe('assistant');
    await stage.page.getByRole('radio', { name: /^CSV/ }).check();
    await stage.page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click();
  });

  it('keeps the secrets out of what it stored', async () => {
    const page = await stage.api<ListPage>('/api/exchanges?limit=50&upstream=compat');
    const detail = await stage.api<Detail>(`/api/exchanges/${page.rows[0]?.id ?? ''}`);
    const authorization = detail.request_headers.find((h) => h.name.toLowerCase() === 'authorization');
    expect(authorization?.value).not.toContain('sk-client');
    expect(JSON.stringify(detail)).not.toContain('sk-client');
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
