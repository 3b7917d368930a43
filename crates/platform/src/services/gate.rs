//! Who may publish: answers the ingest.

use crate::{
    hub::{PublishGate, PublishRefused},
    state::{App, sha256},
};
use hawker_domain::ShowId;
use hawker_wire::viewer::ShowUpdate;
use std::sync::Arc;

/// The shows service as the ingest sees it.
pub struct Gate(pub Arc<App>);

impl PublishGate for Gate {
    async fn authorise(&self, token: &str) -> Result<ShowId, PublishRefused> {
        // An ended show has no token any more, so it is as unknown as a guess.
        let found = self.0.store.show_by_publish_token(sha256(token.as_bytes())).await;
        let show = found
            .map_err(|error| {
                tracing::error!(%error, "a publish token can't be looked up");
                PublishRefused::Unavailable
            })?
            .ok_or(PublishRefused::UnknownToken)?;
        if self.0.bus.claim(show) { Ok(show) } else { Err(PublishRefused::AlreadyPublishing) }
    }

    async fn on_stream(&self, show: ShowId, live: bool) {
        if self.0.bus.set_live(show, live) {
            tracing::info!(show.id = %show, live, "the stream changed");
            self.0.bus.tell(show, ShowUpdate::Live { live });
        }
    }
}
