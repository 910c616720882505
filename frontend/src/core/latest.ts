/** One question at a time: a newer one waits a moment, takes the place of the one before and ends it. */
export class Latest<T> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort: AbortController | undefined;

  /** Take is told the answer of the latest question only; null where it failed. */
  constructor(private readonly take: (answer: T | null) => void) {}

  ask(question: (signal: AbortSignal) => Promise<T>, wait = 0): void {
    this.drop();
    const abort = new AbortController();
    this.abort = abort;
    this.timer = setTimeout(() => {
      question(abort.signal).then(
        (answer) => !abort.signal.aborted && this.take(answer),
        () => !abort.signal.aborted && this.take(null),
      );
    }, wait);
  }

  /** Gives the question up. */
  drop(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
  }
}
