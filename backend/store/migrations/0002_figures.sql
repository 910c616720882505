-- Who, what for, what it cost and what was wrong, each with its basis.
ALTER TABLE exchange ADD COLUMN chat_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN answer_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN task_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN cache_write_tokens INTEGER;
ALTER TABLE exchange ADD COLUMN cost REAL;                          -- US dollars; NULL is unpriced
ALTER TABLE exchange ADD COLUMN cost_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN queue INTEGER;
ALTER TABLE exchange ADD COLUMN queue_basis TEXT NOT NULL DEFAULT '';
ALTER TABLE exchange ADD COLUMN verdicts TEXT NOT NULL DEFAULT '';  -- codes, apart by spaces
ALTER TABLE exchange ADD COLUMN more TEXT NOT NULL DEFAULT '';      -- JSON of what few rows have (backend/store/row.go)
CREATE INDEX exchange_user ON exchange (user, id) WHERE user <> '';
CREATE INDEX exchange_chat ON exchange (chat, id) WHERE chat <> '';
CREATE INDEX exchange_answer ON exchange (answer, id) WHERE answer <> '';
CREATE INDEX exchange_verdicts ON exchange (verdicts, id) WHERE verdicts <> '';
CREATE INDEX exchange_task ON exchange (task, id) WHERE task <> '';

DROP VIEW v_exchanges;
CREATE VIEW v_exchanges AS
SELECT lower(printf('%s-%s-%s-%s-%s', substr(hex(id), 1, 8), substr(hex(id), 9, 4), substr(hex(id), 13, 4), substr(hex(id), 17, 4), substr(hex(id), 21))) AS id,
  strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1e6, 'unixepoch') AS started_at, state,
  http_status, upstream, api, method, path, model_requested, model, stream, user, chat, task, input_tokens,
  output_tokens, cached_tokens, tokens_basis, ttft / 1e3 AS ttft_ms, duration / 1e3 AS duration_ms, generation_tps,
  prompt_tps, load / 1e3 AS load_ms, request_bytes, response_bytes, client, error, snippet AS prompt,
  answer, chat_basis, task_basis, reasoning_tokens, cache_write_tokens, cost AS cost_usd, cost_basis,
  queue / 1e3 AS queue_ms, queue_basis, verdicts
FROM exchange ORDER BY exchange.id DESC;
