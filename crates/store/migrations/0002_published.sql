-- What each account on a platform was told of: the difference to the catalogue is what has to be taken off its shelf,
-- however long the studio was offline.
CREATE TABLE published (
    seller_id BLOB NOT NULL,
    sku       TEXT NOT NULL,
    -- Hash of the photo that was sent; none before the first.
    photo     TEXT,
    PRIMARY KEY (seller_id, sku)
) STRICT;

-- Photos sent were noted here; they are noted above now, and sent once more.
DELETE FROM setting WHERE key LIKE 'platform.photo.%';
