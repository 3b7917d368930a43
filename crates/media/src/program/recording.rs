//! The recordings of a program: begun and ended while it runs, as often as wanted, one of a canvas at a time.

use super::{Lane, Program, own_recording::OwnRecording};
use crate::{
    MediaError, MediaEvent, RecordingStats, RecordingSummary,
    record::{self, Opened, Recorder, RecorderConfig, SplitEvery},
};
use hawker_domain::{CanvasShape, RecordQuality};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// All of a show.
#[derive(Default)]
pub(super) struct Recordings {
    /// Those that are written, and those that stopped by themselves; one of a canvas at most.
    current: Vec<Current>,
    /// Those that the host ended, and those that another one followed; in the order they ended.
    former: Vec<Arc<Former>>,
}

struct Current {
    recorder: Recorder,
    /// The encode of its own that it has.
    own: Option<Arc<OwnRecording>>,
}

/// A recording that is over. Two may wait for its files: whoever ended it, and the end of the show.
struct Former {
    canvas: CanvasShape,
    hurry: record::Hurry,
    lost_pictures: record::Lost,
    closing: Mutex<Closing>,
}

enum Closing {
    Running(Option<Box<Recorder>>),
    Done(Option<RecordingSummary>),
}

impl Former {
    fn of(recorder: Recorder) -> Arc<Self> {
        recorder.end();
        Arc::new(Self {
            canvas: recorder.canvas(),
            hurry: recorder.hurry(),
            lost_pictures: recorder.lost(),
            closing: Mutex::new(Closing::Running(Some(Box::new(recorder)))),
        })
    }

    /// Waits until its MP4s are made.
    fn wait(&self) -> Option<RecordingSummary> {
        let mut closing = self.closing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Closing::Running(recorder) = &mut *closing {
            let summary = recorder.take().and_then(|recorder| recorder.wait());
            *closing = Closing::Done(summary);
        }
        match &*closing {
            Closing::Done(summary) => summary.clone(),
            Closing::Running(_) => None,
        }
    }
}

impl Recordings {
    pub(super) fn fill_disk(&self) {
        self.current.iter().for_each(|one| one.recorder.fill_disk());
    }

    pub(super) fn stall_disk(&self, length: Duration) {
        self.current.iter().for_each(|one| one.recorder.stall_disk(length));
    }

    /// Of the main canvas and of the one beside it, as they are or as they stopped by themselves.
    pub(super) fn stats(&self, main: CanvasShape) -> [Option<RecordingStats>; 2] {
        let of = |is_main: bool| self.current.iter().find(|one| (one.recorder.canvas() == main) == is_main);
        [of(true), of(false)].map(|one| one.map(|one| one.recorder.stats()))
    }

    /// Pictures that the disk did not take, of all recordings so far.
    pub(super) fn lost_pictures(&self) -> u64 {
        let current: u64 = self.current.iter().map(|one| one.recorder.lost().count()).sum();
        current + self.former.iter().map(|one| one.lost_pictures.count()).sum::<u64>()
    }

    /// Asks all to end; [`Self::finish`] waits for them.
    pub(super) fn end(&self) {
        self.current.iter().for_each(|one| one.recorder.end());
    }

    pub(super) fn drop_encodes(&mut self) {
        self.current.iter_mut().for_each(|one| drop(one.own.take()));
    }

    fn already(&self) -> MediaError {
        let running = self.current.first().map(|one| one.recorder.path().to_owned());
        MediaError::AlreadyRecording(running.unwrap_or_default())
    }

    fn is_running(&self, canvas: CanvasShape) -> bool {
        self.current.iter().any(|one| one.recorder.canvas() == canvas && one.recorder.is_running())
    }

    /// `next` takes the place of the canvas's recording that stopped by itself.
    fn follow(&mut self, next: Current) -> Option<Arc<OwnRecording>> {
        let canvas = next.recorder.canvas();
        let before = self.current.iter().position(|one| one.recorder.canvas() == canvas);
        let before = before.map(|at| self.current.remove(at));
        self.current.push(next);
        let Current { recorder, own } = before?;
        self.former.push(Former::of(recorder));
        own
    }

