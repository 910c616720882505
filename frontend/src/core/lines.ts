// A text as lines that can be folded and searched, without a DOM. Long texts are
// laid out in slices, so that the page goes on moving meanwhile.

/** One line as it is shown. */
export interface Line {
  text: string;
  /** Where its text begins in the whole that is searched. */
  at: number;
  depth: number;
  /** The line that closes what this one opens, -1 for none. */
  close: number;
}

export interface Laid {
  lines: Line[];
  /** What is searched. */
  whole: string;
}

/** How much is laid out between two looks at the clock, in characters. */
const slice = 20_000;
/** A line of exact text is broken after so many characters. */
const wide = 240;

/**
 * JSON as indented lines, without reading its values: big numbers, repeated keys
 * and escapes stay as they are. Returns null for what is not JSON.
 */
export function* layJson(text: string): Generator<void, Laid | null> {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const lines: Line[] = [];
  const open: number[] = [];
  let line = '';
  let at = 0;
  let rest = slice;
  const end = (close = -1) => {
    lines.push({ text: line, at, depth: open.length, close });
    at += line.length + 1;
    line = '';
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    const from = i;
    if (c === '"') {
      i++;
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      line += text.slice(from, i + 1);
    } else if (c === '{' || c === '[') {
      line += c;
      const close = /[^\s]/.exec(text.slice(i + 1, i + 200));
      if (close && (close[0] === '}' || close[0] === ']')) {
        line += close[0];
        i += close.index + 1;
      } else {
        end();
        open.push(lines.length - 1);
      }
    } else if (c === '}' || c === ']') {
      end();
      const opener = lines[open.pop()!]!;
      opener.close = lines.length;
      line += c;
    } else if (c === ',') {
      line += c;
      end();
    } else if (c === ':') line += ': ';
    else if (!/\s/.test(c)) line += c;
    if ((rest -= i + 1 - from) < 0) {
      rest = slice;
      yield;
    }
  }
  end();
  return { lines, whole: lines.map((l) => l.text).join('\n') };
}

/** A text as it is, its lines broken where they are too wide. */
export function* layText(text: string): Generator<void, Laid> {
  const lines: Line[] = [];
  let rest = slice;
  for (let at = 0; at < text.length; ) {
    const stop = text.indexOf('\n', at);
    const end = stop < 0 ? text.length : stop;
    for (let from = at; from === at || from < end; from += wide) lines.push({ text: text.slice(from, Math.min(end, from + wide)), at: from, depth: 0, close: -1 });
    rest -= end - at + 1;
    at = end + 1;
    if (rest < 0) {
      rest = slice;
      yield;
    }
  }
  return { lines, whole: text };
}

/** Runs a layout to its end, a few milliseconds at a time. */
export async function inSlices<T>(work: Generator<void, T>, signal: AbortSignal): Promise<T | null> {
  let until = performance.now() + 8;
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    if (performance.now() < until) continue;
    await new Promise((resume) => setTimeout(resume));
    if (signal.aborted) return null;
    until = performance.now() + 8;
  }
}

/** The lines that are to be seen, by index; a folded one stands for its end, too. */
export function unfolded(lines: readonly Line[], folded: ReadonlySet<number>): number[] {
  const out: number[] = [];
  for (let i = 0; i < lines.length; i++) {
    out.push(i);
    if (folded.has(i) && lines[i]!.close > i) i = lines[i]!.close;
  }
  return out;
}

/** Folds everything below a depth. */
export function foldBelow(lines: readonly Line[], depth: number): Set<number> {
  const out = new Set<number>();
  lines.forEach((l, i) => l.close > i && l.depth >= depth && out.add(i));
  return out;
}

/** Folds a line, or unfolds it. */
export function toggled(folded: ReadonlySet<number>, line: number): Set<number> {
  const next = new Set(folded);
  if (!next.delete(line)) next.add(line);
  return next;
}

/** What has to be unfolded so that a line is seen. */
export function revealing(lines: readonly Line[], folded: ReadonlySet<number>, line: number): Set<number> {
  return new Set([...folded].filter((f) => !(f < line && line <= lines[f]!.close)));
}

/** The line that has a place of the whole, by bisection. */
export function lineAt(lines: readonly Line[], at: number): number {
  let low = 0;
  let high = lines.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (lines[middle]!.at <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A line's text in pieces, those that are hits marked; hits are [from, to) of the whole, in order. */
export function marked(line: Line, hits: readonly [number, number][], first: number): { text: string; hit: number }[] {
  const out: { text: string; hit: number }[] = [];
  const end = line.at + line.text.length;
  let at = line.at;
  for (let h = first; h < hits.length && hits[h]![0] < end; h++) {
    const from = Math.max(hits[h]![0], at);
    const to = Math.min(hits[h]![1], end);
    if (to <= from) continue;
    if (from > at) out.push({ text: line.text.slice(at - line.at, from - line.at), hit: -1 });
    out.push({ text: line.text.slice(from - line.at, to - line.at), hit: h });
    at = to;
  }
  if (at < end || out.length === 0) out.push({ text: line.text.slice(at - line.at), hit: -1 });
  return out;
}

/** The first hit that may touch a line. */
export function firstHit(line: Line, hits: readonly [number, number][]): number {
  let low = 0;
  let high = hits.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (hits[middle]![1] <= line.at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Each chunk's text, of the bytes that are there; a letter that is cut belongs to the later chunk. */
export function chunkTexts(bytes: Uint8Array, lengths: readonly number[]): string[] {
  const decoder = new TextDecoder();
  let at = 0;
  return lengths.map((n) => {
    const part = bytes.subarray(at, at + n);
    at += n;
    return decoder.decode(part, { stream: true });
  });
}
