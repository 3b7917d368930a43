-- The schema of the embedded database's 0001 to 0014 in PostgreSQL's types. Everything a seller owns carries seller_id; every
-- statement that touches it names the seller. Times are UTC microseconds since 1970, money is in minor units, JSON is kept as
-- the text it came as: hashes are made over it.
--
-- SKUs and titles are ordered by their bytes, as everywhere else, whatever the database's locale is.

CREATE TABLE sellers (
    seller_id       UUID    NOT NULL PRIMARY KEY,
    email           TEXT    NOT NULL COLLATE "C",
    password_hash   TEXT    NOT NULL,
    shop_name       TEXT    NOT NULL,
    -- The feed's last number; taken inside the transaction that writes the entry, so the feed has no gaps. Whatever changes
    -- something of a seller locks this row first: what it decides, it decides alone.
    last_server_seq BIGINT  NOT NULL DEFAULT 0,
    -- Up to which number old chat was taken out of the feed.
    feed_thinned_seq BIGINT NOT NULL DEFAULT 0,
    created_us      BIGINT  NOT NULL
);
-- One account for an address, however its ASCII letters are written.
CREATE UNIQUE INDEX sellers_by_email ON sellers (lower(email));

-- One family per log-in; a refresh token used twice revokes all of it.
CREATE TABLE token_families (
    family_id  UUID    NOT NULL PRIMARY KEY,
    seller_id  UUID    NOT NULL REFERENCES sellers,
    -- The device that the log-in first registered: revoked with it.
    device_id  UUID,
    created_us BIGINT  NOT NULL,
    revoked_us BIGINT
);

CREATE TABLE access_tokens (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    family_id  UUID    NOT NULL REFERENCES token_families ON DELETE CASCADE,
    expires_us BIGINT  NOT NULL
);
CREATE INDEX access_tokens_by_family ON access_tokens (family_id);
CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_us);

CREATE TABLE refresh_tokens (
    hash       BYTEA   NOT NULL PRIMARY KEY,
    family_id  UUID    NOT NULL REFERENCES token_families ON DELETE CASCADE,
    expires_us BIGINT  NOT NULL,
    used_us    BIGINT
);
CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_us);

CREATE TABLE devices (
    seller_id  UUID    NOT NULL REFERENCES sellers,
    device_id  UUID    NOT NULL,
    name       TEXT    NOT NULL,
    epoch      BIGINT  NOT NULL DEFAULT 1,
    last_seq   BIGINT  NOT NULL DEFAULT 0,
    -- Set when the device sent an unknown op under a number it had used: its next registration opens a new epoch.
    forked     BOOLEAN NOT NULL DEFAULT FALSE,
    -- The challenge the device answered last.
    answered   UUID,
    -- The Ed25519 key that a device's ops are signed with; none of a device from before signatures. A revoked device's ops
    -- are held.
    public_key BYTEA,
    revoked_us BIGINT,
    created_us BIGINT  NOT NULL,
    PRIMARY KEY (seller_id, device_id)
);

CREATE TABLE listings (
    seller_id   UUID    NOT NULL REFERENCES sellers,
    sku         TEXT    NOT NULL COLLATE "C",
    title       TEXT    NOT NULL COLLATE "C",
    brand       TEXT    NOT NULL,
    category    TEXT    NOT NULL,
    description TEXT    NOT NULL,
    price_minor BIGINT  NOT NULL CHECK (price_minor >= 0),
    currency    TEXT    NOT NULL,
    -- A product that is no longer sold keeps its row: reservations, orders and pins of the past go on naming it.
    listed      BOOLEAN NOT NULL DEFAULT TRUE,
    PRIMARY KEY (seller_id, sku)
);

CREATE TABLE photos (
    photo_id  TEXT  COLLATE "C" NOT NULL PRIMARY KEY,
    seller_id UUID  NOT NULL,
    sku       TEXT  NOT NULL COLLATE "C",
    jpeg      BYTEA NOT NULL,
    UNIQUE (seller_id, sku),
    FOREIGN KEY (seller_id, sku) REFERENCES listings
);

-- The seller's catalogue as the devices edit it: of each product, also of one that was removed, its fields and their versions.
-- What is sold stands in listings.
CREATE TABLE products (
    seller_id UUID NOT NULL REFERENCES sellers,
    sku       TEXT NOT NULL COLLATE "C",
    body      TEXT NOT NULL,
    PRIMARY KEY (seller_id, sku)
);

