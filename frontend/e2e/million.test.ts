import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as ListPage, Status } from '../src/core/dto';
import { Stage, until } from './stage';

/**
 * Every page on a log that is large: the folder in GUMSHOE_E2E_LOG, which
 * `go run ./build million` fills with a million generated exchanges and the
 * suite with fewer. What each page took is printed; no test waits for a clock.
 */
const folder = process.env.GUMSHOE_E2E_LOG ?? '';

describe.skipIf(folder === '')('a large log (without GUMSHOE_E2E_LOG there is none)', () => {
  let stage: Stage;
  let rows = 0;
  let newest = 0;
  const took: Record<string, number> = {};
  const day = 86400e6;
  const address = (place: string) => `${new URL(stage.gumshoe.ready.ui).origin}/#/${place}`;
  /** What a page shows once its figures are there. */
  const shown = '[role=grid] .row:not(.head), main tbody tr, main canvas, main svg rect, main .bars > *';

  beforeAll(async () => {
    stage = await Stage.on(folder);
    ({ exchanges: rows } = await stage.api<Status>('/api/status'));
    newest = (await stage.api<ListPage>('/api/exchanges?limit=1&q=')).rows[0]!.started_at;
  });
  afterAll(async () => {
    process.stdout.write(`${rows} exchanges, ms: ${JSON.stringify(took)}\n`);
    await stage.close();
  });

  const box = () => stage.page.getByRole('combobox', { name: 'Search and filter' });
  const first = () => stage.page.locator('[role=grid] .row[aria-rowindex="2"]');
  const timed = async (name: string, act: () => Promise<unknown>) => {
    const begun = performance.now();
    await act();
    took[name] = Math.round(performance.now() - begun);
  };

  it('has many exchanges', () => {
    expect(rows).toBeGreaterThanOrEqual(20_000);
  });

  it.each([
    ['requests', ''],
    ['overview', 'period'],
    ['models', 'period'],
    ['models/model-0:1b', 'period'],
    ['users', 'period'],
    ['users/user1@example.org', 'period'],
    ['chats', ''],
    ['costs', 'period'],
    ['ollama', 'range'],
    ['sql', ''],
    ['setup', ''],
    ['settings', ''],
  ])('shows %s', async (place, period) => {
    await stage.page.goto('about:blank');
    const query = period === '' ? '' : `?${period}=custom&from=${newest - 30 * day}&to=${newest + 60e6}`;
    await timed(place, async () => {
      await stage.page.goto(address(place + query));
      await stage.page.locator('main h1, [role=grid]').first().waitFor();
      if (period !== '' || ['requests', 'chats'].includes(place)) await until('figures', async () => (await stage.page.locator(shown).count()) > 3, 60);
    });
    await stage.page.waitForTimeout(500);
    await stage.picture(`large-${place.split('/').join('-').replace(/[@:].*/, '')}`);
    expect(await stage.page.locator('main [role=alert]').filter({ hasText: /could not|failed to/ }).count()).toBe(0);
    expect(await stage.accessibility(), place).toEqual([]);
  });

  it('goes to the oldest row and back', async () => {
    await stage.page.goto(address('requests'));
    const grid = stage.page.locator('[role=grid]');
    await stage.row(/model-/).first().waitFor();
    await stage.row(/model-/).first().click();
    await stage.page.keyboard.press('Escape');
    await grid.focus();
    await timed('End', async () => {
      await stage.page.keyboard.press('End');
      await until('the last row', async () => Number((await stage.page.locator('[role=grid] .row[aria-rowindex]').last().getAttribute('aria-rowindex')) ?? 0) >= rows, 60);
    });
    const last = stage.page.locator('[role=grid] .row[aria-rowindex]').last();
    await until('its figures', async () => /model-/.test(await last.innerText()), 60);
    await stage.picture('large-requests-end');
    await timed('Home', async () => {
      await stage.page.keyboard.press('Home');
      await until('the first row', async () => (await stage.page.locator('[role=grid] .row[aria-rowindex="2"]').count()) === 1, 60);
    });
  });

  it.each(['model:model-0 ttft:>1s', 'status:>=400 upstream:ollama', 'is:truncated OR is:cold', 'gradaonka', 'kal', 'gradaonka model:model-3', '-user:user1@example.org task:chat tokens:>500', 'model:none'])('filters by %s', async (q) => {
    const want = await stage.api<ListPage>(`/api/exchanges?limit=5&q=${encodeURIComponent(q)}`);
    await timed(q, async () => {
      await box().fill(q);
      if (want.rows.length === 0) await stage.page.getByText('Nothing matches').waitFor();
      // The address follows with what is shown.
      else await until('the rows', async () => new URL(stage.page.url()).hash.includes(encodeURIComponent(q).slice(0, 5)) && (await first().count()) === 1, 60);
    });
    if (want.rows.length === 0) return;
    await first().click();
    await until('the newest that fits', async () => stage.page.url().includes(want.rows[0]!.id), 30);
    await stage.page.keyboard.press('Escape');
  });

  it('opens one with its chat', async () => {
    await box().fill('task:chat state:ok');
    await stage.page.waitForTimeout(1000);
    await timed('detail', async () => {
      await first().click();
      await stage.page.locator('#detail-panel').getByText(/\w/).first().waitFor();
    });
    await stage.picture('large-detail');
  });

  it('asks in SQL', async () => {
    await stage.page.goto(address('sql'));
    await stage.page.locator('main textarea').first().fill('SELECT model, count(*) AS n FROM v_exchanges GROUP BY model ORDER BY n DESC');
    await timed('SQL', async () => {
      await stage.page.keyboard.press('Control+Enter');
      await until('rows', async () => (await stage.page.locator('main table tbody tr').count()) > 3, 60);
    });
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
