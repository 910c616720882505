import { SvelteMap } from 'svelte/reactivity';

/** In the order in which the sheet lists them. */
const order = ['move', 'rows', 'links', 'ends', 'open', 'open_row', 'select', 'all', 'close', 'full', 'filter', 'palette', 'reload', 'tabs', 'mark', 'copy', 'export', 'help'] as const;
export type ShortcutName = (typeof order)[number];

/** What a key does on the open page. */
export interface Shortcut {
  name: ShortcutName;
  /** As the sheet shows them, parted by spaces. */
  keys: string;
  /** Keys that are heard wherever the focus is; none where what has the focus hears them itself. */
  on?: readonly string[];
  /** false where the key is not for it now. */
  run?: (e: KeyboardEvent) => boolean | void;
}

/** The keys of the open page: what the sheet lists is what is heard. */
class Shortcuts {
  private readonly offers = new SvelteMap<number, () => Shortcut[]>();
  private next = 0;
  /** Whether the sheet is open. */
  sheet = $state(false);
  /** Whether the search box of the requests is to have the focus. */
  search = $state(false);

  /** Offers shortcuts until the returned function is called; later offers come first. */
  offer(list: () => Shortcut[]): () => void {
    const key = this.next++;
    this.offers.set(key, list);
    return () => this.offers.delete(key);
  }

  /** What works now. */
  list(): Shortcut[] {
    const all = [...this.offers.values()].reverse().flatMap((of) => of());
    return order.flatMap((name) => all.find((s) => s.name === name) ?? []);
  }

  /** Gives a key to the page that is open; says whether it was used. */
  press(e: KeyboardEvent): boolean {
    const all = [...this.offers.values()].reverse().flatMap((of) => of());
    return all.some((s) => s.on?.includes(e.key) && s.run && s.run(e) !== false);
  }
}

export const shortcuts = new Shortcuts();
