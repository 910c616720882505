import type { Event } from './dto';

/** The window's runtime, as far as we use it. */
interface WindowRuntime {
  EventsOn(name: string, fn: (event: Event) => void): () => void;
}

export type Connection = 'connecting' | 'open' | 'lost';

export interface LiveHandlers {
  event(event: Event): void;
  /** "open" after "lost" means that events were missed: reload the state. */
  connection(state: Connection): void;
}

const eventTypes = ['exchange', 'live', 'status', 'changed', 'deletion'];

function parse(text: string): Event | null {
  try {
    return JSON.parse(text) as Event;
  } catch {
    return null;
  }
}

/**
 * Follows the program's events: through the native window's bridge where there
 * is one, else through one EventSource. A lost stream is tried again after
 * 1, 2, 4 … 15 seconds. Returns what ends it.
 */
export function connectLive(handlers: LiveHandlers, url = '/api/events'): () => void {
  const runtime = (globalThis as { runtime?: Partial<WindowRuntime> }).runtime;
  if (runtime?.EventsOn) {
    const off = runtime.EventsOn('gumshoe', (e) => handlers.event(e));
    handlers.connection('open');
    return off;
  }
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = 1000;
  const receive = (m: MessageEvent<string>) => {
    const event = parse(m.data);
    if (event) handlers.event(event);
  };
  const open = () => {
    handlers.connection('connecting');
    source = new EventSource(url);
    source.onopen = () => {
      wait = 1000;
      handlers.connection('open');
    };
    source.onerror = () => {
      source?.close();
      handlers.connection('lost');
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 15000);
    };
    for (const type of eventTypes) source.addEventListener(type, receive);
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}
