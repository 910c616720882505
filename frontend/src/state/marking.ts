import { found } from '../core/found';

interface Registry {
  set(name: string, highlight: unknown): void;
  delete(name: string): void;
}

/** Most ranges that are marked at once. */
const most = 2000;

/**
 * Marks words inside an element without changing it; where the browser knows no
 * highlights, nothing is marked. The name is that of ::highlight(name).
 */
export function markWords(name: string, root: Element | undefined, words: readonly string[]): void {
  const registry = (globalThis.CSS as { highlights?: Registry } | undefined)?.highlights;
  const make = (globalThis as { Highlight?: new (...ranges: Range[]) => unknown }).Highlight;
  if (!registry || !make) return;
  if (!root || words.length === 0) {
    registry.delete(name);
    return;
  }
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node && ranges.length < most; node = walker.nextNode()) {
    for (const [from, to] of found(node.textContent ?? '', words)) {
      const range = document.createRange();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  }
  registry.set(name, new make(...ranges));
}
