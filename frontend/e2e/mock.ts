import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The Go mock upstream, which makes every fault that the Go tests know. */
export class Mock {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
    private readonly dir: string,
  ) {}

  static async start(): Promise<Mock> {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const dir = mkdtempSync(join(tmpdir(), 'gumshoe-e2e-mock-'));
    const binary = join(dir, 'mockllm');
    execFileSync('go', ['build', '-o', binary, './backend/testkit/mockllm/cmd'], { cwd: root, env: { ...process.env, CGO_ENABLED: '0' }, stdio: 'inherit' });
    const child = spawn(binary, ['-addr', '127.0.0.1:0', '-hang', '300ms'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        const at = /mockllm on (\S+)/.exec(line)?.[1];
        if (at !== undefined) resolve(at);
      });
      child.once('exit', (code) => reject(new Error(`the mock ended with ${code}`)));
      child.once('error', reject);
    });
    return new Mock(url, child, dir);
  }

  /** The names of the models that make a fault. */
  async faults(): Promise<string[]> {
    const list = (await (await fetch(`${this.url}/v1/models`)).json()) as { data: { id: string }[] };
    return list.data.map((m) => m.id).filter((id) => id.startsWith('fault-'));
  }

  async stop(): Promise<void> {
    const ended = new Promise<void>((done) => this.child.once('exit', () => done()));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
