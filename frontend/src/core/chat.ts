import type { Row } from './dto';

/** Tasks that a client does by itself. */
export function isBackground(task: string): boolean {
  return task !== '' && task !== 'chat' && task !== 'tool_loop';
}

/** One answer of a chat: the requests that served one message, the oldest first. */
export interface Answer {
  id: string;
  rows: Row[];
  /** What was asked: the prompt of its first request that is no background task. */
  prompt: string;
}

/** The answers of a chat, in order: those without an id stand alone. */
export function answersOf(rows: readonly Row[]): Answer[] {
  const list: Answer[] = [];
  const byId = new Map<string, Answer>();
  for (const row of rows) {
    let a = row.answer === '' ? undefined : byId.get(row.answer);
    if (!a) {
      a = { id: row.answer === '' ? row.id : row.answer, rows: [], prompt: '' };
      list.push(a);
      if (row.answer !== '') byId.set(row.answer, a);
    }
    a.rows.push(row);
    if (a.prompt === '' && !isBackground(row.task)) a.prompt = row.prompt;
  }
  return list;
}

/** Which part of something background tasks took, 0 to 1; null where nothing is known of it. */
export interface Share {
  requests: number | null;
  tokens: number | null;
  cost: number | null;
  time: number | null;
}

function part(rows: readonly Row[], of: (r: Row) => number | null): number | null {
  let all = 0;
  let hidden = 0;
  let known = false;
  for (const r of rows) {
    const v = of(r);
    if (v === null) continue;
    known = true;
    all += v;
    if (isBackground(r.task)) hidden += v;
  }
  return known && all > 0 ? hidden / all : null;
}

export function backgroundShare(rows: readonly Row[]): Share {
  return {
    requests: part(rows, () => 1),
    tokens: part(rows, (r) => (r.input_tokens === null && r.output_tokens === null ? null : (r.input_tokens ?? 0) + (r.output_tokens ?? 0))),
    cost: part(rows, (r) => r.cost),
    time: part(rows, (r) => r.duration),
  };
}
