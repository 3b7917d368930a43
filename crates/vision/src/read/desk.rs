//! Reading beside the looking: on a thread of its own, one thing at a time, or in the same thread where time does not count.

use hawker_av::{Rect, VideoFrame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Reader, ReaderModels, Reading, codes, reader::DETECT_SIDE};
use crate::VisionError;

/// Where reading is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// Nothing is read.
    #[default]
    Off,
    /// On a thread of its own below the others, for a show: looking never waits for it.
    Beside,
    /// At once, for measurements: the same pictures give the same answers. What was read still counts only after the time that
    /// reading it took.
    Inline,
}

/// Below the threads that look and far below those that carry the stream. Units: steps of Unix niceness.
#[cfg(target_os = "linux")]
const NICE: i32 = 15;

/// Beside a show lines are looked for in a picture of this longer side: it takes half the memory of [`DETECT_SIDE`].
const SIDE: f32 = 448.0;

/// The models are let go after nothing was read for so long: most of a show shows nothing that looks leave undecided.
const KEPT: Duration = Duration::from_secs(30);

/// What is read on a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    WordsAndCodes,
    Codes,
}

/// Width and height up to whose product words are read beside a show. The models of words take some 100 MB while they read: with
/// pictures of 1080p that is more than the 500 MB that a show may have. Codes need no model and are read in any picture.
pub const WORDS_LARGEST: (u32, u32) = (1280, 720);

fn what(frame: &VideoFrame) -> What {
    let fits = frame.width.saturating_mul(frame.height) <= WORDS_LARGEST.0 * WORDS_LARGEST.1;
    if fits { What::WordsAndCodes } else { What::Codes }
}

/// One thing to be read.
#[derive(Debug)]
struct Job {
    track_id: u32,
    frame: VideoFrame,
    rect: Rect,
    what: What,
}

type Done = (u32, Result<Reading, VisionError>);

/// Where things are read, at most one at a time.
#[derive(Debug)]
pub enum Desk {
    Here { reader: Box<Reader>, done: Option<Done> },
    Beside(Beside),
}

/// A thread that reads. Dropping it waits for the one run of a model the thread is in, a fraction of a second: a process that
/// ended below it would take the runtime's library away while it computes.
#[derive(Debug)]
pub struct Beside {
    jobs: Option<SyncSender<Job>>,
    done: Receiver<Done>,
    busy: bool,
    /// What is being read is of no interest any more.
    forgotten: bool,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// None: reading is off, or its thread can't be started. Beside, models are loaded with the first thing to read.
    /// Errors: models that are needed at once can't be loaded.
    pub fn new(words: Words, models: ReaderModels) -> Result<Option<Self>, VisionError> {
        Ok(match words {
            Words::Off => None,
            Words::Inline => Some(Self::Here { reader: Box::new(models.load(DETECT_SIDE)?), done: None }),
            Words::Beside => Beside::start(models).map(Self::Beside),
        })
    }

    /// True while something is read, or was and nobody has asked for it.
    pub fn is_busy(&self) -> bool {
        match self {
            Self::Here { done, .. } => done.is_some(),
            Self::Beside(beside) => beside.busy,
        }
    }

    /// Begins to read a part of a frame; does nothing while it is busy.
    pub fn start(&mut self, track_id: u32, frame: &VideoFrame, rect: Rect) {
        if self.is_busy() {
            return;
        }
        match self {
            Self::Here { reader, done } => *done = Some((track_id, reader.read(frame, rect))),
            // The frame's bytes are shared, not copied.
            Self::Beside(beside) => beside.begin(Job { track_id, frame: frame.clone(), rect, what: what(frame) }),
        }
    }

    /// What was read since, with the track it was read on.
    pub fn take(&mut self) -> Option<Done> {
        match self {
            Self::Here { done, .. } => done.take(),
            Self::Beside(beside) => beside.take(),
        }
    }

    /// What is being read, or was and nobody has asked for it, is dropped: its track is no more, and its number may be another's.
    pub fn forget(&mut self) {
        match self {
            Self::Here { done, .. } => *done = None,
            Self::Beside(beside) => beside.forgotten = beside.busy,
        }
    }

