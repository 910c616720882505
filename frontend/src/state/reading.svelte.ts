import { untrack } from 'svelte';
import { app } from './app.svelte';
import { calmly } from './calm';
import { errorText } from './i18n.svelte';

export interface Reading<T> {
  /** What was read last; it stays while something else is read, so that nothing flickers. */
  readonly data: T | null;
  readonly failure: string;
  again(): void;
}

/**
 * Reads when the key changes and, calmly, when new requests come in while they
 * belong to what is read. To be called where a component is made.
 */
export function reading<T>(key: () => string, read: () => Promise<T>, follows: () => boolean = () => true): Reading<T> {
  let data = $state.raw<T | null>(null);
  let failure = $state('');
  let call = 0;
  let calm: ReturnType<typeof calmly> | undefined;

  $effect(() => {
    void key();
    const mine = ++call;
    const own = calmly(async (signal) => {
      if (mine !== call) return;
      try {
        const got = await untrack(read);
        if (mine !== call || signal.aborted) return;
        data = got;
        failure = '';
      } catch (e) {
        if (mine === call && !signal.aborted) failure = errorText(e);
      }
    });
    calm = own;
    own.now();
    const soon = () => untrack(follows) && document.visibilityState === 'visible' && own.soon();
    const ends = [
      app.on((e) => ((e.type === 'exchange' && e.row?.state !== 'running') || e.type === 'changed') && soon()),
      // The first reading is not given up for a connection that opens meanwhile.
      app.onReload(() => (data === null && failure === '' ? own.soon() : own.now())),
    ];
    const timer = setInterval(soon, 60_000);
    document.addEventListener('visibilitychange', soon);
    return () => {
      call++;
      own.stop();
      clearInterval(timer);
      document.removeEventListener('visibilitychange', soon);
      for (const end of ends) end();
    };
  });

  return {
    get data() {
      return data;
    },
    get failure() {
      return failure;
    },
    again: () => calm?.now(),
  };
}
