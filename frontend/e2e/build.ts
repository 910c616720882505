import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    binary: string;
  }
}

/** Builds the UI and the headless binary once; GUMSHOE_E2E_BINARY names one that is built already. */
export default function setup(project: TestProject): (() => void) | undefined {
  const ready = process.env.GUMSHOE_E2E_BINARY;
  if (ready) {
    project.provide('binary', ready);
    return undefined;
  }
  const frontend = fileURLToPath(new URL('..', import.meta.url));
  const dir = mkdtempSync(join(tmpdir(), 'gumshoe-e2e-'));
  const binary = join(dir, 'gumshoe');
  execFileSync(process.execPath, [join(frontend, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: frontend, stdio: 'inherit' });
  execFileSync('go', ['build', '-o', binary, './app'], { cwd: join(frontend, '..'), env: { ...process.env, CGO_ENABLED: '0' }, stdio: 'inherit' });
  project.provide('binary', binary);
  return () => rmSync(dir, { recursive: true, force: true });
}
