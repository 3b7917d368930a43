-- Goods of sales at the table that came back, and the books of tills, as the devices told them.
CREATE TABLE sale_returns (
    return_no INTEGER PRIMARY KEY,
    seller_id BLOB    NOT NULL,
    return_id BLOB    NOT NULL,
    order_id  BLOB    NOT NULL,
    body      TEXT    NOT NULL,
    at_us     INTEGER NOT NULL,
    UNIQUE (seller_id, return_id),
    FOREIGN KEY (seller_id, order_id) REFERENCES orders
) STRICT;
CREATE INDEX sale_returns_by_order ON sale_returns (seller_id, order_id);

CREATE TABLE till_books (
    seller_id BLOB    NOT NULL REFERENCES sellers,
    till_id   BLOB    NOT NULL,
    device_id BLOB    NOT NULL,
    body      TEXT    NOT NULL,
    at_us     INTEGER NOT NULL,
    PRIMARY KEY (seller_id, till_id)
) STRICT;
