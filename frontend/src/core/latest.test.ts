import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Latest } from './latest';

describe('the latest question', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits, and takes the place of the one before', async () => {
    const taken: (string | null)[] = [];
    const asked: string[] = [];
    const latest = new Latest<string>((v) => taken.push(v));
    const question = (name: string, ms = 50) => (signal: AbortSignal) => {
      asked.push(name);
      return new Promise<string>((done, fail) => {
        signal.addEventListener('abort', () => fail(new Error('aborted')));
        setTimeout(() => done(name), ms);
      });
    };
    latest.ask(question('typed'), 200);
    await vi.advanceTimersByTimeAsync(100);
    latest.ask(question('typed on'), 200);
    await vi.advanceTimersByTimeAsync(220);
    expect(asked).toEqual(['typed on']);
    latest.ask(question('after it'));
    await vi.advanceTimersByTimeAsync(100);
    expect(taken).toEqual(['after it']);
    latest.ask(question('given up'));
    await vi.advanceTimersByTimeAsync(10);
    latest.drop();
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.at(-1)).toBe('given up');
    expect(taken).toEqual(['after it']);
  });

  it('says when it failed', async () => {
    const taken: (string | null)[] = [];
    new Latest<string>((v) => taken.push(v)).ask(() => Promise.reject(new Error('no')));
    await vi.advanceTimersByTimeAsync(1);
    expect(taken).toEqual([null]);
  });
});
