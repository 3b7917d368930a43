-- What the host's corrections taught: this is that product, or it is not. Local, never sent.
CREATE TABLE lesson (
    id         BLOB    PRIMARY KEY,
    sku        TEXT    NOT NULL REFERENCES product (sku) ON DELETE CASCADE ON UPDATE CASCADE,
    is_it      INTEGER NOT NULL,
    -- JPEG; none where a person may be recognised on it.
    crop       BLOB,
    made_at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX lesson_by_sku ON lesson (sku, made_at_us);

CREATE TABLE lesson_vector (
    lesson_id BLOB NOT NULL REFERENCES lesson (id) ON DELETE CASCADE,
    model_id  TEXT NOT NULL,
    vector    BLOB NOT NULL,
    PRIMARY KEY (lesson_id, model_id)
) STRICT;
