//! The streams on air, by show.

use super::stream::{Publication, Stream, StreamStats, Viewer};
use hawker_domain::ShowId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Viewers are kept this long after their publisher went: a studio whose line broke comes back within seconds, one that
/// moves to another network within two minutes.
const KEPT_WITHOUT_PUBLISHER: Duration = Duration::from_secs(120);

/// The streams on air. Clones share them.
#[derive(Clone, Default)]
pub struct StreamHub {
    streams: Arc<Mutex<HashMap<ShowId, Arc<Stream>>>>,
}

impl StreamHub {
    /// How the stream of a show is doing; none if it has none.
    pub fn stats(&self, show: ShowId) -> Option<StreamStats> {
        self.lock().get(&show).map(|stream| stream.stats())
    }

    /// Viewers connected to a show's stream.
    pub fn viewers(&self, show: ShowId) -> usize {
        self.stats(show).map_or(0, |stats| stats.viewers)
    }

    /// Streams that deliver, and viewers of all streams.
    pub fn totals(&self) -> (usize, usize) {
        let streams: Vec<_> = self.lock().values().map(|stream| stream.stats()).collect();
        (streams.iter().filter(|stats| stats.publishing).count(), streams.iter().map(|stats| stats.viewers).sum())
    }

    /// The show is over: its viewers' streams end, its publisher is dropped at the next message.
    pub fn end(&self, show: ShowId) {
        if let Some(stream) = self.lock().remove(&show) {
            stream.end();
        }
    }

    /// Ends everything, for a shutdown that waits for its answers to finish.
    pub fn end_all(&self) {
        for (_, stream) in self.lock().drain() {
            stream.end();
        }
    }

    /// The publisher's place; none if it is taken.
    pub(super) fn publish(&self, show: ShowId) -> Option<Publication> {
        let stream = Arc::clone(self.lock().entry(show).or_insert_with(Stream::new));
        stream.publish()
    }

    /// A viewer's place; none if the show has no stream.
    pub(super) fn watch(&self, show: ShowId) -> Option<Viewer> {
        let stream = self.lock().get(&show).map(Arc::clone)?;
        stream.watch()
    }

    /// Ends the streams whose publisher did not come back.
    pub(super) fn sweep(&self, now: Instant) {
        let Some(since) = now.checked_sub(KEPT_WITHOUT_PUBLISHER) else { return };
        self.lock().retain(|_, stream| {
            let abandoned = stream.abandoned_since(since);
            if abandoned {
                stream.end();
            }
            !abandoned
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ShowId, Arc<Stream>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
