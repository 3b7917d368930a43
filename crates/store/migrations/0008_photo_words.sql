-- What stands on a photo, read once by each reader; JSON, opaque here.
CREATE TABLE photo_words (
    photo_id  BLOB NOT NULL REFERENCES photo (id) ON DELETE CASCADE,
    reader_id TEXT NOT NULL,
    lines     TEXT NOT NULL,
    PRIMARY KEY (photo_id, reader_id)
) STRICT;