-- on hand = pool + reserved + rights - shortfall.
CREATE TABLE stock (
    seller_id UUID    NOT NULL REFERENCES sellers,
    sku       TEXT    NOT NULL COLLATE "C",
    -- Pieces that may be promised to the next buyer.
    pool      BIGINT  NOT NULL DEFAULT 0 CHECK (pool >= 0),
    -- Pieces held for buyers who have not paid.
    reserved  BIGINT  NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    -- Pieces sold that were not there: for a person to settle.
    shortfall BIGINT  NOT NULL DEFAULT 0 CHECK (shortfall >= 0),
    PRIMARY KEY (seller_id, sku)
);

CREATE TABLE stock_moves (
    move_id   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL REFERENCES sellers,
    sku       TEXT    NOT NULL COLLATE "C",
    delta     BIGINT  NOT NULL,
    reason    TEXT    NOT NULL,
    order_id  UUID,
    at_us     BIGINT  NOT NULL
);
-- One order moves a SKU once in each direction, however often it is told.
CREATE UNIQUE INDEX stock_moves_once ON stock_moves (seller_id, order_id, sku, reason) WHERE order_id IS NOT NULL;

-- Pieces that a device alone may promise or sell: no longer in the pool.
CREATE TABLE rights (
    seller_id UUID    NOT NULL,
    device_id UUID    NOT NULL,
    sku       TEXT    NOT NULL COLLATE "C",
    pieces    BIGINT  NOT NULL CHECK (pieces >= 0),
    PRIMARY KEY (seller_id, device_id, sku),
    FOREIGN KEY (seller_id, device_id) REFERENCES devices
);

-- What was granted, by the op that asked: asked again after a restore it is not granted twice.
CREATE TABLE grants (
    seller_id  UUID    NOT NULL REFERENCES sellers,
    op_id      UUID    NOT NULL,
    device_id  UUID    NOT NULL,
    epoch      BIGINT  NOT NULL,
    -- Its entry in the feed: a device that states its rights says up to where it has read.
    server_seq BIGINT  NOT NULL,
    lines      TEXT    NOT NULL,
    PRIMARY KEY (seller_id, op_id)
);
CREATE INDEX grants_by_device ON grants (seller_id, device_id, server_seq);

-- Asked of all devices when this database was put back to an earlier state. The pool is closed until opened_us.
CREATE TABLE challenges (
    seller_id    UUID    NOT NULL PRIMARY KEY REFERENCES sellers,
    challenge_id UUID    NOT NULL,
    server_seq   BIGINT  NOT NULL,
    since_us     BIGINT  NOT NULL,
    -- A device has given back all it had of what was lost.
    is_complete  BOOLEAN NOT NULL DEFAULT FALSE,
    opened_us    BIGINT
);

CREATE TABLE shows (
    show_id       UUID    NOT NULL PRIMARY KEY,
    seller_id     UUID    NOT NULL REFERENCES sellers,
    title         TEXT    NOT NULL,
    running_order TEXT    NOT NULL,
    publish_hash  BYTEA   UNIQUE,
    pin_sku       TEXT    COLLATE "C",
    -- A product may be pinned without it being known which of its variants is shown: a JSON list of SKUs, empty where it is.
    pin_variants  TEXT    NOT NULL DEFAULT '[]',
    pin_at_ms     BIGINT  NOT NULL DEFAULT 0,
    -- How comments of a show buy, or bought, as JSON; none where they never bought anything.
    claim_rules   TEXT,
    created_us    BIGINT  NOT NULL,
    ended_us      BIGINT
);
CREATE INDEX shows_by_seller ON shows (seller_id, created_us);

CREATE TABLE pins (
    pin_no    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL,
    show_id   UUID    NOT NULL REFERENCES shows,
    tag_id    UUID    NOT NULL,
    sku       TEXT    COLLATE "C",
    -- Whatever was pinned stays on the shelf of the show, and so do all variants of it.
    variants  TEXT    NOT NULL DEFAULT '[]',
    at_ms     BIGINT  NOT NULL,
    at_us     BIGINT  NOT NULL
);
CREATE INDEX pins_by_show ON pins (show_id, sku);

