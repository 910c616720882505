// A stand-in for Gumshoe's API, to look at the UI with any number of rows:
//   node e2e/dev-mock/server.mjs [--port 8799] [--rows 1000000] [--theme dark] [--language zh-TW] [--still]
// It serves dist/ under the same content security policy as the program. All
// data is made up.
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '8799' },
    rows: { type: 'string', default: '1000' },
    theme: { type: 'string', default: 'system' },
    language: { type: 'string', default: '' },
    still: { type: 'boolean', default: false },
  },
});
const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const csp = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const start = Date.now() * 1000;
const spacing = 47_000_000;
let count = Number(args.rows);
const base = count;
const models = ['llama3.2:3b', 'qwen3:8b', 'gpt-4o-mini', 'deepseek-r1:14b', 'nomic-embed-text'];
const prompts = ['Why is the sky blue?', '請用三句話介紹台北的夜市。', 'Write a Go function that merges two sorted slices', 'Summarise the attached minutes', 'What is in this picture?'];
const users = ['ann@example.org', 'bo@example.org', ''];
const tasks = ['chat', 'chat', 'chat', 'title_generation', 'tags_generation', 'tool_loop'];
let settings = { theme: args.theme, language: args.language, retention_days: 0, retention_gb: 0, keep_in_background: 'ask' };

// Number n counts from the oldest, 1; a row's id sorts by it.
const idOf = (n) => `01980000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
const numberOf = (id) => parseInt(id.slice(-12), 16);

function rowOf(n) {
  const h = (n * 2654435761) % 4294967296;
  const embed = h % 5 === 4;
  const state = h % 23 === 0 ? 'error' : h % 31 === 0 ? 'cancelled' : h % 67 === 0 ? 'broken' : h % 97 === 0 ? 'interrupted' : 'ok';
  const ok = state === 'ok';
  const cloud = h % 5 === 2;
  const out = 20 + (h % 900);
  const eval_ = out * (cloud ? 9_000 : 21_000 + (h % 9000));
  const load = cloud || embed ? null : h % 11 === 0 ? 4_210_000 : 38_000;
  const prompt = 90_000 + (h % 400_000);
  const duration = (load ?? 0) + prompt + (embed ? 0 : eval_) + 12_000;
  return {
    id: idOf(n), started_at: start - (base - n) * spacing, state, http_status: ok ? 200 : state === 'error' ? 404 : 200,
    upstream: cloud ? 'openai' : 'ollama', kind: cloud ? 'openai' : 'ollama', api: cloud ? 'openai.chat' : embed ? 'ollama.embed' : 'ollama.chat',
    method: 'POST', path: cloud ? '/v1/chat/completions' : embed ? '/api/embed' : '/api/chat', client: 'Python/3.11 aiohttp/3.12',
    model_requested: models[h % 5], model: ok ? models[h % 5] : '', stream: embed ? false : true, user: users[h % 3], chat: 'c-81', task: embed ? '' : tasks[h % 6],
    input_tokens: ok ? 100 + (h % 8000) : null, output_tokens: ok && !embed ? out : null, cached_tokens: null, reasoning_tokens: null,
    tokens_basis: ok ? (h % 13 === 0 ? 'estimated' : 'reported') : '', first_byte: ok ? (load ?? 0) + prompt : null, ttft: ok && !embed ? (load ?? 0) + prompt + 4000 : null,
    duration, total: cloud || !ok ? null : duration - 5000, load: ok ? load : null, prompt_eval: ok && !cloud ? prompt : null, eval: ok && !cloud && !embed ? eval_ : null,
    generation_tps: ok && !embed ? ((out - 1) * 1e6) / eval_ : null, generation_tps_basis: ok && !embed ? 'calculated' : '', prompt_tps: null, prompt_tps_basis: '',
    finish: ok ? 'stop' : '', error: state === 'error' ? `model "${models[h % 5]}" not found, try pulling it first` : state === 'broken' ? 'the upstream closed the connection before the end' : '',
    notes: ok && load === 4_210_000 ? ['cold_start'] : [], request_bytes: 2000 + (h % 40000), response_bytes: 900 + (h % 30000), prompt: embed ? '' : prompts[h % 5],
  };
}

function matches(row, q) {
  const any = (name, v) => !q.has(name) || q.getAll(name).includes(v);
  const text = q.get('text')?.toLowerCase() ?? '';
  return any('model', row.model || row.model_requested) && any('upstream', row.upstream) && any('state', row.state) &&
    row.started_at >= Number(q.get('from') ?? 0) && (!q.has('to') || row.started_at < Number(q.get('to'))) &&
    (text === '' || `${row.prompt} ${row.model} ${row.user} ${row.path}`.toLowerCase().includes(text));
}

const filters = ['text', 'model', 'upstream', 'state', 'from', 'to'];
function numbers(q) {
  if (!filters.some((f) => q.has(f))) return null;
  const out = [];
  for (let n = count; n > Math.max(0, count - 20000); n--) if (matches(rowOf(n), q)) out.push(n);
  return out;
}

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAFklEQVR4nGNkYPjPQApgIkn1qIZRDQCz0gEf5q2sYQAAAABJRU5ErkJggg==';
const text = (t, type = 'text') => ({ type, text: t, media_type: '', data: '', url: '' });
const message = (role, parts, more = {}) => ({ role, name: '', parts, tool_calls: [], tool_call_id: '', ...more });
const answer = '## Merging\n\nHere is a **small** one. It keeps the order, and it allocates *once*:\n\n```go\n// Merge joins two sorted slices.\nfunc Merge[T cmp.Ordered](a, b []T) []T {\n\tout := make([]T, 0, len(a)+len(b))\n\tfor len(a) > 0 && len(b) > 0 {\n\t\tif a[0] <= b[0] {\n\t\t\tout, a = append(out, a[0]), a[1:]\n\t\t} else {\n\t\t\tout, b = append(out, b[0]), b[1:]\n\t\t}\n\t}\n\treturn append(append(out, a...), b...)\n}\n```\n\n| case | result |\n|---|---|\n| empty | the other |\n| equal | stable |\n\n1. It is `O(n)`.\n2. See [the docs](https://go.dev/doc).\n\n<script>alert("no")</script> ![tracker](https://tracker.example/p.png)';

