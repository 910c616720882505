/** The names that a typed text leaves, the likeliest first: all of its words are in them, and those that begin with it come before the rest. */
export function narrowed(names: readonly string[], text: string): string[] {
  const words = text.toLowerCase().split(/[\s/]+/).filter((w) => w !== '');
  const whole = text.trim().toLowerCase();
  const rank = (n: string) => (n === whole ? 0 : n.startsWith(whole) ? 1 : n.slice(n.indexOf('/') + 1).startsWith(whole) ? 2 : 3);
  const found = names.map((name, i) => ({ name, i, low: name.toLowerCase() })).filter((n) => words.every((w) => n.low.includes(w)));
  return found.sort((a, b) => rank(a.low) - rank(b.low) || a.i - b.i).map((n) => n.name);
}
