-- One row an exchange and finding, for people with any SQLite tool.
CREATE VIEW v_verdicts AS
WITH RECURSIVE split (seq, code, rest) AS (
  SELECT seq, '', verdicts || ' ' FROM exchange WHERE verdicts <> ''
  UNION ALL
  SELECT seq, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> ''
)
SELECT lower(printf('%s-%s-%s-%s-%s', substr(hex(e.id), 1, 8), substr(hex(e.id), 9, 4), substr(hex(e.id), 13, 4), substr(hex(e.id), 17, 4), substr(hex(e.id), 21))) AS id,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.started_at / 1e6, 'unixepoch') AS started_at, split.code AS verdict, e.shown_model AS model, e.user, e.task
FROM split JOIN exchange AS e USING (seq) WHERE split.code <> '';

-- One row a day (UTC), model and user.
CREATE VIEW v_days AS
SELECT strftime('%Y-%m-%d', started_at / 1e6, 'unixepoch') AS day, shown_model AS model, user, count(*) AS requests,
  sum(state IN ('error', 'broken', 'interrupted')) AS errors, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  sum(cost) AS cost_usd, sum(tokens_basis <> '' AND cost IS NULL) AS unpriced, avg(ttft) / 1e3 AS ttft_ms_avg, avg(generation_tps) AS generation_tps_avg
FROM exchange GROUP BY 1, 2, 3;
