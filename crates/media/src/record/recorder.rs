//! One running recording: a disposable consumer like any output, writing to disk.

use super::{journal::Entry, numbered, remux};
use crate::{
    MediaError, MediaEvent, RecordingStats, RecordingSummary, clock::Timebase, elements, event::Events, feed::Feed,
    hub::Hub,
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::reason::RecordingWhy;
use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Encoded media that may wait for the disk: a laptop's disk may have to spin up.
const QUEUE_NS: u64 = 10_000_000_000;
/// The file is brought to the disk this often, so that a power cut costs no more.
const SYNC_EVERY: Duration = Duration::from_secs(3);
const DRAIN: gst::ClockTime = gst::ClockTime::from_seconds(5);

pub(crate) struct Recorder {
    path: PathBuf,
    feed: Arc<Feed>,
    stop: Arc<AtomicBool>,
    stopped: Arc<Mutex<Option<String>>>,
    thread: Option<JoinHandle<()>>,
    pipeline: gst::Pipeline,
    entry: Option<Entry>,
}

impl Recorder {
    /// Records to `path` with the ending `.mkv`, under a number where that name is taken. The folder `journal` holds an
    /// entry until the MP4 is made; where none can be written, it is recorded all the same, and only a crash would leave the
    /// Matroska file as it is. Errors: [`MediaError::Recording`], [`MediaError::DiskFull`].
    pub(crate) fn start(
        path: &Path,
        journal: Option<&Path>,
        hub: Arc<Hub>,
        time: &Timebase,
        events: Events,
    ) -> Result<Self, MediaError> {
        let wanted = path.with_extension("mkv");
        let problem = |e: io::Error| match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => MediaError::DiskFull { path: wanted.clone() },
            _ => MediaError::Recording { path: wanted.clone(), why: e.to_string() },
        };
        let (file, path) = create_new(&wanted).map_err(problem)?;
        let (entry, noted) = journal.and_then(|journal| note(journal, &path)).unzip();
        let (pipeline, feed) = build(&path, time)?;
        let _ = pipeline.set_state(gst::State::Playing);
        hub.attach(feed.clone());
        let (stop, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));
        let worker = Worker {
            pipeline: pipeline.clone(),
            feed: feed.clone(),
            hub,
            file,
            noted,
            events,
            stop: stop.clone(),
            stopped: stopped.clone(),
        };
        let thread =
            std::thread::Builder::new().name("hawker-record".into()).spawn(move || worker.run()).map_err(problem)?;
        Ok(Self { path, feed, stop, stopped, thread: Some(thread), pipeline, entry })
    }

    /// Lets the recording end as on a disk without room, for drills and tests: the sink says so and takes no more.
    pub(crate) fn fill_disk(&self) {
        let sink = self.pipeline.iterate_sinks().into_iter().flatten().next();
        let full = gst::message::Error::builder(gst::ResourceError::NoSpaceLeft, "no space left (on purpose)");
        let full = match &sink {
            Some(sink) => full.src(sink).build(),
            None => full.build(),
        };
        let _ = self.pipeline.post_message(full);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn stats(&self) -> RecordingStats {
        RecordingStats {
            path: self.path.clone(),
            size_bytes: std::fs::metadata(&self.path).map_or(0, |m| m.len()),
            duration_ms: self.feed.taken_ms(),
            stopped: self.stopped.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    /// Asks the recorder to finish; [`Self::finish`] waits for it.
    pub(crate) fn end(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }

    /// Closes the file and makes the MP4 of it. None if nothing was recorded.
    pub(crate) fn finish(mut self) -> Option<RecordingSummary> {
        self.end();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let stopped = self.stats().stopped;
        let taken_ms = self.feed.taken_ms();
        if taken_ms == 0 {
            self.close_entry();
            let _ = std::fs::remove_file(&self.path);
            return None;
        }
        Some(match remux::to_mp4(&self.path) {
            Ok(made) => {
                self.close_entry();
                RecordingSummary { path: made.path, duration_ms: made.duration_ms, problem: stopped }
            }
            // The entry stays, so the next start tries again when there is room.
            Err(error) => {
                tracing::warn!(%error, "the recording stays a Matroska file");
                RecordingSummary {
                    path: self.path.clone(),
                    duration_ms: taken_ms,
                    problem: stopped.or(Some(format!("it stays a Matroska file: {error}; {}", error.hint()))),
                }
            }
        })
    }

    fn close_entry(&mut self) {
        if let Some(entry) = self.entry.take() {
            entry.clear();
        }
    }
}

struct Worker {
    pipeline: gst::Pipeline,
    feed: Arc<Feed>,
    hub: Arc<Hub>,
    file: File,
    /// The journal's entry, to be brought to the disk while the first pictures come.
    noted: Option<File>,
    events: Events,
    stop: Arc<AtomicBool>,
    stopped: Arc<Mutex<Option<String>>>,
}

impl Worker {
    fn run(self) {
        if let Some(Err(error)) = self.noted.as_ref().map(File::sync_all) {
            tracing::warn!(%error, "a power cut would lose sight of the recording");
        }
        let failure = self.watch();
        self.hub.detach(&self.feed);
        match failure {
            Some((why, why_code)) => {
                tracing::error!(why, "recording stopped");
                *self.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.clone());
                self.events.send(MediaEvent::RecordingStopped { why, why_code });
            }
            None => {
                self.feed.finish();
                if let Some(bus) = self.pipeline.bus() {
                    let _ = bus.timed_pop_filtered(DRAIN, &[gst::MessageType::Error, gst::MessageType::Eos]);
                }
            }
        }
        let _ = self.pipeline.set_state(gst::State::Null);
        let _ = self.file.sync_data();
    }

    /// Some reason if it failed, none when asked to stop.
    fn watch(&self) -> Option<(String, RecordingWhy)> {
        let bus = self.pipeline.bus()?;
        let mut synced = Instant::now();
        while !self.stop.load(Ordering::SeqCst) {
            let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
            if let Some(message) = bus.timed_pop_filtered(gst::ClockTime::from_mseconds(50), &wanted) {
                return Some(match message.view() {
                    gst::MessageView::Error(error) => reason(error),
                    _ => ("the file was closed".into(), RecordingWhy::Io),
                });
            }
            if synced.elapsed() > SYNC_EVERY {
                synced = Instant::now();
                if let Err(error) = self.file.sync_data() {
                    tracing::warn!(%error, "the recording could not be brought to the disk");
                }
            }
        }
        None
    }
}

fn reason(error: &gst::message::Error) -> (String, RecordingWhy) {
    match error.error().kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NoSpaceLeft) => ("the disk is full".into(), RecordingWhy::DiskFull),
        _ => (elements::error_text(error), RecordingWhy::Io),
    }
}

