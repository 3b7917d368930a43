-- Everything a seller owns carries seller_id; every statement that touches it names the seller.
-- Times are UTC microseconds since 1970, ids are 16-byte UUIDs, money is in minor units.

CREATE TABLE sellers (
    seller_id       BLOB    NOT NULL PRIMARY KEY,
    email           TEXT    NOT NULL UNIQUE COLLATE NOCASE,
    password_hash   TEXT    NOT NULL,
    shop_name       TEXT    NOT NULL,
    -- The feed's last number; taken inside the transaction that writes the entry, so the feed has no gaps.
    last_server_seq INTEGER NOT NULL DEFAULT 0,
    created_us      INTEGER NOT NULL
) STRICT;

-- One family per log-in; a refresh token used twice revokes all of it.
CREATE TABLE token_families (
    family_id  BLOB    NOT NULL PRIMARY KEY,
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    created_us INTEGER NOT NULL,
    revoked_us INTEGER
) STRICT;

CREATE TABLE access_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    family_id  BLOB    NOT NULL REFERENCES token_families ON DELETE CASCADE,
    expires_us INTEGER NOT NULL
) STRICT;
CREATE INDEX access_tokens_by_family ON access_tokens (family_id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_us);

CREATE TABLE refresh_tokens (
    hash       BLOB    NOT NULL PRIMARY KEY,
    family_id  BLOB    NOT NULL REFERENCES token_families ON DELETE CASCADE,
    expires_us INTEGER NOT NULL,
    used_us    INTEGER
) STRICT;
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_us);

CREATE TABLE devices (
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    device_id  BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    epoch      INTEGER NOT NULL DEFAULT 1,
    last_seq   INTEGER NOT NULL DEFAULT 0,
    -- Set when the device sent an unknown op under a number it had used: its next registration opens a new epoch.
    forked     INTEGER NOT NULL DEFAULT 0,
    created_us INTEGER NOT NULL,
    PRIMARY KEY (seller_id, device_id)
) STRICT;

CREATE TABLE listings (
    seller_id   BLOB    NOT NULL REFERENCES sellers,
    sku         TEXT    NOT NULL,
    title       TEXT    NOT NULL,
    brand       TEXT    NOT NULL,
    category    TEXT    NOT NULL,
    description TEXT    NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency    TEXT    NOT NULL,
    PRIMARY KEY (seller_id, sku)
) STRICT;

CREATE TABLE photos (
    photo_id  TEXT NOT NULL PRIMARY KEY,
    seller_id BLOB NOT NULL,
    sku       TEXT NOT NULL,
    jpeg      BLOB NOT NULL,
    UNIQUE (seller_id, sku),
    FOREIGN KEY (seller_id, sku) REFERENCES listings
) STRICT;

-- on hand = pool + reserved - shortfall.
CREATE TABLE stock (
    seller_id BLOB    NOT NULL REFERENCES sellers,
    sku       TEXT    NOT NULL,
    -- Pieces that may be promised to the next buyer.
    pool      INTEGER NOT NULL DEFAULT 0 CHECK (pool >= 0),
    -- Pieces held for buyers who have not paid.
    reserved  INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- Pieces sold that were not there: for a person to settle.
    shortfall INTEGER NOT NULL DEFAULT 0 CHECK (shortfall >= 0),
    PRIMARY KEY (seller_id, sku)
) STRICT;

CREATE TABLE stock_moves (
    move_id   INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL REFERENCES sellers,
    sku       TEXT    NOT NULL,
    delta     INTEGER NOT NULL,
    reason    TEXT    NOT NULL,
    order_id  BLOB,
    at_us     INTEGER NOT NULL
) STRICT;
-- One order moves a SKU once in each direction, however often it is told.
CREATE UNIQUE INDEX stock_moves_once ON stock_moves (seller_id, order_id, sku, reason) WHERE order_id IS NOT NULL;

