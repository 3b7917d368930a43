-- A product may be pinned without it being known which of its variants is shown: a JSON list of SKUs, empty where it is.
ALTER TABLE shows ADD COLUMN pin_variants TEXT NOT NULL DEFAULT '[]';
-- Whatever was pinned stays on the shelf of the show, and so do all variants of it.
ALTER TABLE pins ADD COLUMN variants TEXT NOT NULL DEFAULT '[]';
