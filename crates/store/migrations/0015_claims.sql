-- Orders from comments as the platform told of them, each as it stands by now; what the desk answers goes there as an op.
CREATE TABLE claim (
    claim_id    BLOB    PRIMARY KEY,
    show_id     BLOB    NOT NULL,
    body        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    heard_at_us INTEGER NOT NULL,
    -- The op that answers it; none where the desk has said nothing.
    answer_op   BLOB
) STRICT;
CREATE INDEX claim_by_state ON claim (state, heard_at_us);
CREATE INDEX claim_by_time ON claim (heard_at_us);
