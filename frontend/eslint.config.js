import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const layer = (files, patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'test-results/', 'wailsjs/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['error', 400],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['src/{ui,features}/**/*.{ts,svelte}', 'src/App.svelte'],
    rules: { 'no-restricted-globals': ['error', { name: 'fetch', message: 'go through state and core' }] },
  },
  // Imports point one way: features -> state -> core; ui knows only itself.
  layer(['src/core/**/*.ts'], ['**/state/*', '**/ui/*', '**/features/*', 'svelte', 'svelte/*']),
  layer(['src/state/**/*.ts'], ['**/ui/*', '**/features/*']),
  layer(['src/ui/**/*.{ts,svelte}'], ['**/features/*', '**/core/api', '**/core/live']),
  { files: ['src/core/dto.gen.ts'], rules: { 'max-lines': 'off' } }, // made by a program
  { files: ['e2e/**', 'src/**/*.test.ts'], rules: { 'max-lines': 'off', 'no-console': 'off' } },
);
