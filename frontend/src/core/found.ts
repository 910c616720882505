/** Where words occur in a text: [from, to) in UTF-16 units, without overlaps, in order. Case does not count. */
export function found(text: string, words: readonly string[]): [number, number][] {
  const low = text.toLowerCase();
  if (low.length !== text.length) return []; // some letters grow in lower case: places would be wrong
  const hits: [number, number][] = [];
  for (const word of words) {
    const w = word.toLowerCase().replaceAll('*', '').trim();
    if (w === '') continue;
    for (let i = low.indexOf(w); i >= 0 && hits.length < 2000; i = low.indexOf(w, i + w.length)) hits.push([i, i + w.length]);
  }
  hits.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
  const out: [number, number][] = [];
  for (const h of hits) {
    const last = out.at(-1);
    if (!last || h[0] >= last[1]) out.push(h);
  }
  return out;
}
