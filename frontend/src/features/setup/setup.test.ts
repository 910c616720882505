import { describe, expect, it } from 'vitest';
import type { BaseURL, Upstream, UpstreamTest } from '../../core/dto';
import {
  checklist,
  currentListen,
  environmentLine,
  headersSnippet,
  keyChange,
  modelsShort,
  nameProblem,
  opensOf,
  presets,
  suggestName,
  testWording,
  urlProblem,
  urlsAt,
} from './setup';

describe('nameProblem', () => {
  it.each(['ollama', 'gpu-2', 'a', '0', 'my.box_1'])('takes %s', (n) => expect(nameProblem(n, [])).toBe(''));
  it.each(['', 'GPU', '-a', 'a b', 'a/b', 'ü', '..'])('refuses %j', (n) => expect(nameProblem(n, [])).toBe('bad_name'));
  it('knows reserved and taken names', () => {
    expect(nameProblem('v1', [])).toBe('reserved');
    expect(nameProblem('healthz', [])).toBe('reserved');
    expect(nameProblem('gpu', ['gpu'])).toBe('taken');
  });
});

describe('urlProblem', () => {
  it.each(['http://127.0.0.1:11434', 'https://api.openai.com/v1', ' http://[::1]:1234/v1/ '])('takes %s', (u) => expect(urlProblem(u)).toBe(''));
  it.each(['', 'localhost', 'localhost:11434', 'ftp://a', 'javascript:alert(1)', 'http://'])('refuses %j', (u) => expect(urlProblem(u)).toBe('bad_url'));
  it.each(['http://u:p@h', 'http://h/?key=1', 'http://h/#x', 'http://h/?'])('refuses what does not belong there: %s', (u) =>
    expect(urlProblem(u)).toBe('url_query'),
  );
});

describe('suggestName', () => {
  it.each([
    ['http://127.0.0.1:11434', 'ollama'],
    ['https://api.openai.com/v1', 'openai'],
    ['https://api.groq.com/openai/v1', 'groq'],
    ['http://gpu:8000', 'gpu'],
    ['http://10.0.0.5:9999', 'local'],
    ['http://[::1]:9999', 'local'],
    ['nonsense', ''],
  ])('%s is called %s', (url, name) => expect(suggestName(url, [])).toBe(name));
  it('finds a free name', () => {
    expect(suggestName('https://api.openai.com/v1', ['openai', 'openai2'])).toBe('openai3');
    expect(suggestName('http://v1', [])).toBe('v12');
  });
  it('gives presets good names and URLs', () => {
    for (const p of presets) {
      expect(nameProblem(p.name, [])).toBe('');
      expect(urlProblem(p.url)).toBe('');
    }
  });
});

describe('keyChange', () => {
  it('leaves, replaces and removes', () => {
    expect(keyChange('', false)).toBeNull();
    expect(keyChange('', true)).toBe('');
    expect(keyChange(' sk-1 ', true)).toBe('sk-1');
  });
});

describe('test results', () => {
  const result = (more: Partial<UpstreamTest>): UpstreamTest => ({ ok: false, kind: '', version: '', models: [], millis: 0, code: '', message: '', http_code: 0, ...more });
  it('has words for every code', () => {
    expect(testWording(result({ ok: true }))).toBe('ok');
    for (const code of ['unreachable', 'unauthorized', 'not_an_llm', 'bad_url', 'timeout'] as const) expect(testWording(result({ code }))).toBe(code);
    expect(testWording(result({ code: 'new' }))).toBe('other');
  });
  it('shortens long lists of models', () => {
    expect(modelsShort(['a', 'b', 'c'], 2)).toEqual({ shown: ['a', 'b'], more: 1 });
    expect(modelsShort([], 2)).toEqual({ shown: [], more: 0 });
  });
});

describe('urlsAt', () => {
  const url = (place: string, upstream: string): BaseURL => ({ place, upstream, kind: 'ollama', url: `http://${upstream}`, works: true, needs: '' });
  it('takes one place, in the order of the upstreams', () => {
    const ups = [{ name: 'b' }, { name: 'a' }] as Upstream[];
    const all = [url('lan', 'a'), url('same_machine', 'a'), url('same_machine', 'b')];
    expect(urlsAt(all, 'same_machine', ups).map((b) => b.upstream)).toEqual(['b', 'a']);
    expect(urlsAt(all, 'docker_linux', ups)).toEqual([]);
  });
});

describe('checklist', () => {
  it('keeps its order and holds what is missing for not done', () => {
    expect(checklist([{ id: 'first_request', done: true, detail: '' }]).map((c) => [c.id, c.done])).toEqual([
      ['proxy_listening', false],
      ['upstream_reachable', false],
      ['first_request', true],
    ]);
  });
});

describe('listening', () => {
  const choices = [
    { address: '127.0.0.1:8731', opens: 'loopback', current: true },
    { address: '172.17.0.1:8731', opens: 'docker', current: false },
  ];
  it('finds the present address', () => {
    expect(currentListen(choices)).toBe('127.0.0.1:8731');
    expect(currentListen([])).toBe('');
  });
  it('says whom an address lets in', () => {
    expect(opensOf('172.17.0.1:8731', choices)).toBe('docker');
    expect(opensOf('0.0.0.0:8731', choices)).toBe('all');
    expect(opensOf('[::]:8731', [])).toBe('all');
    expect(opensOf(':8731', [])).toBe('all');
    expect(opensOf('192.168.1.5:8731', [])).toBe('lan');
    expect(opensOf('127.0.0.2:1', [])).toBe('loopback');
    expect(opensOf('[::1]:1', [])).toBe('loopback');
  });
});

describe('texts to copy', () => {
  it('are JSON for Open WebUI', () => {
    expect(Object.keys(JSON.parse(headersSnippet) as object)).toContain('X-OpenWebUI-Task');
  });
  it('name the variable that the client reads', () => {
    const b = (kind: string): BaseURL => ({ place: 'same_machine', upstream: 'x', kind, url: 'http://u', works: true, needs: '' });
    expect(environmentLine(b('ollama'))).toBe('OLLAMA_HOST=http://u');
    expect(environmentLine(b('openai'))).toBe('OPENAI_BASE_URL=http://u');
    expect(environmentLine(b('anthropic'))).toBe('ANTHROPIC_BASE_URL=http://u');
  });
});
