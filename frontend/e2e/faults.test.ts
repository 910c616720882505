import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page as Rows } from '../src/core/dto';
import { Mock } from './mock';
import { Stage, until } from './stage';

const sentences = (lang: string) => (JSON.parse(readFileSync(new URL(`../messages/${lang}.json`, import.meta.url), 'utf8')) as { fault: Record<string, string> }).fault;

/** What each fault of the mock is told as, in a stream and in a whole reply; '' where nothing went wrong. */
const told: Record<string, [stream: string, whole: string]> = {
  'fault-500': ['upstream_failed', 'upstream_failed'],
  'fault-503': ['upstream_failed', 'upstream_failed'],
  'fault-429': ['too_many', 'too_many'],
  'fault-401': ['key', 'key'],
  'fault-404': ['not_found', 'not_found'],
  'fault-reset-early': ['no_reply', 'no_reply'],
  'fault-no-http': ['no_reply', 'no_reply'],
  'fault-bad-header': ['no_reply', 'no_reply'],
  'fault-reset-mid-stream': ['broken', 'broken'],
  'fault-abort-mid-stream': ['broken', 'broken'],
  'fault-short-body': ['broken', 'broken'],
  'fault-stall-mid-stream': ['broken', 'broken'],
  'fault-error-in-stream': ['in_reply', ''],
  'fault-truncated-json': ['broken', 'unreadable'],
  'fault-garbage': ['unreadable', 'unreadable'],
  'fault-hang': ['nothing', 'nothing'],
  'fault-gzip': ['', ''],
  'fault-no-usage': ['', ''],
  'fault-split': ['', ''],
  'fault-crlf': ['', ''],
  'fault-slow': ['', ''],
};

const prompt = (model: string, stream: boolean) => `Say something, ${model}, as a ${stream ? 'stream' : 'whole'}.`;

/** 20 MB, and nothing wrong with it. */
const notSent = ['fault-huge'];

describe('every fault', () => {
  let mock: Mock;
  let stage: Stage;
  /** The requests' ids, by the fault and whether it was a stream. */
  const sent = new Map<string, string>();

  beforeAll(async () => {
    mock = await Mock.start();
    stage = await Stage.beside(mock.url);
  });
  afterAll(async () => {
    await stage.close();
    await mock.stop();
  });

  const rows = async () => (await stage.api<Rows>('/api/exchanges?limit=500')).rows;

  it('is one that this test knows', async () => {
    expect((await mock.faults()).sort()).toEqual([...Object.keys(told), ...notSent].sort());
  });

  it('is recorded', async () => {
    for (const model of Object.keys(told)) {
      for (const stream of [true, false]) {
        const known = new Set((await rows()).map((r) => r.id));
        const body = JSON.stringify({ model, stream, messages: [{ role: 'user', content: prompt(model, stream) }] });
        const answer = fetch(`${stage.gumshoe.base('ollama')}/api/chat`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
        await answer.then((res) => res.arrayBuffer()).catch(() => undefined); // a client has to live with these
        await until(`the row of ${model}`, async () => (await rows()).some((r) => !known.has(r.id)));
        sent.set(`${model} ${stream}`, (await rows()).find((r) => !known.has(r.id))!.id);
      }
    }
    expect(sent.size).toBe(2 * Object.keys(told).length);
  });

  it.each(['en', 'zh-TW'])('is told in %s, with what to do', async (lang) => {
    await stage.go('settings');
    await stage.page.getByLabel('Language').selectOption(lang);
    await until('the language', async () => (await stage.page.locator('html').getAttribute('lang')) === lang);
    const words = sentences(lang);
    for (const [model, codes] of Object.entries(told)) {
      for (const [i, stream] of [true, false].entries()) {
        const id = sent.get(`${model} ${stream}`)!;
        await stage.page.evaluate((h) => (location.hash = h), `#/requests/${id}`);
        await stage.page.locator('#detail-panel').getByText(prompt(model, stream)).first().waitFor();
        const want = codes[i] === '' ? [] : [words[codes[i]!]];
        expect(await stage.page.locator('p.fault').allInnerTexts(), `${model}, stream ${stream}`).toEqual(want);
        // What happened, and what to do: two sentences at least.
        for (const text of want) expect(text, model).toMatch(/[.。].+[.。]$/);
      }
    }
    if (lang !== 'en') for (const text of Object.values(words)) expect(text).toMatch(/[\u4e00-\u9fff]/);
  });

  it('complained about nothing', () => {
    expect(stage.complaints).toEqual([]);
    expect(stage.strays).toEqual([]);
  });
});
