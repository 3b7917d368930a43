-- 1: the platform holds the op for a person; it stands among the refused ones until somebody has decided.
ALTER TABLE outbox ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0;

-- 1: this database is an older copy of itself, as the file beside it tells: the next registration asks for a new epoch.
ALTER TABLE device ADD COLUMN is_behind INTEGER NOT NULL DEFAULT 0;
