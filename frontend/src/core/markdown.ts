import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import { escape } from './escape';
import { highlight, loadLanguages } from './highlight';
import { hasMaths, loadMaths, mathsExtensions, setMaths } from './maths';

const marked = new Marked({
  gfm: true,
  breaks: true,
  extensions: mathsExtensions,
  renderer: {
    // What a model writes as HTML is shown as it was written.
    html: ({ text }) => (/^<br\s*\/?>$/i.test(text.trim()) ? '<br>' : escape(text)),
    code: ({ text, lang }) => {
      const language = /^[\w+#-]+/.exec(lang ?? '')?.[0] ?? '';
      return `<pre><code class="hljs">${highlight(text, language)}</code></pre>\n`;
    },
    // Nothing is fetched from anywhere: an image becomes a link.
    image: ({ href, text }) => `<a href="${escape(href)}">🖼 ${escape(text === '' ? href : text)}</a>`,
  },
});

const allowed = {
  ALLOWED_TAGS: [
    'a', 'b', 'blockquote', 'br', 'code', 'del', 'em', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'hr', 'i', 'input', 'li', 'ol', 'p', 'pre', 's', 'span', 'strong',
    'sub', 'sup', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul',
  ],
  ALLOWED_ATTR: ['href', 'class', 'start', 'align', 'type', 'checked', 'disabled'],
  FORBID_ATTR: ['style', 'id', 'name'],
  // Never a URI; without this they would have to look like one.
  ADD_URI_SAFE_ATTR: ['start', 'align', 'type', 'checked', 'disabled'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
};

/** MathML without links, styles, colours or anything of HTML. */
const mathml = {
  ALLOWED_TAGS: [
    'math', 'menclose', 'mfrac', 'mi', 'mmultiscripts', 'mn', 'mo', 'mover', 'mpadded', 'mphantom', 'mroot', 'mrow', 'mspace', 'msqrt', 'mstyle', 'msub', 'msubsup',
    'msup', 'mtable', 'mtd', 'mtext', 'mtr', 'munder', 'munderover',
  ],
  ALLOWED_ATTR: [
    'accent', 'accentunder', 'columnalign', 'columnlines', 'columnspacing', 'depth', 'display', 'displaystyle', 'fence', 'form', 'height', 'largeop', 'linethickness',
    'lspace', 'mathvariant', 'maxsize', 'minsize', 'movablelimits', 'notation', 'rowlines', 'rowspacing', 'rspace', 'scriptlevel', 'separator', 'stretchy', 'symmetric',
    'voffset', 'width',
  ],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

let purify: typeof DOMPurify | undefined;

function purifier(): typeof DOMPurify {
  if (purify) return purify;
  const p = DOMPurify(window);
  p.addHook('afterSanitizeAttributes', (node) => {
    if (node.tagName === 'A') {
      node.setAttribute('target', '_blank');
      node.setAttribute('rel', 'noopener noreferrer');
    }
    if (node.tagName === 'INPUT') {
      if (node.getAttribute('type') !== 'checkbox') node.remove();
      else node.setAttribute('disabled', '');
    }
    const names = node.getAttribute('class');
    if (names !== null && !/^(tex|tex tex-block)$/.test(names) && !/^(hljs[\w-]*)(\s+(hljs[\w-]*|function_|class_|inherited__))*$/.test(names)) node.removeAttribute('class');
  });
  return (purify = p);
}

/** The languages that the code of a text names. */
const languagesIn = (text: string): string[] => [...text.matchAll(/^[ \t>]*(?:`{3,}|~{3,})[ \t]*([\w+#-]+)/gm)].map((m) => m[1]!);

/** Fetches what a text needs to be rendered whole; says whether rendering it again shows more. */
export async function prepareMarkdown(text: string): Promise<boolean> {
  const came = await Promise.all([loadLanguages(languagesIn(text)), hasMaths(text) ? loadMaths() : false]);
  return came.includes(true);
}

/**
 * Markdown as HTML in which no script, style, form or remote resource is left.
 * Code and formulas whose parts have not been fetched are shown as written.
 */
export function renderMarkdown(text: string): string {
  let html: string;
  try {
    html = marked.parse(text, { async: false });
  } catch {
    html = `<p>${escape(text)}</p>`;
  }
  const p = purifier();
  return setMaths(p.sanitize(html, allowed), (m) => p.sanitize(m, { ...mathml, ADD_URI_SAFE_ATTR: mathml.ALLOWED_ATTR }));
}

/** Code as HTML with colours. */
export function renderCode(text: string, language: string): string {
  return purifier().sanitize(highlight(text, language), allowed);
}
