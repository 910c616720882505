import hljs from 'highlight.js/lib/core';
import json from 'highlight.js/lib/languages/json';
import type { LanguageFn } from 'highlight.js';
import { escape } from './escape';

// JSON is in every request; the others come when a text has them.
hljs.registerLanguage('json', json);

type Load = () => Promise<{ default: LanguageFn }>;

const grammars: Record<string, Load> = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  lua: () => import('highlight.js/lib/languages/lua'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  php: () => import('highlight.js/lib/languages/php'),
  powershell: () => import('highlight.js/lib/languages/powershell'),
  python: () => import('highlight.js/lib/languages/python'),
  r: () => import('highlight.js/lib/languages/r'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
};

const aliases: Record<string, string> = {
  sh: 'bash', shell: 'bash', zsh: 'bash', console: 'bash', h: 'c', 'c++': 'cpp', cc: 'cpp', hpp: 'cpp', cs: 'csharp', 'c#': 'csharp', patch: 'diff',
  docker: 'dockerfile', golang: 'go', toml: 'ini', js: 'javascript', jsx: 'javascript', mjs: 'javascript', cjs: 'javascript', node: 'javascript',
  jsonc: 'json', jsonl: 'json', ndjson: 'json', kt: 'kotlin', make: 'makefile', md: 'markdown', ps: 'powershell', ps1: 'powershell', pwsh: 'powershell',
  py: 'python', python3: 'python', rb: 'ruby', rs: 'rust', ts: 'typescript', tsx: 'typescript', html: 'xml', svg: 'xml', svelte: 'xml', vue: 'xml', yml: 'yaml',
};

/** What a page of HTML has inside. */
const inside: Record<string, string[]> = { xml: ['javascript', 'css'], php: ['xml'], typescript: ['javascript'] };

/** Longer code is shown plain: colouring it would hold the page up. */
const highlightLimit = 50_000;

const nameOf = (language: string): string => {
  const name = language.toLowerCase();
  return Object.hasOwn(aliases, name) ? aliases[name]! : name;
};

/** Fetches the grammars of languages that are known and not here yet; says whether any came. */
export async function loadLanguages(languages: Iterable<string>): Promise<boolean> {
  const wanted = new Set<string>();
  for (const language of languages) {
    const name = nameOf(language);
    for (const n of [name, ...(Object.hasOwn(inside, name) ? inside[name]! : [])]) {
      if (Object.hasOwn(grammars, n) && !hljs.getLanguage(n)) wanted.add(n);
    }
  }
  await Promise.all([...wanted].map(async (n) => hljs.registerLanguage(n, (await grammars[n]!()).default)));
  return wanted.size > 0;
}

/** Code as HTML with colours where its language is here, else escaped. Not sanitised. */
export function highlight(text: string, language: string): string {
  const name = nameOf(language);
  if (text.length > highlightLimit || name === '' || !hljs.getLanguage(name)) return escape(text);
  return hljs.highlight(text, { language: name, ignoreIllegals: true }).value;
}
