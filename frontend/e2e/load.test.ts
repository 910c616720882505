import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage, until } from './stage';

/** How much a page weighs, and how it bears traffic. What was measured is printed. */
describe('Under load', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
    await stage.chat('quick:1b', 'the first');
    await stage.row('the first').first().waitFor();
  });
  afterAll(() => stage.close());

  it('has a first script under 150 KB, and gets charts and editors when they are needed', async () => {
    const sizes = await stage.page.evaluate(async () => {
      const first = [...document.querySelectorAll<HTMLElement>('head script[src], head link[rel=modulepreload]')].map((e) => e.getAttribute('src') ?? e.getAttribute('href') ?? '');
      return Promise.all(first.map(async (path) => (await fetch(path)).text()));
    });
    const kb = sizes.reduce((n, text) => n + gzipSync(text).length, 0) / 1000;
    process.stdout.write(`the first script: ${kb.toFixed(0)} KB gzipped\n`);
    expect(sizes.length).toBeGreaterThan(0);
    expect(kb).toBeLessThan(150);
  });

  it('stays smooth while 500 requests a second come in, or as many as the machine can bear', async () => {
    const seconds = 6;
    await stage.page.locator('[role=grid]').focus();
    // The times without a frame: printed, and held to little, as other programs on the machine add to them.
    const frames = stage.page.evaluate(
      (ms) =>
        new Promise<number[]>((done) => {
          const gaps: number[] = [];
          const begun = performance.now();
          let last = begun;
          const look = (now: number) => {
            gaps.push(now - last);
            last = now;
            if (now - begun < ms) requestAnimationFrame(look);
            else done(gaps.sort((a, b) => a - b));
          };
          requestAnimationFrame(look);
        }),
      seconds * 1000,
    );
    const devtools = await stage.page.context().newCDPSession(stage.page);
    await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
    const worked = async () => (await devtools.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration')!.value;
    const before = await worked();
    const base = stage.gumshoe.base('ollama');
    const begun = performance.now();
    let sent = 1;
    const client = async (due: () => boolean) => {
      while (performance.now() - begun < seconds * 1000) {
        if (!due()) {
          await new Promise((next) => setTimeout(next, 2));
          continue;
        }
        sent++;
        const res = await fetch(`${base}/api/chat`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ model: 'quick:1b', messages: [{ role: 'user', content: `number ${sent}` }], stream: false }) });
        await res.text();
      }
    };
    await Promise.all(Array.from({ length: 16 }, () => client(() => sent < ((performance.now() - begun) / 1000) * 500)));
    const rate = sent / ((performance.now() - begun) / 1000);
    const gaps = await frames;
    const busy = (await worked()) - before;
    const [p95, p99] = [gaps[Math.floor(gaps.length * 0.95)]!, gaps[Math.floor(gaps.length * 0.99)]!];
    process.stdout.write(`${rate.toFixed(0)} requests a second: ${gaps.length} frames in ${seconds} s, between two p95 ${p95.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, at most ${gaps.at(-1)!.toFixed(0)} ms; the page worked ${busy.toFixed(1)} s\n`);
    await until('every row', async () => (await stage.page.getByText(`${sent.toLocaleString('en-US')} requests`).count()) > 0, 30);
    expect(p95).toBeLessThan(500);
    expect(busy, 'processor time of the page, of which all that it draws has to come').toBeLessThan(seconds / 2);
    expect(stage.complaints).toEqual([]);
  });
});
