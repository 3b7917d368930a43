-- Of each product, also of one that was removed here: by which change it and its fields stand at the platform, and which changes of this
-- device the platform has not told yet. A product that has no row was never told.
CREATE TABLE product_edit (
    sku   TEXT PRIMARY KEY,
    known TEXT NOT NULL
) STRICT;

-- Edits of this device that did not count, since somebody else's came first.
CREATE TABLE edit_conflict (
    id            BLOB    PRIMARY KEY,
    op_id         BLOB    NOT NULL,
    sku           TEXT    NOT NULL,
    -- A field; empty: whether there is the product.
    field         TEXT    NOT NULL,
    mine          TEXT    NOT NULL,
    theirs        TEXT    NOT NULL,
    base_version  BLOB,
    at_us         INTEGER NOT NULL,
    -- None while it is on the list.
    settled_at_us INTEGER,
    UNIQUE (op_id, sku, field)
) STRICT;
CREATE INDEX edit_conflict_open ON edit_conflict (at_us) WHERE settled_at_us IS NULL;
