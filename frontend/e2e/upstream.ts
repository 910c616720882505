import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an Ollama says about one answer, in its own units: nanoseconds. */
export interface Figures {
  total_duration: number;
  load_duration: number;
  prompt_eval_count: number;
  prompt_eval_cached_count: number;
  prompt_eval_duration: number;
  eval_count: number;
  eval_duration: number;
}

/** One model of the scripted upstream. */
export interface Script {
  chunks: string[];
  figures: Figures;
  /** Milliseconds between chunks. */
  gap?: number;
  /** Milliseconds before the first chunk. */
  before?: number;
  /** The chunk before which it stands still, and for how many milliseconds. */
  halt?: { before: number; ms: number };
}

const ms = 1e6;

/** 40.0 tokens/s, 200 tokens/s of prompt, warm. */
export const quick: Figures = {
  total_duration: 1165 * ms,
  load_duration: 31 * ms,
  prompt_eval_count: 26,
  prompt_eval_cached_count: 0,
  prompt_eval_duration: 130 * ms,
  eval_count: 41,
  eval_duration: 1000 * ms,
};

/** 8.0 tokens/s after 3.2 s of loading. */
export const cold: Figures = { ...quick, total_duration: 6000 * ms, load_duration: 3200 * ms, eval_count: 17, eval_duration: 2000 * ms };

/** An Ollama and OpenAI-compatible server that says what its scripts say. */
export class Upstream {
  readonly scripts = new Map<string, Script>();
  /** Requests whose client went away before the end. */
  cancelled = 0;
  /** Authorization headers as they came in. */
  readonly authorizations: string[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((req, res) => {
      this.answer(req, res).catch(() => res.destroy());
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    this.authorizations.push(req.headers.authorization ?? '');
    const body = parts.length === 0 ? {} : (JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>);
    const path = new URL(req.url ?? '/', 'http://x').pathname;
    const json = (value: unknown) => res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
    const names = [...this.scripts.keys()];
    if (path === '/') return void res.end('Ollama is running');
    if (path === '/api/version') return void json({ version: '0.34.4' });
    if (path === '/api/tags') return void json({ models: names.map((name) => ({ name, model: name, size: 1, details: {} })) });
    if (path === '/api/ps') return void json({ models: names.slice(0, 1).map((n) => this.loaded(n)) });
    if (path === '/v1/models') return void json({ object: 'list', data: names.map((id) => ({ id, object: 'model' })) });
    const script = this.scripts.get(String(body.model));
    if (!script) return void res.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: `model '${String(body.model)}' not found` }));
    if (path === '/api/embed') return void json({ model: body.model, embeddings: [[0.1, 0.2]], total_duration: 14 * ms, load_duration: ms, prompt_eval_count: 4 });
    if (path === '/api/chat' || path === '/api/generate') return this.native(path, body, script, res);
    if (path === '/v1/chat/completions') return this.openai(body, script, res);
    res.writeHead(404).end();
  }

  private loaded(name: string): unknown {
    const expires = new Date(Date.now() + 240_000).toISOString();
    return { name, model: name, size: 6e9, size_vram: 3e9, digest: 'd', context_length: 8192, expires_at: expires, details: { parameter_size: '8.2B', quantization_level: 'Q4_K_M' } };
  }

  private async native(path: string, body: Record<string, unknown>, script: Script, res: ServerResponse): Promise<void> {
    const say = (text: string) => (path === '/api/chat' ? { message: { role: 'assistant', content: text } } : { response: text });
    const base = { model: body.model, created_at: new Date().toISOString() };
    const end = { ...base, ...say(''), done: true, done_reason: 'stop', ...script.figures };
    if (body.stream === false) {
      res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
      res.end(JSON.stringify({ ...end, ...say(script.chunks.join('')) }));
      return;
    }
    res.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
    if (await this.pour(res, script, (text) => JSON.stringify({ ...base, ...say(text), done: false }) + '\n')) res.end(JSON.stringify(end) + '\n');
  }

  private async openai(body: Record<string, unknown>, script: Script, res: ServerResponse): Promise<void> {
    const base = { id: 'chatcmpl-1', created: 1, model: body.model };
    const usage = { prompt_tokens: script.figures.prompt_eval_count, completion_tokens: script.figures.eval_count, total_tokens: 0 };
    if (body.stream !== true) {
      const message = { role: 'assistant', content: script.chunks.join('') };
      res.writeHead(200, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify({ ...base, object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }], usage }));
      return;
    }
    const event = (more: unknown) => `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', ...(more as object) })}\n\n`;
    res.writeHead(200, { 'Content-Type': 'text/event-stream' });
    if (!(await this.pour(res, script, (content) => event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })))) return;
    res.write(event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }));
    if ((body.stream_options as { include_usage?: boolean } | undefined)?.include_usage) res.write(event({ choices: [], usage }));
    res.end('data: [DONE]\n\n');
  }

  /** Writes chunk by chunk; false when the client left. */
  private async pour(res: ServerResponse, script: Script, word: (text: string) => string): Promise<boolean> {
    let gone = false;
    res.on('close', () => (gone = !res.writableEnded));
    if (script.before) await new Promise((next) => setTimeout(next, script.before));
    for (const [i, chunk] of script.chunks.entries()) {
      if (gone) break;
      if (script.halt?.before === i) await new Promise((next) => setTimeout(next, script.halt?.ms));
      res.write(word(chunk));
      await new Promise((next) => setTimeout(next, script.gap ?? 5));
    }
    if (gone) this.cancelled++;
    return !gone;
  }
}
