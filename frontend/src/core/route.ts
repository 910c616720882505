/** In the order of the rail. */
export const places = ['requests', 'overview', 'models', 'users', 'chats', 'costs', 'ollama', 'sql', 'setup', 'settings'] as const;
/** Places without a door of their own. */
export const rooms = ['compare'] as const;
export type Place = (typeof places)[number] | (typeof rooms)[number];

/** Places whose address can name one thing: #/requests/ID, #/models/NAME. */
const withId: readonly Place[] = ['requests', 'compare', 'models', 'users', 'chats'];

/** Where one is: #/requests?…, #/requests/ID?…, #/models/NAME, #/setup, #/compare/ID?with=ID. */
export interface Route {
  place: Place;
  /** The open exchange, model or user, "" for none. */
  id: string;
  query: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  const path = cut < 0 ? text : text.slice(0, cut);
  const query = new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1));
  const [first = '', second = ''] = path.split('/');
  const place = [...places, ...rooms].find((p) => p === first) ?? 'requests';
  let id = '';
  if (withId.includes(place)) {
    try {
      id = decodeURIComponent(second);
    } catch {
      id = '';
    }
  }
  return { place, id, query };
}

export function formatHash(place: Place, id = '', query = new URLSearchParams()): string {
  const q = query.toString();
  return `#/${place}${id === '' ? '' : `/${encodeURIComponent(id)}`}${q === '' ? '' : `?${q}`}`;
}
