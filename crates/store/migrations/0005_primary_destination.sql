-- Whose line decides the bitrate of a picture that several destinations share: at most one of those that get the same one.
ALTER TABLE destination ADD COLUMN is_primary INTEGER NOT NULL DEFAULT 0;
