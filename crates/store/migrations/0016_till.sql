-- The till: other prices, payments, what came back, and what lies in the drawer.

-- Where a line was sold at another price than the one shown.
ALTER TABLE sale_order_line ADD COLUMN shown_minor INTEGER;
ALTER TABLE sale_order_line ADD COLUMN price_reason TEXT;

CREATE TABLE sale_payment (
    order_id       BLOB    PRIMARY KEY REFERENCES sale_order (id),
    tender         TEXT    NOT NULL,
    amount_minor   INTEGER NOT NULL,
    received_minor INTEGER,
    change_minor   INTEGER,
    currency       TEXT    NOT NULL,
    -- JSON; none while nobody knows that the money came.
    proof          TEXT,
    -- The provider's number in the proof.
    reference      TEXT
) STRICT;
CREATE INDEX sale_payment_by_reference ON sale_payment (reference) WHERE reference IS NOT NULL;
CREATE INDEX sale_payment_open ON sale_payment (order_id) WHERE proof IS NULL;

-- Goods that came back at the table. By an id of their own: of one order one product may come back bit by bit.
CREATE TABLE sale_return (
    row        INTEGER PRIMARY KEY,
    return_id  BLOB    NOT NULL UNIQUE,
    order_id   BLOB    NOT NULL REFERENCES sale_order (id),
    body       TEXT    NOT NULL,
    -- The platform refused it: its goods are out of the stock again.
    is_refused INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX sale_return_by_order ON sale_return (order_id);

CREATE TABLE till_session (
    till_id      BLOB    PRIMARY KEY,
    -- 0: of another device.
    is_own       INTEGER NOT NULL,
    opened_at_us INTEGER NOT NULL,
    closed_at_us INTEGER,
    -- JSON; none while it is open.
    book         TEXT
) STRICT;
-- A device has one till.
CREATE UNIQUE INDEX till_session_open_once ON till_session (is_own) WHERE closed_at_us IS NULL;
CREATE INDEX till_session_by_time ON till_session (closed_at_us);

CREATE TABLE till_entry (
    row      INTEGER PRIMARY KEY,
    till_id  BLOB    NOT NULL REFERENCES till_session (till_id),
    kind     TEXT    NOT NULL,
    tender   TEXT    NOT NULL,
    minor    INTEGER NOT NULL,
    currency TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    order_id BLOB,
    at_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX till_entry_by_till ON till_entry (till_id);
CREATE TRIGGER till_entry_is_not_edited BEFORE UPDATE ON till_entry
BEGIN SELECT raise(ABORT, 'the book of a till is append-only'); END;
CREATE TRIGGER till_entry_is_not_removed BEFORE DELETE ON till_entry
BEGIN SELECT raise(ABORT, 'the book of a till is append-only'); END;
