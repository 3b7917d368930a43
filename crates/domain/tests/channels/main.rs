//! What the ledger of a channel promises, whatever the channel does.
#![allow(clippy::unwrap_used)]

mod any_order;
mod soak;
