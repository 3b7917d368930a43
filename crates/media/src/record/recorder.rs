//! One running recording: a disposable consumer like any output, writing to disk, one file after another.

use super::{
    SplitEvery,
    disk::{self, Look, Verdict},
    disk_watch::DiskWatch,
    ended::{Finished, Hurry, Lost, Patience, Steps, cut_short, summary},
    part::{Common, Part},
    part_name,
    relay::{Former, Relay},
    remux::Pace,
    stall::Stall,
};
use crate::{
    MediaError, MediaEvent, RecordingStats, RecordingSummary, clock::Timebase, elements, event::Events, hub::Hub,
    program::Fate,
};
use gst::prelude::*;
use gstreamer as gst;
use hawker_domain::{CanvasShape, reason::RecordingWhy};
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// The file is brought to the disk this often, so that a power cut costs no more.
const SYNC_EVERY: Duration = Duration::from_secs(3);
/// The disk is looked at this often: at 20 Mbit/s that is 2.5 MB, far below what is kept free.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause between attempts to go on in another file, where the one that is written can go on as well.
const TRY_SPLIT_EVERY: Duration = Duration::from_secs(10);
const POLL: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// How a recording is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecorderConfig {
    /// Whose pictures it has.
    pub canvas: CanvasShape,
    /// Folder that holds an entry for each open file until its MP4 is made; none notes nothing.
    pub journal: Option<PathBuf>,
    pub split: Option<SplitEvery>,
    pub patience: Patience,
    /// Of the canvas.
    pub fate: Arc<Fate>,
}

/// A file that a recording begins with; it goes where none does.
pub(crate) struct Opened {
    file: Option<(Part, Common)>,
    config: RecorderConfig,
}

impl Opened {
    /// Opens `path` with the ending `.mkv`, under a number where that name is taken. Blocks as long as the disk does.
    /// Errors: [`MediaError::Recording`], [`MediaError::DiskFull`], [`MediaError::Pipeline`].
    pub(crate) fn open(path: &Path, config: RecorderConfig, time: Arc<Timebase>) -> Result<Self, MediaError> {
        let common = Common { journal: config.journal.clone(), time, lost: Arc::default(), stall: Arc::default() };
        let part = Part::open(&path.with_extension("mkv"), &common)?;
        Ok(Self { file: Some((part, common)), config })
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if let Some((part, _)) = self.file.take() {
            part.discard();
        }
    }
}

pub(crate) struct Recorder {
    canvas: CanvasShape,
    first: PathBuf,
    relay: Arc<Relay>,
    /// Pictures that the disk did not take.
    lost: Arc<AtomicU64>,
    stall: Arc<Stall>,
    shared: Arc<Shared>,
    patience: Patience,
    time: Arc<Timebase>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// Nobody waits for it any more.
    abandoned: AtomicBool,
    /// A disk without room, on purpose.
    fill: AtomicBool,
    /// MP4s are made as fast as the disk allows.
    hurry: Arc<AtomicBool>,
    state: Mutex<State>,
    /// Files that are closed, in their order.
    finished: Mutex<Vec<Finished>>,
    /// How far the worker got.
    steps: Steps,
}

