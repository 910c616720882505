// What ran beside what, of a list of requests: for the lanes of the Ollama page.
// Times are microseconds.

import type { Row, Stay } from './dto';

/** One request while it ran. */
export interface Run {
  id: string;
  upstream: string;
  model: string;
  from: number;
  to: number;
  failed: boolean;
  /** Prompt and answer, in tokens; null where either is not known. */
  tokens: number | null;
}

export function runsOf(rows: readonly Row[]): Run[] {
  return rows
    .filter((r) => r.duration !== null)
    .map((r) => ({
      id: r.id,
      upstream: r.upstream,
      model: r.model || r.model_requested,
      from: r.started_at,
      to: r.started_at + (r.duration ?? 0),
      failed: r.state !== 'ok' && r.state !== 'cancelled',
      tokens: r.input_tokens === null || r.output_tokens === null ? null : r.input_tokens + r.output_tokens,
    }))
    .sort((a, b) => a.from - b.from);
}

/** Which level each run is drawn on, so that none covers another; at most `most` levels. */
export function levels(runs: readonly Run[], most: number): number[] {
  const free: number[] = [];
  return runs.map((r) => {
    let level = free.findIndex((until) => until <= r.from);
    if (level < 0) level = free.length < most ? free.length : most - 1;
    free[level] = Math.max(free[level] ?? 0, r.to);
    return level;
  });
}

/** How many ran at once, at most, in each of `steps` equal parts of the time. */
export function parallel(runs: readonly Run[], from: number, to: number, steps: number): number[] {
  const out = new Array<number>(steps).fill(0);
  if (to <= from) return out;
  const turns = runs.flatMap((r) => [{ at: r.from, by: 1 }, { at: Math.max(r.to, r.from + 1), by: -1 }]);
  turns.sort((a, b) => a.at - b.at || a.by - b.by);
  let n = 0;
  let last = 0;
  const step = (at: number) => Math.floor(((at - from) / (to - from)) * steps);
  for (const turn of turns) {
    // What ran since the turn before fills every part up to this one.
    for (let i = Math.max(0, last); n > 0 && i <= Math.min(steps - 1, step(turn.at - 1)); i++) out[i] = Math.max(out[i] ?? 0, n);
    n += turn.by;
    last = step(turn.at);
    if (last >= 0 && last < steps) out[last] = Math.max(out[last] ?? 0, n);
  }
  return out;
}

/** Where the wait for the first token went: means over the requests that tell it. */
export interface Wait {
  model: string;
  /** Requests that told how long they loaded and read the prompt. */
  count: number;
  queue: number | null;
  load: number;
  prompt: number;
}

export function waits(rows: readonly Row[]): Wait[] {
  const by = new Map<string, { count: number; queued: number; queue: number; load: number; prompt: number }>();
  for (const r of rows) {
    if (r.load === null || r.prompt_eval === null) continue;
    const name = r.model || r.model_requested;
    const w = by.get(name) ?? { count: 0, queued: 0, queue: 0, load: 0, prompt: 0 };
    w.count++;
    w.load += r.load;
    w.prompt += r.prompt_eval;
    if (r.queue !== null) {
      w.queued++;
      w.queue += r.queue;
    }
    by.set(name, w);
  }
  return [...by]
    .map(([model, w]) => ({ model, count: w.count, queue: w.queued > 0 ? w.queue / w.queued : null, load: w.load / w.count, prompt: w.prompt / w.count }))
    .sort((a, b) => (b.queue ?? 0) + b.load + b.prompt - ((a.queue ?? 0) + a.load + a.prompt));
}

/** How full a context was. */
export interface Fill {
  id: string;
  model: string;
  tokens: number;
  context: number;
}

/** The fill of each run whose tokens are known and whose model was seen in memory meanwhile, with a context. */
export function fills(runs: readonly Run[], stays: readonly Stay[]): Fill[] {
  /** A poll is a while after the load. */
  const slack = 15_000_000;
  const out: Fill[] = [];
  for (const r of runs) {
    if (r.tokens === null) continue;
    const stay = stays.find((s) => s.context !== null && s.upstream === r.upstream && same(s.model, r.model) && s.from - slack <= r.to && r.from <= (s.open ? Infinity : s.to + slack));
    if (stay?.context) out.push({ id: r.id, model: r.model, tokens: r.tokens, context: stay.context });
  }
  return out;
}

const same = (a: string, b: string) => a.replace(/:latest$/, '') === b.replace(/:latest$/, '');

/** How many of the fills lie in each tenth of their context; the last is full or more. */
export function tenths(list: readonly Fill[]): number[] {
  const out = new Array<number>(10).fill(0);
  for (const f of list) {
    const i = Math.min(9, Math.floor((f.tokens / f.context) * 10));
    out[i] = (out[i] ?? 0) + 1;
  }
  return out;
}
