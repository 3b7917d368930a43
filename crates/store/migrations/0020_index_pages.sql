-- A page of the encrypted file has 80 bytes less than SQLite's, so the index's own pages of 4,050 bytes each spilled into a second one.
-- Those that are there are written anew as the index grows.
INSERT INTO product_search (product_search, rank) VALUES ('pgsz', 3968);