#[derive(Default)]
struct State {
    path: PathBuf,
    /// Of the files before, and of that at `path`: whoever asks must not have to wait for the disk.
    bytes_before: u64,
    bytes_now: u64,
    parts: u32,
    /// The file at `path` is closed, and counted among those before.
    closed: bool,
    stopped: Option<String>,
    left: Option<Duration>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn finished(&self) -> MutexGuard<'_, Vec<Finished>> {
        self.finished.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// Records what `hub` hands out to the file that was opened. Errors: [`MediaError::Recording`] where there is no
    /// thread.
    pub(crate) fn begin(mut opened: Opened, hub: Arc<Hub>, events: Events) -> Result<Self, MediaError> {
        let RecorderConfig { canvas, split, patience, ref fate, .. } = opened.config;
        let fate = fate.clone();
        let Some((part, common)) = opened.file.take() else {
            return Err(MediaError::Recording { path: PathBuf::new(), why: "no file was opened".into() });
        };
        let (lost, stall, time) = (common.lost.clone(), common.stall.clone(), common.time.clone());
        let relay = Relay::new(part.feed.clone());
        hub.attach(relay.clone());
        let shared = Arc::new(Shared::default());
        *shared.state() = State { path: part.path.clone(), parts: 1, ..State::default() };
        let first = part.path.clone();
        let worker = Worker {
            common,
            split,
            canvas,
            fate,
            first: first.clone(),
            hub,
            events,
            relay: relay.clone(),
            shared: shared.clone(),
            current: part,
            next: None,
            disk: DiskWatch::default(),
        };
        let thread = std::thread::Builder::new().name("hawker-record".into()).spawn(move || worker.run());
        let thread = thread.map_err(|e| MediaError::Recording { path: first.clone(), why: e.to_string() })?;
        Ok(Self { canvas, first, relay, lost, stall, shared, patience, time, thread: Some(thread) })
    }

    /// Lets the recording end as on a disk without room, for drills and tests: the sink says so and takes no more.
    pub(crate) fn fill_disk(&self) {
        self.shared.fill.store(true, Ordering::SeqCst);
    }

    /// The disk takes nothing for `length`, for drills and tests.
    pub(crate) fn stall_disk(&self, length: Duration) {
        self.stall.begin(length);
    }

    pub(crate) fn lost(&self) -> Lost {
        Lost(self.lost.clone())
    }

    pub(crate) fn hurry(&self) -> Hurry {
        Hurry(self.shared.hurry.clone())
    }

    pub(crate) fn canvas(&self) -> CanvasShape {
        self.canvas
    }

    /// It did not stop by itself.
    pub(crate) fn is_running(&self) -> bool {
        self.shared.state().stopped.is_none()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.first
    }

    pub(crate) fn stats(&self) -> RecordingStats {
        let state = self.shared.state();
        let size = if state.closed { 0 } else { state.bytes_now };
        RecordingStats {
            canvas: self.canvas,
            first: self.first.clone(),
            path: state.path.clone(),
            size_bytes: state.bytes_before + size,
            duration_ms: self.relay.progress().taken_ms,
            stopped: state.stopped.clone(),
            parts: state.parts,
            minutes_left: state.left.map(|left| left.as_secs() / 60),
            lost_pictures: self.lost().count(),
            queue_ms: if state.closed { 0 } else { self.relay.waits_ms() },
        }
    }

    /// Asks the recorder to finish; [`Self::wait`] waits for it.
    pub(crate) fn end(&self) {
        self.shared.stop.store(true, Ordering::SeqCst);
    }

    /// Closes the last file and waits for the MP4s, which are made slowly unless there is a [`Hurry`]. A disk that
    /// takes nothing any more is given up: what it took before is what there is then. None if nothing was recorded.
    pub(crate) fn wait(mut self) -> Option<RecordingSummary> {
        self.end();
        let thread = self.thread.take()?;
        let closed = self.shared.steps.outlast(&thread, self.patience.close);
        let finished = std::mem::take(&mut *self.shared.finished());
        let mut parts: Vec<_> = finished.into_iter().filter_map(|one| one.wait(self.patience.copy)).collect();
        if !closed {
            // Should it get on after all, the file stays as it is named now; the next start makes its MP4.
            self.shared.abandoned.store(true, Ordering::SeqCst);
        }
        let progress = self.relay.progress();
        if let Some(began_ns) = progress.part_began_ns.filter(|_| !closed) {
            let path = self.shared.state().path.clone();
            tracing::error!(recording = %path.display(), "the disk takes nothing any more; the recording is left");
            let began = self.time.show_ms_at(began_ns);
            let why = "the recording's end could not be written";
            parts.push(cut_short(&path, began, progress.part_ms, why));
        }
        let stopped = self.shared.state().stopped.clone();
        summary(parts, stopped, self.lost().count())
    }
}

