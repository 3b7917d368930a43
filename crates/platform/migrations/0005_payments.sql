-- A payment is written before the provider is asked, so that whatever happens then can be found out later.
CREATE TABLE payments (
    -- The order it pays for, and the key by which the provider knows it: asking twice charges once.
    order_id       BLOB    NOT NULL PRIMARY KEY,
    reservation_id BLOB    NOT NULL REFERENCES reservations,
    seller_id      BLOB    NOT NULL REFERENCES sellers,
    state          TEXT    NOT NULL CHECK (state IN
        ('intended', 'pending', 'unknown', 'captured', 'declined', 'refunding', 'refunded')),
    -- Why no money came, where it is declined.
    why            TEXT,
    amount_minor   INTEGER NOT NULL,
    currency       TEXT    NOT NULL,
    -- Who pays. Empty once it is decided: a sale moves it to buyers, anything else needs it no more.
    name           TEXT    NOT NULL,
    phone          TEXT    NOT NULL,
    address        TEXT    NOT NULL,
    created_us     INTEGER NOT NULL,
    -- When the provider was last asked about it.
    asked_us       INTEGER NOT NULL
) STRICT;
CREATE INDEX payments_by_reservation ON payments (reservation_id, created_us);
-- No reservation is paid twice, whatever a program does.
CREATE UNIQUE INDEX payments_once ON payments (reservation_id)
    WHERE state IN ('intended', 'pending', 'unknown', 'captured');
CREATE INDEX payments_to_check ON payments (asked_us) WHERE state IN ('intended', 'pending', 'unknown', 'refunding');

-- What was sold before can be given back as well.
INSERT INTO payments (order_id, reservation_id, seller_id, state, amount_minor, currency, name, phone, address,
                      created_us, asked_us)
SELECT order_id, reservation_id, seller_id, 'captured', total_minor, currency, '', '', '', created_us, created_us
FROM reservations WHERE state = 'paid' AND order_id IS NOT NULL;

-- Goods are held as long as a payment is not decided; there is no second clock for it.
ALTER TABLE reservations DROP COLUMN paying_until_us;

-- What the provider told by itself, so that what it tells again changes nothing.
CREATE TABLE payment_events (
    event_id TEXT    NOT NULL PRIMARY KEY,
    order_id BLOB    NOT NULL,
    at_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_events_by_time ON payment_events (at_us);
