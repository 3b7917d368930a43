//! What goes over the network between studio, platform and viewer page, and what the studio prints as JSON lines.
//!
//! Owns: the shape of every message and the closed list of error codes. Must not know: how it is sent or stored.
//! Old payloads stay readable: a field is added with a default, never renamed; unknown fields are ignored.

pub mod account;
pub mod catalogue;
pub mod claim;
pub mod edits;
pub mod error;
pub mod feed;
pub mod live;
pub mod ops;
pub mod order;
pub mod quarantine;
pub mod rights;
pub mod show;
pub mod signature;
pub mod viewer;

pub use error::{ErrorCode, Failure, FailureReason};