struct Worker {
    common: Common,
    split: Option<SplitEvery>,
    canvas: CanvasShape,
    fate: Arc<Fate>,
    first: PathBuf,
    hub: Arc<Hub>,
    events: Events,
    relay: Arc<Relay>,
    shared: Arc<Shared>,
    current: Part,
    /// Given to the relay; it begins at the next keyframe.
    next: Option<Part>,
    disk: DiskWatch,
}

/// Why a recording ended by itself.
struct Failure {
    why: String,
    why_code: RecordingWhy,
    /// The file can still be closed as it should.
    whole: bool,
}

impl Worker {
    fn run(mut self) {
        self.current.sync_note();
        let failure = self.watch();
        self.hub.detach(&self.relay);
        let whole = failure.as_ref().is_none_or(|failure| failure.whole);
        if let Some(Failure { why, why_code, .. }) = failure {
            tracing::error!(why, "recording stopped");
            self.shared.state().stopped = Some(why.clone());
            self.events.send(MediaEvent::RecordingStopped { canvas: self.canvas, why, why_code });
        }
        if let Some(former) = self.relay.take_rest() {
            self.hand_over(&former);
        }
        let progress = self.relay.progress();
        if let Some(unused) = self.next.take() {
            unused.discard();
        }
        let Self { current, common, shared, .. } = self;
        current.close(whole, &shared.steps);
        let size_bytes = current.size_bytes();
        {
            let mut state = shared.state();
            state.bytes_before += size_bytes;
            state.closed = true;
        }
        if shared.abandoned.load(Ordering::SeqCst) {
            return;
        }
        let began = common.time.show_ms_at(progress.part_began_ns.unwrap_or_default());
        let last = if whole {
            Finished::make(current, false, began, progress.part_ms, Pace::new(shared.hurry.clone()))
        } else {
            Some(Finished::Later(Box::new(current), began, progress.part_ms))
        };
        shared.finished().extend(last);
    }

    /// Some failure, none when asked to stop.
    fn watch(&mut self) -> Option<Failure> {
        let (mut synced, mut looked, mut tried) = (Instant::now(), None::<Instant>, None::<Instant>);
        while !self.shared.stop.load(Ordering::SeqCst) {
            self.shared.steps.step();
            let size_bytes = self.current.size_bytes();
            self.shared.state().bytes_now = size_bytes;
            if let Some(failure) = self.failed() {
                return Some(failure);
            }
            if let Some(why) = self.fate.given_up() {
                return Some(Failure { why: why.to_owned(), why_code: RecordingWhy::EncodeLost, whole: true });
            }
            if let Some(former) = self.relay.take_over() {
                self.hand_over(&former);
            }
            let mut needs_file = self.relay.needs_file();
            if looked.is_none_or(|looked| looked.elapsed() > LOOK_EVERY) {
                looked = Some(Instant::now());
                match self.look() {
                    Verdict::GoOn => {}
                    Verdict::NextFile => needs_file = true,
                    Verdict::Stop => return Some(no_room()),
                }
            }
            let due = self.is_due() && tried.is_none_or(|tried| tried.elapsed() > TRY_SPLIT_EVERY);
            if (needs_file || due)
                && let Err(failure) = self.open_next()
            {
                if needs_file {
                    return Some(failure);
                }
                // The file that is written is sound; it goes on until another one can be opened.
                tracing::warn!(why = failure.why, "the recording can't go on in another file yet");
                tried = Some(Instant::now());
            }
            if synced.elapsed() > SYNC_EVERY {
                synced = Instant::now();
                self.current.sync();
            }
        }
        None
    }