    /// Reads at once, where that may be done.
    pub fn read_now(&mut self, frame: &VideoFrame, rect: Rect) -> Result<Option<Reading>, VisionError> {
        match self {
            Self::Here { reader, .. } => reader.read(frame, rect).map(Some),
            Self::Beside(_) => Ok(None),
        }
    }
}

impl Beside {
    fn start(models: ReaderModels) -> Option<Self> {
        let (jobs, waiting) = sync_channel::<Job>(1);
        let (finished, done) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let closed = closing.clone();
        let read = move || {
            step_back();
            let mut reader = None;
            while let Some(job) = next(&waiting, &mut reader) {
                let reading = read(&mut reader, &models, &job, || !closed.load(Ordering::Relaxed));
                if finished.send((job.track_id, reading)).is_err() {
                    return;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("words".into()).spawn(read);
        let thread =
            spawned.map_err(|error| tracing::error!(%error, "the thread that reads words did not start")).ok()?;
        Some(Self { jobs: Some(jobs), done, busy: false, forgotten: false, closing, thread: Some(thread) })
    }

    fn begin(&mut self, job: Job) {
        // Refused only by a thread that has gone; it then stays busy.
        self.busy = true;
        let _ = self.jobs.as_ref().map(|jobs| jobs.try_send(job));
    }

    fn take(&mut self) -> Option<Done> {
        // A thread that has gone stays busy for ever: nothing more is asked of it.
        let done = self.done.try_recv().ok()?;
        self.busy = false;
        (!std::mem::take(&mut self.forgotten)).then_some(done)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The next thing to read; lets the reader go while there is none for long. None: nobody will ask any more.
fn next(waiting: &Receiver<Job>, reader: &mut Option<Reader>) -> Option<Job> {
    if reader.is_some() {
        match waiting.recv_timeout(KEPT) {
            Err(RecvTimeoutError::Timeout) => *reader = None,
            other => return other.ok(),
        }
    }
    waiting.recv().ok()
}

/// Reads one thing; the time it took includes loading the models where they were not there.
fn read(
    reader: &mut Option<Reader>,
    models: &ReaderModels,
    job: &Job,
    wanted: impl Fn() -> bool,
) -> Result<Reading, VisionError> {
    let begun = Instant::now();
    let reading = match (job.what, reader) {
        (What::Codes, _) => Reading { codes: codes::read(&job.frame, job.rect), ..Reading::default() },
        (What::WordsAndCodes, Some(reader)) => reader.read_while(&job.frame, job.rect, wanted)?,
        (What::WordsAndCodes, none) => none.insert(models.load(SIDE)?).read_while(&job.frame, job.rect, wanted)?,
    };
    Ok(Reading { ms: begun.elapsed().as_secs_f32() * 1000.0, ..reading })
}

/// Lets every other thread go first.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the thread that reads words keeps its priority");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_was_forgotten_while_it_was_read_reaches_no_other_track() {
        let ((jobs, _waiting), (finished, done)) = (sync_channel(1), channel());
        let jobs = Some(jobs);
        let mut desk =
            Desk::Beside(Beside { jobs, done, busy: true, forgotten: false, closing: Arc::default(), thread: None });
        desk.forget();
        assert!(desk.take().is_none() && desk.is_busy(), "it is read to its end");
        finished.send((1, Ok(Reading::default()))).unwrap();
        assert!(desk.take().is_none(), "another thing has its number now");
        assert!(!desk.is_busy());
        desk.forget();
        finished.send((1, Ok(Reading::default()))).unwrap();
        assert!(desk.take().is_some_and(|(track, _)| track == 1), "nothing was read when it was forgotten");
    }

    #[test]
    fn words_are_read_up_to_720p_and_codes_in_any_picture() {
        let picture = |width: u32, height: u32| {
            VideoFrame::rgb(width, height, vec![0; (width * height * 3) as usize].into()).unwrap()
        };
        for (width, height, wanted) in
            [(1280, 720, What::WordsAndCodes), (720, 1280, What::WordsAndCodes), (1920, 1080, What::Codes)]
        {
            assert_eq!(what(&picture(width, height)), wanted, "{width}x{height}");
        }
    }
}