    /// Waits for all MP4s, as fast as the disk allows: those of the main canvas, and of the one beside it.
    pub(super) fn finish(self, main: CanvasShape) -> [Option<RecordingSummary>; 2] {
        let Self { current, mut former } = self;
        former.extend(current.into_iter().map(|one| Former::of(one.recorder)));
        former.iter().for_each(|one| one.hurry.begin());
        [true, false].map(|is_main| {
            let of_canvas = former.iter().filter(|one| (one.canvas == main) == is_main);
            record::joined(of_canvas.filter_map(|one| one.wait()))
        })
    }
}

/// The files that a recording begins with, one for each canvas. Where none begins with them they go, beside everything
/// else.
pub struct OpenedRecording(Vec<(CanvasShape, Result<Opened, MediaError>)>);

impl OpenedRecording {
    /// Their disk may hang by now.
    fn discard(files: Vec<Result<Opened, MediaError>>) {
        if !files.is_empty() {
            let _ = std::thread::Builder::new().name("hawker-record-no".into()).spawn(move || drop(files));
        }
    }
}

impl Drop for OpenedRecording {
    fn drop(&mut self) {
        Self::discard(std::mem::take(&mut self.0).into_iter().map(|(_, opened)| opened).collect());
    }
}

/// Opens the files of a recording; blocks as long as their disk does.
pub type OpenRecording = Box<dyn FnOnce() -> Result<OpenedRecording, MediaError> + Send>;

/// Waits for the MP4s of recordings that were ended; blocks as long as the disk takes, beside a show longer. What there was
/// of each canvas, the main one's first; a recording without a picture leaves nothing.
pub type WaitForMp4s = Box<dyn FnOnce() -> Vec<(CanvasShape, RecordingSummary)> + Send>;

impl Program {
    /// Records to `path` (the ending becomes `.mkv`, and a name that is taken gets a number); an MP4 takes its place at
    /// the end. Errors: [`MediaError::Recording`], [`MediaError::DiskFull`], [`MediaError::AlreadyRecording`].
    pub fn start_recording(&self, path: &Path) -> Result<(), MediaError> {
        self.start_recording_in_parts(path, None)
    }

    /// As [`Program::start_recording`]; after so much the recording goes on in another file, named `NAME-part2` and so on.
    /// A further canvas has files of its own, `NAME-9x16` for the upright one; where only those can't be begun, it is told
    /// as an event.
    pub fn start_recording_in_parts(&self, path: &Path, split: Option<SplitEvery>) -> Result<(), MediaError> {
        self.start_recording_of(path, split, None)
    }

    /// As [`Program::start_recording_in_parts`], with pictures of another quality than the stream's. That takes a further encode:
    /// it goes first when the computer is busy, and the recording goes on with the stream's pictures, in another file where
    /// they have another form, which is told as [`MediaEvent::RecordingShared`]. A canvas that is recorded already goes on
    /// as it is: only one whose recording stopped by itself begins anew.
    pub fn start_recording_of(
        &self,
        path: &Path,
        split: Option<SplitEvery>,
        quality: Option<RecordQuality>,
    ) -> Result<(), MediaError> {
        let open = self.open_recording(path, split)?;
        self.begin_recording(open()?, quality)
    }

    /// Finds out what there is to record; the returned call opens the files of it and blocks as long as their disk
    /// does, which may be for ever: it needs nothing of the program. Errors: [`MediaError::AlreadyRecording`]; of the
    /// call those of [`Program::start_recording`].
    pub fn open_recording(&self, path: &Path, split: Option<SplitEvery>) -> Result<OpenRecording, MediaError> {
        let consumers = self.consumers();
        // Of canvases that were given up there is nothing to record; then another one is the first.
        let lanes = self.running().enumerate();
        let missing = lanes.filter(|(_, lane)| !consumers.recordings.is_running(lane.kind));
        let missing: Vec<_> = missing.map(|(index, lane)| (index == 0, lane.kind, lane.fate.clone())).collect();
        if missing.is_empty() {
            return Err(consumers.recordings.already());
        }
        drop(consumers);
        let (path, journal, time) = (path.to_owned(), self.journal.clone(), self.time.clone());
        Ok(Box::new(move || {
            let open = |(is_main, canvas, fate)| {
                let journal = journal.clone();
                let config = RecorderConfig { canvas, journal, split, fate, ..RecorderConfig::default() };
                match Opened::open(&record::canvas_name(&path, canvas, is_main), config, time.clone()) {
                    Err(error) if is_main => Err(error),
                    opened => Ok((canvas, opened)),
                }
            };
            Ok(OpenedRecording(missing.into_iter().map(open).collect::<Result<_, _>>()?))
        }))
    }

