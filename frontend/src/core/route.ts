export const places = ['requests', 'setup', 'ollama', 'settings'] as const;
export type Place = (typeof places)[number];

/** Where one is: #/requests?…, #/requests/ID?…, #/setup, #/ollama, #/settings. */
export interface Route {
  place: Place;
  /** The open exchange, "" for none. */
  id: string;
  query: URLSearchParams;
}

export function parseHash(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  const path = cut < 0 ? text : text.slice(0, cut);
  const query = new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1));
  const [first = '', second = ''] = path.split('/');
  const place = places.find((p) => p === first) ?? 'requests';
  let id = '';
  if (place === 'requests') {
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
