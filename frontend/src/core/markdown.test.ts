// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import type { Part } from './dto';
import { imageSource } from './image';
import { prepareMarkdown, renderCode, renderMarkdown } from './markdown';

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '![x](javascript:alert(1))',
  '![x](https://tracker.example/p.png)',
  '<a href="https://a.example" style="position:fixed" onclick="alert(1)">x</a>',
  '<form action=https://a.example><button>x</button></form>',
  '<style>*{display:none}</style>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  '```html\n<script>alert(1)</script>\n```',
  '`<img src=x onerror=alert(1)>`',
  '[x]: https://a.example "\\" onmouseover=alert(1)"\n[x]',
  '<https://a.example/"onmouseover=alert(1)>',
  '| a |\n|---|\n| <img src=x onerror=alert(1)> |',
];

describe('renderMarkdown', () => {
  it.each(attacks)('leaves nothing that runs or loads: %s', (text) => {
    const box = document.createElement('div');
    box.innerHTML = renderMarkdown(text);
    expect(box.querySelectorAll('script,img,svg,iframe,form,style,math,object,embed,link,video,audio,button')).toHaveLength(0);
    for (const el of box.querySelectorAll('*')) {
      for (const a of el.attributes) {
        expect(a.name).not.toMatch(/^on|^style$|^id$|^src/);
        if (a.name === 'href') expect(a.value).toMatch(/^(https?|mailto):/);
      }
    }
  });

  it('shows raw HTML as it was written', () => {
    const box = document.createElement('div');
    box.innerHTML = renderMarkdown('a <b>bold</b>');
    expect(box.textContent).toContain('<b>bold</b>');
  });

  it('renders what chats use', async () => {
    const text = '# T\n\n- [x] done\n\n**b** `c`\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n```python\nprint("x")\n```';
    expect(renderMarkdown(text)).not.toContain('hljs-string');
    expect(await prepareMarkdown(text)).toBe(true);
    expect(await prepareMarkdown(text)).toBe(false);
    const html = renderMarkdown(text);
    for (const tag of ['<h1>', '<li>', 'type="checkbox"', '<strong>', '<code>', '<table>', 'hljs-string']) expect(html).toContain(tag);
  });

  it('opens links outside', () => {
    expect(renderMarkdown('[x](https://a.example)')).toContain('target="_blank"');
    expect(renderMarkdown('[x](https://a.example)')).toContain('rel="noopener noreferrer"');
  });

  it('survives odd text', () => {
    for (const text of ['', '\u0000', '```', '[[[[[[', '> '.repeat(200), '\ud800']) expect(typeof renderMarkdown(text)).toBe('string');
  });
});

describe('renderCode', () => {
  it('colours and escapes', () => {
    expect(renderCode('{"a": "<img src=x>"}', 'json')).toContain('&lt;img');
    expect(renderCode('<x>', 'nonesuch')).toBe('&lt;x&gt;');
  });
});

describe('imageSource', () => {
  const part = (p: Partial<Part>): Part => ({ type: 'image', text: '', media_type: '', data: '', url: '', ...p });
  it('shows only what the request holds itself', () => {
    expect(imageSource(part({ media_type: 'image/png', data: 'iVBORw0KGgo=' }))).toBe('data:image/png;base64,iVBORw0KGgo=');
    expect(imageSource(part({ data: '/9j/AAAA' }))).toBe('data:image/jpeg;base64,/9j/AAAA');
    expect(imageSource(part({ url: 'data:image/gif;base64,R0lGODdh' }))).toBe('data:image/gif;base64,R0lGODdh');
    expect(imageSource(part({ url: 'https://a.example/x.png' }))).toBe('');
    expect(imageSource(part({ media_type: 'image/svg+xml', data: 'PHN2Zz4=' }))).toBe('');
    expect(imageSource(part({ url: 'data:image/svg+xml;base64,PHN2Zz4=' }))).toBe('');
    expect(imageSource(part({ media_type: 'image/png', data: '"><script>' }))).toBe('');
  });
});
