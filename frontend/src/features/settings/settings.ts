import type { Settings } from '../../core/dto';

/** What the retention fields hold: text, as it was typed. */
export interface Retention {
  days: string;
  gb: string;
}

const most = 100_000;

/** A limit as typed: a whole number from 0; null for anything else. */
export function limit(text: string | number): number | null {
  const s = String(text).trim();
  if (!/^\d{1,6}$/.test(s)) return null;
  const n = Number(s);
  return n <= most ? n : null;
}

/** Whether going from one limit to another may delete something. 0 is no limit. */
function tighter(before: number, after: number): boolean {
  return after > 0 && (before === 0 || after < before);
}

export function deletesMore(before: Pick<Settings, 'retention_days' | 'retention_gb'>, days: number, gb: number): boolean {
  return tighter(before.retention_days, days) || tighter(before.retention_gb, gb);
}

/** Whether the typed word allows deleting everything. */
export function confirms(typed: string, word: string): boolean {
  return typed.trim().toLowerCase() === word.toLowerCase();
}

/** A language by its own name. */
export function languageName(tag: string): string {
  if (tag === 'zh-TW') return '正體中文（台灣）';
  const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
  return name.charAt(0).toLocaleUpperCase(tag) + name.slice(1);
}

/** Header names as typed, apart by commas or spaces. */
export function names(text: string): string[] {
  return text.split(/[\s,]+/).filter((n) => n !== '');
}
