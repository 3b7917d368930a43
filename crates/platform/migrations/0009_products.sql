-- The seller's catalogue as the devices edit it: of each product, also of one that was removed, its fields and their versions. What is
-- sold stands in listings.
CREATE TABLE products (
    seller_id BLOB NOT NULL REFERENCES sellers,
    sku       TEXT NOT NULL,
    body      TEXT NOT NULL,
    PRIMARY KEY (seller_id, sku)
) STRICT;
