/** One thing that the palette can do. */
export interface Command {
  id: string;
  label: string;
  /** A key that does the same, for example "x". */
  keys?: string;
  /** Further words by which it is found. */
  also?: string;
}

/** How well a command fits what was typed: higher is better, -1 is not at all. Letters may be left out. */
export function score(command: Pick<Command, 'label' | 'also'>, typed: string): number {
  const want = typed.trim().toLowerCase();
  if (want === '') return 0;
  const label = command.label.toLowerCase();
  if (label.startsWith(want)) return 100 - label.length / 100;
  const word = label.split(/[\s:–-]+/).some((w) => w.startsWith(want));
  if (word) return 80 - label.length / 100;
  if (label.includes(want)) return 60 - label.length / 100;
  if ((command.also ?? '').toLowerCase().includes(want)) return 40;
  let at = 0;
  for (const c of label) if (c === want[at]) at++;
  return at === want.length && want.length > 1 ? 20 - label.length / 100 : -1;
}

/** The commands that fit, the best first. */
export function matching<T extends Command>(commands: readonly T[], typed: string): T[] {
  return commands
    .map((command, i) => ({ command, i, fit: score(command, typed) }))
    .filter((c) => c.fit >= 0)
    .sort((a, b) => b.fit - a.fit || a.i - b.i)
    .map((c) => c.command);
}
