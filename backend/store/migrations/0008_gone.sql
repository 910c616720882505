-- What is deleted and still lies in a block (backend/store/sweep.go).
CREATE TABLE gone (block INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (block, place)) WITHOUT ROWID;
