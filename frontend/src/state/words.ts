import type { Row } from '../core/dto';
import { missing } from '../core/format';
import { fmt, t, tMaybe } from './i18n.svelte';

/** A figure as the list shows it: its text, and what a pointer over it says. */
export interface Figure {
  text: string;
  title: string | undefined;
}

/** A figure with its basis: an estimate carries ~, a missing one says so. */
export function figure(text: string, basis: string): Figure {
  if (text === missing) return { text, title: t('common.missing') };
  return { text: basis === 'estimated' ? `~${text}` : text, title: basis === '' ? undefined : basisName(basis) };
}

export function stateName(state: string): string {
  return tMaybe(`state.${state}`, state);
}

export function taskName(task: string): string {
  // A filter may say title for title_generation.
  return task === '' ? '' : tMaybe(`task.${task}`, tMaybe(`task.${task}_generation`, task.replaceAll('_', ' ')));
}

export function basisName(basis: string): string {
  return tMaybe(`basis.${basis === '' ? 'missing' : basis}`, basis);
}

export function noteName(note: string): string {
  return tMaybe(`note.${note}`, note.replaceAll('_', ' '));
}

/** What went wrong with a request, and what to do. */
export function faultText(fault: string): string {
  return tMaybe(`fault.${fault}`, fault);
}

export function phaseName(phase: string): string {
  return tMaybe(`phase.${phase}`, phase);
}

export function tokensOf(row: Row): { input: Figure; output: Figure } {
  return { input: figure(fmt().number(row.input_tokens), row.tokens_basis), output: figure(fmt().number(row.output_tokens), row.tokens_basis) };
}

/** What a row cost; ~ where its tokens are estimated, and unpriced where no price is known. */
export function costOf(row: Row): Figure {
  if (row.cost === null) return { text: missing, title: row.tokens_basis === '' ? t('common.missing') : t('requests.unpriced') };
  return figure(fmt().cost(row.cost), row.cost_basis);
}

/**
 * What a row is about: its prompt, or its path where it is no chat. The heading of
 * Open WebUI's own prompts says what the task beside it says.
 */
export function subjectOf(row: Pick<Row, 'prompt' | 'task' | 'method' | 'path'>): string {
  if (row.prompt === '') return `${row.method} ${row.path}`;
  return row.task === '' ? row.prompt : row.prompt.replace(/^### Task:\s+(?=\S)/, '');
}
