import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the decoder reads of a capture: its golden file. */
export interface Golden {
  api: string;
  reply: {
    Stream?: boolean;
    Ended?: boolean;
    Error?: string;
    Finish?: string;
    Model?: string;
    FirstToken?: number;
    Messages?: { Parts?: { Type: string; Text?: string }[]; ToolCalls?: { Name: string; Arguments: string }[] }[];
    Usage?: { Input?: number; Output?: number; Cached?: number; Reasoning?: number; Basis?: string };
  };
}

/** A request and its reply, written from a provider's published format. */
export interface Capture {
  request: Record<string, unknown>;
  status: number;
  whole: boolean;
  type: string;
  reply: Buffer;
  golden: Golden;
}

export type Dialect = 'openai' | 'anthropic' | 'gemini' | 'ollama';

const root = new URL('../../backend/wire/', import.meta.url);

/** The captures of a dialect, by name. */
export function captures(dialect: Dialect): Map<string, Capture> {
  const dir = new URL(`${dialect}/testdata/`, root);
  const out = new Map<string, Capture>();
  for (const file of readdirSync(dir).filter((f) => f.endsWith('.txt'))) {
    const raw = readFileSync(new URL(file, dir));
    const at = raw.indexOf('\n--- reply ');
    const line = raw.subarray(at + 1, raw.indexOf('\n', at + 1)).toString();
    const [, status = '200', how = 'whole', type = ''] = /^--- reply (\d+) (\w+) ?(.*)$/.exec(line) ?? [];
    const body = raw.subarray(0, at).toString().split('\n\n').slice(1).join('\n\n');
    let request: Record<string, unknown> = {};
    if (body.startsWith('{')) request = JSON.parse(body) as Record<string, unknown>;
    const golden = JSON.parse(readFileSync(new URL(file.replace('.txt', '.golden.json'), dir), 'utf8')) as Golden;
    out.set(file.replace('.txt', ''), { request, status: Number(status), whole: how === 'whole', type, reply: raw.subarray(at + 2 + line.length), golden });
  }
  return out;
}

/** One request as a server got it. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * A server of all dialects, each below its name. It answers with the capture
 * that the request's model names; a list of models with the capture "models".
 * An OpenAI-style stream tells its usage to those who ask, and to no one else.
 */
export class Replay {
  readonly received: Received[] = [];
  private readonly all = new Map<string, Map<string, Capture>>();
  private readonly server: Server;

  constructor() {
    for (const d of ['openai', 'anthropic', 'gemini', 'ollama'] as const) this.all.set(d, captures(d));
    this.server = createServer((req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (p: Buffer) => parts.push(p));
      req.on('end', () => {
        const body = Buffer.concat(parts).toString('latin1');
        this.received.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
        this.answer(req.url ?? '/', body, res);
      });
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

  private answer(url: string, body: string, res: ServerResponse): void {
    const [, dialect = ''] = url.split('/');
    const path = url.split('?')[0] ?? '';
    const named = /"model"\s*:\s*"(?:models\/)?([^"]+)"/.exec(body)?.[1] ?? /name="model"\r\n\r\n([^\r]+)/.exec(body)?.[1] ?? /models\/([^/:]+):/.exec(path)?.[1] ?? /^{"name":"([^"]+)"/.exec(body)?.[1];
    const capture = this.all.get(dialect)?.get(named ?? 'models');
    if (!capture) return void res.writeHead(404, { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: `nothing to say to ${named}` }));
    res.writeHead(capture.status, { 'Content-Type': capture.type, 'X-Request-Id': 'req-1' });
    const text = capture.reply.toString();
    const asked = /"include_usage"\s*:\s*true/.test(body);
    const openai = dialect === 'openai' && path.endsWith('/chat/completions') && capture.type.startsWith('text/event-stream');
    const events = openai && !asked ? text.split('\n\n').filter((e) => !/"choices":\s*\[\]/.test(e)).join('\n\n') : text;
    res.write(events);
    if (capture.whole) res.end();
    else setTimeout(() => res.destroy(), 20);
  }
}
