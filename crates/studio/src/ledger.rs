//! Shows that were, read from the ledger.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::ShowId;
use hawker_wire::live::LiveLine;
use serde::Serialize;

/// One show of the past, or the one on air.
#[derive(Clone, Debug, Serialize)]
pub struct ShowRecord {
    pub show_id: ShowId,
    pub title: String,
    /// UTC, microseconds since 1970.
    pub started_at_us: i64,
    pub ended_at_us: Option<i64>,
}

impl Studio {
    /// The newest shows first.
    pub async fn shows(&self, limit: u32) -> Outcome<Vec<ShowRecord>> {
        let shows = self.store().shows(limit).await?;
        Ok(shows
            .into_iter()
            .map(|show| ShowRecord {
                show_id: show.id,
                title: show.title,
                started_at_us: show.started_at_us,
                ended_at_us: show.ended_at_us,
            })
            .collect())
    }

    /// Every event of one show, in order; lines a newer version wrote are left out.
    pub async fn show_events(&self, show_id: ShowId) -> Outcome<Vec<LiveLine>> {
        let events = self.store().show_events(show_id).await;
        let events = events?;
        Ok(events.into_iter().filter_map(|event| serde_json::from_value(event.event).ok()).collect())
    }
}
