//! The studio's side of the platform: which one, who we are there, and one task that keeps the link.

mod account;
mod catalogue;
mod child;
mod link;
mod place;
pub mod session;
mod task;
mod tell;

pub use account::{AccountChange, Standing, may_change};
pub use catalogue::RefusedListing;
pub use link::{LinkEvent, PlatformLink};
pub use place::{Move, Place, Waiting, may_leave, moves};
