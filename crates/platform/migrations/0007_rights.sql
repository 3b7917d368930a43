-- Pieces that a device alone may promise or sell: no longer in the pool. on hand = pool + reserved + rights - shortfall.
CREATE TABLE rights (
    seller_id BLOB    NOT NULL,
    device_id BLOB    NOT NULL,
    sku       TEXT    NOT NULL,
    pieces    INTEGER NOT NULL CHECK (pieces >= 0),
    PRIMARY KEY (seller_id, device_id, sku),
    FOREIGN KEY (seller_id, device_id) REFERENCES devices
) STRICT;

-- What was granted, by the op that asked: asked again after a restore it is not granted twice.
CREATE TABLE grants (
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    op_id      BLOB    NOT NULL,
    device_id  BLOB    NOT NULL,
    epoch      INTEGER NOT NULL,
    -- Its entry in the feed: a device that states its rights says up to where it has read.
    server_seq INTEGER NOT NULL,
    lines      TEXT    NOT NULL,
    PRIMARY KEY (seller_id, op_id)
) STRICT;
CREATE INDEX grants_by_device ON grants (seller_id, device_id, server_seq);

-- Asked of all devices when this database was put back to an earlier state. The pool is closed until opened_us.
CREATE TABLE challenges (
    seller_id    BLOB    NOT NULL PRIMARY KEY REFERENCES sellers,
    challenge_id BLOB    NOT NULL,
    server_seq   INTEGER NOT NULL,
    since_us     INTEGER NOT NULL,
    -- A device has given back all it had of what was lost.
    is_complete  INTEGER NOT NULL DEFAULT 0,
    opened_us    INTEGER
) STRICT;

-- The challenge the device answered last.
ALTER TABLE devices ADD COLUMN answered BLOB;
