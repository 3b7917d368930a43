-- Where each channel of comments was left: how far it was read, what was missing, and what it came to so far.
CREATE TABLE channel_position (
    channel    TEXT    PRIMARY KEY,
    kind       TEXT    NOT NULL,
    proof      TEXT    NOT NULL,
    -- JSON: marks and missing ranges, of bounded length.
    position   TEXT    NOT NULL,
    -- JSON.
    tally      TEXT    NOT NULL,
    -- Comments that were left out since the studio was too busy, and not asked for again.
    dropped    INTEGER NOT NULL,
    seen_at_us INTEGER NOT NULL
) STRICT;

-- Which orders came from which channel, and their numbers there.
CREATE TABLE channel_order (
    order_id BLOB PRIMARY KEY REFERENCES sale_order (id),
    channel  TEXT NOT NULL,
    order_no TEXT NOT NULL,
    UNIQUE (channel, order_no)
) STRICT;
