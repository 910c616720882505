import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { HeliconeManualLogger } from '@helicone/helpers';
import { Ollama } from 'ollama';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Detail, Page as Rows, Row } from '../src/core/dto';
import { captures, Replay, type Dialect, type Received } from './captures';
import { Gumshoe } from './gumshoe';

/** What a call came to: its result, or what the library threw. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    return { ok: plain(await call()) };
  } catch (e) {
    const err = e as Error & { status?: number; error?: unknown; type?: unknown };
    return { threw: err.constructor.name, message: err.message, status: err.status, type: err.type };
  }
}

/** Without what differs from one run to the next. */
function plain(v: unknown): unknown {
  return JSON.parse(
    JSON.stringify(v ?? null, (k, x: unknown) => (k === 'sdkHttpResponse' || k === '_request_id' || k === 'headers' ? undefined : x)),
  ) as unknown;
}

async function all<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const e of stream) out.push(e);
  return out;
}

/** A request as it has to arrive, whichever way it took. */
function arrived(r: Received): unknown {
  const skip = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding']);
  const headers = Object.fromEntries(Object.entries(r.headers).filter(([k]) => !skip.has(k)));
  const boundary = /boundary=(\S+)/.exec(r.headers['content-type'] ?? '')?.[1];
  if (boundary !== undefined) headers['content-type'] = 'multipart/form-data';
  let body: unknown = boundary === undefined ? r.body : r.body.replaceAll(boundary, 'BOUNDARY');
  if (r.body.startsWith('{')) {
    const json = JSON.parse(r.body) as Record<string, unknown>;
    delete json.stream_options; // asked for on the way
    body = json;
  }
  return { method: r.method, url: r.url, headers, body };
}

const text = (d: Detail) => d.answer.flatMap((m) => m.parts.filter((p) => p.type === 'text').map((p) => p.text)).join('');