-- Offers: so many pieces of a product at a price of their own. Their terms never change.
CREATE TABLE offers (
    seller_id   UUID    NOT NULL REFERENCES sellers,
    offer_id    UUID    NOT NULL,
    sku         TEXT    NOT NULL COLLATE "C",
    price_minor BIGINT  NOT NULL CHECK (price_minor >= 0),
    currency    TEXT    NOT NULL,
    quantity    BIGINT  NOT NULL CHECK (quantity > 0),
    -- Most pieces for one buyer; none: as many as there are.
    per_buyer   BIGINT CHECK (per_buyer > 0),
    from_us     BIGINT,
    until_us    BIGINT,
    -- Folded, as in domain::offer::Coupon; none: for everybody.
    coupon      TEXT    COLLATE "C",
    -- Pieces held for buyers or sold, and those of them that were paid. More than the quantity only after this database was put
    -- back to an earlier state.
    spent       BIGINT  NOT NULL DEFAULT 0 CHECK (spent >= 0),
    sold        BIGINT  NOT NULL DEFAULT 0 CHECK (sold >= 0),
    ended_us    BIGINT,
    PRIMARY KEY (seller_id, offer_id)
);
CREATE INDEX offers_by_sku ON offers (seller_id, sku) WHERE ended_us IS NULL;
CREATE INDEX offers_by_from ON offers (from_us) WHERE from_us IS NOT NULL;
CREATE INDEX offers_by_until ON offers (until_us) WHERE until_us IS NOT NULL;

CREATE TABLE reservations (
    reservation_id UUID    NOT NULL PRIMARY KEY,
    seller_id      UUID    NOT NULL REFERENCES sellers,
    show_id        UUID    NOT NULL REFERENCES shows,
    idem_key       TEXT    NOT NULL COLLATE "C",
    body_hash      BYTEA   NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('held', 'paid', 'released')),
    total_minor    BIGINT  NOT NULL,
    -- Part of total_minor.
    shipping_minor BIGINT  NOT NULL DEFAULT 0,
    currency       TEXT    NOT NULL,
    at_ms          BIGINT,
    expires_us     BIGINT  NOT NULL,
    pay_key        TEXT    COLLATE "C",
    pay_hash       BYTEA,
    order_id       UUID,
    -- Who buys, as far as a limit for one buyer asks: hashes of the page's name for them, and of the phone they paid with.
    viewer_hash    BYTEA,
    payer_hash     BYTEA,
    -- Who bought by the button or by a comment, as the show knows them: what one viewer may have, of a show's goods and of an
    -- offer, is counted by it.
    viewer_id      UUID,
    created_us     BIGINT  NOT NULL,
    UNIQUE (show_id, idem_key)
);
CREATE INDEX reservations_held ON reservations (expires_us) WHERE state = 'held';
CREATE INDEX reservations_by_viewer ON reservations (viewer_hash) WHERE viewer_hash IS NOT NULL;
CREATE INDEX reservations_by_show_viewer ON reservations (viewer_id, show_id) WHERE viewer_id IS NOT NULL;

-- Pieces of one product may have several prices, each a line of its own.
CREATE TABLE reservation_lines (
    reservation_id UUID    NOT NULL REFERENCES reservations,
    line_no        BIGINT  NOT NULL,
    sku            TEXT    NOT NULL COLLATE "C",
    title          TEXT    NOT NULL COLLATE "C",
    qty            BIGINT  NOT NULL CHECK (qty > 0),
    unit_minor     BIGINT  NOT NULL,
    -- The offer whose price it is; none: the regular one.
    offer_id       UUID,
    PRIMARY KEY (reservation_id, line_no)
);
CREATE INDEX reservation_lines_by_offer ON reservation_lines (offer_id) WHERE offer_id IS NOT NULL;

-- The order as the feed carries it: the buyer's name in it is masked.
CREATE TABLE orders (
    seller_id    UUID    NOT NULL REFERENCES sellers,
    order_id     UUID    NOT NULL,
    body         TEXT    NOT NULL,
    placed_at_us BIGINT  NOT NULL,
    -- The one in the body: PostgreSQL reads no JSON with a NUL in any of its texts, so no index is made of that.
    payment_reference TEXT COLLATE "C",
    PRIMARY KEY (seller_id, order_id)
);
-- Which order a provider's reference proves the payment of: one reference proves one, whichever device found it.
CREATE INDEX orders_by_payment_reference ON orders (seller_id, payment_reference) WHERE payment_reference IS NOT NULL;

