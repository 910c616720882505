import { IntlMessageFormat } from 'intl-messageformat';

/** One language's texts: nested objects whose leaves are ICU messages. */
export interface Catalogue {
  [key: string]: string | Catalogue;
}

/** The dotted paths to every text of a catalogue type. */
export type Paths<T> = {
  [K in keyof T & string]: T[K] extends string ? K : `${K}.${Paths<T[K]>}`;
}[keyof T & string];

export type Params = Record<string, string | number | boolean | Date | null | undefined>;

function lookUp(catalogue: Catalogue, key: string): string | undefined {
  let node: string | Catalogue | undefined = catalogue;
  for (const part of key.split('.')) {
    if (typeof node !== 'object') return undefined;
    node = Object.hasOwn(node, part) ? node[part] : undefined;
  }
  return typeof node === 'string' ? node : undefined;
}

/** Words texts in one language; a text missing there is taken from the fallback, else its key is shown. */
export class Translator {
  readonly locale: string;
  private readonly own: Catalogue;
  private readonly fallback: Catalogue;
  private readonly formats = new Map<string, IntlMessageFormat>();

  constructor(locale: string, own: Catalogue, fallback: Catalogue) {
    this.locale = locale;
    this.own = own;
    this.fallback = fallback;
  }

  has(key: string): boolean {
    return (lookUp(this.own, key) ?? lookUp(this.fallback, key)) !== undefined;
  }

  text(key: string, params?: Params): string {
    const own = lookUp(this.own, key);
    const message = own ?? lookUp(this.fallback, key);
    if (message === undefined) return key;
    let format = this.formats.get(key);
    if (!format) {
      try {
        format = new IntlMessageFormat(message, own === undefined ? 'en' : this.locale, undefined, { ignoreTag: true });
      } catch {
        return message;
      }
      this.formats.set(key, format);
    }
    try {
      const out = format.format(params);
      return Array.isArray(out) ? out.join('') : String(out);
    } catch {
      return message;
    }
  }
}

/** The language to use: the wanted one, else the system's first that we have, else English. */
export function pickLanguage(wanted: string, system: readonly string[], have: readonly string[]): string {
  if (have.includes(wanted)) return wanted;
  for (const tag of system) {
    if (have.includes(tag)) return tag;
    const lower = tag.toLowerCase();
    if (lower.startsWith('zh')) {
      const simplified = /hans|cn|sg/.test(lower);
      const zh = have.find((h) => h === (simplified ? 'zh-CN' : 'zh-TW'));
      if (zh) return zh;
      continue;
    }
    const base = have.find((h) => h.split('-')[0] === lower.split('-')[0]);
    if (base) return base;
  }
  return 'en';
}

/** Whether Intl takes a language tag. WebKit's window has "C" where the system's locale is that. */
export function isLanguageTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
