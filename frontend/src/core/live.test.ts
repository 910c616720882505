import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event } from './dto';
import { connectLive } from './live';

class FakeSource {
  static made: FakeSource[] = [];
  onopen: () => void = () => undefined;
  onerror: () => void = () => undefined;
  closed = false;
  private readonly on = new Map<string, (m: { data: string }) => void>();
  constructor(readonly url: string) {
    FakeSource.made.push(this);
  }
  addEventListener(type: string, fn: (m: { data: string }) => void) {
    this.on.set(type, fn);
  }
  say(type: string, data: string) {
    this.on.get(type)?.({ data });
  }
  close() {
    this.closed = true;
  }
}

describe('connectLive', () => {
  const seen: Event[] = [];
  const states: string[] = [];
  const handlers = { event: (e: Event) => seen.push(e), connection: (s: string) => states.push(s) };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('EventSource', FakeSource);
    FakeSource.made = [];
    seen.length = states.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('passes events on and ignores rubbish', () => {
    const end = connectLive(handlers);
    const [source] = FakeSource.made;
    source?.onopen();
    source?.say('status', '{"type":"status"}');
    source?.say('live', 'not json');
    expect(seen).toEqual([{ type: 'status' }]);
    expect(states).toEqual(['connecting', 'open']);
    end();
    expect(source?.closed).toBe(true);
  });

  it('comes back, waiting longer each time', () => {
    const end = connectLive(handlers);
    for (const wait of [1000, 2000, 4000, 8000, 15000, 15000]) {
      const count = FakeSource.made.length;
      FakeSource.made.at(-1)?.onerror();
      vi.advanceTimersByTime(wait - 1);
      expect(FakeSource.made).toHaveLength(count);
      vi.advanceTimersByTime(1);
      expect(FakeSource.made).toHaveLength(count + 1);
    }
    end();
    vi.advanceTimersByTime(60_000);
    expect(FakeSource.made).toHaveLength(7);
  });

  it('uses the bridge of the window where there is one', () => {
    let send: (e: Event) => void = () => undefined;
    const off = vi.fn();
    vi.stubGlobal('runtime', { EventsOn: (name: string, fn: (e: Event) => void) => ((send = fn), expect(name).toBe('gumshoe'), off) });
    const end = connectLive(handlers);
    send({ type: 'changed', what: 'settings' });
    expect(seen).toHaveLength(1);
    expect(states).toEqual(['open']);
    expect(FakeSource.made).toHaveLength(0);
    end();
    expect(off).toHaveBeenCalled();
  });
});