-- Who bought it. In a table of its own so that erasing a person touches nothing else.
CREATE TABLE buyers (
    seller_id UUID NOT NULL,
    order_id  UUID NOT NULL,
    name      TEXT NOT NULL,
    phone     TEXT NOT NULL,
    address   TEXT NOT NULL,
    PRIMARY KEY (seller_id, order_id),
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
);

-- Steps of orders, and who looked at a buyer's name and address.
CREATE TABLE order_moves (
    move_no   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL,
    order_id  UUID    NOT NULL,
    event     TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    device_id UUID    NOT NULL,
    at_us     BIGINT  NOT NULL,
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
);
CREATE INDEX order_moves_by_order ON order_moves (seller_id, order_id);

CREATE TABLE reveals (
    reveal_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL REFERENCES sellers,
    order_id  UUID    NOT NULL,
    at_us     BIGINT  NOT NULL
);
CREATE INDEX reveals_by_order ON reveals (seller_id, order_id);

-- Goods of sales at the table that came back, and the books of tills, as the devices told them.
CREATE TABLE sale_returns (
    return_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL,
    return_id UUID    NOT NULL,
    order_id  UUID    NOT NULL,
    body      TEXT    NOT NULL,
    at_us     BIGINT  NOT NULL,
    UNIQUE (seller_id, return_id),
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
);
CREATE INDEX sale_returns_by_order ON sale_returns (seller_id, order_id);

CREATE TABLE till_books (
    seller_id UUID    NOT NULL REFERENCES sellers,
    till_id   UUID    NOT NULL,
    device_id UUID    NOT NULL,
    body      TEXT    NOT NULL,
    at_us     BIGINT  NOT NULL,
    PRIMARY KEY (seller_id, till_id)
);

-- A payment is written before the provider is asked, so that whatever happens then can be found out later.
CREATE TABLE payments (
    -- The order it pays for, and the key by which the provider knows it: asking twice charges once.
    order_id       UUID    NOT NULL PRIMARY KEY,
    reservation_id UUID    NOT NULL REFERENCES reservations,
    seller_id      UUID    NOT NULL REFERENCES sellers,
    state          TEXT    NOT NULL CHECK (state IN
        ('intended', 'pending', 'unknown', 'captured', 'declined', 'refunding', 'refunded')),
    -- Why no money came, where it is declined.
    why            TEXT,
    amount_minor   BIGINT  NOT NULL,
    currency       TEXT    NOT NULL,
    -- Who pays. Empty once it is decided: a sale moves it to buyers, anything else needs it no more.
    name           TEXT    NOT NULL,
    phone          TEXT    NOT NULL,
    address        TEXT    NOT NULL,
    -- How often the provider said that it does not give this payment back, which is no outage: it is not asked for ever.
    refunds_refused BIGINT NOT NULL DEFAULT 0,
    created_us     BIGINT  NOT NULL,
    -- When the provider was last asked about it.
    asked_us       BIGINT  NOT NULL
);
CREATE INDEX payments_by_reservation ON payments (reservation_id, created_us);
-- No reservation is paid twice, whatever a program does.
CREATE UNIQUE INDEX payments_once ON payments (reservation_id)
    WHERE state IN ('intended', 'pending', 'unknown', 'captured');
CREATE INDEX payments_to_check ON payments (asked_us) WHERE state IN ('intended', 'pending', 'unknown', 'refunding');

-- What the provider told by itself, so that what it tells again changes nothing.
CREATE TABLE payment_events (
    event_id TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    order_id UUID    NOT NULL,
    at_us    BIGINT  NOT NULL
);
CREATE INDEX payment_events_by_time ON payment_events (at_us);

-- Money that only a person can set right.
CREATE TABLE money_tasks (
    task_no   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- None where it is not known whose it is.
    seller_id UUID    REFERENCES sellers,
    order_id  UUID    NOT NULL,
    why       TEXT    NOT NULL CHECK (why IN ('no_payment', 'refund_refused', 'unknown_capture')),
    at_us     BIGINT  NOT NULL,
    UNIQUE (order_id, why)
);

