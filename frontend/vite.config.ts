import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The API's address while developing: `gumshoe serve --ui 127.0.0.1:8732`.
const api = process.env.GUMSHOE_UI ?? 'http://127.0.0.1:8732';

export default defineConfig({
  plugins: [svelte()],
  base: './',
  build: {
    target: 'es2022',
    // public/.gitkeep is copied into dist, so a fresh clone keeps compiling.
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // The API takes changes from its own pages only; while developing, these are.
  server: { host: '127.0.0.1', proxy: { '/api': { target: api, changeOrigin: true, headers: { origin: api } } } },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    // One thread: starting workers costs more than these tests take.
    pool: 'threads',
    maxWorkers: 1,
    testTimeout: 30_000,
  },
});
