import type { QueryError, QueryNode, QueryValue } from '../core/dto';
import { fmt, t, tMaybe } from './i18n.svelte';
import { verdictName } from './verdicts';
import { stateName, taskName } from './words';

const ops: Record<string, string> = { '>': 'more', '>=': 'at_least', '<': 'less', '<=': 'at_most', '=': 'equal', '..': 'between' };

function number(type: string, v: number): string {
  switch (type) {
    case 'duration':
      return fmt().duration(v);
    case 'money':
      return fmt().cost(v);
    case 'size':
      return fmt().bytes(v);
    default:
      return fmt().number(v, Number.isInteger(v) ? 0 : 2);
  }
}

function valueWords(node: QueryNode, v: QueryValue): string {
  switch (node.type) {
    case 'time':
      if (!v.ago) return fmt().dateTime(v.number);
      return tMaybe(node.field === 'since' ? 'query.op.ago' : 'query.op.ago_before', '', { value: ago(v.number) });
    case 'text':
      if (v.text === '') return t('query.op.none');
      if (node.field === 'task' && !v.wild) return taskName(v.text);
      if (node.field === 'verdict' && !v.wild) return verdictName(v.text);
      return v.text;
    case 'choice':
      return node.field === 'state' ? stateName(v.text) : v.text;
    default:
      return tMaybe(`query.op.${ops[v.op] ?? 'equal'}`, '', { value: number(node.type, v.number), low: number(node.type, v.number), high: number(node.type, v.high) });
  }
}

/** How long ago, in the largest unit that is whole. */
function ago(micros: number): string {
  const seconds = Math.round(micros / 1e6);
  const unit = ([['week', 604800], ['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]] as const).find(([, s]) => seconds % s === 0) ?? (['second', 1] as const);
  return fmt().unit(seconds / unit[1], unit[0]);
}

function joined(list: string[], word: string): string {
  return list.join(` ${word} `);
}

/** So short a word does not stand for those that begin with it. */
const wholeWord = (text: string) => [...text].length < 3 && /^[\p{Script=Latin}\p{N}]+$/u.test(text);

/** A part as it stands behind a "not" or beside an "and": in brackets where it has several. The words of "and" have theirs. */
function grouped(node: QueryNode): string {
  const words = nodeWords(node);
  return node.kind === 'or' || (node.kind === 'term' && node.values.length > 1) ? t('query.all', { what: words }) : words;
}

/** What one part of a filter means, in plain words. */
export function nodeWords(node: QueryNode): string {
  switch (node.kind) {
    case 'word': {
      const text = node.values[0]?.text ?? '';
      if (node.values[0]?.quoted) return t('query.phrase', { text });
      return t(wholeWord(text) ? 'query.whole' : 'query.words', { text });
    }
    case 'not':
      return t('query.not', { what: node.kids.map(grouped).join(' ') });
    case 'and':
      return t('query.all', { what: joined(node.kids.map((k) => (k.kind === 'or' ? grouped(k) : nodeWords(k))), t('query.and')) });
    case 'or':
      return joined(node.kids.map(nodeWords), t('query.or'));
  }
  if (node.field === 'is' || node.field === 'has') {
    return joined(node.values.map((v) => tMaybe(`query.${node.field}.${v.text}`, v.text)), t('query.or'));
  }
  return t('query.term', { field: tMaybe(`query.field.${node.field}`, node.field), value: joined(node.values.map((v) => valueWords(node, v)), t('query.or')) });
}

const examples: Record<string, string> = { duration: '>2s, <500ms, 1s..5s', money: '>=0.01, <1', size: '>1mb', rate: '<5, >20.5', count: '>8k, 400, 1k..2k' };

/** What is wrong with a typed filter. */
export function errorWords(e: QueryError): string {
  const field = tMaybe(`query.field.${e.field}`, e.field);
  const type = ['ttft', 'duration', 'load', 'queue'].includes(e.field) ? 'duration' : e.field === 'cost' ? 'money' : e.field === 'size' ? 'size' : e.field.endsWith('tps') ? 'rate' : 'count';
  return tMaybe(`query.errors.${e.code}`, e.code, { word: e.word, field, example: examples[type] ?? '' });
}
