-- How comments of a show buy, as JSON; none where they buy nothing.
ALTER TABLE shows ADD COLUMN claim_rules TEXT;

-- A message that is sent again was said once. Messages from before this format have no number.
ALTER TABLE chat ADD COLUMN chat_id BLOB;
CREATE UNIQUE INDEX chat_once ON chat (show_id, chat_id);

-- Who bought by the button or by a comment, as the show knows them: what one viewer may have, of a show's goods and of an offer, is
-- counted by it.
ALTER TABLE reservations ADD COLUMN viewer_id BLOB;
-- Part of total_minor.
ALTER TABLE reservations ADD COLUMN shipping_minor INTEGER NOT NULL DEFAULT 0;
CREATE INDEX reservations_by_show_viewer ON reservations (viewer_id, show_id) WHERE viewer_id IS NOT NULL;

-- Orders from comments. The claim as the feed carries it is the body; what is asked for stands beside it.
CREATE TABLE claims (
    claim_no       INTEGER PRIMARY KEY,
    claim_id       BLOB    NOT NULL UNIQUE,
    seller_id      BLOB    NOT NULL REFERENCES sellers,
    show_id        BLOB    NOT NULL REFERENCES shows,
    viewer_id      BLOB    NOT NULL,
    body           TEXT    NOT NULL,
    state          TEXT    NOT NULL,
    until_us       INTEGER,
    -- The order of the waiting list, over all shows of the seller: they sell the same goods.
    queue_no       INTEGER,
    reservation_id BLOB    REFERENCES reservations,
    -- 0: its viewer's page has to hear of it.
    told           INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX claims_by_viewer ON claims (show_id, viewer_id, claim_no);
CREATE INDEX claims_by_reservation ON claims (reservation_id) WHERE reservation_id IS NOT NULL;
CREATE INDEX claims_waiting ON claims (seller_id, queue_no) WHERE state = 'waiting';
CREATE INDEX claims_invited ON claims (until_us) WHERE state = 'invited';
CREATE INDEX claims_to_tell ON claims (claim_no) WHERE told = 0;