    /// Records to files that were opened, as [`Program::start_recording_of`] does. Errors: [`MediaError::AlreadyRecording`]
    /// where all of it is recorded by now, [`MediaError::Recording`].
    pub fn begin_recording(
        &self,
        mut opened: OpenedRecording,
        quality: Option<RecordQuality>,
    ) -> Result<(), MediaError> {
        let mut consumers = self.consumers();
        let recordings = &mut consumers.recordings;
        let (mut ended_encodes, mut begun, mut in_vain) = (Vec::new(), Vec::new(), Vec::new());
        let mut failed = None;
        for (canvas, opened) in std::mem::take(&mut opened.0) {
            let lane = self.running().enumerate().find(|(_, lane)| lane.kind == canvas);
            let wanted = failed.is_none() && !recordings.is_running(canvas);
            let Some((index, lane)) = lane.filter(|_| wanted) else {
                in_vain.push(opened);
                continue;
            };
            match opened.and_then(|opened| self.record(lane, opened, quality)) {
                Ok(current) => ended_encodes.push(recordings.follow(current)),
                Err(error) if index == 0 => {
                    failed = Some(error);
                    continue;
                }
                Err(error) => {
                    let (why, why_code) = (error.to_string(), error.recording_why());
                    self.events.send(MediaEvent::RecordingStopped { canvas, why, why_code });
                }
            }
            begun.push(lane);
        }
        let failed = failed.or_else(|| begun.is_empty().then(|| recordings.already()));
        drop(consumers);
        drop(ended_encodes);
        begun.iter().for_each(|lane| (lane.want_keyframe)());
        // Beside everything else: their disk may hang.
        OpenedRecording::discard(in_vain);
        failed.map_or(Ok(()), Err)
    }

    fn record(&self, lane: &Lane, opened: Opened, quality: Option<RecordQuality>) -> Result<Current, MediaError> {
        let own = quality.and_then(|quality| OwnRecording::start(lane, quality, &self.events));
        let hub = own.as_ref().map_or(&lane.hub, |own| own.hub()).clone();
        let recorder = Recorder::begin(opened, hub, self.events.clone())?;
        own.iter().for_each(|own| self.own_recordings.add(own));
        Ok(Current { recorder, own })
    }

    /// Ends every recording; the show goes on. What there was of each, the main canvas's first, and a call that waits for
    /// their MP4s. Does not block. Errors: [`MediaError::NotRecording`].
    pub fn stop_recording(&self) -> Result<(Vec<RecordingStats>, WaitForMp4s), MediaError> {
        let main = self.main_canvas();
        let mut consumers = self.consumers();
        let stats: Vec<_> = consumers.recordings.stats(main).into_iter().flatten().collect();
        if !stats.iter().any(|one| one.stopped.is_none()) {
            return Err(MediaError::NotRecording);
        }
        let current = std::mem::take(&mut consumers.recordings.current);
        let (recorders, encodes): (Vec<_>, Vec<_>) = current.into_iter().map(|one| (one.recorder, one.own)).unzip();
        let mut ended: Vec<_> = recorders.into_iter().map(Former::of).collect();
        ended.sort_by_key(|one| one.canvas != main);
        consumers.recordings.former.extend(ended.iter().cloned());
        drop(consumers);
        drop(encodes);
        let wait = move || ended.iter().filter_map(|one| Some((one.canvas, one.wait()?))).collect();
        Ok((stats, Box::new(wait)))
    }
}

#[cfg(test)]
#[path = "recording_tests.rs"]
mod tests;
