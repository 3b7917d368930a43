-- Pieces that this device alone may promise or sell, see domain::rights.
CREATE TABLE stock_right (
    sku    TEXT    PRIMARY KEY,
    pieces INTEGER NOT NULL CHECK (pieces >= 0)
) STRICT;
-- Goods that come in stay this device's own: it sells where there is no network.
ALTER TABLE device ADD COLUMN keeps_stock INTEGER NOT NULL DEFAULT 0;
-- The epoch the device has its rights under; 0 while no platform knows of them.
ALTER TABLE device ADD COLUMN rights_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE device SET rights_epoch = epoch & 2147483647;
-- What the platform says is missing of a product.
ALTER TABLE stock_level ADD COLUMN shortfall INTEGER NOT NULL DEFAULT 0;

-- Grants that were added, by the op that asked: one that is told anew after a restore of the platform counts once.
CREATE TABLE stock_grant (
    op_id      BLOB    PRIMARY KEY,
    server_seq INTEGER NOT NULL,
    lines      TEXT    NOT NULL
) STRICT;

-- Goods put aside. They are this device's rights until they are paid or let go.
CREATE TABLE promise (
    order_id BLOB    PRIMARY KEY,
    body     TEXT    NOT NULL,
    until_us INTEGER NOT NULL
) STRICT;
CREATE TABLE promise_line (
    order_id BLOB    NOT NULL REFERENCES promise (order_id) ON DELETE CASCADE,
    sku      TEXT    NOT NULL,
    qty      INTEGER NOT NULL,
    PRIMARY KEY (order_id, sku)
) STRICT;
CREATE INDEX promise_line_by_sku ON promise_line (sku);
