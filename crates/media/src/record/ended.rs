//! What becomes of a recording's files once they are closed, and for how long a disk is waited for.

use super::{RecordedPart, part::Part, remux::Pace};
use crate::RecordingSummary;
use hawker_domain::ShowMs;
use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
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

/// How long the end of a show waits for a disk that takes nothing at all, as a network disk whose server is gone does:
/// a write there never comes back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// To close a file.
    pub close: Duration,
    /// To make an MP4, which a slow disk may keep in its memory and write at once at the end.
    pub copy: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { close: Duration::from_secs(20), copy: Duration::from_secs(120) }
    }
}

/// When a thread that writes last got on.
pub(super) struct Steps(Mutex<Instant>);

impl Default for Steps {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Steps {
    pub(super) fn step(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn idle(&self) -> Duration {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Waits for `thread`; false once it did not get on for `patience`, and it is left alone then.
    pub(super) fn outlast<T>(&self, thread: &JoinHandle<T>, patience: Duration) -> bool {
        while !thread.is_finished() {
            if self.idle() > patience {
                return false;
            }
            std::thread::park_timeout(LOOK);
        }
        true
    }
}

/// Pause between two looks at a thread that writes.
const LOOK: Duration = Duration::from_millis(20);

/// A closed file.
pub(super) enum Finished {
    /// Its MP4 is being made.
    Making(Making),
    /// Its disk failed or is full: its MP4 is made after the show, when there may be room.
    Later(Box<Part>, ShowMs, u64),
}

pub(super) struct Making {
    /// None if nothing was in the file.
    thread: JoinHandle<Option<RecordedPart>>,
    steps: Arc<Steps>,
    /// What there is if that never ends.
    kept: RecordedPart,
}

impl Finished {
    /// Makes the MP4 of `part` on a thread of its own, `closes`: once it is closed. None where there is no thread.
    pub(super) fn make(part: Part, closes: bool, began: ShowMs, taken_ms: u64, pace: Pace) -> Option<Self> {
        let steps = pace.steps.clone();
        let why = "its MP4 could not be written";
        let kept = cut_short(&part.path, began, taken_ms, why);
        let thread = std::thread::Builder::new().name("hawker-remux".into()).spawn(move || {
            if closes {
                part.close(true, &pace.steps);
            }
            part.into_mp4(began, taken_ms, &pace)
        });
        thread
            .map(|thread| Self::Making(Making { thread, steps, kept }))
            .map_err(|error| tracing::error!(%error, "no MP4 is made now; the next start makes it"))
            .ok()
    }

    pub(super) fn wait(self, patience: Duration) -> Option<RecordedPart> {
        let making = match self {
            Self::Making(making) => making,
            Self::Later(part, began, taken_ms) => match Self::make(*part, false, began, taken_ms, Pace::none())? {
                Self::Making(making) => making,
                Self::Later(..) => return None,
            },
        };
        let Making { thread, steps, kept } = making;
        if steps.outlast(&thread, patience) { thread.join().ok().flatten() } else { Some(kept) }
    }

    pub(super) fn is_running(&self) -> bool {
        matches!(self, Self::Making(making) if !making.thread.is_finished())
    }
}

/// What is left of a file whose disk takes nothing any more; `why` begins the sentence.
pub(super) fn cut_short(path: &Path, began: ShowMs, taken_ms: u64, why: &str) -> RecordedPart {
    let problem = format!("{why}: the disk takes nothing any more; kept is what it took before, in {}", path.display());
    RecordedPart { path: path.to_owned(), began, duration_ms: taken_ms, problem: Some(problem), cut_short: true }
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
