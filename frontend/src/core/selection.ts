import type { Row } from './dto';

/** What some rows sum up to. A sum is null where no row knows its part; missing counts those that do not. */
export interface Summary {
  count: number;
  input: number | null;
  output: number | null;
  cost: number | null;
  /** Rows that the sums lack: without tokens, without a price. */
  noTokens: number;
  unpriced: number;
  /** Rows that are in the sums as estimates. */
  estimatedTokens: number;
  estimatedCost: number;
  durationP50: number | null;
  durationP95: number | null;
  ttftP50: number | null;
}

/** The p-th percentile by the nearest rank; null of none. */
export function percentile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((sorted.length * p) / 100) - 1)] ?? null;
}

const known = (rows: readonly Row[], of: (r: Row) => number | null): number[] => rows.map(of).filter((v): v is number => v !== null);
const sum = (values: number[]): number | null => (values.length === 0 ? null : values.reduce((a, b) => a + b, 0));

const embeddings = ['openai.embeddings', 'ollama.embed', 'ollama.embeddings', 'gemini.embed'];

/** Whether an operation is one whose tokens count. */
function takesTokens(api: string): boolean {
  return /\.(chat|messages|generate)$/.test(api) || api === 'openai.completions' || api === 'openai.responses' || embeddings.includes(api);
}

/** Whether a row should have tokens and has none. One that was refused lacks none. */
const uncounted = (r: Row) => r.tokens_basis === '' && takesTokens(r.api) && r.state !== 'error' && r.state !== 'running';

/** By the rules of backend/store/tally.go, so that a selection and the list's totals say the same of the same rows. */
export function summarize(rows: readonly Row[]): Summary {
  const durations = known(rows, (r) => r.duration);
  return {
    count: rows.length,
    input: sum(known(rows, (r) => r.input_tokens)),
    output: sum(known(rows, (r) => r.output_tokens)),
    cost: sum(known(rows, (r) => r.cost)),
    noTokens: rows.filter(uncounted).length,
    unpriced: rows.filter((r) => r.tokens_basis !== '' && r.cost === null).length,
    estimatedTokens: rows.filter((r) => r.tokens_basis === 'estimated').length,
    estimatedCost: rows.filter((r) => r.cost_basis === 'estimated').length,
    durationP50: percentile(durations, 50),
    durationP95: percentile(durations, 95),
    ttftP50: percentile(known(rows, (r) => r.ttft), 50),
  };
}
