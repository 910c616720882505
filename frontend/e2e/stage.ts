import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { chromium, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { Gumshoe } from './gumshoe';
import { quick, Upstream, type Script } from './upstream';

const browsers = [process.env.GUMSHOE_CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

function chromiumPath(): string {
  const found = browsers.find((p) => p !== '' && existsSync(p));
  if (found === undefined) throw new Error('Chromium is needed: install the package chromium, or set GUMSHOE_CHROMIUM');
  return found;
}

/** Everything of one story: an upstream, the program, a browser with one page. */
export class Stage {
  /** What the page complained about: errors and anything the security policy stopped. */
  readonly complaints: string[] = [];
  /** Addresses outside the program that the page asked for. */
  readonly strays: string[] = [];

  private constructor(
    readonly upstream: Upstream,
    readonly upstreamURL: string,
    readonly gumshoe: Gumshoe,
    readonly context: BrowserContext,
    readonly page: Page,
    private readonly profile: string,
  ) {}

  static async open(scripts: Record<string, Script> = {}, lang = 'en-US'): Promise<Stage> {
    const upstream = new Upstream();
    for (const [name, script] of Object.entries({ 'quick:1b': { chunks: ['Hello', ' there', '.'], figures: quick }, ...scripts })) upstream.scripts.set(name, script);
    const url = await upstream.start();
    return Stage.before(upstream, url, await Gumshoe.start({ ollama: url, compat: `${url}/v1` }), lang);
  }

  /** The demo; its upstream is asked nothing. The zone is the browser's. */
  static async demo(lang = 'en-US', zone?: string): Promise<Stage> {
    const upstream = new Upstream();
    return Stage.before(upstream, await upstream.start(), await Gumshoe.demo(), lang, zone);
  }

  /** The program on a folder with a log. */
  static async on(folder: string, lang = 'en-US'): Promise<Stage> {
    const upstream = new Upstream();
    return Stage.before(upstream, await upstream.start(), await Gumshoe.on(folder), lang);
  }

  /** The program before another upstream than the scripted one. */
  static async beside(url: string, lang = 'en-US'): Promise<Stage> {
    const upstream = new Upstream();
    await upstream.start();
    return Stage.before(upstream, url, await Gumshoe.start({ ollama: url, compat: `${url}/v1` }), lang);
  }

  private static async before(upstream: Upstream, url: string, gumshoe: Gumshoe, lang: string, zone?: string): Promise<Stage> {
    const profile = await mkdtemp(join(tmpdir(), 'gumshoe-e2e-profile-'));
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: chromiumPath(),
      args: flags,
      locale: lang,
      ...(zone !== undefined && { timezoneId: zone }),
      viewport: { width: 1280, height: 800 },
      colorScheme: 'light',
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const stage = new Stage(upstream, url, gumshoe, context, page, profile);
    stage.listen();
    await page.goto(gumshoe.ready.ui);
    await page.getByRole('navigation').waitFor();
    return stage;
  }

  async close(): Promise<void> {
    await this.context.close();
    await this.gumshoe.stop();
    await this.upstream.stop();
    await rm(this.profile, { recursive: true, force: true });
  }

  private listen(): void {
    const own = new URL(this.gumshoe.ready.ui).origin;
    this.page.on('pageerror', (e) => this.complaints.push(e.message));
    this.page.on('console', (m) => {
      if (m.type() === 'error' || /Content Security Policy/i.test(m.text())) this.complaints.push(m.text());
    });
    this.page.on('request', (r) => {
      if (!r.url().startsWith(own) && !/^(data|blob|about):/.test(r.url())) this.strays.push(r.url());
    });
  }

  ollama(upstream = 'ollama'): Ollama {
    return new Ollama({ host: this.gumshoe.base(upstream) });
  }

  openai(upstream = 'compat'): OpenAI {
    return new OpenAI({ baseURL: this.gumshoe.base(upstream), apiKey: 'sk-client', maxRetries: 0 });
  }

  /** A whole chat with Ollama's own client; gives the text that came back. */
  async chat(model: string, prompt: string): Promise<string> {
    let text = '';
    for await (const part of await this.ollama().chat({ model, messages: [{ role: 'user', content: prompt }], stream: true })) text += part.message.content;
    return text;
  }

  async go(place: 'requests' | 'overview' | 'models' | 'users' | 'costs' | 'setup' | 'ollama' | 'settings'): Promise<void> {
    await this.page.locator(`nav a[href^="#/${place}"]`).click();
    await this.page.locator(`nav a[href^="#/${place}"][aria-current=page]`).waitFor();
  }

  /** The rows of the list that contain a text. */
  row(text: string | RegExp): Locator {
    return this.page.locator('[role=grid] .row:not(.head)').filter({ hasText: text });
  }

  /** What the API answers to the logged-in page. */
  async api<T>(path: string, init: { method?: string; body?: unknown } = {}): Promise<T> {
    return this.page.evaluate(
      async ([p, method, body]) => {
        const res = await fetch(p, { method, ...(body === '' ? {} : { body, headers: { 'Content-Type': 'application/json' } }) });
        const text = await res.text();
        if (!res.ok) throw new Error(`${method} ${p}: ${res.status} ${text}`);
        return text === '' ? undefined : JSON.parse(text);
      },
      [path, init.method ?? 'GET', init.body === undefined ? '' : JSON.stringify(init.body)] as const,
    ) as Promise<T>;
  }

  /** Opens the export dialog, chooses by the labels given, and gives the file's name and text. */
  async export(...choices: string[]): Promise<{ name: string; text: string }> {
    await this.page.getByRole('button', { name: 'Export', exact: true }).click();
    const dialog = this.page.getByRole('dialog', { name: 'Export' });
    for (const name of choices) await dialog.getByLabel(new RegExp(`^\\s*${name}`)).check();
    const waiting = this.page.waitForEvent('download');
    await dialog.getByRole('button', { name: /^Export/ }).click();
    const download = await waiting;
    await dialog.getByText(/rows? written/).waitFor();
    const text = readFileSync(await download.path(), 'utf8');
    await this.page.keyboard.press('Escape');
    return { name: download.suggestedFilename(), text };
  }

  /** Keeps a picture of the page where GUMSHOE_E2E_PICTURES says; nowhere without it. */
  async picture(name: string): Promise<void> {
    const dir = process.env.GUMSHOE_E2E_PICTURES;
    if (!dir) return;
    await mkdir(dir, { recursive: true });
    await this.page.screenshot({ path: join(dir, `${name}.png`) });
  }

  /** What axe finds in the page as it is now. */
  async accessibility(): Promise<string[]> {
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    // Colours in motion are judged wrongly.
    await this.page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))));
    return this.page.evaluate(async (source) => {
      interface Found {
        passes: unknown[];
        violations: { id: string; impact: string; nodes: { target: string[]; failureSummary: string }[] }[];
      }
      const scope = globalThis as unknown as { axe?: { run(root: Document): Promise<Found> } };
      if (!scope.axe) (0, eval)(source);
      const found = await scope.axe!.run(document);
      if (found.passes.length === 0) throw new Error('axe judged nothing');
      return found.violations
        .map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} (${n.failureSummary})`).join('; ')}`);
    }, axe);
  }
}

/** Waits until fn gives something; a failing fn is asked again too. */
export async function until<T>(what: string, fn: () => Promise<T | null | undefined | false>, seconds = 20): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown = 'nothing';
  for (;;) {
    try {
      const v = await fn();
      if (v !== null && v !== undefined && v !== false) return v;
    } catch (e) {
      last = e;
    }
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}; last: ${String(last)}`);
    await new Promise((next) => setTimeout(next, 100));
  }
}
