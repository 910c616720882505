const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text as HTML that shows it, also inside an attribute. */
export const escape = (s: string): string => s.replace(/[&<>"']/g, (c) => escapes[c] ?? c);

const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' };

/** The text of HTML without elements, as browsers write it. */
export const unescape = (s: string): string => s.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (_, name: string) => signs[name] ?? '');
