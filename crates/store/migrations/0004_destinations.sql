-- What a destination gets: which canvas ("9:16", none for the wide one), a smaller encode ("360p"), how much later its viewers see the show, and whether its address
-- serves one show alone.
ALTER TABLE destination ADD COLUMN canvas TEXT;
ALTER TABLE destination ADD COLUMN rendition TEXT;
ALTER TABLE destination ADD COLUMN delay_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE destination ADD COLUMN one_show INTEGER NOT NULL DEFAULT 1;
