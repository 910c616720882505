import type { BaseURL, Check, ListenChoice, Upstream, UpstreamInput, UpstreamTest } from '../../core/dto';

export const places = ['same_machine', 'docker_desktop', 'docker_linux', 'lan'] as const;
export type Place = (typeof places)[number];

export const kinds = ['ollama', 'openai', 'anthropic', 'gemini'] as const;

/** Servers that people have; a click fills the form in. */
export const presets: readonly { label: string; name: string; url: string }[] = [
  { label: 'Ollama', name: 'ollama', url: 'http://127.0.0.1:11434' },
  { label: 'LM Studio', name: 'lmstudio', url: 'http://127.0.0.1:1234/v1' },
  { label: 'llama.cpp', name: 'llamacpp', url: 'http://127.0.0.1:8080/v1' },
  { label: 'vLLM', name: 'vllm', url: 'http://127.0.0.1:8000/v1' },
  { label: 'OpenAI', name: 'openai', url: 'https://api.openai.com/v1' },
  { label: 'OpenRouter', name: 'openrouter', url: 'https://openrouter.ai/api/v1' },
];

/** The headers that tell Gumshoe who asked and why; Open WebUI fills in the placeholders. */
export const headersSnippet = JSON.stringify(
  {
    'X-OpenWebUI-Task': '{{TASK}}',
    'X-OpenWebUI-Chat-Id': '{{CHAT_ID}}',
    'X-OpenWebUI-Message-Id': '{{MESSAGE_ID}}',
    'X-OpenWebUI-User-Message-Id': '{{USER_MESSAGE_ID}}',
    'X-OpenWebUI-User-Id': '{{USER_ID}}',
    'X-OpenWebUI-User-Email': '{{USER_EMAIL}}',
    'X-OpenWebUI-User-Role': '{{USER_ROLE}}',
  },
  null,
  2,
);

const reserved = ['v1', 'healthz'];

/** Why a name won't do: a key below setup.form, "" for a good one. */
export function nameProblem(name: string, others: readonly string[]): '' | 'bad_name' | 'reserved' | 'taken' {
  if (!/^[a-z0-9][a-z0-9._-]*$/.test(name)) return 'bad_name';
  if (reserved.includes(name)) return 'reserved';
  return others.includes(name) ? 'taken' : '';
}

/** Why a URL won't do: a key below setup.form, "" for a good one. */
export function urlProblem(text: string): '' | 'bad_url' | 'url_query' {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return 'bad_url';
  }
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return 'bad_url';
  const extra = url.username !== '' || url.password !== '' || /[?#]/.test(text);
  return extra ? 'url_query' : '';
}

/** A name for a URL that has none yet: its host's telling part, made free. */
export function suggestName(url: string, others: readonly string[]): string {
  const preset = presets.find((p) => p.url === url.trim());
  if (!URL.canParse(url.trim())) return '';
  const host = new URL(url.trim()).hostname;
  const parts = host.split('.').filter((p) => !['api', 'www'].includes(p));
  const telling = /^[\d.]+$|^\[|^localhost$/.test(host) ? 'local' : parts.length > 1 ? (parts[parts.length - 2] ?? '') : (parts[0] ?? '');
  const base = (preset?.name ?? telling).toLowerCase().replace(/[^a-z0-9._-]/g, '').replace(/^[._-]+/, '') || 'upstream';
  let name = base;
  for (let i = 2; others.includes(name) || reserved.includes(name); i++) name = `${base}${i}`;
  return name;
}

/** The key part of an input: null leaves it, "" removes it. */
export function keyChange(typed: string, remove: boolean): UpstreamInput['key'] {
  if (typed.trim() !== '') return typed.trim();
  return remove ? '' : null;
}

/** Which text below setup.test words a result. */
export function testWording(r: UpstreamTest): 'ok' | 'unreachable' | 'unauthorized' | 'not_an_llm' | 'bad_url' | 'timeout' | 'other' {
  if (r.ok) return 'ok';
  const codes = ['unreachable', 'unauthorized', 'not_an_llm', 'bad_url', 'timeout'] as const;
  return codes.find((c) => c === r.code) ?? 'other';
}

/** The first models by name, and how many more there are. */
export function modelsShort(models: readonly string[], most = 6): { shown: string[]; more: number } {
  return { shown: models.slice(0, most), more: Math.max(0, models.length - most) };
}

/** The base URLs for one place, in the order of the upstreams. */
export function urlsAt(all: readonly BaseURL[], place: Place, upstreams: readonly Upstream[]): BaseURL[] {
  const order = new Map(upstreams.map((u, i) => [u.name, i]));
  return all.filter((b) => b.place === place).sort((a, b) => (order.get(a.upstream) ?? 0) - (order.get(b.upstream) ?? 0));
}

/** What the checklist says, in its fixed order, also when the answer lacks one. */
export function checklist(checks: readonly Check[]): Check[] {
  return ['proxy_listening', 'upstream_reachable', 'first_request'].map(
    (id) => checks.find((c) => c.id === id) ?? { id, done: false, detail: '' },
  );
}

/** The address that the proxy listens on now. */
export function currentListen(choices: readonly ListenChoice[]): string {
  return choices.find((c) => c.current)?.address ?? '';
}

/** Whom an address lets in, for one that is not among the choices too. */
export function opensOf(address: string, choices: readonly ListenChoice[]): 'loopback' | 'docker' | 'lan' | 'all' {
  const known = choices.find((c) => c.address === address)?.opens;
  if (known === 'loopback' || known === 'docker' || known === 'lan' || known === 'all') return known;
  const host = address.replace(/:\d*$/, '');
  if (/^(127\.|localhost$|\[::1\]$)/.test(host)) return 'loopback';
  return /^(0\.0\.0\.0|\[::\])?$/.test(host) ? 'all' : 'lan';
}

/** The environment that other clients read their base URL from. */
export function environmentLine(b: BaseURL): string {
  if (b.kind === 'ollama') return `OLLAMA_HOST=${b.url}`;
  return b.kind === 'anthropic' ? `ANTHROPIC_BASE_URL=${b.url}` : `OPENAI_BASE_URL=${b.url}`;
}
