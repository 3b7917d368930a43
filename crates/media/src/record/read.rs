//! The encoded packets of a recording, in the order of their times, from any moment on. Nothing is decoded.

use crate::{MediaError, elements, hub::Media};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::failure::{Thing, ThingKind};
use std::{
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Bytes of one stream that may wait for the other.
const AHEAD_BYTES: u32 = 64 * 1024 * 1024;
/// Nothing for this long means that the disk (or the file) is broken.
const STALL: Duration = Duration::from_secs(20);
const LOOK: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// An open recording.
pub(super) struct Reader {
    path: PathBuf,
    pipeline: gst::Pipeline,
    video: Stream,
    audio: Option<Stream>,
}

/// One packet.
pub(super) struct Sample {
    pub media: Media,
    pub buffer: gst::Buffer,
    /// Position in the file, nanoseconds.
    pub at_ns: u64,
    /// When it is decoded; before `at_ns` where pictures are shown in another order.
    pub decode_ns: u64,
    pub key: bool,
}

struct Stream {
    sink: gst_app::AppSink,
    next: Option<Sample>,
    ended: bool,
}

/// What the demuxer has told so far.
#[derive(Default)]
struct Found {
    video: Option<gst_app::AppSink>,
    audio: Option<gst_app::AppSink>,
    other: Option<String>,
    all: bool,
}

impl Reader {
    /// Opens an MP4 or Matroska file with H.264 and, where it has sound, AAC. Errors: [`MediaError::SourceNotFound`],
    /// [`MediaError::Clip`]. Blocking.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        let demuxer = demuxer_of(path)?;
        let pipeline = gst::Pipeline::new();
        let found = listen(&pipeline, path, demuxer)?;
        // Whatever goes wrong from here on, the pipeline is taken down by the guard.
        let guard = Guard(pipeline.clone());
        let _ = pipeline.set_state(gst::State::Paused);
        let fail = |why: String| MediaError::Clip { path: path.to_owned(), why };
        let deadline = Instant::now() + STALL;
        let (video, audio, other) = loop {
            if let Some(error) = first_error(&pipeline) {
                return Err(fail(error));
            }
            {
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                if found.all {
                    break (found.video.take(), found.audio.take(), found.other.take());
                }
            }
            if Instant::now() > deadline {
                return Err(fail("it shows neither picture nor sound".into()));
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let Some(video) = video else {
            return Err(fail(match other {
                Some(codec) => format!("its pictures are {codec}; only H.264 can be cut without encoding it again"),
                None => "it holds no picture".into(),
            }));
        };
        let reader = Self { path: path.to_owned(), pipeline, video: Stream::new(video), audio: audio.map(Stream::new) };
        std::mem::forget(guard);
        reader.wait_for_first(deadline)?;
        Ok(reader)
    }

    /// Length of the file; none where it does not say, as one that was cut off.
    pub(super) fn duration_ms(&self) -> Option<u64> {
        self.pipeline.query_duration::<gst::ClockTime>().map(gst::ClockTime::mseconds).filter(|length| *length > 0)
    }

    /// The packets that follow begin with the last keyframe up to `ms`, as far as the file can tell where that is.
    pub(super) fn seek(&mut self, ms: u64) {
        if ms == 0 {
            return;
        }
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::KEY_UNIT | gst::SeekFlags::SNAP_BEFORE;
        // A file that can't be searched is read from its beginning.
        if let Err(error) = self.pipeline.seek_simple(flags, gst::ClockTime::from_mseconds(ms)) {
            tracing::debug!(%error, recording = %self.path.display(), "read from its beginning");
        }
    }

    /// Packets come from here on.
    pub(super) fn play(&self) {
        let _ = self.pipeline.set_state(gst::State::Playing);
    }

    /// What the packets of a stream are; none for sound that is not there.
    pub(super) fn caps(&self, media: Media) -> Option<gst::Caps> {
        let stream = if media == Media::Video { Some(&self.video) } else { self.audio.as_ref() };
        stream?.sink.static_pad("sink")?.current_caps()
    }

    /// The next packet; none at the end. Errors: [`MediaError::Clip`].
    pub(super) fn next(&mut self) -> Result<Option<Sample>, MediaError> {
        self.fill(Media::Video)?;
        self.fill(Media::Audio)?;
        let at = |stream: &Stream| stream.next.as_ref().map(|sample| sample.decode_ns);
        let audio = self.audio.as_mut();
        Ok(match (at(&self.video), audio.as_deref().and_then(at)) {
            (Some(video), Some(sound)) if sound < video => audio.and_then(|audio| audio.next.take()),
            (None, Some(_)) => audio.and_then(|audio| audio.next.take()),
            _ => self.video.next.take(),
        })
    }

    fn fill(&mut self, media: Media) -> Result<(), MediaError> {
        let stream = if media == Media::Video { Some(&mut self.video) } else { self.audio.as_mut() };
        let Some(stream) = stream else { return Ok(()) };
        let deadline = Instant::now() + STALL;
        while stream.next.is_none() && !stream.ended {
            match stream.sink.try_pull_sample(LOOK) {
                Some(sample) => stream.next = packet(media, &sample),
                None => stream.ended = stream.sink.is_eos(),
            }
            if stream.next.is_none() && !stream.ended {
                if let Some(why) = first_error(&self.pipeline) {
                    return Err(MediaError::Clip { path: self.path.clone(), why });
                }
                if Instant::now() > deadline {
                    let why = format!("nothing could be read for {} s", STALL.as_secs());
                    return Err(MediaError::Clip { path: self.path.clone(), why });
                }
            }
        }
        Ok(())
    }

    fn wait_for_first(&self, deadline: Instant) -> Result<(), MediaError> {
        for stream in std::iter::once(&self.video).chain(&self.audio) {
            while stream.sink.try_pull_preroll(LOOK).is_none() && !stream.sink.is_eos() {
                let why = match first_error(&self.pipeline) {
                    Some(why) => why,
                    None if Instant::now() > deadline => "it holds nothing that can be read".to_owned(),
                    None => continue,
                };
                return Err(MediaError::Clip { path: self.path.clone(), why });
            }
        }
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

impl Stream {
    fn new(sink: gst_app::AppSink) -> Self {
        Self { sink, next: None, ended: false }
    }
}

struct Guard(gst::Pipeline);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.set_state(gst::State::Null);
    }
}

/// Times of the keyframes from `from_ms` to `to_ms` of a recording, milliseconds, rounded up. Errors: as [`Reader::open`].
pub(super) fn keyframes(path: &Path, from_ms: u64, to_ms: u64) -> Result<Vec<u64>, MediaError> {
    let mut reader = Reader::open(path)?;
    reader.seek(from_ms);
    reader.play();
    let mut times = Vec::new();
    while let Some(sample) = reader.next()? {
        let at_ms = sample.at_ns.div_ceil(1_000_000);
        if at_ms > to_ms {
            break;
        }
        if sample.media == Media::Video && sample.key && at_ms >= from_ms {
            times.push(at_ms);
        }
    }
    Ok(times)
}

/// Which demuxer reads a file, by its first bytes.
fn demuxer_of(path: &Path) -> Result<&'static str, MediaError> {
    let fail = |why: String| MediaError::Clip { path: path.to_owned(), why };
    let mut file = std::fs::File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            MediaError::SourceNotFound { what: Thing::new(ThingKind::Recording, path.display()) }
        }
        _ => fail(error.to_string()),
    })?;
    let mut head = Vec::with_capacity(8);
    file.by_ref().take(8).read_to_end(&mut head).map_err(|error| fail(error.to_string()))?;
    match head.as_slice() {
        [] => Err(fail("it is empty".into())),
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Ok("matroskademux"),
        [_, _, _, _, b'f', b't', b'y', b'p'] => Ok("qtdemux"),
        _ => Err(fail("it is neither MP4 nor Matroska".into())),
    }
}

