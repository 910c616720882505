import { afterEach, describe, expect, it } from 'vitest';
import type { Graph, Totals, Week } from '../src/core/dto';
import { Stage, until } from './stage';

interface Bar {
  requests: number;
  query: string;
}

/** The bars of Overview's requests, as its table says them, with the filter that each opens. */
async function bars(stage: Stage, period: string): Promise<Bar[]> {
  const chart = stage.page.locator('section[aria-labelledby=chart-requests]');
  await stage.go('settings'); // the bars of another period are gone
  await chart.waitFor({ state: 'detached' });
  await stage.page.evaluate((p) => (location.hash = `#/overview?period=${p}`), period);
  await chart.locator('svg[data-drawn]').waitFor();
  const summary = chart.locator('summary');
  if ((await chart.locator('details[open]').count()) === 0) await summary.click();
  await chart.locator('tbody tr').first().waitFor();
  return chart.locator('tbody tr').evaluateAll((rows) =>
    rows.map((r) => ({
      requests: [...r.querySelectorAll('td.r')].reduce((n, c) => n + Number((c.textContent ?? '').replace(/\D/g, '')), 0),
      query: (r.querySelector('a')?.getAttribute('href') ?? '').split('?')[1] ?? '',
    })),
  );
}

/** The demo fills its log while the page is there. */
const filled = (stage: Stage) => until('the whole log', async () => (await stage.api<Totals>('/api/totals')).requests > 2500);

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

describe('in a zone', () => {
  it.each(['Asia/Kolkata', 'Asia/Kathmandu', 'America/St_Johns'])('of half or quarter hours as %s a bar and its list agree', async (zone) => {
    stage = await Stage.demo('en-US', zone);
    await filled(stage);
    for (const period of ['24h', '7d', '30d']) {
      const all = await bars(stage, period);
      expect(all.length).toBeGreaterThan(4);
      for (const b of all) expect({ period, query: b.query, n: b.requests }).toEqual({ period, query: b.query, n: (await stage.api<Totals>(`/api/totals?${b.query}`)).requests });
    }
    expect(stage.complaints).toEqual([]);
  });

  it('with summer time the program cuts days, months and weeks by its name', async () => {
    stage = await Stage.demo('en-US', 'America/New_York');
    await filled(stage);
    const asked = stage.page.waitForRequest((r) => r.url().includes('/api/week'));
    await stage.go('users');
    expect(new URL((await asked).url()).searchParams.get('zone')).toBe('America/New_York');
    const [from, to] = [Date.UTC(2026, 9, 1, 4) * 1000, Date.UTC(2026, 10, 28) * 1000];
    const range = `from=${from}&to=${to}&zone=America/New_York`;
    const months = await stage.api<Graph>(`/api/graph?unit=month&${range}`);
    expect(months.steps).toEqual([from, Date.UTC(2026, 10, 1, 4) * 1000]);
    const week = await stage.api<Week>(`/api/week?${range}`);
    expect(week.since).toBe(0);
    expect(week.cells.reduce((n, c) => n + c.requests, 0)).toBe(months.total.requests);
  });
});
