-- What a request held and its reply did, as codes apart by spaces (tools,
-- toolcalls, images, audio, system, reasoning), each with a space before and after.
ALTER TABLE exchange ADD COLUMN has TEXT NOT NULL DEFAULT '';

-- Sums by hour and by day, so that a graph of a year need not read its rows
-- (backend/store/roll.go). They are made from the rows and can be made anew.
CREATE TABLE rollup (
  dim INTEGER NOT NULL,    -- backend/store/roll.go: 0 all, 1 model, 2 upstream, 3 user, 4 task …
  span INTEGER NOT NULL,   -- hours: 1 or 24
  value TEXT NOT NULL,     -- of the dimension; two are joined by U+0001
  at INTEGER NOT NULL,     -- its first hour, hours since 1970 (UTC)
  sums BLOB NOT NULL,
  spread BLOB NOT NULL,    -- histograms
  PRIMARY KEY (dim, span, value, at)
) WITHOUT ROWID;
-- Rows up to this seq are in the sums, but for those of stale hours.
CREATE TABLE rolled (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT INTO rolled VALUES (1, 0);
CREATE TABLE stale (hour INTEGER PRIMARY KEY);

-- What is asked for by its size.
CREATE INDEX exchange_ttft ON exchange (ttft) WHERE ttft IS NOT NULL;
CREATE INDEX exchange_duration ON exchange (duration) WHERE duration IS NOT NULL;
CREATE INDEX exchange_cost ON exchange (cost) WHERE cost > 0;
CREATE INDEX exchange_tokens ON exchange (coalesce(input_tokens, 0) + coalesce(output_tokens, 0));
CREATE INDEX exchange_speed ON exchange (generation_tps) WHERE generation_tps IS NOT NULL;
CREATE INDEX exchange_status ON exchange (http_status, id) WHERE http_status >= 400;
CREATE INDEX rollup_at ON rollup (span, at);
