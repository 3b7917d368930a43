//! The seam between the shows service and the ingest: who may publish, and who hears about it.
//!
//! Owns: the question an ingest asks before it takes a stream. Must not know: RTMP, FLV, or the database.
//! The streams' own bytes live in [`StreamHub`], which belongs to the ingest.

use hawker_domain::ShowId;
use std::future::Future;

pub use crate::ingest::StreamHub;

/// Why a publisher is turned away. The ingest answers all of them alike, so that nobody can probe for tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishRefused {
    #[error("nobody has this publish token")]
    UnknownToken,
    #[error("the show has ended")]
    ShowEnded,
    #[error("somebody publishes this show already")]
    AlreadyPublishing,
    #[error("the platform can't look the token up right now")]
    Unavailable,
}

/// Asked by the ingest when somebody publishes; answered by the shows service.
pub trait PublishGate: Send + Sync + 'static {
    /// Looks the token up and claims the show for this publisher. Every claim is given back by
    /// `on_stream(show, false)`, also when no picture ever came. Errors: [`PublishRefused`].
    fn authorise(&self, token: &str) -> impl Future<Output = Result<ShowId, PublishRefused>> + Send;

    /// The stream of `show` delivers (`true`) or is gone (`false`).
    fn on_stream(&self, show: ShowId, live: bool) -> impl Future<Output = ()> + Send;
}