CREATE TABLE shows (
    show_id       BLOB    NOT NULL PRIMARY KEY,
    seller_id     BLOB    NOT NULL REFERENCES sellers,
    title         TEXT    NOT NULL,
    running_order TEXT    NOT NULL,
    publish_hash  BLOB    UNIQUE,
    pin_sku       TEXT,
    pin_at_ms     INTEGER NOT NULL DEFAULT 0,
    created_us    INTEGER NOT NULL,
    ended_us      INTEGER
) STRICT;
CREATE INDEX shows_by_seller ON shows (seller_id, created_us);

CREATE TABLE pins (
    pin_no    INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL,
    show_id   BLOB    NOT NULL REFERENCES shows,
    tag_id    BLOB    NOT NULL,
    sku       TEXT,
    at_ms     INTEGER NOT NULL,
    at_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX pins_by_show ON pins (show_id, sku);

CREATE TABLE reservations (
    reservation_id BLOB    NOT NULL PRIMARY KEY,
    seller_id      BLOB    NOT NULL REFERENCES sellers,
    show_id        BLOB    NOT NULL REFERENCES shows,
    idem_key       TEXT    NOT NULL,
    body_hash      BLOB    NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('held', 'paid', 'released')),
    total_minor    INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    at_ms          INTEGER,
    expires_us     INTEGER NOT NULL,
    -- While a payment is on its way the goods stay held, also beyond expires_us.
    paying_until_us INTEGER,
    pay_key        TEXT,
    pay_hash       BLOB,
    order_id       BLOB,
    created_us     INTEGER NOT NULL,
    UNIQUE (show_id, idem_key)
) STRICT;
CREATE INDEX reservations_held ON reservations (expires_us) WHERE state = 'held';

CREATE TABLE reservation_lines (
    reservation_id BLOB    NOT NULL REFERENCES reservations,
    sku            TEXT    NOT NULL,
    title          TEXT    NOT NULL,
    qty            INTEGER NOT NULL CHECK (qty > 0),
    unit_minor     INTEGER NOT NULL,
    PRIMARY KEY (reservation_id, sku)
) STRICT;

-- The order as the feed carries it: the buyer's name in it is masked.
CREATE TABLE orders (
    seller_id    BLOB    NOT NULL REFERENCES sellers,
    order_id     BLOB    NOT NULL,
    body         TEXT    NOT NULL,
    placed_at_us INTEGER NOT NULL,
    PRIMARY KEY (seller_id, order_id)
) STRICT;

-- Who bought it. In a table of its own so that erasing a person touches nothing else.
CREATE TABLE buyers (
    seller_id BLOB NOT NULL,
    order_id  BLOB NOT NULL,
    name      TEXT NOT NULL,
    phone     TEXT NOT NULL,
    address   TEXT NOT NULL,
    PRIMARY KEY (seller_id, order_id),
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
) STRICT;

CREATE TABLE ops (
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    op_id      BLOB    NOT NULL,
    device_id  BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    result     TEXT    NOT NULL,
    applied_us INTEGER NOT NULL,
    PRIMARY KEY (seller_id, op_id),
    UNIQUE (seller_id, device_id, epoch, seq)
) STRICT;

CREATE TABLE feed (
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    server_seq INTEGER NOT NULL,
    event      TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    PRIMARY KEY (seller_id, server_seq)
) STRICT;

CREATE TABLE chat (
    chat_no   INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL,
    show_id   BLOB    NOT NULL REFERENCES shows,
    author    TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    at_ms     INTEGER,
    at_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_by_show ON chat (show_id, chat_no);

CREATE TABLE behaviour (
    behaviour_no INTEGER PRIMARY KEY,
    seller_id    BLOB    NOT NULL,
    show_id      BLOB    NOT NULL REFERENCES shows,
    action       TEXT    NOT NULL,
    sku          TEXT,
    at_ms        INTEGER,
    at_us        INTEGER NOT NULL
) STRICT;
CREATE INDEX behaviour_by_show ON behaviour (show_id, behaviour_no);
