//! Keeps the store and the platform in step: sends what happened here, applies what happened there.
//!
//! Owns: the platform's HTTP as a seller sees it ([`PlatformClient`]), what to do next after each answer ([`plan`],
//! pure), and the loops that do it ([`Sync`]). Must not know: shows, media, windows, where tokens are kept.
//! Invariants: an op is sent until it has an answer; an entry of the feed is applied once; nothing is decided by a clock.

mod api;
mod client;
mod feed_lane;
mod lanes;
pub mod plan;
mod run;

pub use api::Api;
pub use client::{FeedAnswer, OpsAnswer, OpsStop, PlatformClient};
pub use run::{Sync, SyncEvent, SyncReport, revoked};
