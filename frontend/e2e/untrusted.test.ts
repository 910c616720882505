import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';
import { quick } from './upstream';

const attacks = [
  '<script>window.ran = "script"</script>',
  '<img src=x onerror="window.ran = \'img\'">',
  '<svg onload="window.ran = \'svg\'"><script>window.ran = "svg script"</script></svg>',
  '[click me](javascript:window.ran="link")',
  '<a href="javascript:window.ran=\'anchor\'">anchor</a>',
  '[data](data:text/html,<script>window.ran="data"</script>)',
  '<iframe srcdoc="<script>parent.ran = \'frame\'</script>"></iframe>',
  '<details open ontoggle="window.ran = \'toggle\'">x</details>',
  '<style>@import "http://tracker.invalid/x.css"; body { display: none }</style>',
  '![pixel](http://tracker.invalid/pixel.png)',
  '<form action="http://tracker.invalid"><button>send</button></form>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.ran=1&gt;">',
  '```html\n<script>window.ran = "code"</script>\n```',
  'jav&#x09;ascript:window.ran=1 [x](jav&#x09;ascript:window.ran=1)',
];

describe('untrusted output', () => {
  let stage: Stage;
  const ran = () => stage.page.evaluate(() => (globalThis as { ran?: string }).ran ?? '');

  beforeAll(async () => {
    stage = await Stage.open({ 'evil<img src=x onerror=window.ran=1>': { chunks: attacks.map((a) => `${a}\n\n`), figures: quick } });
  });
  afterAll(() => stage.close());

  it('is shown, and nothing in it runs', async () => {
    await stage.chat('evil<img src=x onerror=window.ran=1>', attacks.join('\n\n'));
    await stage.row('evil').first().click();
    await stage.page.locator('#detail-panel .markdown').first().waitFor();
    await until('the answer', async () => (await stage.page.locator('#detail-panel').innerText()).includes('window.ran = "script"'));
    const inside = stage.page.locator('#detail-panel');
    expect(await inside.locator('script, iframe, svg[onload], form, style, object, embed').count()).toBe(0);
    const handlers = await inside.evaluate((el) => [...el.querySelectorAll('*')].flatMap((e) => [...e.attributes].filter((a) => a.name.startsWith('on')).map((a) => a.name)));
    expect(handlers).toEqual([]);
    const links = await inside.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''));
    expect(links.filter((h) => !/^(https?:|mailto:|#|$)/.test(h))).toEqual([]);
    for (const tab of ['Raw', 'Headers', 'Timing', 'Numbers', 'Chat']) {
      await stage.page.getByRole('tab', { name: tab, exact: true }).click();
      await until(`the tab ${tab}`, async () => (await inside.innerText()).length > 0);
    }
    for (const link of await inside.getByText('click me').all()) await link.click({ timeout: 2000 }).catch(() => undefined);
    expect(await ran()).toBe('');
  });

  it('does not run on the Ollama page either', async () => {
    await stage.go('ollama');
    await stage.page.locator('section[aria-labelledby=ollama-models]').getByText('evil').first().waitFor();
    expect(await stage.page.locator('main img').count()).toBe(0);
    expect(await ran()).toBe('');
  });

  it('asked nobody else for anything, and met no block of the security policy', () => {
    expect(stage.strays).toEqual([]);
    expect(stage.complaints).toEqual([]);
  });

  it('is kept in check by a strict policy', async () => {
    const res = await stage.page.goto(new URL(stage.gumshoe.ready.ui).origin);
    const policy = res?.headers()['content-security-policy'] ?? '';
    expect(policy).toMatch(/default-src '(none|self)'/);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
  });

  it('is not shown to a browser without the token', async () => {
    const origin = new URL(stage.gumshoe.ready.ui).origin;
    for (const path of ['/api/status', '/api/exchanges', '/api/events', '/api/export.csv']) {
      const res = await fetch(origin + path);
      expect(res.status, path).toBe(401);
      expect(await res.text()).not.toContain('evil');
    }
  });
});
