-- How old what was read of the feed is: in days on which the store looked. By the device's clock one that leaps ahead would make
-- everything old at once. What is here by now is as old as the first day.
ALTER TABLE feed ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN day_began_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_entry ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed_entry DROP COLUMN at_us;