function detailOf(n) {
  const row = rowOf(n);
  const chunks = [];
  const from = row.first_byte ?? 0;
  if (row.stream && row.state === 'ok') for (let i = 0; i < 240; i++) chunks.push({ at: Math.round(from + ((row.duration - from) * (i < 120 ? i * 0.7 : 36 + i)) / 276), len: 90 + ((i * 31) % 40) });
  return {
    row, url: `http://127.0.0.1:11434${row.path}`,
    fault: '', request_headers: [{ name: 'Content-Type', value: 'application/json' }, { name: 'Authorization', value: '[redacted]' }, { name: 'User-Agent', value: row.client }],
    response_headers: [{ name: 'Content-Type', value: 'application/x-ndjson' }, { name: 'Date', value: 'Mon, 05 May 2026 12:00:00 GMT' }], trailers: [],
    messages: row.prompt === '' ? [] : [
      message('system', [text('You are a careful assistant. Answer in the language of the question, and keep it short.')]),
      message('user', [text('What is the weather in Taipei? And what is this?'), { type: 'image', text: '', media_type: 'image/png', data: pixel, url: '' }]),
      message('assistant', [], { tool_calls: [{ id: 'call_7', name: 'get_weather', arguments: '{"city":"Taipei","unit":"celsius"}' }] }),
      message('tool', [text('{"temperature": 31, "sky": "thunder"}')], { tool_call_id: 'call_7', name: 'get_weather' }),
      message('user', [text(row.prompt)]),
    ],
    tools: [{ name: 'get_weather', description: 'The weather of a city', schema: '{}' }], params: { temperature: '0.7', num_ctx: '8192' },
    answer: row.state !== 'ok' || row.prompt === '' ? [] : [message('assistant', [text('The user wants a merge. Two cursors are enough; generics keep it short.', 'reasoning'), text(answer)])],
    chunks, sent_at: 900, request_is_text: true, response_is_text: n % 7 !== 0, request_stored: row.request_bytes, response_stored: row.state === 'error' ? 0 : row.response_bytes,
  };
}

const status = () => ({
  version: '0.1.0', commit: 'abc1234', build_date: '2026-05-05', window: false, data_dir: '/home/ann/.local/share/gumshoe', data_open: false, data_bytes: 48_000_000 + count * 900, exchanges: count,
  proxy_listen: '127.0.0.1:8731', ui_listen: '127.0.0.1:8732', proxy_up: true, recording: true, recording_since: 0, recording_error: '', backlog_bytes: 0, refused: 2, dropped_events: 0,
  secrets_place: 'keyring', first_seen_at: start - count * spacing,
});
const upstream = (name, kind, url, base_url) => ({ name, kind, url, has_key: kind === 'openai', from_run: false, base_url });
const upstreams = [upstream('ollama', 'ollama', 'http://127.0.0.1:11434', 'http://127.0.0.1:8731/gs-3f9a1c/ollama'), upstream('openai', 'openai', 'https://api.openai.com/v1', 'http://127.0.0.1:8731/gs-3f9a1c/openai/v1')];

