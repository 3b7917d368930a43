-- Shows that an account on a platform was told of and does not know to be over. What is in here and not on air is told at
-- the next connection, whatever became of the studio meanwhile.
CREATE TABLE published_show (
    seller_id BLOB NOT NULL,
    show_id   BLOB NOT NULL,
    PRIMARY KEY (seller_id, show_id)
) STRICT;
