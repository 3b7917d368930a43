-- Offers: so many pieces of a product at a price of their own. Their terms never change.
CREATE TABLE offers (
    seller_id   BLOB    NOT NULL REFERENCES sellers,
    offer_id    BLOB    NOT NULL,
    sku         TEXT    NOT NULL,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency    TEXT    NOT NULL,
    quantity    INTEGER NOT NULL CHECK (quantity > 0),
    -- Most pieces for one buyer; none: as many as there are.
    per_buyer   INTEGER CHECK (per_buyer > 0),
    from_us     INTEGER,
    until_us    INTEGER,
    -- Folded, as in domain::offer::Coupon; none: for everybody.
    coupon      TEXT,
    -- Pieces held for buyers or sold, and those of them that were paid. More than the quantity only after this database was put
    -- back to an earlier state.
    spent       INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0),
    sold        INTEGER NOT NULL DEFAULT 0 CHECK (sold >= 0),
    ended_us    INTEGER,
    PRIMARY KEY (seller_id, offer_id)
) STRICT;
CREATE INDEX offers_by_sku ON offers (seller_id, sku) WHERE ended_us IS NULL;
CREATE INDEX offers_by_from ON offers (from_us) WHERE from_us IS NOT NULL;
CREATE INDEX offers_by_until ON offers (until_us) WHERE until_us IS NOT NULL;

-- Pieces of one product may have several prices, each a line of its own.
CREATE TABLE reservation_lines_by_price (
    reservation_id BLOB    NOT NULL REFERENCES reservations,
    line_no        INTEGER NOT NULL,
    sku            TEXT    NOT NULL,
    title          TEXT    NOT NULL,
    qty            INTEGER NOT NULL CHECK (qty > 0),
    unit_minor     INTEGER NOT NULL,
    -- The offer whose price it is; none: the regular one.
    offer_id       BLOB,
    PRIMARY KEY (reservation_id, line_no)
) STRICT;
INSERT INTO reservation_lines_by_price (reservation_id, line_no, sku, title, qty, unit_minor)
SELECT reservation_id, row_number() OVER (PARTITION BY reservation_id ORDER BY sku), sku, title, qty, unit_minor
FROM reservation_lines;
DROP TABLE reservation_lines;
ALTER TABLE reservation_lines_by_price RENAME TO reservation_lines;
CREATE INDEX reservation_lines_by_offer ON reservation_lines (offer_id) WHERE offer_id IS NOT NULL;

-- Who buys, as far as a limit for one buyer asks: hashes of the page's name for them, and of the phone they paid with.
ALTER TABLE reservations ADD COLUMN viewer_hash BLOB;
ALTER TABLE reservations ADD COLUMN payer_hash BLOB;
CREATE INDEX reservations_by_viewer ON reservations (viewer_hash) WHERE viewer_hash IS NOT NULL;
