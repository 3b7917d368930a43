-- The Ed25519 key that a device's ops are signed with; none of a device from before signatures. A revoked device's ops are held.
ALTER TABLE devices ADD COLUMN public_key BLOB;
ALTER TABLE devices ADD COLUMN revoked_us INTEGER;

-- The device that a log-in first registered: revoked with it.
ALTER TABLE token_families ADD COLUMN device_id BLOB;

-- Ops that a person decides about. The op's number is used up; its effect waits.
CREATE TABLE quarantine (
    held_no    INTEGER PRIMARY KEY,
    seller_id  BLOB    NOT NULL REFERENCES sellers,
    op_id      BLOB    NOT NULL,
    device_id  BLOB    NOT NULL,
    envelope   TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    at_us      INTEGER NOT NULL,
    -- None while it waits; then who decided what, where and when, and what came of it.
    verdict    TEXT CHECK (verdict IN ('apply', 'discard')),
    decided_by TEXT,
    decided_at_device BLOB,
    decided_us INTEGER,
    result     TEXT,
    UNIQUE (seller_id, op_id)
) STRICT;