CREATE TABLE ops (
    seller_id  UUID    NOT NULL REFERENCES sellers,
    op_id      UUID    NOT NULL,
    device_id  UUID    NOT NULL,
    epoch      BIGINT  NOT NULL,
    seq        BIGINT  NOT NULL,
    hash       BYTEA   NOT NULL,
    result     TEXT    NOT NULL,
    applied_us BIGINT  NOT NULL,
    PRIMARY KEY (seller_id, op_id),
    UNIQUE (seller_id, device_id, epoch, seq)
);

-- Changes of a newer version than this platform: kept as they came, applied when it can read them.
CREATE TABLE kept_ops (
    kept_no   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL REFERENCES sellers,
    op_id     UUID    NOT NULL,
    envelope  TEXT    NOT NULL,
    at_us     BIGINT  NOT NULL,
    UNIQUE (seller_id, op_id)
);

-- Ops that a person decides about. The op's number is used up; its effect waits.
CREATE TABLE quarantine (
    held_no    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id  UUID    NOT NULL REFERENCES sellers,
    op_id      UUID    NOT NULL,
    device_id  UUID    NOT NULL,
    envelope   TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    at_us      BIGINT  NOT NULL,
    -- None while it waits; then who decided what, where and when, and what came of it.
    verdict    TEXT CHECK (verdict IN ('apply', 'discard')),
    decided_by TEXT,
    decided_at_device UUID,
    decided_us BIGINT,
    result     TEXT,
    UNIQUE (seller_id, op_id)
);

CREATE TABLE feed (
    seller_id  UUID    NOT NULL REFERENCES sellers,
    server_seq BIGINT  NOT NULL,
    event      TEXT    NOT NULL,
    -- A code over the head before, the number and the event, so that a device notices a feed that went on differently after
    -- the platform was put back to an earlier state.
    head       BYTEA,
    at_us      BIGINT  NOT NULL,
    PRIMARY KEY (seller_id, server_seq)
);

CREATE TABLE feed_key (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    key      BYTEA   NOT NULL
);
-- 244 bits from the server's strong generator.
INSERT INTO feed_key (only_row, key) VALUES (1, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- SHA-256 of the secret in the key file: all platforms of this database have the same one.
CREATE TABLE secret_mark (
    only_row BIGINT PRIMARY KEY CHECK (only_row = 1),
    mark     BYTEA  NOT NULL
);

CREATE TABLE chat (
    chat_no   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id UUID    NOT NULL,
    show_id   UUID    NOT NULL REFERENCES shows,
    -- A message that is sent again was said once.
    chat_id   UUID,
    author    TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    at_ms     BIGINT,
    at_us     BIGINT  NOT NULL
);
CREATE INDEX chat_by_show ON chat (show_id, chat_no);
CREATE UNIQUE INDEX chat_once ON chat (show_id, chat_id);

CREATE TABLE behaviour (
    behaviour_no BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seller_id    UUID    NOT NULL,
    show_id      UUID    NOT NULL REFERENCES shows,
    action       TEXT    NOT NULL,
    sku          TEXT    COLLATE "C",
    at_ms        BIGINT,
    at_us        BIGINT  NOT NULL
);
CREATE INDEX behaviour_by_show ON behaviour (show_id, behaviour_no);

-- Orders from comments. The claim as the feed carries it is the body; what is asked for stands beside it.
CREATE TABLE claims (
    claim_no       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    claim_id       UUID    NOT NULL UNIQUE,
    seller_id      UUID    NOT NULL REFERENCES sellers,
    show_id        UUID    NOT NULL REFERENCES shows,
    viewer_id      UUID    NOT NULL,
    body           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    until_us       BIGINT,
    -- The order of the waiting list, over all shows of the seller: they sell the same goods.
    queue_no       BIGINT,
    reservation_id UUID    REFERENCES reservations,
    -- False: its viewer's page has to hear of it.
    told           BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX claims_by_viewer ON claims (show_id, viewer_id, claim_no);
CREATE INDEX claims_by_reservation ON claims (reservation_id) WHERE reservation_id IS NOT NULL;
CREATE INDEX claims_waiting ON claims (seller_id, queue_no) WHERE state = 'waiting';
CREATE INDEX claims_invited ON claims (until_us) WHERE state = 'invited';
CREATE INDEX claims_to_tell ON claims (claim_no) WHERE NOT told;