/// Builds `filesrc ! demuxer`, which adds a sink for each stream that can be cut.
fn listen(pipeline: &gst::Pipeline, path: &Path, demuxer: &str) -> Result<Arc<Mutex<Found>>, MediaError> {
    let source = elements::make("filesrc")?;
    source.set_property("location", path.to_string_lossy().as_ref());
    let demux = elements::make(demuxer)?;
    elements::add_row(pipeline, &[&source, &demux])?;
    let found = Arc::new(Mutex::new(Found::default()));
    let (weak, adding) = (pipeline.downgrade(), found.clone());
    demux.connect_pad_added(move |_, pad| {
        let Some(pipeline) = weak.upgrade() else { return };
        let caps = pad.query_caps(None);
        let name = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
        let mut found = adding.lock().unwrap_or_else(PoisonError::into_inner);
        let sink = match name.as_str() {
            "video/x-h264" if found.video.is_none() => add_stream(&pipeline, pad, "h264parse", "video/x-h264", "avc"),
            "audio/mpeg" if found.audio.is_none() => add_stream(&pipeline, pad, "aacparse", "audio/mpeg", "raw"),
            _ => {
                if name.starts_with("video/") {
                    found.other = Some(name);
                }
                return;
            }
        };
        match sink {
            Ok(sink) if name.starts_with("video") => found.video = Some(sink),
            Ok(sink) => found.audio = Some(sink),
            Err(error) => tracing::warn!(%error, stream = name, "a stream of the recording is left out"),
        }
    });
    let ready = found.clone();
    demux.connect_no_more_pads(move |_| ready.lock().unwrap_or_else(PoisonError::into_inner).all = true);
    Ok(found)
}

