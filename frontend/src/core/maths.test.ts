// @vitest-environment jsdom
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareMarkdown, renderMarkdown } from './markdown';
import { hasMaths } from './maths';

const box = (text: string) => {
  const el = document.createElement('div');
  el.innerHTML = renderMarkdown(text);
  return el;
};

describe('formulas', () => {
  it('stay as written until KaTeX is here', () => {
    const el = box('so $a < b^2$ holds');
    expect(el.querySelector('math')).toBeNull();
    expect(el.textContent).toBe('so $a < b^2$ holds\n');
  });

  describe('with KaTeX', () => {
    beforeAll(async () => {
      expect(await prepareMarkdown('no formula, $5')).toBe(false);
      expect(await prepareMarkdown('$x$')).toBe(true);
    });

    it.each([
      ['a $x^2$ b', 1, 0],
      ['$$\\int_0^1 x\\,dx$$', 1, 1],
      ['text\n$$\n\\begin{matrix}a&b\\\\c&d\\end{matrix}\n$$\nmore', 1, 1],
      ['\\(\\alpha\\) and \\[\\beta\\]', 2, 1],
      ['- item $a_1$\n- item $b_1$', 2, 0],
      ['| f |\n|---|\n| $x$ |', 1, 0],
      ['$a < b$', 1, 0],
    ])('are set: %s', (text, all, display) => {
      const el = box(text);
      expect(el.querySelectorAll('math')).toHaveLength(all);
      expect(el.querySelectorAll('math[display=block]')).toHaveLength(display);
      expect(el.querySelector('annotation')).toBeNull();
    });

    it.each(['costs $5 and $10', 'from $5-$10', 'US$5 vs A$6', 'echo $HOME:$PATH', '`$x$`', '```\n$$x$$\n```', '\\$x\\$', '$ x $'])('are not seen in: %s', (text) => {
      expect(box(text).querySelector('math')).toBeNull();
    });

    it('keep what cannot be read', () => {
      const el = box('bad $\\frac{1$ and $\\nosuch{x}$');
      expect(el.querySelector('math')).toBeNull();
      expect(el.textContent).toContain('$\\nosuch{x}$');
    });

    it.each([
      '$\\href{javascript:alert(1)}{x}$',
      '$\\url{https://tracker.example}$',
      '$\\includegraphics{https://tracker.example/p.png}$',
      '$\\htmlStyle{position:fixed}{x}$',
      '$\\htmlData{a=b}{x}$',
      '$\\text{<img src=x onerror=alert(1)>}$',
      '$\\text{</math><script>alert(1)</script>}$',
      '$\\color{red}\\colorbox{blue}{x}$',
      '$$\\def\\a{\\a\\a}\\a$$',
      '$$\\rule{9999em}{9999em}$$',
    ])('leave nothing that runs, loads or covers the page: %s', (text) => {
      const el = box(text);
      expect(el.querySelectorAll('script,img,a[href^="java"],a[href*=tracker] img,style,iframe')).toHaveLength(0);
      for (const math of el.querySelectorAll('math, math *')) {
        expect(math.namespaceURI).toBe('http://www.w3.org/1998/Math/MathML');
        for (const a of math.attributes) expect(a.name).not.toMatch(/^on|^style$|^id$|href|^src|^class$|color|background/);
      }
      for (const w of el.querySelectorAll('[width]')) expect(parseFloat(w.getAttribute('width') ?? '0')).toBeLessThanOrEqual(20);
    });

    it('take no long time over what never closes', () => {
      const before = performance.now();
      for (const s of ['$$ ', '$x ', '\\[ ', '\\( ']) renderMarkdown(s.repeat(8000));
      expect(performance.now() - before).toBeLessThan(8000);
    });
  });

  it('are looked for only where they may be', () => {
    expect(hasMaths('plain, $5')).toBe(false);
    expect(hasMaths('a $x$')).toBe(true);
    expect(hasMaths('\\[x\\]')).toBe(true);
  });
});
