//! HTTP in, HTTP out: each handler parses, calls one service and converts. Nothing is decided here.

pub mod accounts;
pub mod catalogue;
pub mod claims;
pub mod devices;
pub mod feed;
pub mod fulfilment;
pub mod health;
pub mod ops;
pub mod orders;
pub mod payments;
pub mod quarantine;
pub mod rights;
pub mod shows;
pub mod viewers;
