-- A product may be one of several forms of it: what they have in common, and what this one is called. Both empty: it is none.
ALTER TABLE product ADD COLUMN variant_of TEXT NOT NULL DEFAULT '';
ALTER TABLE product ADD COLUMN option TEXT NOT NULL DEFAULT '';

-- A no to a product of which it was not known which variant it is: one lesson, about these beside its own.
CREATE TABLE lesson_variant (
    lesson_id BLOB NOT NULL REFERENCES lesson (id) ON DELETE CASCADE,
    sku       TEXT NOT NULL REFERENCES product (sku) ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY (lesson_id, sku)
) STRICT;
CREATE INDEX lesson_variant_by_sku ON lesson_variant (sku);
