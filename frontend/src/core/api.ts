import { exactly, type Answer } from './csv';
import type * as dto from './dto';
import { filterQuery, type Filter } from './filter';
import { zoneQuery, type Plan } from './period';

/** What went wrong with a call: a stable code for the catalogue's errors.<code>. */
export class ApiError extends Error {
  readonly code: string;
  readonly params: Record<string, string>;
  readonly status: number;

  constructor(code: string, params: Record<string, string> = {}, message = code, status = 0) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.params = params;
    this.status = status;
  }
}

export type Fetch = (input: string, init?: RequestInit) => Promise<Response>;
/** What a graph can be narrowed to, and groups be made of. */
export type Dimension = 'model' | 'upstream' | 'user' | 'task';
export type Scope = Partial<Record<Dimension, string>>;
export type Side = 'request' | 'response';

export interface PageAt {
  from_id?: string;
  before_id?: string;
  after_id?: string;
  limit: number;
}

async function errorOf(res: Response): Promise<ApiError> {
  try {
    const body = (await res.json()) as Partial<dto.Error>;
    return new ApiError(body.code ?? 'http', body.params ?? { status: String(res.status) }, body.message, res.status);
  } catch {
    return new ApiError('http', { status: String(res.status) }, `HTTP ${res.status}`, res.status);
  }
}

function withQuery(path: string, q: URLSearchParams): string {
  const s = q.toString();
  return s === '' ? path : `${path}?${s}`;
}

function scoped(from: number, to: number, of: Scope, more: Record<string, string>): URLSearchParams {
  const q = new URLSearchParams({ from: String(from), to: String(to), ...more });
  for (const [k, v] of Object.entries(of)) if (v !== '') q.set(k, v);
  return q;
}

const id = encodeURIComponent;

/** Makes lists that came as null empty. */
function lists<T extends object>(o: T, ...keys: (keyof T)[]): T {
  for (const k of keys) o[k] ??= [] as T[typeof k];
  return o;
}

export const tidyRow = (row: dto.Row): dto.Row => lists(row, 'notes', 'verdicts');

function tidyDetail(d: dto.Detail): dto.Detail {
  tidyRow(d.row);
  lists(d, 'request_headers', 'response_headers', 'trailers', 'messages', 'tools', 'answer', 'chunks', 'verdicts', 'cost_parts', 'cost_assumed');
  d.params ??= {};
  d.mark ??= { starred: false, rating: null, tags: [], note: '' };
  d.mark.tags ??= [];
  d.properties ??= {};
  for (const m of [...d.messages, ...d.answer]) lists(m, 'parts', 'tool_calls');
  return d;
}

/** The one client of the HTTP API. Every method rejects with an ApiError. */
export class Api {
  private readonly fetch: Fetch;
  /** Names this page among those of other browsers; a newer question of a turn ends the one before. */
  private readonly tab = Math.random().toString(36).slice(2);

  constructor(fetcher: Fetch = (input, init) => fetch(input, init)) {
    this.fetch = fetcher;
  }

  private async send(method: string, path: string, body?: unknown, signal?: AbortSignal, turn?: string): Promise<Response> {
    const init: RequestInit = { method, credentials: 'same-origin' };
    if (signal) init.signal = signal;
    if (turn !== undefined) init.headers = { 'X-Gumshoe-Turn': `${this.tab}-${turn}` };
    if (body !== undefined) {
      init.headers = { 'Content-Type': 'application/json' };
      init.body = JSON.stringify(body);
    }
    let res: Response;
    try {
      res = await this.fetch(path, init);
    } catch (e) {
      if (e instanceof DOMException && e.name === 'AbortError') throw new ApiError('aborted');
      throw new ApiError('offline');
    }
    if (!res.ok) throw await errorOf(res);
    return res;
  }

