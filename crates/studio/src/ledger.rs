//! The ledger of shows: written while one runs, read when it is over.

use crate::errors::Outcome;
use crate::studio::Studio;
use hawker_domain::ShowId;
use hawker_store::{Store, StoreError};
use hawker_wire::live::LiveLine;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::mpsc;

/// Pause before a line is tried again for which the disk had no room.
const AGAIN: Duration = Duration::from_secs(1);

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

/// Writes the show's events down, one after another, away from the owner. While the disk is full they wait in the channel;
/// once nobody sends any more, nothing is waited for.
pub(crate) async fn write_down(store: Store, mut lines: mpsc::Receiver<(ShowId, LiveLine)>) {
    while let Some((show_id, line)) = lines.recv().await {
        let mut told = false;
        while let Err(error) = keep(&store, show_id, &line).await {
            if !matches!(error, StoreError::DiskFull | StoreError::Busy) || lines.is_closed() {
                tracing::error!(show.id = %show_id, %error, "an event is not in the show's ledger");
                break;
            }
            if !told {
                tracing::warn!(show.id = %show_id, %error, "the show's events wait for the disk");
                told = true;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

async fn keep(store: &Store, show_id: ShowId, line: &LiveLine) -> Result<(), StoreError> {
    let value = serde_json::to_value(line).map_err(|error| StoreError::BadInput(error.to_string()))?;
    store.append_show_event(show_id, line.t_ms, &value).await
}
