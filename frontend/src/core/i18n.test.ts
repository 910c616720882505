import { describe, expect, it } from 'vitest';
import { isLanguageTag, pickLanguage, Translator } from './i18n';

const en = { a: { hi: 'Hello {name}', n: '{count, plural, one {# row} other {# rows}}', only: 'Only' }, bad: '{oops' };
const zh = { a: { hi: '你好 {name}', n: '{count, plural, other {# 列}}' } };

describe('Translator', () => {
  const t = new Translator('zh-TW', zh, en);
  it('words, counts and falls back', () => {
    expect(t.text('a.hi', { name: 'A<b>' })).toBe('你好 A<b>');
    expect(t.text('a.n', { count: 1200 })).toBe('1,200 列');
    expect(t.text('a.only')).toBe('Only');
    expect(new Translator('en', en, en).text('a.n', { count: 1 })).toBe('1 row');
  });
  it('survives missing keys, parameters and bad messages', () => {
    expect(t.text('a.none')).toBe('a.none');
    expect(t.text('a')).toBe('a');
    expect(t.text('constructor.name')).toBe('constructor.name');
    expect(t.text('a.hi')).toContain('你好');
    expect(t.text('bad')).toBe('{oops');
    expect(t.has('a.hi')).toBe(true);
    expect(t.has('a.x')).toBe(false);
  });
});

describe('pickLanguage', () => {
  const have = ['en', 'zh-TW'];
  it.each([
    ['zh-TW', ['en-US'], 'zh-TW'],
    ['', ['zh-Hant-TW', 'en'], 'zh-TW'],
    ['', ['zh-HK'], 'zh-TW'],
    ['', ['zh-CN', 'en-US'], 'en'],
    ['', ['fr', 'en-GB'], 'en'],
    ['', [], 'en'],
    ['xx', ['zh-TW'], 'zh-TW'],
  ])('%s %s -> %s', (wanted, system, want) => {
    expect(pickLanguage(wanted, system, have)).toBe(want);
  });
});

describe('isLanguageTag', () => {
  it('takes what Intl takes', () => {
    for (const good of ['en', 'en-US', 'zh-TW', 'zh-Hant-TW']) expect(isLanguageTag(good)).toBe(true);
    for (const bad of ['C', '', 'en_US.UTF-8', 'POSIX!']) expect(isLanguageTag(bad)).toBe(false);
  });
});
