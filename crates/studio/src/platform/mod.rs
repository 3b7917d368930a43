//! The studio's side of the platform: which one, who we are there, and one task that keeps the link.

mod catalogue;
mod child;
mod link;
mod place;
mod session;
mod task;

pub use link::{LinkEvent, PlatformLink};
pub use place::{Move, Place, moves};
