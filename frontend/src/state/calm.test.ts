import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { calmly } from './calm';

describe('a calm reading', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** A reading that ends when it is told to, or is given up. */
  function made() {
    const begun: { signal: AbortSignal; end: () => void }[] = [];
    const calm = calmly((signal) => new Promise((end) => begun.push({ signal, end })));
    return { begun, calm };
  }

  it('gives up what is under way when something else is wanted at once', async () => {
    const { begun, calm } = made();
    calm.now();
    await vi.advanceTimersByTimeAsync(50);
    calm.now();
    expect(begun[0]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(50);
    expect(begun.map((b) => b.signal.aborted)).toEqual([true, false]);
    calm.stop();
    expect(begun[1]?.signal.aborted).toBe(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(2);
  });

  it('is never two at a time where it is wanted soon', async () => {
    const { begun, calm } = made();
    for (let i = 0; i < 5; i++) {
      calm.soon();
      await vi.advanceTimersByTimeAsync(3000);
    }
    expect(begun).toHaveLength(1);
    begun[0]!.end();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(begun).toHaveLength(2);
  });
});
