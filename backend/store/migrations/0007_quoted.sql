-- What background tasks say and quote (backend/store/search.go): which words, not
-- where. Tasks that are stored already stay in search.
CREATE VIRTUAL TABLE quoted USING fts5(text, content='', contentless_delete=1, tokenize='unicode61', detail=none);
