/** How long after a change something is read again, in ms: at least this, and so much longer than it took last. */
const least = 2500;
const share = 20;

/** Runs a reading at once or soon, never two at a time, and the less often the longer it takes. */
export function calmly(read: () => Promise<void>): { now: () => void; soon: () => void; stop: () => void } {
  let took = 0;
  let busy = false;
  let again = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function run(): Promise<void> {
    timer = undefined;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    const begun = performance.now();
    try {
      await read();
    } finally {
      took = performance.now() - begun;
      busy = false;
      if (again) {
        again = false;
        soon();
      }
    }
  }
  function soon(): void {
    timer ??= setTimeout(() => void run(), Math.max(least, took * share));
  }
  return {
    soon,
    now: () => {
      clearTimeout(timer);
      timer = setTimeout(() => void run(), 100);
    },
    stop: () => clearTimeout(timer),
  };
}
