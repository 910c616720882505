-- What has come to rest: many records and pieces in one zstd (backend/store/block.go).
-- The column that a member had its bytes in says where it is. Numbers are never
-- given out again: a reader may hold one.
CREATE TABLE block (n INTEGER PRIMARY KEY AUTOINCREMENT, data BLOB NOT NULL);
-- Records up to this seq have been looked at.
CREATE TABLE settled (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL);
INSERT INTO settled VALUES (1, 0);
