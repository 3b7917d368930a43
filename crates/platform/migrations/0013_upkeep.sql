-- Up to which number old chat was taken out of a seller's feed.
ALTER TABLE sellers ADD COLUMN feed_thinned_seq INTEGER NOT NULL DEFAULT 0;

-- How often the provider said that it does not give this payment back, which is no outage: it is not asked for ever.
ALTER TABLE payments ADD COLUMN refunds_refused INTEGER NOT NULL DEFAULT 0;

-- Money that only a person can set right.
CREATE TABLE money_tasks (
    task_no   INTEGER PRIMARY KEY,
    -- None where it is not known whose it is.
    seller_id BLOB    REFERENCES sellers,
    order_id  BLOB    NOT NULL,
    why       TEXT    NOT NULL CHECK (why IN ('no_payment', 'refund_refused', 'unknown_capture')),
    at_us     INTEGER NOT NULL,
    UNIQUE (order_id, why)
) STRICT;
