-- A code over the head before, the number and the event, so that a device notices a feed that went on differently after the
-- platform was put back to an earlier state. Entries from before this format have none.
ALTER TABLE feed ADD COLUMN head BLOB;
CREATE TABLE feed_key (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    key      BLOB    NOT NULL
) STRICT;
INSERT INTO feed_key (only_row, key) VALUES (1, randomblob(32));

-- Changes of a newer version than this platform: kept as they came, applied when it can read them.
CREATE TABLE kept_ops (
    kept_no   INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL REFERENCES sellers,
    op_id     BLOB    NOT NULL,
    envelope  TEXT    NOT NULL,
    at_us     INTEGER NOT NULL,
    UNIQUE (seller_id, op_id)
) STRICT;
