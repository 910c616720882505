import en from '../../messages/en.json';
import { ApiError } from '../core/api';
import { Formats } from '../core/format';
import { pickLanguage, Translator, type Catalogue, type Params, type Paths } from '../core/i18n';

/** Adding a language is adding one file to messages/. */
const files = import.meta.glob<Catalogue>(['../../messages/*.json', '!../../messages/en.json'], { import: 'default' });
const nameOf = (path: string) => path.replace(/^.*\/|\.json$/g, '');

export const languages: string[] = ['en', ...Object.keys(files).map(nameOf).sort()];
export type Key = Paths<typeof en>;

class Language {
  translator = $state.raw(new Translator('en', en, en));
  formats = $derived(new Formats(this.translator.locale));

  /** Switches to the wanted language; "" follows the system. */
  async use(wanted: string): Promise<void> {
    const tag = pickLanguage(wanted, navigator.languages, languages);
    if (tag !== this.translator.locale) {
      const load = Object.entries(files).find(([path]) => nameOf(path) === tag)?.[1];
      const own = tag === 'en' || !load ? en : await load();
      this.translator = new Translator(tag, own, en);
    }
    document.documentElement.lang = tag;
  }
}

export const language = new Language();

/** A text of the catalogue in the present language. Follows a change of language where it is used in markup. */
export function t(key: Key, params?: Params): string {
  return language.translator.text(key, params);
}

/** A text whose key is made at run time; the fallback is used where there is none. */
export function tMaybe(key: string, fallback: string, params?: Params): string {
  return language.translator.has(key) ? language.translator.text(key, params) : fallback;
}

/** What a person should read about a failure. */
export function errorText(e: unknown): string {
  if (!(e instanceof ApiError)) return t('errors.unknown');
  return tMaybe(`errors.${e.code}`, e.message === '' || e.message === e.code ? t('errors.unknown') : e.message, e.params);
}

/** The present language's formatter of figures and times. */
export function fmt(): Formats {
  return language.formats;
}
