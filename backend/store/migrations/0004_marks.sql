-- What people note on exchanges.
CREATE TABLE mark (
  id BLOB PRIMARY KEY,                       -- of the exchange
  starred INTEGER NOT NULL,
  rating INTEGER,                            -- 1 to 5
  tags TEXT NOT NULL,                        -- U+0001 before and after each
  note TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX mark_starred ON mark (id) WHERE starred = 1;
