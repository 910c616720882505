import { SvelteMap } from 'svelte/reactivity';
import type { Command } from '../core/palette';

/** A command and what it does. */
export interface Doing extends Command {
  run: () => void;
}

/** What the palette offers: each page adds its own while it is open. */
class Commands {
  private readonly offers = new SvelteMap<number, () => Doing[]>();
  private next = 0;
  readonly all = $derived([...this.offers.values()].flatMap((of) => of()));

  /** Offers commands until the returned function is called. */
  offer(list: () => Doing[]): () => void {
    const key = this.next++;
    this.offers.set(key, list);
    return () => this.offers.delete(key);
  }
}

export const commands = new Commands();
