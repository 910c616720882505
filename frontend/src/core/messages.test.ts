import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import type { Catalogue } from './i18n';

const dir = new URL('../../messages/', import.meta.url);
const files = readdirSync(dir).filter((f) => f.endsWith('.json'));
const read = (f: string) => JSON.parse(readFileSync(new URL(f, dir), 'utf8')) as Catalogue;

function flat(c: Catalogue, prefix = ''): Record<string, string> {
  return Object.assign({}, ...Object.entries(c).map(([k, v]) => (typeof v === 'string' ? { [prefix + k]: v } : flat(v, `${prefix}${k}.`))));
}

function names(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((e) => {
    if (e.type === TYPE.literal || e.type === TYPE.pound) return [];
    if (e.type === TYPE.plural || e.type === TYPE.select) return [e.value, ...Object.values(e.options).flatMap((o) => names(o.value))];
    return [e.value];
  });
}

const used = (text: string) => [...new Set(names(parse(text, { ignoreTag: true })))].sort();
const en = flat(read('en.json'));

describe.each(files)('catalogue %s', (file) => {
  const own = flat(read(file));

  it('has the texts of the English one, no more and no less', () => {
    expect(Object.keys(own).sort()).toEqual(Object.keys(en).sort());
  });

  it('parses, with the same parameters, and leaves nothing empty', () => {
    for (const [key, text] of Object.entries(own)) {
      expect(text, key).not.toBe('');
      expect(used(text), key).toEqual(used(en[key] ?? ''));
    }
  });
});
