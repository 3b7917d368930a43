-- Steps of orders, as they were made here or told.
CREATE TABLE order_move (
    row      INTEGER PRIMARY KEY,
    order_id BLOB    NOT NULL REFERENCES sale_order (id),
    event    TEXT    NOT NULL,
    note     TEXT    NOT NULL,
    at_us    INTEGER NOT NULL
) STRICT;
CREATE INDEX order_move_by_order ON order_move (order_id);
