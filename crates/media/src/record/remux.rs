//! Matroska to MP4 by stream copy: nothing is decoded. What was copied is read back and counted before the Matroska
//! file may go.

use super::{disk, ended::Steps};
use crate::{MediaError, elements, redact};
use gst::prelude::*;
use gstreamer as gst;
use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Bytes of one stream that may wait for the other: half a minute of a rich picture.
const AHEAD_BYTES: u32 = 64 * 1024 * 1024;

/// No progress for this long means that the disk (or the file) is broken.
const STALL: Duration = Duration::from_secs(20);

/// A copy beside a running show goes this many times as fast as it plays: an hour takes four minutes, and the disk of a
/// laptop hardly notices.
const BESIDE_A_SHOW: u32 = 16;

/// How fast may be copied, and how far that is.
#[derive(Clone, Default)]
pub(super) struct Pace {
    hurry: Option<Arc<AtomicBool>>,
    pub steps: Arc<Steps>,
}

impl Pace {
    /// As fast as the disk allows.
    pub(super) fn none() -> Self {
        Self::default()
    }

    /// Slowly, until `hurry`.
    pub(super) fn new(hurry: Arc<AtomicBool>) -> Self {
        Self { hurry: Some(hurry), ..Self::default() }
    }

    /// Waits as long as a picture of `length` may take.
    fn wait(&self, length: Option<gst::ClockTime>) {
        self.steps.step();
        if let (Some(hurry), Some(length)) = (&self.hurry, length)
            && !hurry.load(Ordering::Relaxed)
        {
            std::thread::sleep(Duration::from(length).min(Duration::from_secs(1)) / BESIDE_A_SHOW);
        }
    }
}

pub(super) struct Remuxed {
    pub path: PathBuf,
    pub duration_ms: u64,
}

/// Makes `recording` into an MP4 beside it, readable by its owner alone, and removes `recording` once the MP4 was read
/// back whole. The MP4 appears under its name only when it is; a file that has the name already is left alone, and the
/// MP4 gets a number. Errors: [`MediaError::DiskFull`], [`MediaError::Recording`]; `recording` is kept then.
pub(super) fn to_mp4(recording: &Path, pace: &Pace) -> Result<Remuxed, MediaError> {
    let part = recording.with_extension("mp4.part");
    let made = if fits(recording) { make(recording, &part, pace) } else { Err(Problem::Full) };
    if made.is_err() {
        let _ = fs::remove_file(&part);
    }
    let problem = |why: Problem| match why {
        Problem::Full => MediaError::DiskFull { path: recording.with_extension("mp4") },
        Problem::Other(why) => MediaError::Recording { path: recording.with_extension("mp4"), why: redact(&why) },
    };
    let made = made.map_err(problem)?;
    if let Err(error) = fs::remove_file(recording) {
        tracing::warn!(%error, recording = %recording.display(), "the MP4 is there, its Matroska file stays too");
    }
    Ok(made)
}

/// A disk that is filled to the last byte for an MP4 that does not fit helps nobody. One that can't be asked is tried.
fn fits(recording: &Path) -> bool {
    let (Ok(metadata), Ok(free)) = (fs::metadata(recording), disk::free_bytes(recording)) else { return true };
    free > disk::mp4_bytes(metadata.len())
}

/// Why no MP4 was made.
enum Problem {
    Full,
    Other(String),
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}

fn make(recording: &Path, part: &Path, pace: &Pace) -> Result<Remuxed, Problem> {
    create_private(part)?;
    let (copied, duration_ms) = run(&copying(recording, part, pace)?)?;
    let (read_back, _) = run(&reading(part, pace)?)?;
    if copied.is_empty() || copied != read_back {
        return Err(Problem::Other(format!("the copy is not whole: {read_back:?} instead of {copied:?}")));
    }
    // The Matroska file may go only when the MP4 is with the disk.
    File::open(part)?.sync_all()?;
    let path = free_name(&recording.with_extension("mp4"))?;
    fs::rename(part, &path).inspect_err(|_| drop(fs::remove_file(&path)))?;
    Ok(Remuxed { path, duration_ms })
}

/// Reserves `wanted`, or the first numbered name that nothing has: an empty file of ours to rename onto.
pub(super) fn free_name(wanted: &Path) -> io::Result<PathBuf> {
    let mut turn = 1;
    loop {
        let path = super::numbered(wanted, turn);
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => turn += 1,
            made => return made.map(|_| path),
        }
    }
}

/// Pictures and pieces of sound that went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    video: u64,
    audio: u64,
}

impl Counted {
    fn is_empty(self) -> bool {
        self.video == 0
    }
}

/// A pipeline that counts what passes its parsers.
struct Counting {
    pipeline: gst::Pipeline,
    video: Arc<AtomicU64>,
    audio: Arc<AtomicU64>,
}

impl Counting {
    fn counted(&self) -> Counted {
        Counted { video: self.video.load(Ordering::SeqCst), audio: self.audio.load(Ordering::SeqCst) }
    }
}

/// `filesrc ! matroskademux ! parsers ! mp4mux ! filesink`.
fn copying(from: &Path, to: &Path, pace: &Pace) -> Result<Counting, Problem> {
    let build = || -> Result<Counting, MediaError> {
        let counting = demuxed(from, "matroskademux", pace, |pipeline| {
            let mux = elements::make("mp4mux")?;
            let sink = elements::make("filesink")?;
            sink.set_property("location", to.to_string_lossy().as_ref());
            elements::add_row(pipeline, &[&mux, &sink])?;
            Ok(Some(mux))
        })?;
        Ok(counting)
    };
    build().map_err(|error| Problem::Other(error.to_string()))
}

