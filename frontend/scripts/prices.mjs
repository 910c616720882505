// Writes backend/price/data/prices.json (the table that Gumshoe embeds) and
// backend/price/testdata/oracle.json (what the package's own calculator says of
// every model) from @pydantic/genai-prices. Run by `go run ./build gen`.
//
// The table is the package's data without descriptions and extractors, one model
// a line, so that an update can be read as a diff. A regular expression that Go
// can't do ends the run: see checkPattern.
import { execSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { calcPrice, REMOTE_DATA_JSON_URL, waitForUpdate } from '@pydantic/genai-prices';

const here = dirname(fileURLToPath(import.meta.url));
const room = join(here, '..', '..', 'backend', 'price');
const home = join(here, '..', 'node_modules', '@pydantic', 'genai-prices');
const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const copyright = /copyright.*/i.exec(readFileSync(join(home, 'LICENSE'), 'utf8'))?.[0] ?? '';
const providers = await waitForUpdate();

// Warnings of the calculator would mean figures that the table does not have.
globalThis.console.warn = (text) => {
  throw new Error(text);
};

/** Fails on a regular expression that backend/price/rule.go can't translate. */
function checkPattern(source, where) {
  // (?!…) right behind a leading ^ is translated; the rest of lookaround and
  // back references are not.
  let rest = source.replace(/^\^/, '');
  while (source.startsWith('^') && rest.startsWith('(?!')) {
    let depth = 0;
    let i = 0;
    let inClass = false;
    for (; i < rest.length; i++) {
      const c = rest[i];
      if (c === '\\') i++;
      else if (inClass) inClass = c !== ']';
      else if (c === '[') inClass = true;
      else if (c === '(') depth++;
      else if (c === ')' && --depth === 0) break;
    }
    rest = rest.slice(i + 1);
  }
  if (/\(\?(=|!|<)|\\[1-9]|\\k</.test(rest)) {
    throw new Error(`${where}: Go can't do the regular expression ${source}: translate it in backend/price/rule.go`);
  }
}

function checkRule(rule, where) {
  if (!rule) return;
  if (rule.regex !== undefined) checkPattern(rule.regex, where);
  for (const part of rule.and ?? rule.or ?? []) checkRule(part, where);
}

function slimModel(m) {
  const out = { id: m.id, match: m.match };
  if (m.context_window) out.context_window = m.context_window;
  out.prices = Array.isArray(m.prices)
    ? m.prices.map(({ constraint, prices }) => (constraint ? { constraint: slimConstraint(constraint), prices } : { prices }))
    : m.prices;
  // Only there the words matter: they tell what is free from what is unknown.
  const sets = Array.isArray(m.prices) ? m.prices.map((c) => c.prices) : [m.prices];
  if (m.price_comments && sets.some((s) => Object.keys(s).length === 0)) out.price_comments = m.price_comments;
  return out;
}

function slimConstraint({ start_date, start_time, end_time }) {
  return start_date ? { start_date } : { start_time, end_time };
}

/** The day from which the registry has the package's version, 2026-09-23. The
 * package carries no date itself, so the registry is asked, once for each version;
 * a mirror's answer can be later than the publication, never earlier. */
function listed() {
  try {
    const { version, date } = JSON.parse(readFileSync(join(room, 'data', 'prices.json'), 'utf8'));
    if (version === manifest.version && date) return date;
  } catch {
    // There is no table yet.
  }
  const times = JSON.parse(execSync(`npm view ${manifest.name} time --json`, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
  return new Date(times[manifest.version]).toISOString().slice(0, 10);
}

function table() {
  const head = {
    format: 1,
    source: 'genai-prices',
    package: manifest.name,
    version: manifest.version,
    date: listed(),
    refresh: REMOTE_DATA_JSON_URL,
    licence: manifest.license,
    copyright,
    homepage: manifest.homepage,
  };
  const lines = [JSON.stringify(head).slice(0, -1) + ',"providers":['];
  providers.forEach((p, i) => {
    checkPattern(p.api_pattern, p.id);
    checkRule(p.model_match, p.id);
    checkRule(p.provider_match, p.id);
    const { id, name, api_pattern, model_match, provider_match, fallback_model_providers } = p;
    const start = { id, name, api_pattern, model_match, provider_match, fallback_model_providers };
    lines.push(JSON.stringify(start).slice(0, -1) + ',"models":[');
    p.models.forEach((m, j) => {
      checkRule(m.match, `${p.id}/${m.id}`);
      lines.push(JSON.stringify(slimModel(m)) + (j < p.models.length - 1 ? ',' : ''));
    });
    lines.push(i < providers.length - 1 ? ']},' : ']}');
  });
  lines.push(']}');
  return lines.join('\n') + '\n';
}

// usages are what every model is asked about; a case names them by index. They
// keep the package's rule that parts never exceed the whole.
const usages = [
  { input_tokens: 0, output_tokens: 0 },
  { input_tokens: 1000, output_tokens: 333 },
  { input_tokens: 100_000, output_tokens: 7919, cache_read_tokens: 31_337, cache_write_tokens: 20_011, cache_write_5m_tokens: 13_004, cache_write_1h_tokens: 7007, output_reasoning_tokens: 1234 },
  { input_tokens: 1_500_007, output_tokens: 64_001, cache_read_tokens: 1_000_003, output_reasoning_tokens: 60_000 },
  { input_tokens: 9001, output_tokens: 4001, cache_read_tokens: 2003, input_audio_tokens: 5003, output_audio_tokens: 3001, input_image_tokens: 997, output_image_tokens: 501, cache_audio_read_tokens: 0, cache_image_read_tokens: 0 },
  { input_tokens: 9001, output_tokens: 4001, cache_read_tokens: 3003, input_audio_tokens: 5003, output_audio_tokens: 3001, input_image_tokens: 997, cache_audio_read_tokens: 2003, cache_image_read_tokens: 101 },
];

/** Adds a usage once and gives its index. */
function usageIndex(u) {
  const text = JSON.stringify(u);
  const found = usages.findIndex((o) => JSON.stringify(o) === text);
  return found >= 0 ? found : usages.push(u) - 1;
}

/** The usages to ask about a model: all that can differ, and its tiers' edges. */
function usagesFor(sets) {
  const keys = new Set(sets.flatMap((s) => Object.keys(s)));
  const list = [0, 1, 2, 3];
  if ([...keys].some((k) => k.includes('audio') || k.includes('image'))) list.push(4, 5);
  const starts = new Set(sets.flatMap((s) => Object.values(s)).flatMap((v) => v.tiers ?? []).map((t) => t.start));
  for (const start of starts) {
    for (const input of [start, start + 1]) {
      list.push(usageIndex({ input_tokens: input, output_tokens: 2003, cache_read_tokens: 1009, cache_write_tokens: 3001, cache_write_5m_tokens: 3001 }));
    }
  }
  return list;
}

const noon = '2026-01-15T12:00:00.000Z';

/** The times to ask about: the edges of each dated and time-of-day price. */
function timesFor(prices) {
  if (!Array.isArray(prices)) return [noon];
  const day = '2026-09-20T';
  const times = new Set([noon, `${day}12:00:00.000Z`, '2020-01-01T00:00:00.000Z']);
  const around = (iso) => {
    const at = Date.parse(iso);
    for (const ms of [at - 1, at]) times.add(new Date(ms).toISOString());
  };
  for (const { constraint: c } of prices) {
    if (c?.start_date) around(`${c.start_date}T00:00:00Z`);
    for (const t of c?.start_time ? [c.start_time, c.end_time] : []) around(day + t);
  }
  return [...times];
}

/** Names that a rule takes, the plainest first. */
function* samples(rule) {
  for (const text of [rule.equals, rule.starts_with, rule.ends_with, rule.contains]) if (text) yield text;
  if (rule.regex) yield rule.regex.replace(/^\^|\$$/g, '').replaceAll('\\d{8}', '20260102').replaceAll('\\d{4}-\\d{2}-\\d{2}', '2026-01-02').replaceAll('\\d', '1').replaceAll('\\', '');
  for (const part of rule.and ?? rule.or ?? []) yield* samples(part);
}

const ask = (usage, name, provider, at) => calcPrice(usage, name, { providerId: provider.id, timestamp: new Date(at) });

function oracle() {
  const cases = [];
  const hidden = [];
  for (const p of providers) {
    for (const m of p.models) {
      const sets = Array.isArray(m.prices) ? m.prices.map((c) => c.prices) : [m.prices];
      const name = [m.id, ...samples(m.match)].find((n) => ask(usages[0], n, p, noon)?.model === m);
      if (name === undefined) {
        hidden.push(`${p.id}/${m.id}`);
        continue;
      }
      const list = usagesFor(sets);
      for (const at of timesFor(m.prices)) {
        const costs = list.map((u) => [u, Number(ask(usages[u], name, p, at).total_price.toPrecision(15))]);
        cases.push({ p: p.id, n: name, m: m.id, at, c: costs });
      }
    }
  }
  return { cases, hidden };
}

/** Which entry a name leads to, by provider and by name alone; null for none. */
function lookups() {
  const out = [];
  const found = (name, providerId) => {
    const r = calcPrice(usages[0], name, { providerId, timestamp: new Date(noon) });
    return r ? `${r.provider.id} ${r.model.id}` : null;
  };
  for (const p of providers) {
    for (const m of p.models) {
      for (const name of [m.id, m.id.toUpperCase(), `${m.id}-20250131`, `x/${m.id}`, `${m.id}-x`]) {
        const here = found(name, p.id);
        if (name !== m.id || here !== `${p.id} ${m.id}`) out.push([name, p.id, here]);
      }
      out.push([m.id, '', found(m.id)]);
    }
  }
  for (const p of ['OpenAI', 'azure-openai', 'google-vertex', 'vertex_ai', 'amazon-bedrock', 'xai', 'together_ai', 'nobody', 'huggingface_nebius', 'huggingface:groq']) {
    for (const n of ['gpt-4o', 'claude-sonnet-4-0', 'gemini-2.5-pro', 'grok-4']) out.push([n, p, found(n, p)]);
  }
  return out;
}

const rows = (list) => list.map((one) => JSON.stringify(one)).join(',\n');
mkdirSync(join(room, 'data'), { recursive: true });
mkdirSync(join(room, 'testdata'), { recursive: true });
writeFileSync(join(room, 'data', 'prices.json'), table());
const { cases, hidden } = oracle();
writeFileSync(
  join(room, 'testdata', 'oracle.json'),
  `{"version":${JSON.stringify(manifest.version)},\n"usages":[\n${rows(usages)}\n],\n"cases":[\n${rows(cases)}\n],\n"lookups":[\n${rows(lookups())}\n],\n"hidden":${JSON.stringify(hidden)}}\n`,
);
process.stdout.write(`${manifest.name} ${manifest.version}: ${cases.length} oracle cases; ${hidden.length} models that no name leads to: ${hidden.join(', ')}\n`);