let live = [];
const listeners = new Set();
const send = (event) => listeners.forEach((res) => res.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
let next = 0;
if (!args.still) {
  setInterval(() => {
    if (live.length < 2) {
      const n = count + 1 + live.length + next++ * 0;
      live.push({ id: idOf(n), n, started_at: Date.now() * 1000, phase: 'waiting', upstream: 'ollama', kind: 'ollama', method: 'POST', path: '/api/chat', model: models[n % 5], client: 'x', user: users[0], task: 'chat', first_byte: null, request_bytes: 2100, response_bytes: 0 });
    }
    for (const l of live) {
      const age = Date.now() * 1000 - l.started_at;
      if (age > 1_500_000) {
        l.phase = 'streaming';
        l.first_byte ??= age;
        l.response_bytes += 700;
      }
    }
    const ended = live.filter((l) => Date.now() * 1000 - l.started_at > 5_000_000);
    live = live.filter((l) => !ended.includes(l));
    send({ type: 'live', live });
    for (const l of ended) {
      count = Math.max(count, l.n);
      send({ type: 'exchange', row: rowOf(l.n) });
      send({ type: 'status', status: status() });
    }
  }, 500);
}

function api(req, res, url) {
  const q = url.searchParams;
  const json = (v, code = 200) => res.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(v));
  const p = url.pathname.slice(4);
  if (p === '/events') {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(': hello\n\n');
    listeners.add(res);
    return void req.on('close', () => listeners.delete(res));
  }
  if (p === '/status') return json(status());
  if (p === '/live') return json(live);
  if (p === '/settings' && req.method === 'GET') return json(settings);
  if (p === '/settings') {
    let body = '';
    req.on('data', (d) => (body += d)).on('end', () => ((settings = JSON.parse(body)), json(settings), send({ type: 'changed', what: 'settings' })));
    return;
  }
  if (p === '/upstreams') return json(upstreams);
  if (p === '/setup') {
    return json({
      base_urls: upstreams.flatMap((u) => [{ place: 'same_machine', upstream: u.name, kind: u.kind, url: u.base_url, works: true, needs: '' }, { place: 'docker_desktop', upstream: u.name, kind: u.kind, url: u.base_url.replace('127.0.0.1', 'host.docker.internal'), works: true, needs: '' }, { place: 'lan', upstream: u.name, kind: u.kind, url: u.base_url.replace('127.0.0.1', '192.168.1.7'), works: false, needs: '0.0.0.0:8731' }]),
      listen: [{ address: '127.0.0.1:8731', opens: 'loopback', current: true }, { address: '0.0.0.0:8731', opens: 'all', current: false }],
      checks: [{ id: 'proxy_listening', done: true, detail: '127.0.0.1:8731' }, { id: 'upstream_reachable', done: true, detail: 'ollama' }, { id: 'first_request', done: count > 0, detail: '' }], docker_run: 'docker run -d -p 3000:8080 ghcr.io/open-webui/open-webui:main', write_key: 'gs-3f9a1c',
    });
  }
  if (p === '/facets') return json({ models: models.map((value, i) => ({ value, count: 1000 - i * 100 })), upstreams: [{ value: 'ollama', count: 800 }, { value: 'openai', count: 200 }], states: [{ value: 'ok', count: 900 }, { value: 'error', count: 60 }] });
  if (p === '/exchanges/index') {
    const list = numbers(q);
    const total = list ? list.length : count;
    const anchors = [];
    for (let i = 0; i < total; i += 200) anchors.push(idOf(list ? list[i] : count - i));
    return json({ total, step: 200, anchors });
  }
  if (p === '/exchanges') {
    const limit = Math.min(500, Number(q.get('limit') ?? 100));
    const top = q.has('from_id') ? numberOf(q.get('from_id')) : q.has('before_id') ? numberOf(q.get('before_id')) - 1 : count;
    const list = numbers(q)?.filter((n) => n <= top) ?? Array.from({ length: Math.max(0, Math.min(limit + 1, top)) }, (_, i) => top - i);
    return json({ rows: list.slice(0, limit).map(rowOf), more: list.length > limit });
  }
  const one = /^\/exchanges\/([^/]+)(\/.*)?$/.exec(p);
  if (one) {
    const n = numberOf(one[1]);
    if (!(n > 0 && n <= count)) return json({ code: 'not_found', message: 'not found', params: {} }, 404);
    if (!one[2]) return json(detailOf(n));
    if (one[2] === '/curl') return res.writeHead(200, { 'content-type': 'text/plain' }).end("curl 'http://127.0.0.1:11434/api/chat' -H 'Authorization: Bearer $API_KEY'");
    if (one[2].endsWith('request')) return res.end(JSON.stringify({ model: rowOf(n).model_requested, big: 12345678901234567890n.toString(), messages: detailOf(n).messages }));
    return res.end(n % 7 === 0 ? Buffer.from([0, 255, 1, 2, 3, 65, 66, 200]) : '{"message":{"role":"assistant","content":"Here"},"done":false}\n'.repeat(20));
  }
  return json({ code: 'not_found', message: 'not found', params: {} }, 404);
}

createServer((req, res) => {
  const url = new URL(req.url, 'http://x');
  if (url.pathname.startsWith('/api/')) return api(req, res, url);
  const file = join(dist, normalize(url.pathname === '/' ? 'index.html' : url.pathname));
  if (!file.startsWith(dist) || !existsSync(file)) return res.writeHead(404).end();
  res.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': csp });
  createReadStream(file).pipe(res);
}).listen(Number(args.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${args.port}/`));
