import { SvelteSet } from 'svelte/reactivity';
import { Api } from '../core/api';
import type { Event, Live, Settings, Status } from '../core/dto';
import { connectLive, type Connection } from '../core/live';
import { formatHash, parseHash, type Place, type Route } from '../core/route';
import { language } from './i18n.svelte';

export const api = new Api();

/** How often the count of requests moves, ms. */
const countPace = 400;

type Listener = (event: Event) => void;

/** What every page shares: where one is, the program's health, running requests, settings. */
class App {
  route = $state.raw<Route>(parseHash(location.hash));
  connection = $state<Connection>('connecting');
  status = $state.raw<Status | null>(null);
  live = $state.raw<Live[]>([]);
  settings = $state.raw<Settings | null>(null);
  /** False while the program answers 401: the browser must log in again. */
  allowed = $state(true);
  private readonly listeners = new Set<Listener>();
  private readonly reloaders = new SvelteSet<() => void>();
  private started = false;
  private fresh = 0;
  private counting: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    if (this.started) return;
    this.started = true;
    addEventListener('hashchange', () => {
      this.route = parseHash(location.hash);
    });
    connectLive({
      event: (e) => this.receive(e),
      connection: (c) => {
        const again = c === 'open' && this.connection !== 'open';
        this.connection = c;
        if (again) void this.reload();
        else if (c === 'lost') void this.loadStatus();
      },
    });
    void this.reload();
  }

  /** Calls fn with every event; returns what ends it. */
  on(fn: Listener): () => void {
    this.listeners.add(fn);
    return () => this.listeners.delete(fn);
  }

  /** Calls fn when events may have been missed; returns what ends it. */
  onReload(fn: () => void): () => void {
    this.reloaders.add(fn);
    return () => this.reloaders.delete(fn);
  }

  go(place: Place, id = '', query = new URLSearchParams()): void {
    location.hash = formatHash(place, id, query);
  }

  /** Changes the address without a new step in the history. */
  replace(place: Place, id = '', query = new URLSearchParams()): void {
    const hash = formatHash(place, id, query);
    history.replaceState(null, '', hash);
    this.route = parseHash(hash);
  }

  async saveSettings(settings: Settings): Promise<void> {
    await api.saveSettings(settings);
    this.apply(settings);
  }

  async loadSettings(): Promise<void> {
    try {
      this.apply(await api.settings());
    } catch {
      await language.use('');
    }
  }

  private apply(settings: Settings): void {
    this.settings = settings;
    const root = document.documentElement;
    if (settings.theme === 'light' || settings.theme === 'dark') root.dataset.theme = settings.theme;
    else delete root.dataset.theme;
    void language.use(settings.language);
  }

  private async loadStatus(): Promise<void> {
    try {
      this.take(await api.status());
      this.allowed = true;
    } catch (e) {
      if (e instanceof Error && 'status' in e && e.status === 401) this.allowed = false;
    }
  }

  /** Whether what is shown can be read again. */
  get reloads(): boolean {
    return this.reloaders.size > 0;
  }

  /** Has everything that is shown read again. */
  async reload(): Promise<void> {
    for (const fn of [...this.reloaders]) fn();
    await Promise.all([
      this.loadStatus(),
      this.loadSettings(),
      api.live().then((l) => (this.live = l), () => undefined),
    ]);
  }

  /** Takes a status, which has counted all that was stored before it. */
  private take(status: Status): void {
    [this.status, this.fresh] = [status, 0];
  }

  /** Counts what was stored since the last status, which comes every few seconds. */
  private count(): void {
    this.fresh++;
    this.counting ??= setTimeout(() => {
      this.counting = undefined;
      if (this.status) this.status = { ...this.status, exchanges: this.status.exchanges + this.fresh };
      this.fresh = 0;
    }, countPace);
  }

  private receive(e: Event): void {
    if (e.type === 'status' && e.status) this.take(e.status);
    else if (e.type === 'exchange') this.count();
    else if (e.type === 'live') this.live = e.live ?? [];
    else if (e.type === 'changed' && e.what === 'settings') void this.loadSettings();
    else if (e.type === 'changed') void this.loadStatus();
    for (const fn of this.listeners) fn(e);
  }
}

export const app = new App();
