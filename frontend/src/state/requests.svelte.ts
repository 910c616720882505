import { tidyRow } from '../core/api';
import type { Event, Facet, Facets, Live, Query, QueryError, Row } from '../core/dto';
import { inTime, isEmpty, noFilter, parseFilter, resolve, addressQuery, type Filter } from '../core/filter';
import { RowList } from '../core/list';
import { matchesLive } from '../core/query';
import { api, app } from './app.svelte';
import { t } from './i18n.svelte';

/** How long events are gathered before the list takes them in, in ms. */
const gather = 150;
/** How many rows one question about a filter may name. */
const maxMatch = 500;
/** How long a request that ended may wait for its stored row, in ms. */
const holdEnded = 3000;

/** A running request, or one that ended and is being written. */
export interface Running extends Live {
  ended: boolean;
}

export interface Taken {
  /** Positions of stored rows that are new, in the order in which they were put in. */
  added: number[];
}

/** The list of requests under the address's filter. */
class Requests {
  filter = $state.raw<Filter>(noFilter);
  running = $state.raw<Running[]>([]);
  facets = $state.raw<Facets | null>(null);
  /** What the typed filter means; null until it is known. */
  meaning = $state.raw<Query | null>(null);
  /** Whether that is being asked. */
  asking = $state(false);
  /** Ids of requests that were asked to stop. */
  stopping = $state.raw<readonly string[]>([]);
  /** Grows with every change of the list, which itself is too big to be watched. */
  private version = $state(0);
  /** Grows when the first rows of a filter are there: what else is asked about it waits for them. */
  turn = $state(0);
  private readonly rows = new RowList(api, () => {
    this.version++;
    this.turn = this.rows.turn;
  });
  private applied = noFilter;
  private understood = '';
  private pending: Row[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private live = new Map<string, { row: Live; gone: number }>();
  private takers = new Set<(taken: Taken) => void>();

  get list(): RowList {
    void this.version;
    return this.rows;
  }

  /** How long the list is, as far as that is known; "" of none. */
  get length(): string {
    const { state, total, counted } = this.list;
    if (state !== 'ready') return '';
    return t(counted ? 'requests.count' : 'requests.counting', { count: total });
  }

  get filtered(): boolean {
    return !isEmpty(this.filter);
  }

  /** What is wrong with the filter; null of none, or while that is not known. */
  get wrong(): QueryError | null {
    const { meaning, filter } = this;
    return this.understood === filter.q ? (meaning?.error ?? null) : null;
  }

  /** The filter as it is asked for: "the last hour" made into a time. */
  get exportFilter(): Filter {
    return this.applied;
  }

  /** Follows the address and the events; returns what ends it. */
  start(): () => void {
    this.live.clear(); // what ended while another page was open
    this.syncLive(app.live);
    this.open(parseFilter(app.route.query), true);
    const ends = [app.on((e) => this.receive(e)), app.onReload(() => this.reload())];
    const sweep = setInterval(() => this.sweep(), 500);
    return () => {
      for (const end of ends) end();
      clearInterval(sweep);
      clearTimeout(this.timer);
      this.timer = undefined;
    };
  }

  /** Shows another filter. */
  open(filter: Filter, force = false): void {
    if (!force && addressQuery(filter).toString() === addressQuery(this.filter).toString()) return;
    this.filter = filter;
    this.applied = resolve(filter, Date.now());
    this.pending = [];
    this.showRunning();
    void this.understand();
    void this.rows.load(this.applied);
    if (force || !this.facets) void this.loadFacets();
  }

  /** Asks what the filter means: for the chips, and to judge running requests. */
  private async understand(): Promise<void> {
    const { q } = this.applied;
    if (q === '') {
      this.meaning = null;
      this.understood = '';
      this.asking = false;
      return;
    }
    this.asking = true;
    try {
      const meaning = await api.query(q, -1);
      if (q !== this.applied.q) return;
      this.understood = q;
      this.meaning = meaning;
      this.showRunning();
    } catch {
      this.meaning = null;
    }
    if (q === this.applied.q) this.asking = false;
  }

  reload(): void {
    this.applied = resolve(this.filter, Date.now());
    this.syncLive(app.live);
    void this.rows.load(this.applied, true);
    void this.loadFacets();
  }

  /** Calls fn after new rows were put into the list; returns what ends it. */
  onTaken(fn: (taken: Taken) => void): () => void {
    this.takers.add(fn);
    return () => this.takers.delete(fn);
  }

  /** Reads which values there are at all. */
  async loadFacets(): Promise<void> {
    try {
      this.facets = await api.facets(noFilter);
    } catch {
      this.facets = null;
    }
  }

  async stop(id: string): Promise<void> {
    this.stopping = [...this.stopping, id];
    try {
      await api.stop(id);
    } catch {
      this.stopping = this.stopping.filter((s) => s !== id);
    }
  }

  /** Notes that a row was starred, or is no more. */
  starred(id: string, yes: boolean): void {
    const row = this.rows.row(this.rows.find(id));
    if (!row) return;
    this.rows.insert({ ...row, starred: yes });
    this.version++;
  }

  private receive(e: Event): void {
    if (e.type === 'live') this.syncLive(e.live ?? []);
    else if (e.type === 'changed' && (e.what === 'deleted' || e.what === 'repriced')) this.reload();
    else if (e.type === 'exchange' && e.row) {
      this.pending.push(tidyRow(e.row));
      this.timer ??= setTimeout(() => void this.take(), gather);
    }
  }

  private async take(): Promise<void> {
    this.timer = undefined;
    const batch = this.pending;
    this.pending = [];
    const filter = this.applied;
    let rows = batch.filter((r) => inTime(filter, r));
    if (filter.q !== '' && rows.length > 0) {
      try {
        const found = new Set(await api.match(filter, rows.slice(-maxMatch).map((r) => r.id)));
        rows = rows.filter((r) => found.has(r.id));
      } catch {
        rows = [];
      }
      if (filter !== this.applied) return;
    }
    for (const row of batch) this.live.delete(row.id);
    if (batch.some((r) => this.unheardOf(r))) void this.loadFacets();
    const added: number[] = [];
    for (const row of rows) {
      const put = this.rows.insert(row);
      if (put.added) added.push(put.position);
    }
    this.showRunning();
    this.version++;
    for (const fn of this.takers) fn({ added });
  }

  /** Whether a row has a value that the filter's menus don't offer yet. */
  private unheardOf(row: Row): boolean {
    const f = this.facets;
    if (!f) return false;
    const lacks = (list: Facet[], value: string) => value !== '' && !list.some((v) => v.value === value);
    return lacks(f.users, row.user) || lacks(f.tasks, row.task) || row.verdicts.some((v) => lacks(f.verdicts, v));
  }

  private syncLive(now: Live[]): void {
    for (const entry of this.live.values()) if (entry.gone === 0) entry.gone = Date.now();
    for (const row of now) this.live.set(row.id, { row, gone: 0 });
    this.showRunning();
  }

  private sweep(): void {
    let dropped = false;
    for (const [id, entry] of this.live) {
      if (entry.gone === 0 || Date.now() - entry.gone < holdEnded) continue;
      this.live.delete(id);
      dropped = true;
    }
    if (dropped) this.showRunning();
  }

  private showRunning(): void {
    const f = this.applied;
    const tree = this.meaning?.tree;
    // A filter that is not understood yet shows none.
    const shown = (l: Live) => inTime(f, l) && (f.q === '' || (this.understood === f.q && tree !== null && matchesLive(tree, l)));
    const rows = [...this.live.values()].filter((e) => shown(e.row)).map((e): Running => ({ ...e.row, ended: e.gone > 0 }));
    this.running = rows.sort((a, b) => (a.id < b.id ? 1 : -1));
  }
}

export const requests = new Requests();