    fn failed(&self) -> Option<Failure> {
        let bus = self.current.pipeline.bus()?;
        if self.shared.fill.swap(false, Ordering::SeqCst) {
            let full = gst::message::Error::builder(gst::ResourceError::NoSpaceLeft, "no space left (on purpose)");
            let _ = bus.post(full.src(&self.current.pipeline).build());
        }
        let message = bus.timed_pop_filtered(POLL, &[gst::MessageType::Error, gst::MessageType::Eos])?;
        let (why, why_code) = match message.view() {
            gst::MessageView::Error(error) => reason(error),
            _ => ("the file was closed".into(), RecordingWhy::Io),
        };
        Some(Failure { why, why_code, whole: false })
    }

    fn is_due(&self) -> bool {
        let progress = self.relay.progress();
        self.split.is_some_and(|split| split.is_due(progress.part_ms, progress.part_bytes))
    }

    /// Opens the next file, unless one waits already or the one before is not complete yet.
    fn open_next(&mut self) -> Result<(), Failure> {
        if self.next.is_some() || !self.relay.may_give() {
            return Ok(());
        }
        let turn = self.shared.state().parts + 1;
        let opened = Part::open(&part_name(&self.first, turn), &self.common);
        let part =
            opened.map_err(|error| Failure { why_code: error.recording_why(), why: error.to_string(), whole: true })?;
        self.relay.give(part.feed.clone());
        self.next = Some(part);
        Ok(())
    }

    /// The file before has all that belongs to it: it is closed and made into an MP4 beside the recording.
    fn hand_over(&mut self, former: &Former) {
        let Some(next) = self.next.take() else { return };
        let part = std::mem::replace(&mut self.current, next);
        self.current.sync_note();
        let size_bytes = part.size_bytes();
        {
            let mut state = self.shared.state();
            state.bytes_before += size_bytes;
            state.bytes_now = 0;
            state.path = self.current.path.clone();
            state.parts += 1;
        }
        let began = self.common.time.show_ms_at(former.began_ns);
        let taken_ms = former.border_ns.saturating_sub(former.began_ns) / 1_000_000;
        // A disk that is short of room gets it back as fast as it can.
        let pace = if self.disk.short { Pace::none() } else { Pace::new(self.shared.hurry.clone()) };
        tracing::info!(recording = %part.path.display(), next = %self.current.path.display(), "the recording goes on in another file");
        let made = Finished::make(part, true, began, taken_ms, pace);
        self.shared.finished().extend(made);
    }

    /// Looks at the disk, tells what is to be told, and says what is to be done.
    fn look(&mut self) -> Verdict {
        let free_bytes = match disk::free_bytes(&self.current.path) {
            Ok(free_bytes) => free_bytes,
            // A disk that can't be asked says so itself when it is full.
            Err(error) => {
                tracing::debug!(%error, "the disk of the recording can't be asked for its room");
                return Verdict::GoOn;
            }
        };
        let remuxing = self.shared.finished().iter().any(Finished::is_running);
        let bytes = self.relay.progress().bytes;
        if let Some(event) = self.disk.look(free_bytes, bytes, remuxing) {
            self.events.send(event);
        }
        self.shared.state().left = self.disk.left;
        let verdict = disk::verdict(Look { free_bytes, part_bytes: self.current.size_bytes(), remuxing });
        self.disk.short = verdict != Verdict::GoOn;
        verdict
    }
}

fn no_room() -> Failure {
    let why = "the disk is almost full; it ended while what was recorded could still be closed as it should".to_owned();
    Failure { why, why_code: RecordingWhy::DiskFull, whole: true }
}

fn reason(error: &gst::message::Error) -> (String, RecordingWhy) {
    match error.error().kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NoSpaceLeft) => ("the disk is full".into(), RecordingWhy::DiskFull),
        _ => (elements::error_text(error), RecordingWhy::Io),
    }
}
