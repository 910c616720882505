import type { Chunk, Detail } from './dto';

export type PartName = 'queue' | 'send' | 'wait' | 'prefill' | 'rest' | 'load' | 'prompt' | 'generation' | 'still' | 'late';

/** One part of the timing bar. All times are microseconds. */
export interface TimePart {
  name: PartName;
  from: number;
  length: number;
  basis: string;
}

/**
 * The parts of a request's time, in order; generation and standing still may come
 * several times. Where Ollama reports its durations they are shown, after the time
 * in line, where that is known, and whatever else passed before (network) – no more
 * than the first token's arrival leaves room for: the rest is where the reply stood
 * still, or came late. Else what the proxy saw itself.
 */
export function timeParts(d: Detail): TimePart[] {
  const r = d.row;
  const whole = r.duration;
  if (whole === null || whole <= 0) return [];
  const parts: TimePart[] = [];
  let at = 0;
  const add = (name: PartName, length: number, basis: TimePart['basis']) => {
    const fitting = Math.min(length, whole - at);
    if (fitting > 0) parts.push({ name, from: at, length: fitting, basis });
    at += Math.max(0, fitting);
  };
  /** What comes after the first token: so long of generating in all, standing still for as much as is left. */
  const answer = (generating: number, basis: TimePart['basis']) => {
    let [left, still] = [generating, Math.max(0, whole - at - generating)];
    for (const s of stalls(d.chunks)) {
      const until = Math.max(0, Math.min(left, s.from - at));
      const length = Math.min(s.length, still);
      if (length <= 0) break;
      add('generation', until, basis);
      add('still', length, 'calculated');
      [left, still] = [left - until, still - length];
    }
    add('generation', left, basis);
  };
  const reported = (r.load ?? 0) + (r.prompt_eval ?? 0) + (r.eval ?? 0);
  if (reported > 0) {
    const queue = Math.min(r.queue ?? 0, Math.max(0, whole - reported));
    const room = r.ttft === null ? whole : Math.max(0, r.ttft - queue - (r.load ?? 0) - (r.prompt_eval ?? 0));
    add('queue', queue, r.queue_basis);
    add('rest', Math.min(whole - reported - queue, room), 'calculated');
    add('load', r.load ?? 0, 'reported');
    add('prompt', r.prompt_eval ?? 0, 'reported');
    answer(r.eval ?? 0, 'reported');
    add('late', whole - at, 'calculated');
    return parts;
  }
  if (d.sent_at !== null) add('send', d.sent_at, 'calculated');
  if (r.first_byte !== null) add('wait', r.first_byte - at, 'calculated');
  if (r.ttft !== null) add('prefill', r.ttft - at, 'calculated');
  if (r.first_byte === null) add('wait', whole - at, 'calculated');
  else answer(whole - at - stalls(d.chunks).reduce((n, s) => n + s.length, 0), 'calculated');
  return parts;
}

/** The parts with one line for each name, where it comes first. */
export function partSums(parts: readonly TimePart[]): TimePart[] {
  const out = new Map<PartName, TimePart>();
  for (const p of parts) out.set(p.name, { ...(out.get(p.name) ?? p), length: (out.get(p.name)?.length ?? 0) + p.length });
  return [...out.values()];
}

/** Bytes per equal step of time, for a small chart of how the reply came in. */
export function cadence(chunks: Chunk[], duration: number, steps: number): number[] {
  const out = new Array<number>(steps).fill(0);
  if (duration <= 0) return out;
  for (const c of chunks) {
    const i = Math.min(steps - 1, Math.max(0, Math.floor((c.at / duration) * steps)));
    out[i] = (out[i] ?? 0) + c.len;
  }
  return out;
}

/** The longest silence between two chunks: when it began and how long it was. */
export function longestGap(chunks: Chunk[]): { at: number; length: number } | null {
  let best: { at: number; length: number } | null = null;
  for (let i = 1; i < chunks.length; i++) {
    const at = chunks[i - 1]!.at;
    const length = chunks[i]!.at - at;
    if (!best || length > best.length) best = { at, length };
  }
  return best;
}

/** One stretch in which a reply stood still, microseconds after the request's start. */
export interface Stall {
  from: number;
  length: number;
}

/** A stall is at least this long, and so many times the usual gap between two pieces. */
const leastStall = 1_000_000;
const timesUsual = 10;

/** Where a reply stood still. Of two pieces nothing can be said: what is usual is not known. */
export function stalls(chunks: readonly Chunk[]): Stall[] {
  const gaps = chunks.slice(1).map((c, i) => ({ from: chunks[i]?.at ?? 0, length: c.at - (chunks[i]?.at ?? 0) }));
  if (gaps.length < 2) return [];
  const sorted = gaps.map((g) => g.length).sort((a, b) => a - b);
  const usual = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return gaps.filter((g) => g.length >= Math.max(leastStall, usual * timesUsual));
}
