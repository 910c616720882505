-- Sums of a model's users are those of users' models; hours that are made anew are
-- found value by value (backend/store/roll.go).
DELETE FROM rollup WHERE dim = 6;
DROP INDEX rollup_at;