/// `filesrc ! qtdemux ! parsers ! fakesinks`.
fn reading(from: &Path, pace: &Pace) -> Result<Counting, Problem> {
    demuxed(from, "qtdemux", pace, |_| Ok(None)).map_err(|error| Problem::Other(error.to_string()))
}

/// A pipeline that demuxes `from` and hands each stream to the muxer that `target` makes, or to a sink where it makes
/// none.
fn demuxed(
    from: &Path,
    demuxer: &str,
    pace: &Pace,
    target: impl FnOnce(&gst::Pipeline) -> Result<Option<gst::Element>, MediaError>,
) -> Result<Counting, MediaError> {
    let pipeline = gst::Pipeline::new();
    let source = elements::make("filesrc")?;
    source.set_property("location", from.to_string_lossy().as_ref());
    let demux = elements::make(demuxer)?;
    elements::add_row(&pipeline, &[&source, &demux])?;
    let mux = target(&pipeline)?.map(|mux| mux.downgrade());
    let (video, audio) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let weak = pipeline.downgrade();
    let (counters, pace) = ((video.clone(), audio.clone()), pace.clone());
    demux.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        let name = pad.query_caps(None).structure(0).map(|s| s.name().to_string()).unwrap_or_default();
        let (parser, counter) = match name.as_str() {
            "video/x-h264" => ("h264parse", (&counters.0, &pace)),
            "audio/mpeg" => ("aacparse", (&counters.1, &Pace::none())),
            _ => return,
        };
        let target = match &mux {
            Some(mux) => mux.upgrade(),
            None => end(&pipeline).ok(),
        };
        let Some(target) = target else { return };
        if let Err(error) = link_stream(&pipeline, pad, parser, &target, counter) {
            tracing::warn!(%error, stream = name, "a stream of the recording is left out");
        }
    });
    Ok(Counting { pipeline, video, audio })
}

/// A sink that takes everything at once.
fn end(pipeline: &gst::Pipeline) -> Result<gst::Element, MediaError> {
    let sink = elements::make("fakesink")?;
    sink.set_property("sync", false);
    sink.set_property("async", false);
    elements::add_row(pipeline, &[&sink])?;
    sink.sync_state_with_parent().map_err(|e| MediaError::pipeline("remux", e))?;
    Ok(sink)
}

fn link_stream(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    parser: &str,
    target: &gst::Element,
    (counter, pace): (&Arc<AtomicU64>, &Pace),
) -> Result<(), MediaError> {
    let (queue, parser) = (elements::make("queue")?, elements::make(parser)?);
    // Where one stream pauses the other runs ahead by seconds; bytes alone bound what waits.
    queue.set_property("max-size-buffers", 0u32);
    queue.set_property("max-size-time", 0u64);
    queue.set_property("max-size-bytes", AHEAD_BYTES);
    elements::add_row(pipeline, &[&queue, &parser])?;
    let (counter, pace) = (counter.clone(), pace.clone());
    elements::pad(&parser, "src")?.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        counter.fetch_add(1, Ordering::SeqCst);
        pace.wait(info.buffer().and_then(|buffer| buffer.duration()));
        gst::PadProbeReturn::Ok
    });
    parser.link(target).map_err(|e| MediaError::pipeline("remux", e))?;
    for element in [&parser, &queue] {
        element.sync_state_with_parent().map_err(|e| MediaError::pipeline("remux", e))?;
    }
    pad.link(&elements::pad(&queue, "sink")?).map_err(|e| MediaError::pipeline("remux", e))?;
    Ok(())
}

/// Runs to the end of the file; what was counted, and the last position, milliseconds.
fn run(counting: &Counting) -> Result<(Counted, u64), Problem> {
    let pipeline = &counting.pipeline;
    let _ = pipeline.set_state(gst::State::Playing);
    let ended = wait(pipeline);
    let position = pipeline.query_position::<gst::ClockTime>();
    let _ = pipeline.set_state(gst::State::Null);
    ended?;
    Ok((counting.counted(), position.map_or(0, gst::ClockTime::mseconds)))
}

fn wait(pipeline: &gst::Pipeline) -> Result<(), Problem> {
    let bus = pipeline.bus().ok_or_else(|| Problem::Other("no bus".into()))?;
    let mut moved = (Instant::now(), None);
    loop {
        let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
        if let Some(message) = bus.timed_pop_filtered(gst::ClockTime::from_mseconds(200), &wanted) {
            return match message.view() {
                gst::MessageView::Error(error) => Err(problem(error)),
                _ => Ok(()),
            };
        }
        let position = pipeline.query_position::<gst::ClockTime>();
        if position != moved.1 {
            moved = (Instant::now(), position);
        } else if moved.0.elapsed() > STALL {
            return Err(Problem::Other(format!("nothing was copied for {} s", STALL.as_secs())));
        }
    }
}

fn problem(error: &gst::message::Error) -> Problem {
    match error.error().kind::<gst::ResourceError>() {
        Some(gst::ResourceError::NoSpaceLeft) => Problem::Full,
        _ => Problem::Other(elements::error_text(error)),
    }
}

/// A part left by a run that was cut off is begun anew.
pub(super) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        let file = options.mode(0o600).open(path)?;
        // A file that was there keeps its mode, so it is set again.
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        Ok(file)
    }
    #[cfg(not(unix))]
    options.open(path)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_never_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = dir.path().join("show.mp4");
        for name in ["show.mp4", "show-2.mp4", "show-3.mp4"] {
            assert_eq!(free_name(&wanted).unwrap(), dir.path().join(name));
        }
    }
}
