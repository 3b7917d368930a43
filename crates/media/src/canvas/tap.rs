//! Full-size pictures for recognition, before any card is drawn on them.

use crate::{clock::Timebase, scene::Look};
use gstreamer as gst;
use hawker_av::{PixelFormat, Plane, VideoFrame};
use std::sync::Arc;
use tokio::sync::watch;

/// Publishes at most `fps` pictures a second; the newest wins. Copies nothing while nobody listens.
pub(crate) struct WatchTap {
    sender: watch::Sender<Option<VideoFrame>>,
    source_id: Arc<str>,
    interval_ns: u64,
    next_ns: u64,
}

impl WatchTap {
    pub(crate) fn new(fps: u32, source_id: Arc<str>, sender: watch::Sender<Option<VideoFrame>>) -> Self {
        let interval_ns = 1_000_000_000 / u64::from(fps.max(1));
        Self { sender, source_id, interval_ns, next_ns: 0 }
    }

    pub(crate) fn offer(&mut self, look: &Look, captured_ns: u64, time: &Timebase) {
        // A tenth of an interval early is on time: capture jitters, and waiting a frame more would halve the rate.
        if self.sender.receiver_count() == 0 || captured_ns + self.interval_ns / 10 < self.next_ns {
            return;
        }
        self.next_ns =
            if captured_ns > self.next_ns + self.interval_ns { captured_ns } else { self.next_ns } + self.interval_ns;
        let (width, height) = (look.layout.width as u32, look.layout.height as u32);
        if let Some(mut frame) = i420_frame(&look.buffer, width, height, self.source_id.clone()) {
            frame.running_time_ns = captured_ns;
            frame.show_ms = time.show_ms_at(captured_ns);
            self.sender.send_replace(Some(frame));
        }
    }
}

/// A copy of an I420 buffer in GStreamer's default layout. None if the bytes don't fit the size.
pub(crate) fn i420_frame(buffer: &gst::BufferRef, width: u32, height: u32, source_id: Arc<str>) -> Option<VideoFrame> {
    let info = gstreamer_video::VideoInfo::builder(gstreamer_video::VideoFormat::I420, width, height).build().ok()?;
    let map = buffer.map_readable().ok()?;
    let planes = info
        .offset()
        .iter()
        .zip(info.stride())
        .map(|(offset, stride)| Plane { offset: *offset, stride: usize::try_from(*stride).unwrap_or(0) })
        .collect();
    VideoFrame::new(PixelFormat::I420, (width, height), Arc::from(map.as_slice()), planes, source_id).ok()
}
