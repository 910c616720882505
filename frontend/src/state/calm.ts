/** How long after a change something is read again, in ms: at least this, and so much longer than it took last. */
const least = 2500;
const share = 20;

/**
 * Runs a reading at once or soon, never two at a time, and the less often the longer
 * it takes. At once gives a reading up that is under way, by its signal.
 */
export function calmly(read: (signal: AbortSignal) => Promise<void>): { now: () => void; soon: () => void; stop: () => void } {
  let took = 0;
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(): Promise<void> {
    timer = undefined;
    if (abort) return soon();
    const mine = (abort = new AbortController());
    const begun = performance.now();
    try {
      await read(mine.signal);
    } finally {
      if (abort === mine) {
        took = performance.now() - begun;
        abort = undefined;
      }
    }
  }
  function soon(): void {
    timer ??= setTimeout(() => void run(), Math.max(least, took * share));
  }
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    abort?.abort();
    abort = undefined;
  }
  return {
    soon,
    stop,
    now: () => {
      stop();
      timer = setTimeout(() => void run(), 20);
    },
  };
}