describe('Real clients', () => {
  const replay = new Replay();
  let direct = '';
  let gumshoe: Gumshoe;
  let token = '';
  let api = '';

  beforeAll(async () => {
    direct = await replay.start();
    gumshoe = await Gumshoe.start({
      openai: `openai+${direct}/openai/v1`,
      claude: `anthropic+${direct}/anthropic`,
      gem: `gemini+${direct}/gemini`,
      ollama: `ollama+${direct}/ollama`,
    });
    const ui = new URL(gumshoe.ready.ui);
    token = ui.searchParams.get('token') ?? '';
    api = ui.origin;
  });
  afterAll(async () => {
    await gumshoe.stop();
    await replay.stop();
  });

  async function get<T>(path: string): Promise<T> {
    const res = await fetch(api + path, { headers: { Authorization: `Bearer ${token}` } });
    return (await res.json()) as T;
  }

  const newest = async (): Promise<Row | undefined> => (await get<Rows>('/api/exchanges?limit=1')).rows[0];

  /** Does the same directly and through Gumshoe: neither the client nor the server may notice, and the log has every figure. */
  async function same(dialect: Dialect, capture: string, call: (base: string) => Promise<unknown>, base: string): Promise<Row> {
    const before = (await newest())?.id ?? '';
    replay.received.length = 0;
    const want = await outcome(() => call(`${direct}/${dialect}`));
    const first = replay.received.splice(0).map(arrived);
    const got = await outcome(() => call(base));
    expect(got).toEqual(want);
    expect(replay.received.map(arrived)).toEqual(first);
    expect(first.length).toBeGreaterThan(0);
    await expect.poll(async () => (await newest())?.id ?? '', { timeout: 15_000 }).not.toBe(before);
    const row = (await newest())!;
    const golden = captures(dialect).get(capture)!.golden;
    const usage = golden.reply.Usage ?? {};
    expect({ api: row.api, cached: row.cached_tokens, reasoning: row.reasoning_tokens, finish: row.finish }).toEqual({
      api: golden.api,
      cached: usage.Cached ?? null,
      reasoning: usage.Reasoning ?? null,
      finish: golden.reply.Finish ?? '',
    });
    if (usage.Input !== undefined) expect(row.input_tokens).toBe(usage.Input);
    if (usage.Output !== undefined) expect(row.output_tokens).toBe(usage.Output);
    // What was said and not counted is estimated; what is no text stays unknown.
    const counted = usage.Input !== undefined && usage.Output !== undefined;
    if (row.tokens_basis !== (usage.Basis ?? '')) {
      expect(counted).toBe(false);
      expect(row.tokens_basis).toBe('estimated');
      expect(Math.min(row.input_tokens ?? 0, row.output_tokens ?? 0)).toBeGreaterThan(0);
    }
    expect(row.state).toBe(golden.reply.Error !== undefined ? 'error' : 'ok');
    if (golden.reply.Error !== undefined) expect(row.error).toContain(golden.reply.Error.slice(0, 60));
    if (golden.reply.FirstToken !== undefined) expect(row.ttft).toBeGreaterThan(0);
    const detail = await get<Detail>(`/api/exchanges/${row.id}`);
    const said = (golden.reply.Messages ?? []).flatMap((m) => (m.Parts ?? []).filter((p) => p.Type === 'text').map((p) => p.Text ?? '')).join('');
    expect(text(detail)).toBe(said);
    const calls = (golden.reply.Messages ?? []).flatMap((m) => m.ToolCalls ?? []);
    expect(detail.answer.flatMap((m) => m.tool_calls).map((c) => c.name)).toEqual(calls.map((c) => c.Name));
    return row;
  }

  const check = async (...args: Parameters<typeof same>): Promise<void> => {
    await same(...args);
  };

  describe('openai', () => {
    const client = (base: string) => new OpenAI({ baseURL: base.endsWith('/v1') ? base : `${base}/v1`, apiKey: 'sk-mine', maxRetries: 0 });
    const body = (name: string) => ({ ...captures('openai').get(name)!.request, model: name });
    const chat = (name: string) => (base: string) =>
      client(base).chat.completions.create({ ...body(name), stream: false } as OpenAI.ChatCompletionCreateParamsNonStreaming);
    const stream = (name: string) => async (base: string) => {
      const request = { ...body(name), stream: true } as OpenAI.ChatCompletionCreateParamsStreaming;
      delete request.stream_options;
      return all(await client(base).chat.completions.create(request));
    };

    it.each(['chat-n2-logprobs', 'error-unauthorized', 'xai-reasoning'])('chat: %s', (name) => check('openai', name, chat(name), gumshoe.base('openai')));
    it.each(['chat-stream-usage', 'chat-tools-parallel-stream', 'chat-refusal-stream', 'deepseek-reasoner-stream', 'vllm-error-stream'])('stream: %s', async (name) => {
      await same('openai', name, stream(name), gumshoe.base('openai'));
    });
    it('sends an image and a schema', async () => {
      const name = 'chat-n2-logprobs';
      const row = await same(
        'openai',
        name,
        (base) =>
          client(base).chat.completions.create({
            model: name,
            messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }] }],
            response_format: { type: 'json_schema', json_schema: { name: 'thing', schema: { type: 'object', properties: { a: { type: 'string' } } } } },
          }),
        gumshoe.base('openai'),
      );
      const detail = await get<Detail>(`/api/exchanges/${row.id}`);
      expect(detail.messages[0]?.parts.map((p) => p.type)).toEqual(['text', 'image']);
      expect(detail.params.response_format).toContain('json_schema');
    });
    it.each(['responses', 'responses-stream'])('%s', async (name) => {
      const call = async (base: string) => {
        const r: unknown = await client(base).responses.create(body(name) as unknown as OpenAI.Responses.ResponseCreateParamsNonStreaming);
        return name === 'responses' ? r : all(r as AsyncIterable<unknown>);
      };
      await same('openai', name, call, gumshoe.base('openai'));
    });
    it('embeddings, models, moderations', async () => {
      await same('openai', 'embeddings', (base) => client(base).embeddings.create(body('embeddings') as unknown as OpenAI.EmbeddingCreateParams), gumshoe.base('openai'));
      await same('openai', 'models', async (base) => (await client(base).models.list()).data, gumshoe.base('openai'));
      await same('openai', 'moderations', (base) => client(base).moderations.create(body('moderations') as unknown as OpenAI.ModerationCreateParams), gumshoe.base('openai'));
    });
    it('transcription', () =>
      check(
        'openai',
        'audio-transcription',
        async (base) => client(base).audio.transcriptions.create({ model: 'audio-transcription', file: await toFile(Buffer.from('RIFF'), 'talk.wav', { type: 'audio/wav' }) }),
        gumshoe.base('openai'),
      ));
    it('leaves in the middle of a stream', async () => {
      const s = await client(gumshoe.base('openai')).chat.completions.create({ model: 'vllm-continuous-usage-cut-stream', stream: true, messages: [{ role: 'user', content: 'Go on.' }] });
      await outcome(async () => {
        await s[Symbol.asyncIterator]().next();
        s.controller.abort();
      });
      await expect.poll(async () => (await newest())?.model_requested, { timeout: 15_000 }).toBe('vllm-continuous-usage-cut-stream');
      expect(['cancelled', 'broken']).toContain((await newest())?.state);
    });
  });

  describe('@anthropic-ai/sdk', () => {
    const client = (base: string) => new Anthropic({ baseURL: base, apiKey: 'sk-ant-mine', maxRetries: 0 });
    const body = (name: string) => ({ ...captures('anthropic').get(name)!.request, model: name });
    it.each(['text-stream', 'thinking-tools-stream', 'web-search-stream', 'overloaded-stream'])('stream: %s', (name) =>
      check(
        'anthropic',
        name,
        async (base) => all(await client(base).messages.create({ ...body(name), stream: true } as unknown as Anthropic.MessageCreateParamsStreaming)),
        gumshoe.base('claude'),
      ),
    );
    it.each(['tool-results-cached', 'web-search-whole', 'refusal', 'invalid-request'])('message: %s', (name) =>
      check(
        'anthropic',
        name,
        (base) => client(base).messages.create({ max_tokens: 9, ...body(name), stream: false } as unknown as Anthropic.MessageCreateParamsNonStreaming),
        gumshoe.base('claude'),
      ),
    );
    it('counts tokens and lists models', async () => {
      await same('anthropic', 'count-tokens', (base) => client(base).messages.countTokens(body('count-tokens') as unknown as Anthropic.MessageCountTokensParams), gumshoe.base('claude'));
      await same('anthropic', 'models', async (base) => (await client(base).models.list()).data, gumshoe.base('claude'));
    });
  });

  describe('@google/genai', () => {
    const client = (base: string) => new GoogleGenAI({ apiKey: 'AIza-mine', httpOptions: { baseUrl: base } });
    const contents = [{ role: 'user', parts: [{ text: 'What is the weather?' }] }];
    it.each(['candidates', 'blocked', 'error'])('generate: %s', (name) =>
      check('gemini', name, (base) => client(base).models.generateContent({ model: name, contents, config: { responseMimeType: 'application/json' } }), gumshoe.base('gem')),
    );
    it.each(['text-sse', 'grounded-code-sse'])('stream: %s', (name) =>
      check('gemini', name, async (base) => all(await client(base).models.generateContentStream({ model: name, contents })), gumshoe.base('gem')),
    );
    it('embeds and counts', async () => {
      await same('gemini', 'embed-batch', (base) => client(base).models.embedContent({ model: 'embed-batch', contents: ['a', 'b'] }), gumshoe.base('gem'));
      await same('gemini', 'count-tokens', (base) => client(base).models.countTokens({ model: 'count-tokens', contents }), gumshoe.base('gem'));
    });
  });

  describe('ollama', () => {
    const client = (base: string) => new Ollama({ host: base });
    it.each(['chat-thinking-tools-stream', 'chat-error-stream', 'chat-think-tags-stream'])('chat: %s', (name) =>
      check(
        'ollama',
        name,
        async (base) => all(await client(base).chat({ model: name, stream: true, messages: [{ role: 'user', content: 'Hi', images: ['iVBORw0KGgo='] }], format: { type: 'object' } })),
        gumshoe.base('ollama'),
      ),
    );
    it('embeds and pulls', async () => {
      await same('ollama', 'embed-error', (base) => client(base).embed({ model: 'embed-error', input: ['a'] }), gumshoe.base('ollama'));
      await same('ollama', 'pull-stream', async (base) => all(await client(base).pull({ model: 'pull-stream', stream: true })), gumshoe.base('ollama'));
    });
  });

  describe('Helicone', () => {
    const key = () => new URL(gumshoe.base('openai')).pathname.split('/')[1] ?? '';
    const body = { model: 'chat-n2-logprobs', messages: [{ role: 'user' as const, content: 'Who am I?' }] };

    it('takes the base URL and the headers of its guide', async () => {
      replay.received.length = 0;
      const client = new OpenAI({
        baseURL: `${gumshoe.ready.proxy}/v1`,
        apiKey: 'sk-mine',
        maxRetries: 0,
        defaultHeaders: {
          'Helicone-Auth': `Bearer ${key()}`,
          'Helicone-Target-URL': `${direct}/openai`,
          'Helicone-User-Id': 'ann',
          'Helicone-Session-Id': 'session-1',
          'Helicone-Session-Path': '/plan/step',
          'Helicone-Property-App': 'tests',
          'Helicone-Request-Id': '7f2c1d0e-5b4a-4c3d-9e8f-1a2b3c4d5e6f',
        },
      });
      // The form without an upstream's name carries the key in the path.
      client.baseURL = `${gumshoe.ready.proxy}/v1/${key()}`;
      const { response } = await client.chat.completions.create(body).withResponse();
      expect(response.headers.get('helicone-id')).toBe('7f2c1d0e-5b4a-4c3d-9e8f-1a2b3c4d5e6f');
      expect(response.headers.get('helicone-status')).toBe('success');
      expect(Object.keys(replay.received[0]?.headers ?? {}).filter((h) => h.includes('helicone'))).toEqual([]);
      expect(replay.received[0]?.headers.authorization).toBe('Bearer sk-mine');
      await expect.poll(async () => (await newest())?.user, { timeout: 15_000 }).toBe('ann');
      const row = (await newest())!;
      const detail = await get<Detail>(`/api/exchanges/${row.id}`);
      expect([row.chat, detail.session_path, detail.properties.App, detail.request_id]).toEqual(['session-1', '/plan/step', 'tests', '7f2c1d0e-5b4a-4c3d-9e8f-1a2b3c4d5e6f']);
      expect(JSON.stringify(detail)).not.toContain(key());
    });

    it('keeps no body where it is told so', async () => {
      const client = new OpenAI({ baseURL: gumshoe.base('openai'), apiKey: 'sk-mine', maxRetries: 0 });
      await client.chat.completions.create({ ...body, messages: [{ role: 'user', content: 'a-very-private-word' }] }, { headers: { 'Helicone-Omit-Request': 'true', 'Helicone-User-Id': 'omit' } });
      await expect.poll(async () => (await newest())?.user, { timeout: 15_000 }).toBe('omit');
      const row = (await newest())!;
      expect(row.notes).toContain('omitted');
      expect(row.request_bytes).toBeGreaterThan(0);
      expect(JSON.stringify(await get<Detail>(`/api/exchanges/${row.id}`))).not.toContain('a-very-private-word');
      expect(row.model_requested).toBe('chat-n2-logprobs');
    });

    it('never stands in the way of @helicone/helpers', async () => {
      // Its logger posts to an endpoint of its own; here that is a request like any other.
      const logger = new HeliconeManualLogger({ apiKey: 'none', loggingEndpoint: `${gumshoe.base('openai')}/log` });
      const result = await logger.logRequest({ model: 'm', messages: [] }, (recorder) => {
        recorder.appendResults({ answer: 42 });
        return Promise.resolve('done');
      });
      expect(result).toBe('done');
      await expect.poll(async () => (await newest())?.path ?? '', { timeout: 15_000 }).toContain('/log');
    });
  });
});
