-- Steps of orders, and who looked at a buyer's name and address.
CREATE TABLE order_moves (
    move_no   INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL,
    order_id  BLOB    NOT NULL,
    event     TEXT    NOT NULL,
    note      TEXT    NOT NULL,
    device_id BLOB    NOT NULL,
    at_us     INTEGER NOT NULL,
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
) STRICT;
CREATE INDEX order_moves_by_order ON order_moves (seller_id, order_id);

CREATE TABLE reveals (
    reveal_no INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL REFERENCES sellers,
    order_id  BLOB    NOT NULL,
    at_us     INTEGER NOT NULL
) STRICT;
CREATE INDEX reveals_by_order ON reveals (seller_id, order_id);