fn add_stream(
    pipeline: &gst::Pipeline,
    pad: &gst::Pad,
    parser: &str,
    caps: &str,
    format: &str,
) -> Result<gst_app::AppSink, MediaError> {
    let (queue, parser, filter) = (elements::make("queue")?, elements::make(parser)?, elements::make("capsfilter")?);
    queue.set_property("max-size-buffers", 0u32);
    queue.set_property("max-size-time", 0u64);
    queue.set_property("max-size-bytes", AHEAD_BYTES);
    let mut wanted = gst::Caps::builder(caps).field("stream-format", format);
    if format == "avc" {
        wanted = wanted.field("alignment", "au");
    }
    filter.set_property("caps", wanted.build());
    let sink = gst_app::AppSink::builder().sync(false).max_buffers(4).build();
    elements::add_row(pipeline, &[&queue, &parser, &filter, sink.upcast_ref()])?;
    for element in [sink.upcast_ref(), &filter, &parser, &queue] {
        element.sync_state_with_parent().map_err(|e| MediaError::pipeline("recording", e))?;
    }
    pad.link(&elements::pad(&queue, "sink")?).map_err(|e| MediaError::pipeline("recording", e))?;
    Ok(sink)
}

fn packet(media: Media, sample: &gst::Sample) -> Option<Sample> {
    let buffer = sample.buffer_owned()?;
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    let pts = buffer.pts()?;
    let at_ns = segment.to_stream_time(pts)?.nseconds();
    let ahead = buffer.dts().map_or(0, |dts| pts.saturating_sub(dts).nseconds());
    let key = !buffer.flags().contains(gst::BufferFlags::DELTA_UNIT);
    Some(Sample { media, at_ns, decode_ns: at_ns.saturating_sub(ahead), key, buffer })
}

fn first_error(pipeline: &gst::Pipeline) -> Option<String> {
    let message = pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
    match message.view() {
        gst::MessageView::Error(error) => Some(elements::error_text(error)),
        _ => None,
    }
}
