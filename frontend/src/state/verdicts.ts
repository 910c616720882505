import type { Verdict } from '../core/dto';
import { fmt, t, tMaybe } from './i18n.svelte';
import { stateName } from './words';

/** The short name of a verdict, for the list and the filter. */
export function verdictName(code: string): string {
  return tMaybe(`verdict.name.${code}`, code.replaceAll('_', ' '));
}

/** What needs a look first: a loss, something that failed, or only worth knowing. */
export function severity(code: string): 'bad' | 'warn' | 'info' {
  if (['secret_sent', 'context_cut', 'context_shifted', 'context_refused'].includes(code)) return 'bad';
  return ['cold_start', 'cache_missed', 'duplicate', 'abandoned'].includes(code) ? 'info' : 'warn';
}

/** The words of a parameter: durations, estimates and names are worded, the rest is as it came. */
function params(v: Verdict): Record<string, string | number> {
  const out: Record<string, string | number> = { ...v.words };
  for (const [name, n] of Object.entries(v.numbers)) out[name] = name.endsWith('_ms') ? fmt().duration(n * 1000) : n;
  // What a context lost is estimated; what a cache lost is reported.
  const about = v.code.startsWith('context_') ? '~' : '';
  for (const name of ['prompt', 'lost', 'fits']) if (v.numbers[name] !== undefined) out[name] = about + fmt().number(v.numbers[name]);
  for (const name of ['earlier', 'result']) if (v.words[name] !== undefined) out[name] = stateName(v.words[name]);
  if (v.words.kind !== undefined) out.kind = tMaybe(`verdict.secret.${v.words.kind}`, v.words.kind.replaceAll('_', ' '));
  if (v.words.role !== undefined) out.role = tMaybe(`role.${v.words.role}`, v.words.role);
  return out;
}

/** What happened and what to do, in whole sentences. What is not known has no sentence. */
export function verdictText(v: Verdict): string {
  const p = params(v);
  const has = (name: string) => v.numbers[name] !== undefined || (v.words[name] ?? '') !== '';
  const key = ['cold_start', 'abandoned', 'tool_arguments', 'context_refused'].includes(v.code) ? variant(v, has) : v.code;
  const sentences = [tMaybe(`verdict.text.${key}`, verdictName(v.code), p)];
  if (has('first_kept')) sentences.push(t('verdict.first_kept', p));
  if (has('nearest')) sentences.push(t('verdict.nearest', p));
  if (v.words.fix !== undefined) {
    const fix = v.words.fix === 'shorten' || !has('fits') ? 'shorten' : v.words.fix;
    sentences.push(tMaybe(`verdict.fix.${fix}`, '', p));
  }
  return sentences.filter((s) => s !== '').join(' ');
}

/** The form of a sentence for what is known. */
function variant(v: Verdict, has: (name: string) => boolean): string {
  switch (v.code) {
    case 'cold_start':
      return has('share') ? 'cold_start' : 'cold_start_plain';
    case 'abandoned':
      return has('output') ? 'abandoned' : 'abandoned_plain';
    case 'context_refused':
      return has('prompt') && has('context') ? 'context_refused' : 'context_refused_plain';
    default:
      return has('path') ? 'tool_arguments_at' : 'tool_arguments';
  }
}
