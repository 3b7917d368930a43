-- A product that is no longer sold keeps its row: reservations, orders and pins of the past go on naming it.
ALTER TABLE listings ADD COLUMN listed INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1));
