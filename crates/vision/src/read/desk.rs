//! Reading beside the looking: on a thread of its own, one thing at a time, or in the same thread where time does not count.

use hawker_av::{Rect, VideoFrame};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Reader, ReaderModels, Reading, codes, reader::DETECT_SIDE};
use crate::VisionError;
use crate::priority::{self, GivesWayTo};

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

/// Beside a show lines are looked for in a picture of this longer side: it takes half the memory of [`DETECT_SIDE`].
pub(crate) const SIDE: f32 = 448.0;

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
struct Job {
    whose: Whose,
    frame: VideoFrame,
    rect: Rect,
    what: What,
}

/// Who asks for it.
enum Whose {
    /// Of a thing in the picture: answered when it is asked for.
    Track(u32),
    /// Of a photo of the catalogue: answered at once, on the thread that reads.
    Photo(OnRead),
}

/// Takes what stands on a photo.
pub type OnRead = Box<dyn FnOnce(Result<Reading, VisionError>) + Send>;

/// A thing and a photo: neither is refused because of the other.
const JOBS_WAITING: usize = 2;

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
    /// The thread has ended by itself.
    gone: bool,
    /// Its models failed too often: only codes are read, which need none.
    codes_only: bool,
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
            Self::Beside(beside) => {
                let what = if beside.codes_only { What::Codes } else { what(frame) };
                beside.begin(Job { whose: Whose::Track(track_id), frame: frame.clone(), rect, what });
            }
        }
    }

    /// True when nothing can be read here any more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Beside(Beside { gone: true, .. }))
    }

    /// Gives words up. False where that leaves nothing to read.
    pub fn only_codes(&mut self) -> bool {
        match self {
            Self::Here { .. } => false,
            Self::Beside(beside) => !std::mem::replace(&mut beside.codes_only, true),
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

    /// Has the words of a photo read on the thread that reads, after what it reads by now. One photo at a time. False: there is no
    /// such thread, or it reads no words any more; `done` is dropped then, and also where the thread ends before.
    pub fn read_photo_beside(&mut self, photo: VideoFrame, done: OnRead) -> bool {
        match self {
            Self::Here { .. } => false,
            Self::Beside(beside) if beside.codes_only => false,
            // However many pixels it has: where photos are read no show takes up the memory.
            Self::Beside(beside) => {
                let rect = crate::embed::whole_of(&photo);
                let job = Job { whose: Whose::Photo(done), frame: photo, rect, what: What::WordsAndCodes };
                beside.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
            }
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
        let (jobs, waiting) = sync_channel::<Job>(JOBS_WAITING);
        let (finished, done) = channel();
        let closing = Arc::new(AtomicBool::new(false));
        let closed = closing.clone();
        let read = move || {
            priority::give_way(GivesWayTo::Looking);
            let mut reader = None;
            while let Some(job) = next(&waiting, &mut reader) {
                let reading = read(&mut reader, &models, &job, || !closed.load(Ordering::Relaxed));
                match job.whose {
                    Whose::Track(track_id) => {
                        if finished.send((track_id, reading)).is_err() {
                            return;
                        }
                    }
                    // What was broken off is not what stands there.
                    Whose::Photo(_) if closed.load(Ordering::Relaxed) => return,
                    Whose::Photo(done) => done(reading),
                }
            }
        };
        let spawned = std::thread::Builder::new().name("words".into()).spawn(read);
        let thread =
            spawned.map_err(|error| tracing::error!(%error, "the thread that reads words did not start")).ok()?;
        let (jobs, thread) = (Some(jobs), Some(thread));
        Some(Self { jobs, done, busy: false, forgotten: false, gone: false, codes_only: false, closing, thread })
    }

    fn begin(&mut self, job: Job) {
        // Refused only by a thread that has gone; that is noticed when it is asked what it read.
        self.busy = true;
        if let Some(jobs) = &self.jobs {
            let _ = jobs.try_send(job);
        }
    }

    fn take(&mut self) -> Option<Done> {
        let done = match self.done.try_recv() {
            Ok(done) => done,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => {
                self.gone = true;
                return None;
            }
        };
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::mpsc::Sender;

    /// A desk whose thread the test is.
    fn desk() -> (Desk, Receiver<Job>, Sender<Done>) {
        let ((jobs, waiting), (finished, done)) = (sync_channel(JOBS_WAITING), channel());
        let (jobs, closing, thread) = (Some(jobs), Arc::default(), None);
        let flags = (false, false, false, false);
        let (busy, forgotten, gone, codes_only) = flags;
        (Desk::Beside(Beside { jobs, done, busy, forgotten, gone, codes_only, closing, thread }), waiting, finished)
    }

    #[test]
    fn codes_are_read_on_where_words_are_given_up() {
        let (mut desk, waiting, finished) = desk();
        let picture = VideoFrame::rgb(64, 64, vec![0; 64 * 64 * 3].into()).unwrap();
        let asked = |desk: &mut Desk| {
            desk.start(1, &picture, Rect::new(0.0, 0.0, 64.0, 64.0));
            let what = waiting.try_recv().unwrap().what;
            finished.send((1, Ok(Reading::default()))).unwrap();
            assert!(desk.take().is_some());
            what
        };
        assert_eq!(asked(&mut desk), What::WordsAndCodes);
        assert!(desk.only_codes());
        assert_eq!(asked(&mut desk), What::Codes);
        assert!(!desk.only_codes(), "codes failed too: nothing is left");
    }

    #[test]
    fn a_photo_and_a_thing_wait_beside_each_other_and_words_given_up_are_not_read_on_photos() {
        let (mut desk, waiting, _finished) = desk();
        let picture = VideoFrame::rgb(2_000, 1_600, vec![0; 2_000 * 1_600 * 3].into()).unwrap();
        assert!(desk.read_photo_beside(picture.clone(), Box::new(|_| ())));
        desk.start(1, &picture, Rect::new(0.0, 0.0, 64.0, 64.0));
        let jobs: Vec<Job> = waiting.try_iter().collect();
        assert!(matches!(jobs[0].whose, Whose::Photo(_)) && matches!(jobs[1].whose, Whose::Track(1)));
        assert_eq!((jobs[0].what, jobs[1].what), (What::WordsAndCodes, What::Codes));
        assert!(desk.only_codes() && !desk.read_photo_beside(picture, Box::new(|_| ())));
    }

    #[test]
    fn a_thread_that_ended_is_noticed() {
        let (mut desk, waiting, finished) = desk();
        assert!(desk.take().is_none() && !desk.is_gone());
        drop((waiting, finished));
        assert!(desk.take().is_none() && desk.is_gone());
    }

    #[test]
    fn what_was_forgotten_while_it_was_read_reaches_no_other_track() {
        let (mut desk, _waiting, finished) = desk();
        if let Desk::Beside(beside) = &mut desk {
            beside.busy = true;
        }
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
