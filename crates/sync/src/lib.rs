//! Drains the outbox and pulls the feed: a pure plan and a thin run.
