//! One file of a recording: its Matroska pipeline, its entry in the journal, and what becomes of it.

use super::{
    RecordedPart, disk,
    ended::Steps,
    journal::Entry,
    numbered,
    remux::{self, Pace},
    stall::Stall,
};
use crate::{MediaError, clock::Timebase, elements, feed::Feed};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::ShowMs;
use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Encoded media that may wait for the disk: a laptop's disk may have to spin up.
const QUEUE_NS: u64 = 10_000_000_000;
/// A disk that takes nothing for so long while a file is closed is not waited for.
const DRAIN: Duration = Duration::from_secs(5);
/// One that takes something is waited for so long.
const DRAIN_MOST: Duration = Duration::from_secs(60);
const DRAIN_LOOK: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// What all files of a recording have in common.
pub(super) struct Common {
    /// Folder of the journal; none notes nothing.
    pub journal: Option<PathBuf>,
    pub time: Arc<Timebase>,
    /// Pictures that the disk did not take.
    pub lost: Arc<AtomicU64>,
    pub stall: Arc<Stall>,
}

pub(super) struct Part {
    pub path: PathBuf,
    pub feed: Arc<Feed>,
    pub pipeline: gst::Pipeline,
    file: File,
    entry: Option<Entry>,
    /// The journal's entry, to be brought to the disk while the first pictures come.
    noted: Option<File>,
}

impl Part {
    /// Opens a new file at `wanted`, under a number where that name is taken, and notes it in the journal. Where no note
    /// can be written, only a crash would leave the file as it is. Errors: [`MediaError::Recording`],
    /// [`MediaError::DiskFull`], [`MediaError::Pipeline`].
    pub(super) fn open(wanted: &Path, common: &Common) -> Result<Self, MediaError> {
        let problem = |e: io::Error| match e.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                MediaError::DiskFull { path: wanted.to_owned() }
            }
            _ => MediaError::Recording { path: wanted.to_owned(), why: e.to_string() },
        };
        let (file, path) = create_new(wanted).map_err(problem)?;
        let (entry, noted) = common.journal.as_deref().and_then(|journal| note(journal, &path)).unzip();
        let (pipeline, feed) = build(&path, common)?;
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self { path, feed, pipeline, file, entry, noted })
    }

    /// Brings the journal's entry to the disk, once.
    pub(super) fn sync_note(&mut self) {
        if let Some(Err(error)) = self.noted.take().map(|noted| noted.sync_all()) {
            tracing::warn!(%error, "a power cut would lose sight of the recording");
        }
    }

    pub(super) fn sync(&self) {
        if let Err(error) = self.file.sync_data() {
            tracing::warn!(%error, "the recording could not be brought to the disk");
        }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        self.file.metadata().map_or(0, |metadata| metadata.len())
    }

    /// Ends the file. `whole`: what waits is written first, as long as the disk takes any of it, and what it does not take
    /// counts as lost; else the pipeline has failed and takes nothing more, so all that waits is lost. A write that
    /// never comes back holds this up: whoever waits looks at `steps`.
    pub(super) fn close(&self, whole: bool, steps: &Steps) {
        if whole {
            self.feed.finish();
            self.drain(steps);
        } else {
            self.feed.give_up();
        }
        steps.step();
        let _ = self.pipeline.set_state(gst::State::Null);
        steps.step();
        let _ = self.file.sync_data();
    }

    /// Nothing was recorded to it: it goes.
    pub(super) fn discard(self) {
        self.close(false, &Steps::default());
        self.into_mp4(ShowMs(0), 0, &remux::Pace::none());
    }

    fn drain(&self, steps: &Steps) {
        let Some(bus) = self.pipeline.bus() else { return };
        let (began, mut moved, mut untaken) = (Instant::now(), Instant::now(), self.feed.untaken());
        while bus.timed_pop_filtered(DRAIN_LOOK, &[gst::MessageType::Error, gst::MessageType::Eos]).is_none() {
            let before = std::mem::replace(&mut untaken, self.feed.untaken());
            if untaken < before {
                moved = Instant::now();
                steps.step();
            }
            if moved.elapsed() > DRAIN || began.elapsed() > DRAIN_MOST {
                tracing::error!(untaken, recording = %self.path.display(), "the disk did not take the end of the recording");
                self.feed.dropped.fetch_add(untaken, Ordering::Relaxed);
                return;
            }
        }
    }

    /// Makes the MP4 of a closed file. `began`: show time of its first picture; `taken_ms`: its length as far as is known
    /// without reading it. None where nothing was recorded; the file goes then.
    pub(super) fn into_mp4(self, began: ShowMs, taken_ms: u64, pace: &Pace) -> Option<RecordedPart> {
        let Self { path, entry, .. } = self;
        let done = || {
            if let Some(entry) = entry {
                entry.clear();
            }
        };
        if taken_ms == 0 {
            done();
            let _ = std::fs::remove_file(&path);
            return None;
        }
        Some(match remux::to_mp4(&path, pace) {
            Ok(made) => {
                done();
                RecordedPart { path: made.path, began, duration_ms: made.duration_ms, problem: None, cut_short: false }
            }
            // The entry stays, so the next start tries again when there is room.
            Err(error) => {
                tracing::warn!(%error, recording = %path.display(), "the recording stays a Matroska file");
                let problem = Some(why_no_mp4(&path, &error));
                RecordedPart { path, began, duration_ms: taken_ms, problem, cut_short: false }
            }
        })
    }
}

fn why_no_mp4(path: &Path, error: &MediaError) -> String {
    let megabytes = |bytes: u64| bytes / 1_000_000;
    match error {
        MediaError::DiskFull { .. } => {
            let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
            let free = disk::free_bytes(path).unwrap_or(0);
            format!(
                "it stays a Matroska file, whole and playable: its MP4 needs {} MB and {} MB are free; free some space, the \
                 next start tries again",
                megabytes(disk::mp4_bytes(size)),
                megabytes(free)
            )
        }
        error => format!("it stays a Matroska file: {error}; {}", error.hint()),
    }
}

fn build(path: &Path, common: &Common) -> Result<(gst::Pipeline, Arc<Feed>), MediaError> {
    let pipeline = gst::Pipeline::new();
    common.time.apply(&pipeline);
    let source = |name: &str| gst_app::AppSrc::builder().name(name).format(gst::Format::Time).max_bytes(0).build();
    let (video, audio) = (source("video"), source("audio"));
    let mux = elements::make("matroskamux")?;
    let sink = elements::make("filesink")?;
    sink.set_property("location", path.to_string_lossy().as_ref());
    sink.set_property("async", false);
    // Every cluster is with the system at once: what a crash of ours leaves is complete up to it.
    sink.set_property_from_str("buffer-mode", "unbuffered");
    common.stall.guard(&sink);
    pipeline.add_many([&video, &audio]).map_err(|e| MediaError::pipeline("recorder", e))?;
    elements::add_row(&pipeline, &[&mux, &sink])?;
    for (source, pad) in [(&video, "video_%u"), (&audio, "audio_%u")] {
        source.link_pads(Some("src"), &mux, Some(pad)).map_err(|e| MediaError::pipeline("matroskamux", e))?;
    }
    Ok((pipeline, Feed::counting(video, audio, QUEUE_NS, common.lost.clone())))
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
