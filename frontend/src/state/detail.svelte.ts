import { ApiError, type Side } from '../core/api';
import type { Detail, Earlier } from '../core/dto';
import { api, app } from './app.svelte';

/** The exchange that is open beside the list. */
class OpenExchange {
  id = $state('');
  detail = $state.raw<Detail | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  private abort = new AbortController();

  /** Shows an exchange; what was shown stays until the new one is here. */
  async open(id: string): Promise<void> {
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.id = id;
    this.loading = true;
    try {
      const detail = await api.detail(id, abort.signal);
      if (abort.signal.aborted) return;
      this.detail = detail;
      this.error = null;
    } catch (e) {
      if (abort.signal.aborted) return;
      this.detail = null;
      this.error = e;
    }
    this.loading = false;
  }

  /** Loads again when the shown one has ended; returns what ends that. */
  follow(): () => void {
    return app.on((e) => {
      if (e.type === 'exchange' && e.row?.id === this.id) void this.open(this.id);
    });
  }

  /** Whether it is simply not stored yet. */
  get absent(): boolean {
    return this.error instanceof ApiError && this.error.status === 404;
  }
}

export const openExchange = new OpenExchange();

export type { Side };

/** What of a request an earlier one of its chat had; null where that can't be said. */
export async function loadEarlier(id: string, signal: AbortSignal): Promise<Earlier | null> {
  try {
    return await api.earlier(id, signal);
  } catch {
    return null; // a fold is worth no error
  }
}

/** The first bytes of a body, unpacked. */
export function loadBody(id: string, side: Side, limit: number, signal: AbortSignal): Promise<Uint8Array> {
  return api.body(id, side, limit, signal);
}

/** Where a body can be downloaded from, as it was on the wire. */
export function bodyUrl(id: string, side: Side): string {
  return api.bodyUrl(id, side);
}

/** What an exchange can be copied as; ollama only where its upstream is one. */
export const copies = ['curl', 'powershell', 'python', 'javascript', 'ollama', 'md', 'har'] as const;
export type CopyAs = (typeof copies)[number];

export function loadSnippet(id: string, as: CopyAs): Promise<string> {
  return api.snippet(id, as);
}

interface Opener {
  BrowserOpenURL(url: string): void;
}

/** Opens a link of a page in the system's browser; only the native window needs it. */
export function openOutside(e: MouseEvent): void {
  const runtime = (globalThis as { runtime?: Partial<Opener> }).runtime;
  const link = e.target instanceof Element ? e.target.closest('a[href]') : null;
  const href = link?.getAttribute('href') ?? '';
  if (!runtime?.BrowserOpenURL || !/^(https?|mailto):/i.test(href)) return;
  e.preventDefault();
  runtime.BrowserOpenURL(href);
}
