//! The studio's encrypted SQLite: one file per table, outbox, show ledger.
