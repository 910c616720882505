import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../core/dto';
import { severity, verdictName, verdictText } from './verdicts';

const verdict = (code: string, numbers: Record<string, number>, words: Record<string, string> = {}): Verdict => ({ code, confidence: 'certain', numbers, words, related: [] });

/** The codes that the backend has, from its source. */
const codes = [...readFileSync(new URL('../../../backend/exchange/verdict.go', import.meta.url), 'utf8').matchAll(/VerdictCode = "(\w+)"/g)].map((m) => m[1]!);

describe('verdictText', () => {
  it('words every code of the backend', () => {
    expect(codes.length).toBeGreaterThan(12);
    for (const code of codes) {
      expect(verdictName(code), code).not.toBe(code.replaceAll('_', ' '));
      expect(verdictText(verdict(code, {})).length, code).toBeGreaterThan(20);
      expect(['bad', 'warn', 'info']).toContain(severity(code));
    }
  });

  it('says what was lost and what to do, with estimates marked', () => {
    const text = verdictText(verdict('context_cut', { prompt: 9000, kept: 4096, lost: 4904, context: 4096, fits: 12288 }, { how: 'messages', fix: 'num_ctx', first_kept: 'user 7' }));
    expect(text).toBe(
      'Ollama silently dropped about ~4,904 of ~9,000 prompt tokens (4,096 kept; the context holds 4,096). The oldest messages went first. The first message that was kept: user 7 Set num_ctx to ~12,288 or more.',
    );
  });

  it('leaves out what is not known', () => {
    expect(verdictText(verdict('cold_start', { load_ms: 3100 }, { cause: 'first' }))).toBe('Loading the model took 3.10 s. Raise keep_alive to keep it in memory.');
    expect(verdictText(verdict('unknown_tool', { offered: 2 }, { tool: 'serch' }))).not.toContain('probably');
    expect(verdictText(verdict('context_cut', { prompt: 9, kept: 4, lost: 5, context: 4 }, { how: 'unknown', fix: 'num_ctx' }))).toContain('Shorten the prompt');
    expect(verdictText(verdict('tool_arguments', {}, { tool: 'f', why: 'missing', path: '/a' }))).toContain('“/a”');
    expect(verdictText(verdict('tool_arguments', {}, { tool: 'f', why: 'missing', path: '' }))).not.toContain('“');
  });

  it('shows model text as text', () => {
    expect(verdictText(verdict('tool_in_text', {}, { tool: '<b>{x}</b>' }))).toContain('<b>{x}</b>');
  });
});
