import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Totals } from '../src/core/dto';
import { Stage, until } from './stage';

interface Link {
  text: string;
  n: number;
  query: string;
}

/** The links of the page that say how many requests they open. */
const links = (stage: Stage): Promise<Link[]> =>
  stage.page.locator('main a[href^="#/requests?"]').evaluateAll((all) =>
    all.flatMap((a) => {
      const text = ((a.querySelector('b') ?? a) as HTMLElement).innerText.trim();
      const n = /^([\d,]+)(?: \(.*\)| with.*| request.*)?$/.exec(text)?.[1];
      const query = (a.getAttribute('href') ?? '').split('?')[1] ?? '';
      return n === undefined ? [] : [{ text, n: Number(n.replaceAll(',', '')), query }];
    }),
  );

describe('a count and the list that it opens', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.demo();
    await until('the whole log', async () => (await stage.api<Totals>('/api/totals')).requests > 2500, 60);
  }, 90_000);
  afterAll(() => stage.close());

  it.each([
    ['overview', 'section.tiles a', ['is:error', 'is:estimated-tokens', 'is:estimated-cost']],
    ['models', 'td a', ['is:error']],
    ['users', 'td a', ['is:error']],
    ['costs', 'td a', ['is:estimated-cost', 'is:unpriced']],
  ])('agree on %s', async (page, ready, terms) => {
    await stage.page.evaluate((p) => (location.hash = `#/${p}?period=30d`), page);
    await stage.page.locator(`nav a[href^="#/${page}"][aria-current=page]`).waitFor();
    await stage.page.locator(`main ${ready}`).first().waitFor();
    const found = await links(stage);
    for (const term of terms) expect(found.map((l) => new URLSearchParams(l.query).get('q') ?? '').some((q) => q.includes(term)), term).toBe(true);
    for (const l of found) {
      const got = await stage.api<Totals>(`/api/totals?${l.query}`);
      expect(`${decodeURIComponent(l.query)}: ${got.requests}`).toBe(`${decodeURIComponent(l.query)}: ${l.n}`);
    }
  });

  it.each([
    ['is:estimated-cost', 'with an estimated cost'],
    ['is:estimated-tokens', 'with estimated tokens'],
    ['is:error', 'failed'],
  ])('put %s in words', async (q, words) => {
    await stage.page.evaluate((q) => (location.hash = `#/requests?q=${q}`), q);
    await stage.page.getByRole('button', { name: `Remove: ${words}`, exact: true }).waitFor();
  });
});
