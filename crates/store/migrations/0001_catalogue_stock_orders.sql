-- Append-only: a released migration is never edited, the next one changes what it made.
-- Ids are UUIDs as 16 bytes, times UTC microseconds since 1970, amounts minor units.

CREATE TABLE device (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    device_id BLOB    NOT NULL,
    -- 0 until the platform has given one.
    epoch     INTEGER NOT NULL,
    next_seq  INTEGER NOT NULL
) STRICT;

CREATE TABLE product (
    row           INTEGER PRIMARY KEY,
    sku           TEXT    NOT NULL UNIQUE,
    id            BLOB    NOT NULL UNIQUE,
    title         TEXT    NOT NULL,
    brand         TEXT    NOT NULL,
    category      TEXT    NOT NULL,
    description   TEXT    NOT NULL,
    price_minor   INTEGER NOT NULL,
    currency      TEXT    NOT NULL,
    barcode       TEXT    NOT NULL,
    aliases       TEXT    NOT NULL,
    changed_at_us INTEGER NOT NULL
) STRICT;

-- Words only; the text itself stands in product.
CREATE VIRTUAL TABLE product_search USING fts5 (
    name, code, more, sound,
    content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE product_term USING fts5vocab (product_search, 'row');

CREATE TABLE photo (
    id          BLOB    PRIMARY KEY,
    sku         TEXT    NOT NULL REFERENCES product (sku) ON DELETE CASCADE ON UPDATE CASCADE,
    -- SHA-256 of the bytes that came in: the same file twice is one photo.
    digest      BLOB    NOT NULL,
    width       INTEGER NOT NULL,
    height      INTEGER NOT NULL,
    jpeg        BLOB    NOT NULL,
    thumbnail   BLOB    NOT NULL,
    added_at_us INTEGER NOT NULL,
    UNIQUE (sku, digest)
) STRICT;

CREATE TABLE photo_vector (
    photo_id BLOB NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
    model_id TEXT NOT NULL,
    vector   BLOB NOT NULL,
    PRIMARY KEY (photo_id, model_id)
) STRICT;

CREATE TABLE stock_movement (
    row      INTEGER PRIMARY KEY,
    sku      TEXT    NOT NULL,
    delta    INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    order_id BLOB,
    at_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_movement_by_sku ON stock_movement (sku);
-- One order moves a SKU once for one reason.
CREATE UNIQUE INDEX stock_movement_once ON stock_movement (order_id, sku, reason) WHERE order_id IS NOT NULL;
CREATE TRIGGER stock_movement_is_not_edited BEFORE UPDATE ON stock_movement
BEGIN SELECT raise(ABORT, 'the stock ledger is append-only'); END;
CREATE TRIGGER stock_movement_is_not_removed BEFORE DELETE ON stock_movement
BEGIN SELECT raise(ABORT, 'the stock ledger is append-only'); END;

-- Derived from the ledger, in the ledger's own transaction.
CREATE TABLE stock_level (
    sku      TEXT    PRIMARY KEY,
    on_hand  INTEGER NOT NULL,
    reserved INTEGER NOT NULL
) STRICT;

CREATE TABLE sale_order (
    id           BLOB    PRIMARY KEY,
    source       TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    show_id      BLOB,
    at_ms        INTEGER,
    total_minor  INTEGER NOT NULL,
    currency     TEXT    NOT NULL,
    buyer        TEXT    NOT NULL,
    placed_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX sale_order_by_time ON sale_order (placed_at_us);

CREATE TABLE sale_order_line (
    order_id   BLOB    NOT NULL REFERENCES sale_order (id),
    position   INTEGER NOT NULL,
    sku        TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    qty        INTEGER NOT NULL,
    unit_minor INTEGER NOT NULL,
    currency   TEXT    NOT NULL,
    PRIMARY KEY (order_id, position)
) STRICT;

CREATE TABLE outbox (
    op_id         BLOB    PRIMARY KEY,
    device_id     BLOB    NOT NULL,
    epoch         INTEGER NOT NULL,
    seq           INTEGER NOT NULL,
    payload       TEXT    NOT NULL,
    hash          TEXT    NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('pending', 'applied', 'rejected')),
    why           TEXT,
    created_at_us INTEGER NOT NULL,
    settled_at_us INTEGER,
    UNIQUE (device_id, epoch, seq)
) STRICT;
CREATE INDEX outbox_pending ON outbox (seq) WHERE state = 'pending';

CREATE TABLE feed (
    only_row  INTEGER PRIMARY KEY CHECK (only_row = 1),
    -- The account whose feed is followed; none before the first.
    seller_id BLOB,
    last_seq  INTEGER NOT NULL
) STRICT;
INSERT INTO feed (only_row, seller_id, last_seq) VALUES (1, NULL, 0);

CREATE TABLE show (
    id            BLOB    PRIMARY KEY,
    title         TEXT    NOT NULL,
    started_at_us INTEGER NOT NULL,
    ended_at_us   INTEGER
) STRICT;

CREATE TABLE show_event (
    row     INTEGER PRIMARY KEY,
    show_id BLOB    NOT NULL REFERENCES show (id),
    at_ms   INTEGER NOT NULL,
    event   TEXT    NOT NULL
) STRICT;
CREATE INDEX show_event_by_show ON show_event (show_id, row);

CREATE TABLE destination (
    id         BLOB    PRIMARY KEY,
    name       TEXT    NOT NULL UNIQUE,
    -- With the stream key.
    url        TEXT    NOT NULL,
    deadline_s INTEGER
) STRICT;

CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE secret (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
