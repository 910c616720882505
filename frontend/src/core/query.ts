import type { Live, Query, QueryNode, QueryValue } from './dto';

/** Whether a value has to stand in quotation marks to be taken as it is. */
const odd = /[\s,()"“「\\*:]|^[<>=≥≤]/;

/** A value as it is typed; exact keeps "llama3" from meaning "llama3:8b" as well. */
export function valueText(value: string, exact = false): string {
  if (!exact && value !== '' && !odd.test(value)) return value;
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

const lists = new Set(['state', 'is', 'has', 'kind']);

/** A term as it is typed: field:a,b. */
export function termText(field: string, values: string[], exact = false): string {
  return `${field}:${values.map((v) => valueText(v, exact && !lists.has(field))).join(',')}`;
}

/** The parts that are joined by AND: what the chips show. */
export function parts(tree: QueryNode | null | undefined): QueryNode[] {
  if (!tree) return [];
  return tree.kind === 'and' ? tree.kids : [tree];
}

/** The values that the menus show as chosen: of the first term of a field that stands by itself. */
export function valuesOf(tree: QueryNode | null | undefined, field: string): string[] {
  return parts(tree).find((n) => n.kind === 'term' && n.field === field)?.values.map((v) => v.text) ?? [];
}

/** The text without one of its parts. */
export function without(text: string, node: QueryNode): string {
  return `${text.slice(0, node.from).trimEnd()} ${text.slice(node.to).trimStart()}`.trim();
}

/** The text with the values of a field set: its term changed, put in or taken away. */
export function withValues(text: string, tree: QueryNode | null | undefined, field: string, values: string[]): string {
  const term = parts(tree).find((n) => n.kind === 'term' && n.field === field);
  if (values.length === 0) return term ? without(text, term) : text;
  const typed = termText(field, values, true);
  if (term) return text.slice(0, term.from) + typed + text.slice(term.to);
  return `${text.trim()} ${typed}`.trim();
}

/** Whether one text is the other with something put in or taken out: the same filter, still being typed. */
export function edits(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  let head = 0;
  while (head < short.length && short[head] === long[head]) head++;
  return long.endsWith(short.slice(head));
}

/** The text with a completion put in, and where the caret stands then. */
export function complete(text: string, at: Pick<Query, 'choice_from' | 'choice_to'>, choice: string): { text: string; caret: number } {
  const after = text.slice(at.choice_to);
  const space = choice.endsWith(':') || after.startsWith(' ') || after.startsWith(')') ? '' : ' ';
  const before = text.slice(0, at.choice_from) + choice + space;
  return { text: before + after, caret: before.length };
}

function fits(value: QueryValue, have: string, end: string): boolean {
  const want = value.text.toLowerCase();
  const text = have.toLowerCase();
  if (value.wild) return new RegExp(`^${want.split('*').map((p) => p.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('.*')}$`, 's').test(text);
  if (text === want || value.quoted) return text === want;
  return end !== '' && text.includes(end) && text.slice(0, text.indexOf(end)) === want;
}

/** Whether a running request passes; of most fields nothing is known before it ends, then it does not. */
export function matchesLive(node: QueryNode | null | undefined, live: Live): boolean {
  if (!node) return true;
  switch (node.kind) {
    case 'and':
      return node.kids.every((k) => matchesLive(k, live));
    case 'or':
      return node.kids.some((k) => matchesLive(k, live));
    case 'not':
      return node.kids.every((k) => known(k) && !matchesLive(k, live));
    case 'word':
      return false;
  }
  if (node.field === 'state') return node.values.some((v) => v.text === 'running');
  const ends: Record<string, string> = { model: ':', user: '@', task: '_', upstream: '' };
  const end = ends[node.field];
  if (end !== undefined) return node.values.some((v) => fits(v, live[node.field as 'model' | 'user' | 'task' | 'upstream'], end));
  if (node.field === 'since') return node.values.every((v) => v.ago || live.started_at >= v.number);
  return false;
}

function known(node: QueryNode): boolean {
  if (node.kind === 'term') return ['model', 'user', 'task', 'upstream', 'since'].includes(node.field);
  return node.kind !== 'word' && node.kids.every(known);
}
