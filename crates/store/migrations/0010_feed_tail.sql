-- What was read of the platform's feed: numbers and heads of all entries, the events of those that the platform may need back
-- or that this version can't read yet.
CREATE TABLE feed_entry (
    server_seq INTEGER PRIMARY KEY,
    head       TEXT    NOT NULL,
    -- None for what is not given back: chat, what buyers hold, changes of this device's own.
    event      TEXT,
    -- 0: of a newer version; applied when it can be read.
    is_read    INTEGER NOT NULL,
    at_us      INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_entry_unread ON feed_entry (server_seq) WHERE is_read = 0;

-- Empty before the first entry that had one.
ALTER TABLE feed ADD COLUMN head TEXT NOT NULL DEFAULT '';

-- Changes of the seller's other devices (or of this one, before its store was put back), each applied once. Kept as they
-- were sent, for an account that does not know them.
CREATE TABLE told_op (
    op_id           BLOB    PRIMARY KEY,
    payload_version INTEGER NOT NULL,
    payload         TEXT    NOT NULL,
    hash            TEXT    NOT NULL
) STRICT;

ALTER TABLE outbox ADD COLUMN payload_version INTEGER NOT NULL DEFAULT 1;

-- When a person has seen to a refused op; none while it is on the list.
ALTER TABLE outbox ADD COLUMN seen_at_us INTEGER;
