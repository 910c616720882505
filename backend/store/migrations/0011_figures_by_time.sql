-- What is asked for by its size, by stretches of time (backend/store/era.go): the newest
-- rows of two figures are found without reading all that either index has.
DROP INDEX exchange_ttft;
DROP INDEX exchange_duration;
DROP INDEX exchange_cost;
DROP INDEX exchange_tokens;
DROP INDEX exchange_speed;
CREATE INDEX exchange_ttft ON exchange (started_at >> 37, ttft) WHERE ttft IS NOT NULL;
CREATE INDEX exchange_duration ON exchange (started_at >> 37, duration) WHERE duration IS NOT NULL;
CREATE INDEX exchange_cost ON exchange (started_at >> 37, cost) WHERE cost > 0;
CREATE INDEX exchange_tokens ON exchange (started_at >> 37, coalesce(input_tokens, 0) + coalesce(output_tokens, 0));
CREATE INDEX exchange_speed ON exchange (started_at >> 37, generation_tps) WHERE generation_tps IS NOT NULL;
