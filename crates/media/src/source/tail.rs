//! The end of a source's pipeline: pictures as I420, sound as F32, each handed on with its time in the program.

use super::{
    anchor::Stream,
    build::{Size, Times, audio_caps, filter},
    taps::Taps,
};
use crate::{
    MediaError,
    clock::Timebase,
    elements, leaks,
    scene::{Layout, Look},
};
use gst::prelude::*;
use gst_app::prelude::BaseSinkExt;
use gstreamer as gst;
use gstreamer_app as gst_app;
use gstreamer_video::VideoMeta;
use std::sync::{PoisonError, atomic::Ordering};

/// `queue ! I420 ! appsink` into the video tap; returns the queue.
pub(super) fn video_tail(
    pipeline: &gst::Pipeline,
    size: Size,
    times: &Times,
    taps: &Taps,
    clip: bool,
) -> Result<gst::Element, MediaError> {
    let queue = elements::make("queue")?;
    if !clip {
        queue.set_property_from_str("leaky", "downstream");
        leaks::count_queue(&queue, taps.lost.clone());
    }
    queue.set_property("max-size-buffers", 3u32);
    let convert = elements::make("videoconvertscale")?;
    let caps = filter(&size.caps())?;
    let sink = gst_app::AppSink::builder().name("pictures").sync(clip).max_buffers(2).build();
    sink.set_property("qos", false);
    let tap = taps.video.clone();
    let time = times.clone();
    let takes_padding = taps.takes_padding;
    let clip_taps = taps.audio.is_some();
    tracing::debug!(clip, with_sound = clip_taps, "picture tail built");
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                let layout = sample.caps().and_then(layout_of);
                let layout = match (layout, sample.buffer()) {
                    (Some(usual), Some(buffer)) if takes_padding => as_it_lies(usual, buffer),
                    (usual, _) => usual,
                };
                if let (Some(tap), Some(layout), Some((buffer, at))) =
                    (&tap, layout, timed(sink, &sample, &time.program))
                {
                    tap(Look { buffer, layout }, at);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    if taps.takes_padding {
        take_padding(&sink)?;
    }
    keep_near_now(&sink, Stream::Picture, times)?;
    finish_tail(pipeline, &[&queue, &convert, &caps, sink.upcast_ref()])?;
    Ok(queue)
}

/// Lets whoever decodes hand out its own pictures: where nobody says that he reads them as they lie, one whose height is no
/// multiple of 16 (1080 is none) is copied first.
fn take_padding(sink: &gst_app::AppSink) -> Result<(), MediaError> {
    elements::pad(sink.upcast_ref(), "sink")?.add_probe(gst::PadProbeType::QUERY_DOWNSTREAM, |_, info| {
        if let Some(gst::QueryViewMut::Allocation(query)) = info.query_mut().map(gst::QueryRef::view_mut) {
            query.add_allocation_meta::<VideoMeta>(None);
            return gst::PadProbeReturn::Handled;
        }
        gst::PadProbeReturn::Ok
    });
    Ok(())
}

/// Where the planes of this picture lie. None for what can't be read so, which is logged.
fn as_it_lies(usual: Layout, buffer: &gst::BufferRef) -> Option<Layout> {
    let Some(meta) = buffer.meta::<VideoMeta>() else { return Some(usual) };
    let layout = laid_out(usual, buffer.size(), meta.offset(), meta.stride());
    if layout.is_none() {
        tracing::warn!(offset = ?meta.offset(), stride = ?meta.stride(), size = buffer.size(), "a picture can't be read");
    }
    layout
}

/// Pure. None: not three planes from their first rows down, one after the other, each row whole, within `size` bytes.
fn laid_out(usual: Layout, size: usize, offset: &[usize], stride: &[i32]) -> Option<Layout> {
    let (&[first, second, third], &[luma, blue, red]) = (offset, stride) else { return None };
    let stride = |bytes: i32| usize::try_from(bytes).ok();
    let layout =
        Layout { offset: [first, second, third], stride: [stride(luma)?, stride(blue)?, stride(red)?], size, ..usual };
    let ends = [second, third, size];
    let fits = |index: usize| {
        let ((width, height), from, stride) = (usual.plane(index), layout.offset[index], layout.stride[index]);
        stride >= width
            && from.checked_add(stride * height.saturating_sub(1) + width).is_some_and(|end| end <= ends[index])
    };
    (0..3).all(fits).then_some(layout)
}

/// `queue ! convert ! resample ! appsink` into the audio tap; returns the queue.
pub(super) fn audio_tail(
    pipeline: &gst::Pipeline,
    times: &Times,
    taps: &Taps,
    clip: bool,
) -> Result<gst::Element, MediaError> {
    let queue = elements::make("queue")?;
    let convert = elements::make("audioconvert")?;
    let resample = elements::make("audioresample")?;
    let caps = filter(&audio_caps())?;
    let sink = gst_app::AppSink::builder().name("sound").sync(clip).max_buffers(50).build();
    let tap = taps.audio.clone();
    let time = times.clone();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let (Some(tap), Some((buffer, at))) = (&tap, timed(sink, &sample, &time.program)) {
                    let map = buffer.map_readable().map_err(|_| gst::FlowError::Error)?;
                    let samples: Vec<f32> =
                        map.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
                    tap(&samples, at);
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    keep_near_now(&sink, Stream::Sound, times)?;
    finish_tail(pipeline, &[&queue, &convert, &resample, &caps, sink.upcast_ref()])?;
    Ok(queue)
}

fn finish_tail(pipeline: &gst::Pipeline, row: &[&gst::Element]) -> Result<(), MediaError> {
    elements::add_row(pipeline, row)?;
    for element in row.iter().rev() {
        element.sync_state_with_parent().map_err(|e| MediaError::pipeline(&element.name(), e))?;
    }
    Ok(())
}

/// Moves pictures or sound whose time has jumped far off to now, before the sink waits for that time.
fn keep_near_now(sink: &gst_app::AppSink, stream: Stream, times: &Times) -> Result<(), MediaError> {
    let (weak, times) = (sink.downgrade(), times.clone());
    let kinds = gst::PadProbeType::BUFFER | gst::PadProbeType::EVENT_DOWNSTREAM;
    elements::pad(sink.upcast_ref(), "sink")?.add_probe(kinds, move |pad, info| {
        let Some(sink) = weak.upgrade() else { return gst::PadProbeReturn::Ok };
        match &mut info.data {
            Some(gst::PadProbeData::Buffer(buffer)) => {
                if let Some(pts) = moved(pad, &sink, buffer, stream, &times) {
                    buffer.make_mut().set_pts(pts);
                }
                gst::PadProbeReturn::Ok
            }
            Some(gst::PadProbeData::Event(event)) if is_far_gap(pad, &sink, event, &times) => elements::SWALLOW,
            _ => gst::PadProbeReturn::Ok,
        }
    });
    Ok(())
}

/// True for word of a gap far ahead: where one stream jumps, demuxers tell the others to wait for it.
fn is_far_gap(pad: &gst::Pad, sink: &gst_app::AppSink, event: &gst::EventRef, times: &Times) -> bool {
    let gst::EventView::Gap(gap) = event.view() else { return false };
    let at = in_program(pad, sink, gap.get().0, times);
    at.is_some_and(|at| at > times.program.now_ns().saturating_add(times.ahead_ns))
}

/// The time of a stamp in the program, nanoseconds. None until the sink plays: before, it has no base time that holds, and
/// what it takes is its first, which is shown at once.
fn in_program(pad: &gst::Pad, sink: &gst_app::AppSink, pts: gst::ClockTime, times: &Times) -> Option<u64> {
    if sink.current_state() != gst::State::Playing || sink.pending_state() != gst::State::VoidPending {
        return None;
    }
    let event = pad.sticky_event::<gst::event::Segment>(0)?;
    let running = event.segment().downcast_ref::<gst::ClockTime>()?.to_running_time_full(pts)?.positive()?;
    Some(times.program.program_ns(running, sink.base_time()?))
}

/// The stamp a buffer gets instead of its own; none where its own is good.
fn moved(
    pad: &gst::Pad,
    sink: &gst_app::AppSink,
    buffer: &gst::BufferRef,
    stream: Stream,
    times: &Times,
) -> Option<gst::ClockTime> {
    let pts = buffer.pts()?;
    let at = in_program(pad, sink, pts, times)?;
    let placed = {
        let mut anchors = times.anchors.lock().unwrap_or_else(PoisonError::into_inner);
        let before = anchors.jumps;
        let placed = anchors.place(stream, at, times.program.now_ns());
        if anchors.jumps != before {
            times.jumps.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(?stream, jumps = anchors.jumps, "the source's clock jumped; it counts from now on");
        }
        placed
    };
    // The sink waits for that moment now, and nothing comes before it.
    if let (Some(hold), Stream::Picture) = (&times.hold, stream) {
        hold(placed);
    }
    let shifted = i128::from(pts.nseconds()) + i128::from(placed) - i128::from(at);
    u64::try_from(shifted).ok().filter(|_| placed != at).map(gst::ClockTime::from_nseconds)
}

fn layout_of(caps: &gst::CapsRef) -> Option<Layout> {
    let structure = caps.structure(0)?;
    let side = |name: &str| structure.get::<i32>(name).ok().and_then(|side| u32::try_from(side).ok());
    Some(Layout::new(side("width")?, side("height")?))
}

/// The buffer of a sample and its running time in the program.
fn timed(sink: &gst_app::AppSink, sample: &gst::Sample, time: &Timebase) -> Option<(gst::Buffer, u64)> {
    let buffer = sample.buffer_owned()?;
    // PipeWire's virtual cameras stamp nothing: then it was captured when it came.
    let Some(pts) = buffer.pts() else { return Some((buffer, time.now_ns())) };
    let running = sample.segment()?.downcast_ref::<gst::ClockTime>()?.to_running_time(pts)?;
    // What is played in real time counts when it is played: a stream that its demuxer holds back for most of a second would else
    // come later than any sound is waited for. A device's pictures and sound count when they were captured.
    let delay = if sink.is_sync() { latency_of(sink) } else { gst::ClockTime::ZERO };
    Some((buffer, time.program_ns(running + delay, sink.base_time()?)))
}

/// How long the sink waits with what comes, for all of its pipeline's streams to be there.
fn latency_of(sink: &gst_app::AppSink) -> gst::ClockTime {
    let base = sink.upcast_ref::<gst::Element>().downcast_ref::<gst_app::gst_base::BaseSink>();
    base.map_or(gst::ClockTime::ZERO, |base| base.latency())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_read_as_it_lies_or_not_at_all() {
        let usual = Layout::new(6, 4);
        let table: [(&[usize], &[i32], usize, bool); 9] = [
            (&usual.offset, &[8, 4, 4], usual.size, true),
            (&[0, 64, 96], &[16, 16, 16], 128, true),
            (&[8, 72, 104], &[16, 16, 16], 136, true),
            // Not whole in what there is.
            (&[0, 64, 96], &[16, 16, 16], 114, false),
            // Rows that are all the same one, and rows that run into each other.
            (&[0, 64, 96], &[0, 0, 0], 128, false),
            (&[0, 64, 96], &[5, 16, 16], 128, false),
            // From the last row up.
            (&[48, 64, 96], &[-16, 16, 16], 128, false),
            // Planes in another order, or of another number.
            (&[0, 96, 64], &[16, 16, 16], 128, false),
            (&[0, 64], &[16, 16], 128, false),
        ];
        for (offset, stride, size, reads) in table {
            let layout = laid_out(usual, size, offset, stride);
            assert_eq!(layout.is_some(), reads, "{offset:?} {stride:?} {size}");
            assert!(layout.is_none_or(|layout| layout.offset == offset && layout.width == 6), "{offset:?}");
        }
    }
}
