import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';
import './build';

/** The line that serve --json prints. */
interface Ready {
  proxy: string;
  ui: string;
  base_urls: Record<string, string>;
}

/** The real program, headless, with a data folder of its own. */
export class Gumshoe {
  private constructor(
    readonly ready: Ready,
    readonly data: string,
    private readonly child: ChildProcess,
    private readonly said: () => string,
  ) {}

  static start(upstreams: Record<string, string>): Promise<Gumshoe> {
    return Gumshoe.run('serve', Object.entries(upstreams).flatMap(([name, url]) => ['--upstream', `${name}=${url}`]));
  }

  /** The program with its invented log. */
  static demo(): Promise<Gumshoe> {
    return Gumshoe.run('demo', []);
  }

  /** The program on a folder that is there already, and stays. */
  static on(folder: string): Promise<Gumshoe> {
    return Gumshoe.run('serve', ['--upstream', 'ollama=http://127.0.0.1:1'], folder);
  }

  private static async run(command: string, flags: string[], folder?: string): Promise<Gumshoe> {
    const data = await mkdtemp(join(tmpdir(), 'gumshoe-e2e-data-'));
    const env: Record<string, string> = { HOME: data, DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent', TZ: process.env.TZ ?? 'UTC' };
    const child = spawn(inject('binary'), [command, '--data', folder ?? join(data, 'gumshoe'), '--listen', '127.0.0.1:0', '--ui', '127.0.0.1:0', '--json', ...flags], { env });
    let errors = '';
    child.stderr.on('data', (b: Buffer) => (errors += b.toString()));
    const ready = await new Promise<Ready>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Ready));
      child.once('exit', (code) => reject(new Error(`gumshoe ended with ${code}: ${errors}`)));
      child.once('error', reject);
    });
    return new Gumshoe(ready, data, child, () => errors);
  }

  /** The base URL of an upstream. */
  base(upstream: string): string {
    const url = this.ready.base_urls[upstream];
    if (url === undefined) throw new Error(`no base URL of ${upstream} in ${JSON.stringify(this.ready.base_urls)}`);
    return url;
  }

  /** Ends it as a person would; rejects when it does not end well. */
  async stop(): Promise<void> {
    if (this.child.exitCode === null) {
      const ended = new Promise<void>((done) => this.child.once('exit', () => done()));
      this.child.kill('SIGTERM');
      await ended;
    }
    await rm(this.data, { recursive: true, force: true });
    if (this.child.exitCode !== 0) throw new Error(`gumshoe ended with ${this.child.exitCode}: ${this.said()}`);
  }
}
