-- The catalogue behind a show, each product as a few numbers: derived from the photos' vectors, and kept so that a start does not
-- read all of them. What is made with another basis or model is erased with it.
CREATE TABLE projection_basis (
    id       BLOB PRIMARY KEY,
    model_id TEXT NOT NULL,
    -- SHA-256 of all parts, one after the other.
    digest   BLOB NOT NULL
) STRICT;

CREATE TABLE projection_basis_part (
    basis_id BLOB    NOT NULL REFERENCES projection_basis (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    bytes    BLOB    NOT NULL,
    PRIMARY KEY (basis_id, position)
) STRICT;

CREATE TABLE projection (
    sku      TEXT PRIMARY KEY REFERENCES product (sku) ON DELETE CASCADE ON UPDATE CASCADE,
    basis_id BLOB NOT NULL,
    numbers  BLOB NOT NULL
) STRICT;

-- A row is of the vectors its product has: other vectors, no row, whoever changed them.
CREATE TRIGGER projection_of_new_vector AFTER INSERT ON photo_vector
BEGIN DELETE FROM projection WHERE sku = (SELECT sku FROM photo WHERE id = NEW.photo_id); END;
CREATE TRIGGER projection_of_other_vector AFTER UPDATE ON photo_vector
BEGIN DELETE FROM projection WHERE sku = (SELECT sku FROM photo WHERE id = NEW.photo_id); END;
CREATE TRIGGER projection_of_removed_vector AFTER DELETE ON photo_vector
BEGIN DELETE FROM projection WHERE sku = (SELECT sku FROM photo WHERE id = OLD.photo_id); END;
CREATE TRIGGER projection_of_removed_photo AFTER DELETE ON photo
BEGIN DELETE FROM projection WHERE sku = OLD.sku; END;
CREATE TRIGGER projection_of_moved_photo AFTER UPDATE OF sku ON photo
BEGIN DELETE FROM projection WHERE sku IN (OLD.sku, NEW.sku); END;
