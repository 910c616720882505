-- Rows after this one have their words indexed by stretches of rows, each with a mark
-- before it (backend/store/stretch.go). Those that are stored already stay without.
CREATE TABLE stretched (after INTEGER NOT NULL);
INSERT INTO stretched (after) SELECT coalesce(max(seq), 0) FROM exchange;
