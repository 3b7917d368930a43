-- What a piece costs the seller. Both none: nobody said.
ALTER TABLE product ADD COLUMN cost_minor INTEGER;
ALTER TABLE product ADD COLUMN cost_currency TEXT;
