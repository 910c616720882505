/**
 * Indents JSON text without reading its values, so that big numbers, repeated
 * keys and escapes stay exactly as they are. Returns null for what is not JSON.
 */
export function prettyJson(text: string): string | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const out: string[] = [];
  let depth = 0;
  const line = () => out.push('\n', '  '.repeat(depth));
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      const from = i++;
      while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
      out.push(text.slice(from, i + 1));
    } else if (c === '{' || c === '[') {
      const close = /[^\s]/.exec(text.slice(i + 1, i + 200));
      if (close && (close[0] === '}' || close[0] === ']')) {
        out.push(c, close[0]);
        i += close.index + 1;
      } else {
        out.push(c);
        depth++;
        line();
      }
    } else if (c === '}' || c === ']') {
      depth--;
      line();
      out.push(c);
    } else if (c === ',') {
      out.push(c);
      line();
    } else if (c === ':') out.push(': ');
    else if (!/\s/.test(c)) out.push(c);
  }
  return out.join('');
}

/** The first bytes as offset, hex and characters. */
export function hexDump(bytes: Uint8Array, limit = 4096): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, limit); at += 16) {
    const part = [...bytes.subarray(at, Math.min(at + 16, limit))];
    const hex = part.map((b) => b.toString(16).padStart(2, '0')).join(' ');
    const chars = part.map((b) => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('');
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${chars}`);
  }
  return lines.join('\n');
}
