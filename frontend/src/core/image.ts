import type { Part } from './dto';

const types = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** What an image part may show: only bytes that it holds itself, of a type that cannot carry script. Else "". */
export function imageSource(part: Part): string {
  const m = /^data:(image\/[a-z]+);base64,([A-Za-z0-9+/=\s]+)$/.exec(part.url);
  const type = m?.[1] ?? part.media_type;
  const data = m?.[2] ?? part.data;
  if (data === '' || !/^[A-Za-z0-9+/=\s]+$/.test(data)) return '';
  const known = types.includes(type) ? type : type === '' ? sniff(data) : '';
  return known === '' ? '' : `data:${known};base64,${data}`;
}

/** Ollama sends bare base64: the first bytes tell the type. */
function sniff(data: string): string {
  if (data.startsWith('iVBORw0KGgo')) return 'image/png';
  if (data.startsWith('/9j/')) return 'image/jpeg';
  if (data.startsWith('R0lGOD')) return 'image/gif';
  if (data.startsWith('UklGR')) return 'image/webp';
  return '';
}
