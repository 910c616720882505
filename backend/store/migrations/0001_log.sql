-- One row per exchange. Times are microseconds since 1970 (UTC), durations
-- microseconds, sizes bytes; NULL is a figure that is not known.
CREATE TABLE exchange (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,           -- UUIDv7, 16 bytes: sorts by start
  started_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  http_status INTEGER NOT NULL,
  upstream TEXT NOT NULL,
  kind TEXT NOT NULL,
  api TEXT NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  client TEXT NOT NULL,
  model_requested TEXT NOT NULL,
  model TEXT NOT NULL,
  stream INTEGER,
  user TEXT NOT NULL,
  chat TEXT NOT NULL,
  answer TEXT NOT NULL,
  task TEXT NOT NULL,
  input_tokens INTEGER,
  output_tokens INTEGER,
  cached_tokens INTEGER,
  reasoning_tokens INTEGER,
  tokens_basis TEXT NOT NULL,
  first_byte INTEGER,
  ttft INTEGER,
  last_token INTEGER,
  duration INTEGER,
  total INTEGER,
  load INTEGER,
  prompt_eval INTEGER,
  eval INTEGER,
  generation_tps REAL,
  generation_tps_basis TEXT NOT NULL,
  prompt_tps REAL,
  prompt_tps_basis TEXT NOT NULL,
  finish TEXT NOT NULL,
  error TEXT NOT NULL,
  notes TEXT NOT NULL,               -- codes, apart by spaces
  partial INTEGER NOT NULL,
  request_bytes INTEGER NOT NULL,
  response_bytes INTEGER NOT NULL,
  snippet TEXT NOT NULL,             -- start of the last user message
  shown_model TEXT AS (CASE WHEN model <> '' THEN model ELSE model_requested END) VIRTUAL
);
CREATE INDEX exchange_model ON exchange (shown_model, id);
CREATE INDEX exchange_state ON exchange (state, id);
CREATE INDEX exchange_upstream ON exchange (upstream, id);
CREATE INDEX exchange_kind ON exchange (kind, started_at);

-- What is kept of an exchange beside its row: zstd of its headers, ending, chunk
-- times and the manifests of its bodies (backend/store/pack.go).
CREATE TABLE record (seq INTEGER PRIMARY KEY, packed BLOB NOT NULL);

-- What bodies share: pieces, each stored once however often it was sent.
CREATE TABLE piece (
  n INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,         -- SHA-256 of the plain bytes
  data BLOB NOT NULL,                -- zstd
  refs INTEGER NOT NULL              -- how many manifest entries name it
);

CREATE VIRTUAL TABLE search USING fts5(text, content='', contentless_delete=1, tokenize='unicode61');

CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- How far the recorder is in the journal.
CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), read TEXT NOT NULL, keep TEXT NOT NULL);

-- For people with any SQLite tool.
CREATE VIEW v_exchanges AS
SELECT lower(printf('%s-%s-%s-%s-%s', substr(hex(id), 1, 8), substr(hex(id), 9, 4), substr(hex(id), 13, 4), substr(hex(id), 17, 4), substr(hex(id), 21))) AS id, strftime('%Y-%m-%dT%H:%M:%fZ', started_at / 1e6, 'unixepoch') AS started_at, state,
  http_status, upstream, api, method, path, model_requested, model, stream, user, chat, task, input_tokens,
  output_tokens, cached_tokens, tokens_basis, ttft / 1e3 AS ttft_ms, duration / 1e3 AS duration_ms, generation_tps,
  prompt_tps, load / 1e3 AS load_ms, request_bytes, response_bytes, client, error, snippet AS prompt
FROM exchange ORDER BY exchange.id DESC;
