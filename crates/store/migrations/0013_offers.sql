-- Offers of all the seller's devices. Their terms never change; what is spent is the platform's to say.
CREATE TABLE offer (
    offer_id    BLOB    PRIMARY KEY,
    sku         TEXT    NOT NULL,
    price_minor INTEGER NOT NULL,
    currency    TEXT    NOT NULL,
    quantity    INTEGER NOT NULL,
    per_buyer   INTEGER,
    from_us     INTEGER,
    until_us    INTEGER,
    coupon      TEXT,
    -- Pieces gone, held for buyers or sold, and those of them that were paid.
    spent       INTEGER NOT NULL DEFAULT 0,
    sold        INTEGER NOT NULL DEFAULT 0,
    is_ended    INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX offer_by_sku ON offer (sku);