fn build(path: &Path, time: &Timebase) -> Result<(gst::Pipeline, Arc<Feed>), MediaError> {
    let pipeline = gst::Pipeline::new();
    time.apply(&pipeline);
    let source = |name: &str| gst_app::AppSrc::builder().name(name).format(gst::Format::Time).max_bytes(0).build();
    let (video, audio) = (source("video"), source("audio"));
    let mux = elements::make("matroskamux")?;
    let sink = elements::make("filesink")?;
    sink.set_property("location", path.to_string_lossy().as_ref());
    sink.set_property("async", false);
    // Every cluster is with the system at once: what a crash of ours leaves is complete up to it.
    sink.set_property_from_str("buffer-mode", "unbuffered");
    pipeline.add_many([&video, &audio]).map_err(|e| MediaError::pipeline("recorder", e))?;
    elements::add_row(&pipeline, &[&mux, &sink])?;
    for (source, pad) in [(&video, "video_%u"), (&audio, "audio_%u")] {
        source.link_pads(Some("src"), &mux, Some(pad)).map_err(|e| MediaError::pipeline("matroskamux", e))?;
    }
    Ok((pipeline, Feed::separate(video, audio, QUEUE_NS)))
}

/// The journal's entry, and a handle to bring it to the disk.
fn note(journal: &Path, path: &Path) -> Option<(Entry, File)> {
    let noted = Entry::write(journal, path).and_then(|entry| entry.file().map(|file| (entry, file)));
    noted
        .map_err(|error| tracing::warn!(%error, "the recording is not noted as open; a crash would leave it as MKV"))
        .ok()
}

/// A new, empty file that only its owner may read, under the first name that neither a recording nor its MP4 has.
fn create_new(wanted: &Path) -> io::Result<(File, PathBuf)> {
    let mut turn = 1;
    loop {
        let path = numbered(wanted, turn);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        if !path.with_extension("mp4").exists() {
            match options.open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return Ok((made?, path)),
            }
        }
        turn += 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_recording_that_is_there_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = dir.path().join("show.mkv");
        std::fs::write(dir.path().join("show.mp4"), "of yesterday").unwrap();
        std::fs::write(dir.path().join("show-2.mkv"), "of a crash").unwrap();
        assert_eq!(create_new(&wanted).unwrap().1, dir.path().join("show-3.mkv"));
        assert_eq!(create_new(&wanted).unwrap().1, dir.path().join("show-4.mkv"));
        assert_eq!(std::fs::read(dir.path().join("show-2.mkv")).unwrap(), b"of a crash");
    }
}
