-- What is to be packed is found without reading all that was ever sold.
CREATE INDEX sale_order_to_pack ON sale_order (placed_at_us)
    WHERE state IN ('paid', 'packed') AND source <> 'venue';

-- Money of an order that only a person can set right, as the platform told; none of it is told twice.
CREATE TABLE money_task (
    id         BLOB    PRIMARY KEY,
    order_id   BLOB    NOT NULL,
    why        TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    -- When a person has seen to it; none while it is on the list.
    seen_at_us INTEGER,
    UNIQUE (order_id, why)
) STRICT;

-- Why an op was refused as a code with its particulars, as JSON; none where the platform told it in words alone.
ALTER TABLE outbox ADD COLUMN reason TEXT;
