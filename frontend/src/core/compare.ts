import { diffLines, diffWordsWithSpace, type ChangeObject } from 'diff';
import type { Detail, Message } from './dto';

/** One stretch of a comparison: in both, only in the older, only in the newer. */
export interface Piece {
  kind: 'same' | 'removed' | 'added';
  text: string;
}

/** Longest texts, together, that are compared word by word, and at all, in letters. */
const words = 40_000;
const most = 2_000_000;

/** Whether two texts are too long to be compared word by word. */
export const isLong = (a: string, b: string): boolean => a.length + b.length > words;

const piece = (c: ChangeObject<string>): Piece => ({ kind: c.added ? 'added' : c.removed ? 'removed' : 'same', text: c.value });

/** What changed from one text to the other. */
export function compareTexts(a: string, b: string): Piece[] {
  if (a === b) return a === '' ? [] : [{ kind: 'same', text: a }];
  if (a.length + b.length > most) {
    const both: Piece[] = [{ kind: 'removed', text: a }, { kind: 'added', text: b }];
    return both.filter((p) => p.text !== '');
  }
  return (isLong(a, b) ? diffLines(a, b) : diffWordsWithSpace(a, b)).map(piece);
}

/** Messages as text that can be compared: who, what, which calls. */
export function messagesText(messages: Message[]): string {
  return messages
    .map((m) => {
      const parts = m.parts.map((p) => (p.type === 'text' ? p.text : p.type === 'image' ? `[image ${p.media_type} ${p.data.length}]` : `[${p.type}] ${p.text}`));
      const calls = m.tool_calls.map((c) => `→ ${c.name}(${c.arguments})`);
      return [`## ${m.role}${m.name === '' ? '' : ` ${m.name}`}`, ...parts, ...calls].join('\n');
    })
    .join('\n\n');
}

/** A value as JSON with its keys in order, so that only what differs differs. */
export function orderedJson(v: unknown): string {
  const sort = (o: unknown): unknown => {
    if (Array.isArray(o)) return o.map(sort);
    if (o === null || typeof o !== 'object') return o;
    return Object.fromEntries(Object.entries(o).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, x]) => [k, sort(x)]));
  };
  return JSON.stringify(sort(v), null, 2);
}

/** Parameters as JSON: their values come as JSON texts. */
export function paramsText(d: Pick<Detail, 'params'>): string {
  const values = Object.entries(d.params).map(([k, v]): [string, unknown] => {
    try {
      return [k, JSON.parse(v)];
    } catch {
      return [k, v];
    }
  });
  return orderedJson(Object.fromEntries(values));
}
