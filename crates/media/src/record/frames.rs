//! Small pictures of a stretch of a recording, for finding changes of shot.

use super::shots::{SIDE, Small};
use crate::{MediaError, elements};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video as gst_video;
use std::{
    path::Path,
    time::{Duration, Instant},
};

const STALL: Duration = Duration::from_secs(20);
const LOOK: gst::ClockTime = gst::ClockTime::from_mseconds(50);

/// Every picture of `recording` from `from_ms` to `to_ms`. Decodes on one thread, so that a show beside it hardly notices.
/// Errors: [`MediaError::Clip`].
pub(super) fn small_frames(recording: &Path, from_ms: u64, to_ms: u64) -> Result<Vec<Small>, MediaError> {
    let fail = |why: String| MediaError::Clip { path: recording.to_owned(), why };
    let pipeline = Pipeline::build(recording)?;
    pipeline.until_first().map_err(fail)?;
    let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
    let at = gst::ClockTime::from_mseconds;
    let sought =
        pipeline.bin.seek(1.0, flags, gst::SeekType::Set, at(from_ms), gst::SeekType::Set, at(to_ms.max(from_ms + 1)));
    sought.map_err(|error| fail(error.to_string()))?;
    let _ = pipeline.bin.set_state(gst::State::Playing);
    let (mut frames, mut deadline) = (Vec::new(), Instant::now() + STALL);
    loop {
        match pipeline.sink.try_pull_sample(LOOK) {
            Some(sample) => {
                deadline = Instant::now() + STALL;
                frames.extend(small(&sample));
            }
            None if pipeline.sink.is_eos() => return Ok(frames),
            None => {
                if let Some(why) = pipeline.error() {
                    return Err(fail(why));
                }
                if Instant::now() > deadline {
                    return Err(fail(format!("no picture within {} s", STALL.as_secs())));
                }
            }
        }
    }
}

struct Pipeline {
    bin: gst::Pipeline,
    sink: gst_app::AppSink,
}

impl Pipeline {
    fn build(recording: &Path) -> Result<Self, MediaError> {
        let fail = |why: String| MediaError::Clip { path: recording.to_owned(), why };
        let absolute = recording.canonicalize().map_err(|e| fail(e.to_string()))?;
        let bin = gst::Pipeline::new();
        let decode = elements::make("uridecodebin")?;
        decode.set_property("uri", gst::glib::filename_to_uri(&absolute, None).map_err(|e| fail(e.to_string()))?);
        // Sound is not decoded at all.
        decode.set_property("caps", gst::Caps::new_empty_simple("video/x-raw"));
        one_thread(&bin);
        let scale = elements::make("videoconvertscale")?;
        scale.set_property_from_str("method", "bilinear");
        scale.set_property("add-borders", false);
        let caps = gst::Caps::builder("video/x-raw")
            .field("format", "I420")
            .field("width", SIDE.0 as i32)
            .field("height", SIDE.1 as i32)
            .build();
        let sink = gst_app::AppSink::builder().sync(false).max_buffers(4).caps(&caps).build();
        bin.add(&decode).map_err(|e| fail(e.to_string()))?;
        elements::add_row(&bin, &[&scale, sink.upcast_ref()])?;
        let target = scale.downgrade();
        decode.connect_pad_added(move |_, pad| {
            if let Some(sink) = target.upgrade().and_then(|t| t.static_pad("sink")).filter(|s| !s.is_linked()) {
                let _ = pad.link(&sink);
            }
        });
        Ok(Self { bin, sink })
    }

    fn until_first(&self) -> Result<(), String> {
        let _ = self.bin.set_state(gst::State::Paused);
        let deadline = Instant::now() + STALL;
        while self.sink.try_pull_preroll(LOOK).is_none() {
            if let Some(why) = self.error() {
                return Err(why);
            }
            if self.sink.is_eos() || Instant::now() > deadline {
                return Err("it shows no picture".into());
            }
        }
        Ok(())
    }

    fn error(&self) -> Option<String> {
        let message = self.bin.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        match message.view() {
            gst::MessageView::Error(error) => Some(elements::error_text(error)),
            _ => None,
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let _ = self.bin.set_state(gst::State::Null);
    }
}

/// Lets no decoder take more than one core.
fn one_thread(bin: &gst::Pipeline) {
    bin.connect_deep_element_added(|_, _, element| elements::set_if_present(element, "max-threads", "1"));
}

fn small(sample: &gst::Sample) -> Option<Small> {
    let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
    let buffer = sample.buffer()?;
    let position = sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_stream_time(buffer.pts()?)?;
    let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
    let plane = |index: usize, half: usize| {
        let (columns, rows) = (SIDE.0 / half, SIDE.1 / half);
        let stride = usize::try_from(*info.stride().get(index)?).ok()?;
        let lines = frame.plane_data(index as u32).ok()?.chunks(stride).take(rows);
        let plane: Vec<u8> = lines.flat_map(|line| line.iter().take(columns).copied()).collect();
        (plane.len() == columns * rows).then_some(plane)
    };
    Some(Small { at_ms: position.nseconds().div_ceil(1_000_000), planes: [plane(0, 1)?, plane(1, 2)?, plane(2, 2)?] })
}
