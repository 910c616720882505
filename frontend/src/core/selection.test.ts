import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Row } from './dto';
import { percentile, summarize } from './selection';

/** Rows and their sums, which the store's own test reads too. */
const shared = JSON.parse(readFileSync(new URL('../../../backend/store/testdata/figures.json', import.meta.url), 'utf8')) as { rows: Row[]; sums: Record<string, number> };
const row = (v: Partial<Row>) => ({ input_tokens: null, output_tokens: null, cost: null, duration: null, ttft: null, tokens_basis: '', cost_basis: '', state: 'ok', api: 'openai.chat', ...v }) as Row;

describe('a selection', () => {
  it('sums up what its rows know, and says what is missing', () => {
    const s = summarize([
      row({ input_tokens: 5, output_tokens: 1, cost: 0.5, tokens_basis: 'reported', duration: 10, ttft: 4 }),
      row({ input_tokens: 7, tokens_basis: 'estimated', duration: 30 }),
      row({}),
    ]);
    expect(s).toEqual({ count: 3, input: 12, output: 1, cost: 0.5, noTokens: 1, unpriced: 1, estimatedTokens: 1, estimatedCost: 0, durationP50: 10, durationP95: 30, ttftP50: 4 });
  });
  it('says of the same rows what the totals of the list say', () => {
    const s = summarize(shared.rows);
    expect({ requests: s.count, input_tokens: s.input, output_tokens: s.output, cost: s.cost, no_tokens: s.noTokens, estimated_tokens: s.estimatedTokens, unpriced: s.unpriced, estimated_cost: s.estimatedCost }).toEqual(shared.sums);
  });
  it('knows nothing of nothing', () => {
    expect(summarize([])).toMatchObject({ count: 0, input: null, cost: null, durationP50: null });
  });
  it('takes percentiles by the nearest rank', () => {
    const v = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([1, 50, 95, 100].map((p) => percentile(v, p))).toEqual([1, 50, 95, 100]);
  });
});