  private async json<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, turn?: string): Promise<T> {
    const res = await this.send(method, path, body, signal, turn);
    try {
      const text = await res.text();
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new ApiError('bad_answer');
    }
  }

  status(): Promise<dto.Status> {
    return this.json('GET', '/api/status');
  }

  // Requests.

  async page(filter: Filter, at: PageAt, signal?: AbortSignal): Promise<dto.Page> {
    const q = filterQuery(filter);
    for (const [k, v] of Object.entries(at)) if (v !== undefined) q.set(k, String(v));
    const page = lists(await this.json<dto.Page>('GET', withQuery('/api/exchanges', q), undefined, signal), 'rows');
    page.rows.forEach(tidyRow);
    return page;
  }

  async index(filter: Filter, signal?: AbortSignal, turn?: string): Promise<dto.Index> {
    return lists(await this.json<dto.Index>('GET', withQuery('/api/exchanges/index', filterQuery(filter)), undefined, signal, turn), 'anchors');
  }

  async facets(filter: Filter, signal?: AbortSignal, turn?: string): Promise<dto.Facets> {
    return lists(await this.json<dto.Facets>('GET', withQuery('/api/facets', filterQuery(filter)), undefined, signal, turn), 'models', 'upstreams', 'states', 'users', 'tasks', 'verdicts');
  }

  /** What a typed filter means, and what could stand at the caret (-1 for none). */
  async query(text: string, caret: number, signal?: AbortSignal): Promise<dto.Query> {
    const q = new URLSearchParams({ q: text, caret: String(caret) });
    return lists(await this.json<dto.Query>('GET', withQuery('/api/query', q), undefined, signal), 'words', 'choices');
  }

  async setMark(exchange: string, mark: dto.Mark): Promise<dto.Mark> {
    return lists(await this.json<dto.Mark>('PUT', `/api/exchanges/${id(exchange)}/mark`, mark), 'tags');
  }

  async related(exchange: string, signal?: AbortSignal): Promise<dto.Related> {
    const r = lists(await this.json<dto.Related>('GET', `/api/exchanges/${id(exchange)}/related`, undefined, signal), 'answer', 'chat', 'noticed');
    for (const row of [...r.answer, ...r.chat, ...r.noticed]) tidyRow(row);
    return r;
  }

  /** What of a request an earlier one of its chat had. */
  earlier(exchange: string, signal?: AbortSignal): Promise<dto.Earlier> {
    return this.json('GET', `/api/exchanges/${id(exchange)}/earlier`, undefined, signal);
  }

  /** One exchange as something to run or to keep: curl, powershell, python, javascript, ollama, md, har. */
  async snippet(exchange: string, as: string): Promise<string> {
    return (await this.send('GET', `/api/exchanges/${id(exchange)}/snippet?as=${encodeURIComponent(as)}`)).text();
  }

  /** Which of some rows pass a filter. */
  async match(filter: Filter, ids: string[]): Promise<string[]> {
    return (await this.json<{ ids: string[] }>('POST', '/api/exchanges/match', { query: filterQuery(filter).toString(), ids })).ids;
  }

  async histogram(filter: Filter, signal?: AbortSignal): Promise<dto.Histogram> {
    return lists(await this.json<dto.Histogram>('GET', withQuery('/api/histogram', filterQuery(filter)), undefined, signal, 'bars'), 'steps');
  }

  async chats(user: string, before: string, limit: number): Promise<dto.Chats> {
    const q = new URLSearchParams({ limit: String(limit) });
    if (user !== '') q.set('user', user);
    if (before !== '') q.set('before', before);
    return this.json('GET', withQuery('/api/chats', q));
  }

  async chat(chat: string, signal?: AbortSignal): Promise<dto.ChatDetail> {
    const got = await this.json<dto.ChatDetail>('GET', `/api/chats/${id(chat)}`, undefined, signal);
    got.rows.forEach(tidyRow);
    return got;
  }

  anatomy(exchange: string, signal?: AbortSignal): Promise<dto.Anatomy> {
    return this.json('GET', `/api/exchanges/${id(exchange)}/anatomy`, undefined, signal);
  }

  async sqlViews(): Promise<dto.SQLView[]> {
    return (await this.json<dto.SQLViews>('GET', '/api/sql/views')).views;
  }

  /** name is what cancelAsk ends it by; in the window the signal alone does not. */
  async ask(sql: string, name: string, signal?: AbortSignal): Promise<Answer> {
    return exactly(await this.json<dto.SQLAnswer>('POST', '/api/sql', { sql, name }, signal));
  }

  async savedSql(): Promise<dto.View[]> {
    return (await this.json<dto.Views>('GET', '/api/sql/saved')).views;
  }

  async saveSql(views: dto.View[]): Promise<dto.View[]> {
    return (await this.json<dto.Views>('PUT', '/api/sql/saved', { views })).views;
  }

  async views(): Promise<dto.View[]> {
    return (await this.json<dto.Views>('GET', '/api/views')).views;
  }

  async saveViews(views: dto.View[]): Promise<dto.View[]> {
    return (await this.json<dto.Views>('PUT', '/api/views', { views })).views;
  }

  totals(filter: Filter, signal?: AbortSignal): Promise<dto.Totals> {
    return this.json('GET', withQuery('/api/totals', filterQuery(filter)), undefined, signal, 'totals');
  }

  async detail(exchange: string, signal?: AbortSignal): Promise<dto.Detail> {
    return tidyDetail(await this.json<dto.Detail>('GET', `/api/exchanges/${id(exchange)}`, undefined, signal));
  }

  bodyUrl(exchange: string, side: Side, options: { decoded?: boolean; limit?: number } = {}): string {
    const q = new URLSearchParams();
    if (options.decoded) q.set('decoded', '1');
    if (options.limit !== undefined) q.set('limit', String(options.limit));
    return withQuery(`/api/exchanges/${id(exchange)}/body/${side}`, q);
  }

  async body(exchange: string, side: Side, limit: number, signal?: AbortSignal): Promise<Uint8Array> {
    const res = await this.send('GET', this.bodyUrl(exchange, side, { decoded: true, limit }), undefined, signal);
    return new Uint8Array(await res.arrayBuffer());
  }

  async live(): Promise<dto.Live[]> {
    return (await this.json<dto.Live[] | null>('GET', '/api/live')) ?? [];
  }

  stop(exchange: string): Promise<void> {
    return this.json('POST', `/api/live/${id(exchange)}/stop`);
  }

  /** Ends the download of a name, without one what the window writes. */
  readonly cancelExport = (job = ''): Promise<void> => this.json('POST', withQuery('/api/export/cancel', new URLSearchParams(job === '' ? {} : { job })));

  readonly exportState = (job: string): Promise<dto.ExportState> => this.json('GET', withQuery('/api/export/state', new URLSearchParams({ job })));

  exportWindow(request: dto.ExportRequest): Promise<dto.ExportResult> {
    return this.json('POST', '/api/export', request);
  }

  // Setup.

  readonly setup = (): Promise<dto.Setup> => this.json('GET', '/api/setup');

  listen(address: string): Promise<void> {
    return this.json('PUT', '/api/listen', { address });
  }

  async upstreams(): Promise<dto.Upstream[]> {
    return (await this.json<dto.Upstream[] | null>('GET', '/api/upstreams')) ?? [];
  }

  addUpstream(input: dto.UpstreamInput): Promise<void> {
    return this.json('POST', '/api/upstreams', input);
  }

  editUpstream(name: string, input: dto.UpstreamInput): Promise<void> {
    return this.json('PUT', `/api/upstreams/${id(name)}`, input);
  }

  removeUpstream(name: string): Promise<void> {
    return this.json('DELETE', `/api/upstreams/${id(name)}`);
  }

  /** Tests an input that is not saved yet. */
  testUpstream(input: dto.UpstreamInput): Promise<dto.UpstreamTest> {
    return this.json('POST', '/api/upstreams/test', input);
  }

  /** Tests a configured upstream with its stored key. */
  testConfigured(name: string): Promise<dto.UpstreamTest> {
    return this.json('POST', `/api/upstreams/${id(name)}/test`);
  }

  setKey(name: string, key: string): Promise<void> {
    return this.json('PUT', `/api/upstreams/${id(name)}/key`, { key });
  }

  removeKey(name: string): Promise<void> {
    return this.json('DELETE', `/api/upstreams/${id(name)}/key`);
  }

  // Ollama.

  throughput(from: number, to: number, upstream: string, signal?: AbortSignal): Promise<dto.Throughput> {
    const q = new URLSearchParams({ from: String(from), to: String(to) });
    if (upstream !== '') q.set('upstream', upstream);
    return this.json('GET', withQuery('/api/ollama/throughput', q), undefined, signal);
  }

  stays(from: number, to: number, signal?: AbortSignal): Promise<dto.Stay[]> {
    return this.json('GET', withQuery('/api/ollama/stays', new URLSearchParams({ from: String(from), to: String(to) })), undefined, signal);
  }

  loaded(signal?: AbortSignal): Promise<dto.LoadedAll> {
    return this.json('GET', '/api/ollama/loaded', undefined, signal);
  }

  // Graphs and groups.

  async graph(from: number, to: number, cut: Plan, of: Scope = {}, signal?: AbortSignal): Promise<dto.Graph> {
    const q = scoped(from, to, of, { ...zoneQuery(to), ...(cut.unit === '' ? { step: String(cut.step) } : { unit: cut.unit }) });
    return lists(await this.json<dto.Graph>('GET', withQuery('/api/graph', q), undefined, signal), 'slots', 'steps');
  }

  /** In brief they lack what takes the longest: spreads, trends, peers, chats and contexts. */
  async groups(by: Dimension, from: number, to: number, of: Scope = {}, brief = false): Promise<dto.Groups> {
    const got = lists(await this.json<dto.Groups>('GET', withQuery('/api/groups', scoped(from, to, of, { by, ...(brief && { brief: '1' }) }))), 'groups');
    for (const g of got.groups) lists(g, 'trend');
    return got;
  }

  async week(from: number, to: number, of: Scope = {}, signal?: AbortSignal): Promise<dto.Week> {
    return lists(await this.json<dto.Week>('GET', withQuery('/api/week', scoped(from, to, of, zoneQuery(to))), undefined, signal), 'cells');
  }

  async distribution(figure: string, from: number, to: number, of: Scope = {}, signal?: AbortSignal): Promise<dto.Distribution> {
    return lists(await this.json<dto.Distribution>('GET', withQuery('/api/distribution', scoped(from, to, of, { figure })), undefined, signal), 'bins');
  }

  whatIf(model: string, as: string, from: number, to: number, signal?: AbortSignal): Promise<dto.WhatIf> {
    return this.json('GET', withQuery('/api/what-if', scoped(from, to, { model }, { as })), undefined, signal);
  }

  async budgets(): Promise<dto.Budget[]> {
    return lists(await this.json<dto.Budgets>('GET', '/api/budgets'), 'budgets').budgets;
  }

  saveBudgets(budgets: dto.Budget[]): Promise<void> {
    return this.json('PUT', '/api/budgets', { budgets });
  }

  // Settings.

  readonly settings = (): Promise<dto.Settings> => this.json('GET', '/api/settings');

  saveSettings(settings: dto.Settings): Promise<void> {
    return this.json('PUT', '/api/settings', settings);
  }

  readonly prices = (): Promise<dto.Prices> => this.json('GET', '/api/prices');

  readonly priceNames = (): Promise<dto.PriceNames> => this.json('GET', '/api/prices/names');

  saveOwnPrices(own: dto.OwnPrice[]): Promise<dto.Prices> {
    return this.json('PUT', '/api/prices/own', { own });
  }

  /** Asks for the latest table and says what it would change. */
  readonly fetchPrices = (): Promise<dto.PriceChanges> => this.json('POST', '/api/prices/fetch');

  readonly acceptPrices = (): Promise<dto.Prices> => this.json('POST', '/api/prices/accept');

  reprice(apply: boolean): Promise<dto.Repriced> {
    return this.json('POST', '/api/prices/reprice', { apply });
  }

  readonly identity = (): Promise<dto.Identity> => this.json('GET', '/api/identity');

  saveIdentity(input: dto.IdentityInput): Promise<dto.Identity> {
    return this.json('PUT', '/api/identity', input);
  }

  readonly writeKeys = (): Promise<dto.WriteKey[]> => this.json('GET', '/api/write-keys');

  addWriteKey(key: string): Promise<void> {
    return this.json('POST', '/api/write-keys', { key });
  }

  removeWriteKey(key: string): Promise<void> {
    return this.json('DELETE', `/api/write-keys/${id(key)}`);
  }

  readonly deleteAll = (): Promise<void> => this.json('POST', '/api/delete-all', { confirm: 'delete' });

  readonly cancelAsk = (name: string): Promise<void> => this.json('POST', '/api/sql/cancel', { name });

  readonly deleteSome = (what: dto.Deletion): Promise<dto.Deleted> => this.json('POST', '/api/delete', what);

  readonly cancelDelete = (name: string): Promise<void> => this.json('POST', '/api/delete/cancel', { name });

  readonly openDataFolder = (): Promise<void> => this.json('POST', '/api/open-data-folder');
}
