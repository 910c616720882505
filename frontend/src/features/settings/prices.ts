import type { Formats } from '../../core/format';

/** The figures of an own price, in the order of the form. */
export const figures = ['input', 'output', 'cached', 'cache_write', 'cache_write_hour', 'request'] as const;

/** A price as typed: null for nothing, undefined for what is no price. */
export function amount(text: string): number | null | undefined {
  const s = text.trim().replace(',', '.');
  if (s === '') return null;
  if (!/^\d{1,6}(\.\d{1,9})?$/.test(s)) return undefined;
  const n = Number(s);
  return n <= 20_000 ? n : undefined;
}

/** A price a million, in US dollars. */
export function perMillion(fmt: Pick<Formats, 'cost'>, v: number | null): string {
  return fmt.cost(v);
}
