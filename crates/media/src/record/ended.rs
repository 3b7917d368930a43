//! What becomes of a recording's files once they are closed.

use super::{RecordedPart, part::Part, remux::Pace};
use crate::RecordingSummary;
use hawker_domain::ShowMs;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
};

/// Pictures of one recording that the disk did not take, while it runs and afterwards.
pub(crate) struct Lost(pub Arc<AtomicU64>);

impl Lost {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Lets the MP4s of one recording be made as fast as the disk allows.
pub(crate) struct Hurry(pub Arc<AtomicBool>);

impl Hurry {
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// A closed file.
pub(super) enum Finished {
    /// Its MP4 is being made; none if nothing was in it.
    Making(JoinHandle<Option<RecordedPart>>),
    /// Its disk failed or is full: its MP4 is made after the show, when there may be room.
    Later(Box<Part>, ShowMs, u64),
}

impl Finished {
    pub(super) fn wait(self) -> Option<RecordedPart> {
        match self {
            Self::Making(thread) => thread.join().ok().flatten(),
            Self::Later(part, began, taken_ms) => part.into_mp4(began, taken_ms, &Pace::none()),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Making(thread) if !thread.is_finished())
    }
}

/// Several recordings of one canvas, one after the other, as one; none of none.
pub(crate) fn joined(recordings: impl Iterator<Item = RecordingSummary>) -> Option<RecordingSummary> {
    recordings.reduce(|mut all, next| {
        all.duration_ms += next.duration_ms;
        all.lost_pictures += next.lost_pictures;
        all.problem = all.problem.or(next.problem);
        all.parts.extend(next.parts);
        all
    })
}

pub(super) fn summary(
    parts: Vec<RecordedPart>,
    stopped: Option<String>,
    lost_pictures: u64,
) -> Option<RecordingSummary> {
    let path = parts.first()?.path.clone();
    let duration_ms = parts.iter().map(|part| part.duration_ms).sum();
    let problem = stopped.or_else(|| parts.iter().find_map(|part| part.problem.clone()));
    Some(RecordingSummary { path, duration_ms, problem, parts, lost_pictures })
}

pub(super) fn in_background(work: impl FnOnce() -> Option<RecordedPart> + Send + 'static) -> Option<Finished> {
    let thread = std::thread::Builder::new().name("hawker-remux".into()).spawn(work);
    thread
        .map(Finished::Making)
        .map_err(|error| tracing::error!(%error, "no MP4 is made now; the next start makes it"))
        .ok()
}
