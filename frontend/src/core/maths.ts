import type { TokenizerAndRendererExtension } from 'marked';
import { escape, unescape } from './escape';

// Formulas take two steps. Markdown leaves each one as it was written, in a span
// that only this file makes; KaTeX turns these spans into MathML once it is here.
// MathML needs no fonts and no inline styles, which the page's policy forbids.

type Katex = typeof import('katex').default;
let katex: Katex | undefined;

const longest = 4000;
/** Most formulas of one text that are set; the rest stay as written. */
const most = 300;

const block = new RegExp(String.raw`^ {0,3}(?:\$\$([\s\S]{1,${longest}}?)\$\$|\\\[([\s\S]{1,${longest}}?)\\\])[ \t]*(?:\n|$)`);
const paired = new RegExp(String.raw`^(?:\$\$([^\n$]{1,${longest}}?)\$\$|\\\(([^\n]{1,${longest}}?)\\\)|\\\[([^\n]{1,${longest}}?)\\\])`);
// As in Pandoc: nothing blank inside the signs, no digit or letter after them.
const single = /^\$(?!\s)((?:\\.|[^$\\\n]){1,1000}?)(?<!\s)\$(?![\w$])/;

/** Whether "$a b$" is a formula rather than two sums of money. */
const looksLikeMaths = (s: string) => !/\s/.test(s) || /[\\^_{}=+<>]/.test(s);

const firstOf = (src: string, what: RegExp): number | undefined => {
  const i = src.search(what);
  return i < 0 ? undefined : i;
};

const span = (raw: string, display: boolean) => `<span class="${display ? 'tex tex-block' : 'tex'}">${escape(raw.trim())}</span>`;

/** What marked needs to see formulas: $…$, $$…$$, \(…\) and \[…\]. */
export const mathsExtensions: TokenizerAndRendererExtension[] = [
  {
    name: 'texBlock',
    level: 'block',
    start: (src) => firstOf(src, /(?:^|\n) {0,3}(?:\$\$|\\\[)/),
    tokenizer(src) {
      const m = block.exec(src);
      return m ? { type: 'texBlock', raw: m[0] } : undefined;
    },
    renderer: (token) => `<p>${span(token.raw, true)}</p>\n`,
  },
  {
    name: 'tex',
    level: 'inline',
    start: (src) => firstOf(src, /\$|\\[([]/),
    tokenizer(src) {
      const m = paired.exec(src) ?? single.exec(src);
      if (!m || (src[0] === '$' && src[1] !== '$' && !looksLikeMaths(m[1] ?? ''))) return undefined;
      return { type: 'tex', raw: m[0] };
    },
    renderer: (token) => span(token.raw, /^(?:\$\$|\\\[)/.test(token.raw)),
  },
];

/** Whether a text may hold formulas. */
export const hasMaths = (text: string): boolean => /\$[^\s$][^$]*\$|\$\$|\\\(|\\\[/.test(text);

/** Fetches KaTeX; says whether it came just now. */
export async function loadMaths(): Promise<boolean> {
  if (katex) return false;
  katex = (await import('katex')).default;
  return true;
}

/**
 * Sets the formulas of sanitised HTML. What KaTeX cannot read stays as written;
 * clean makes its MathML safe, whatever KaTeX does.
 */
export function setMaths(html: string, clean: (mathml: string) => string): string {
  const k = katex;
  if (!k) return html;
  let n = 0;
  return html.replace(/<span class="(tex(?: tex-block)?)">([^<]*)<\/span>/g, (whole, kind: string, source: string) => {
    if (++n > most) return whole;
    const tex = unescape(source).replace(/^(?:\$\$?|\\[([])|(?:\$\$?|\\[)\]])$/g, '');
    try {
      const mathml = k.renderToString(tex, { output: 'mathml', displayMode: kind !== 'tex', throwOnError: true, trust: false, strict: 'ignore', maxSize: 20, maxExpand: 500 });
      return `<span class="${kind}">${clean(mathml.replace(/<annotation[\s\S]*?<\/annotation>/g, ''))}</span>`;
    } catch {
      return whole;
    }
  });
}
