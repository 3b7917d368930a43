//! The reference platform: accounts, ingest, viewer page, orders.
