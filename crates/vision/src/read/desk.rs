//! Reading beside the looking: on a thread of its own, one thing at a time, or in the same thread where time does not count.

use hawker_av::{Rect, VideoFrame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use super::{Reader, Reading};
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

/// One thing to be read.
#[derive(Debug)]
struct Job {
    track_id: u32,
    frame: VideoFrame,
    rect: Rect,
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
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// None: reading is off, or its thread can't be started.
    pub fn new(words: Words, reader: Reader) -> Option<Self> {
        match words {
            Words::Off => None,
            Words::Inline => Some(Self::Here { reader: Box::new(reader), done: None }),
            Words::Beside => Beside::start(reader).map(Self::Beside),
        }
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
            Self::Beside(beside) => beside.begin(Job { track_id, frame: frame.clone(), rect }),
        }
    }

    /// What was read since, with the track it was read on.
    pub fn take(&mut self) -> Option<Done> {
        match self {
            Self::Here { done, .. } => done.take(),
            Self::Beside(beside) => beside.take(),
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
    fn start(mut reader: Reader) -> Option<Self> {
        let (jobs, waiting) = sync_channel::<Job>(1);
        let (finished, done) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let closed = closing.clone();
        let read = move || {
            step_back();
            for job in waiting {
                let reading = reader.read_while(&job.frame, job.rect, || !closed.load(Ordering::Relaxed));
                if finished.send((job.track_id, reading)).is_err() {
                    return;
                }
            }
        };
        let spawned = std::thread::Builder::new().name("words".into()).spawn(read);
        let thread =
            spawned.map_err(|error| tracing::error!(%error, "the thread that reads words did not start")).ok()?;
        Some(Self { jobs: Some(jobs), done, busy: false, closing, thread: Some(thread) })
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
        Some(done)
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

/// Lets every other thread go first.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::warn!(%error, "the thread that reads words keeps its priority");
    }
}
