//! The reference platform a studio publishes to: accounts, catalogue, shows, ingest, viewer page, orders.
//!
//! Owns: the server's truth about stock and orders. Must not know: how the studio recognises, encodes or stores.

pub mod hub;
pub mod ingest;
pub mod web;
