//! Matroska to MP4 by stream copy: nothing is decoded.

use crate::{MediaError, elements, redact};
use gst::prelude::*;
use gstreamer as gst;
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// No progress for this long means that the disk (or the file) is broken.
const STALL: Duration = Duration::from_secs(20);

pub(super) struct Remuxed {
    pub path: PathBuf,
    pub duration_ms: u64,
}

/// Makes `recording` into an MP4 beside it, readable by its owner alone. The MP4 appears under its name only when it is whole.
pub(super) fn to_mp4(recording: &Path) -> Result<Remuxed, MediaError> {
    let path = recording.with_extension("mp4");
    let part = recording.with_extension("mp4.part");
    let problem = |why: String| MediaError::Recording { path: path.clone(), why: redact(&why) };
    super::recorder::create_private(&part).map_err(|e| problem(e.to_string()))?;
    match copy(recording, &part) {
        Ok(duration_ms) => {
            std::fs::rename(&part, &path).map_err(|e| problem(e.to_string()))?;
            Ok(Remuxed { path, duration_ms })
        }
        Err(error) => {
            let _ = std::fs::remove_file(&part);
            Err(problem(error))
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<u64, String> {
    let pipeline = build(from, to).map_err(|e| e.to_string())?;
    let _ = pipeline.set_state(gst::State::Playing);
    let ended = run(&pipeline);
    let position = pipeline.query_position::<gst::ClockTime>();
    let _ = pipeline.set_state(gst::State::Null);
    ended?;
    Ok(position.map_or(0, gst::ClockTime::mseconds))
}

fn build(from: &Path, to: &Path) -> Result<gst::Pipeline, MediaError> {
    let pipeline = gst::Pipeline::new();
    let source = elements::make("filesrc")?;
    source.set_property("location", from.to_string_lossy().as_ref());
    let demux = elements::make("matroskademux")?;
    let mux = elements::make("mp4mux")?;
    let sink = elements::make("filesink")?;
    sink.set_property("location", to.to_string_lossy().as_ref());
    elements::add_row(&pipeline, &[&source, &demux])?;
    elements::add_row(&pipeline, &[&mux, &sink])?;
    let weak = pipeline.downgrade();
    let mux = mux.downgrade();
    demux.connect_pad_added(move |_, pad| {
        let (Some(pipeline), Some(mux)) = (weak.upgrade(), mux.upgrade()) else { return };
        let name = pad.query_caps(None).structure(0).map(|s| s.name().to_string()).unwrap_or_default();
        let parser = match name.as_str() {
            "video/x-h264" => "h264parse",
            "audio/mpeg" => "aacparse",
            _ => return,
        };
        if let Err(error) = link_stream(&pipeline, pad, parser, &mux) {
            tracing::warn!(%error, stream = name, "a stream of the recording is left out");
        }
    });
    Ok(pipeline)
}

fn link_stream(pipeline: &gst::Pipeline, pad: &gst::Pad, parser: &str, mux: &gst::Element) -> Result<(), MediaError> {
    let (queue, parser) = (elements::make("queue")?, elements::make(parser)?);
    // The streams of a live recording interleave closely; bytes, not buffers, bound what waits.
    queue.set_property("max-size-buffers", 0u32);
    elements::add_row(pipeline, &[&queue, &parser])?;
    parser.link(mux).map_err(|e| MediaError::pipeline("mp4mux", e))?;
    for element in [&parser, &queue] {
        element.sync_state_with_parent().map_err(|e| MediaError::pipeline("remux", e))?;
    }
    pad.link(&elements::pad(&queue, "sink")?).map_err(|e| MediaError::pipeline("remux", e))?;
    Ok(())
}

fn run(pipeline: &gst::Pipeline) -> Result<(), String> {
    let bus = pipeline.bus().ok_or("no bus")?;
    let mut moved = (Instant::now(), None);
    loop {
        let wanted = [gst::MessageType::Error, gst::MessageType::Eos];
        if let Some(message) = bus.timed_pop_filtered(gst::ClockTime::from_mseconds(200), &wanted) {
            return match message.view() {
                gst::MessageView::Error(error) => Err(elements::error_text(error)),
                _ => Ok(()),
            };
        }
        let position = pipeline.query_position::<gst::ClockTime>();
        if position != moved.1 {
            moved = (Instant::now(), position);
        } else if moved.0.elapsed() > STALL {
            return Err(format!("nothing was copied for {} s", STALL.as_secs()));
        }
    }
}
