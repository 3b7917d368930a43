//! A clip read as fast as it can be decoded, for measuring recognition.

use crate::{MediaError, canvas::i420_frame, elements};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_av::VideoFrame;
use hawker_domain::{
    ShowMs,
    failure::{Thing, ThingKind},
};
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Pictures decoded ahead of the reader.
const AHEAD: u32 = 4;
const STALL: Duration = Duration::from_secs(20);

/// The pictures of `path` at `fps` a second of the clip, I420 in the clip's own size; `show_ms` is the position in the clip.
///
/// Errors: [`MediaError::SourceNotFound`] and [`MediaError::Clip`] where it cannot be opened; the iterator yields
/// [`MediaError::Clip`] once and ends where it breaks in the middle. Blocking.
pub fn read_video(
    path: &Path,
    fps: u32,
) -> Result<impl Iterator<Item = Result<VideoFrame, MediaError>> + use<>, MediaError> {
    crate::init()?;
    if let Err(error) = std::fs::File::open(path) {
        return Err(match error.kind() {
            std::io::ErrorKind::NotFound => {
                MediaError::SourceNotFound { what: Thing::new(ThingKind::Clip, path.display()) }
            }
            _ => MediaError::Clip { path: path.into(), why: error.to_string() },
        });
    }
    let mut clip = Clip::open(path, fps)?;
    let first = clip.pull()?;
    Ok(first.map(Ok).into_iter().chain(clip))
}

struct Clip {
    path: std::path::PathBuf,
    pipeline: gst::Pipeline,
    sink: gst_app::AppSink,
    name: Arc<str>,
    ended: bool,
}

impl Clip {
    fn open(path: &Path, fps: u32) -> Result<Self, MediaError> {
        let fail = |why: String| MediaError::Clip { path: path.into(), why };
        let absolute = path.canonicalize().map_err(|e| fail(e.to_string()))?;
        let pipeline = gst::Pipeline::new();
        let decode = elements::make("uridecodebin")?;
        decode.set_property("uri", gst::glib::filename_to_uri(&absolute, None).map_err(|e| fail(e.to_string()))?);
        // Sound is not decoded at all.
        decode.set_property("caps", gst::Caps::new_empty_simple("video/x-raw"));
        let (rate, convert) = (elements::make("videorate")?, elements::make("videoconvert")?);
        let caps = gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("framerate", gst::Fraction::new(fps.clamp(1, 120) as i32, 1))
            .build();
        let sink = gst_app::AppSink::builder().sync(false).max_buffers(AHEAD).caps(&caps).build();
        pipeline.add(&decode).map_err(|e| fail(e.to_string()))?;
        elements::add_row(&pipeline, &[&rate, &convert, sink.upcast_ref()])?;
        let target = rate.downgrade();
        decode.connect_pad_added(move |_, pad| {
            if let Some(sink) = target.upgrade().and_then(|t| t.static_pad("sink")).filter(|s| !s.is_linked()) {
                let _ = pad.link(&sink);
            }
        });
        let _ = pipeline.set_state(gst::State::Playing);
        Ok(Self { path: path.into(), pipeline, sink, name: Arc::from("clip"), ended: false })
    }

    /// The next picture; none at the end.
    fn pull(&mut self) -> Result<Option<VideoFrame>, MediaError> {
        let deadline = Instant::now() + STALL;
        while !self.ended {
            if let Some(sample) = self.sink.try_pull_sample(gst::ClockTime::from_mseconds(100)) {
                return self
                    .frame(&sample)
                    .map(Some)
                    .ok_or_else(|| self.fail("a picture has an unexpected layout".into()));
            }
            if let Some(bus) = self.pipeline.bus()
                && let Some(message) = bus.pop_filtered(&[gst::MessageType::Error])
                && let gst::MessageView::Error(error) = message.view()
            {
                return Err(self.fail(elements::error_text(error)));
            }
            self.ended = self.sink.is_eos();
            if Instant::now() > deadline {
                return Err(self.fail(format!("no picture within {} s", STALL.as_secs())));
            }
        }
        Ok(None)
    }

    fn frame(&self, sample: &gst::Sample) -> Option<VideoFrame> {
        let info = gstreamer_video::VideoInfo::from_caps(sample.caps()?).ok()?;
        let buffer = sample.buffer()?;
        let position = sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_stream_time(buffer.pts()?)?;
        let mut frame = i420_frame(buffer, info.width(), info.height(), self.name.clone())?;
        frame.running_time_ns = position.nseconds();
        frame.show_ms = ShowMs(position.mseconds());
        Some(frame)
    }

    fn fail(&mut self, why: String) -> MediaError {
        self.ended = true;
        MediaError::Clip { path: self.path.clone(), why }
    }
}

impl Iterator for Clip {
    type Item = Result<VideoFrame, MediaError>;
    fn next(&mut self) -> Option<Self::Item> {
        self.pull().transpose()
    }
}

impl Drop for Clip {
    fn drop(&mut self) {
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
