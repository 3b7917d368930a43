//! Small pictures of the canvas for the host's window.

use crate::{MediaError, elements, source::Shape};
use bytes::Bytes;
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// One picture. `seq` counts up, also from one program to the next; a gap means that pictures were skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewJpeg {
    pub seq: u64,
    pub jpeg: Bytes,
}

/// Longest side, pixels.
const SIDE: u32 = 960;
pub(crate) const FPS: u32 = 15;
const QUALITY: i32 = 75;
/// A window that has not asked for so long has been closed, hidden, or stands still.
const LINGER: Duration = Duration::from_secs(1);

/// Numbers the pictures of all programs, so that a window which asks for the next goes on where another program begins.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// The preview of one program. Pictures are made while somebody asks for them, and for a second after.
#[derive(Clone, Debug)]
pub struct Preview {
    pictures: watch::Receiver<Option<PreviewJpeg>>,
    asked: Arc<Asked>,
    fps: Arc<AtomicU32>,
}

impl Preview {
    /// Pictures a second from now on.
    pub(crate) fn set_fps(&self, fps: u32) {
        self.fps.store(fps.max(1), Ordering::Relaxed);
    }

    /// Somebody asked for a picture a moment ago.
    pub(crate) fn is_wanted(&self) -> bool {
        self.asked.lately()
    }

    /// Time from one picture to the next.
    pub(crate) fn interval(&self) -> Duration {
        Duration::from_secs(1) / self.fps.load(Ordering::Relaxed).max(1)
    }

    /// The next picture with a number above `after`. None once the program is over.
    pub async fn next(&mut self, after: u64) -> Option<PreviewJpeg> {
        let _asking = Asking::new(&self.asked);
        let found = self.pictures.wait_for(|picture| picture.as_ref().is_some_and(|picture| picture.seq > after)).await;
        found.ok()?.clone()
    }
}

/// Whether anybody looks.
#[derive(Debug, Default)]
struct Asked {
    waiting: AtomicUsize,
    last: Mutex<Option<Instant>>,
}

impl Asked {
    fn lately(&self) -> bool {
        let last = || *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.waiting.load(Ordering::SeqCst) > 0 || last().is_some_and(|last| last.elapsed() < LINGER)
    }
}

/// One question that is not answered yet.
struct Asking<'a>(&'a Asked);

impl<'a> Asking<'a> {
    fn new(asked: &'a Asked) -> Self {
        asked.waiting.fetch_add(1, Ordering::SeqCst);
        Self(asked)
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Adds `queue ! scale ! jpegenc ! appsink` behind `tee`. While nobody asks, a probe at its mouth lets nothing in, so it
/// costs nothing. `beside`: a preview whose
/// rate it has, whatever that is lowered to.
pub(crate) fn branch(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    shape: Shape,
    beside: Option<&Preview>,
) -> Result<Preview, MediaError> {
    let (sender, pictures) = watch::channel(None);
    let asked = Arc::new(Asked::default());
    let queue = elements::make("queue")?;
    queue.set_property_from_str("leaky", "downstream");
    queue.set_property("max-size-buffers", 1u32);
    let fps = beside.map_or_else(|| Arc::new(AtomicU32::new(FPS)), |other| other.fps.clone());
    gate(&elements::pad(&queue, "sink")?, asked.clone(), fps.clone());
    let (convert, size) = (elements::make("videoconvertscale")?, small(shape));
    let small = elements::make("capsfilter")?;
    let (width, height) = (size.width as i32, size.height as i32);
    let caps = gst::Caps::builder("video/x-raw").field("format", "I420").field("width", width).field("height", height);
    small.set_property("caps", caps.build());
    let encoder = elements::make("jpegenc")?;
    encoder.set_property("quality", QUALITY);
    let sink = gst_app::AppSink::builder().sync(false).async_(false).max_buffers(1).drop(true).build();
    sink.set_callbacks(
        gst_app::AppSinkCallbacks::builder()
            .new_sample(move |sink| {
                let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
                if let Some(map) = sample.buffer().and_then(|b| b.map_readable().ok()) {
                    let seq = NUMBER.fetch_add(1, Ordering::Relaxed) + 1;
                    sender.send_replace(Some(PreviewJpeg { seq, jpeg: Bytes::copy_from_slice(&map) }));
                }
                Ok(gst::FlowSuccess::Ok)
            })
            .build(),
    );
    elements::add_row(pipeline, &[&queue, &convert, &small, &encoder, sink.upcast_ref()])?;
    tee.link(&queue).map_err(|e| MediaError::pipeline("preview", e))?;
    Ok(Preview { pictures, asked, fps })
}

fn gate(pad: &gst::Pad, asked: Arc<Asked>, fps: Arc<AtomicU32>) {
    let next_ns = Arc::new(AtomicU64::new(0));
    pad.add_probe(gst::PadProbeType::BUFFER, move |_, info| {
        let Some(at) = info.buffer().and_then(|b| b.pts()).map(gst::ClockTime::nseconds) else {
            return elements::SWALLOW;
        };
        let interval = 1_000_000_000 / u64::from(fps.load(Ordering::Relaxed).max(1));
        let due = next_ns.load(Ordering::Relaxed);
        if !asked.lately() || at + interval / 10 < due {
            return elements::SWALLOW;
        }
        next_ns.store(if at > due + interval { at } else { due } + interval, Ordering::Relaxed);
        gst::PadProbeReturn::Ok
    });
}

/// The canvas's shape with its longer side at [`SIDE`], both sides even.
pub(crate) fn small(shape: Shape) -> Shape {
    let longer = shape.width.max(shape.height).max(1);
    let scaled = |side: u32| if longer <= SIDE { side } else { (side * SIDE / longer) & !1 };
    Shape { width: scaled(shape.width), height: scaled(shape.height), ..shape }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_made_while_somebody_asks_and_a_little_longer() {
        let asked = Asked::default();
        assert!(!asked.lately());
        let asking = Asking::new(&asked);
        assert!(asked.lately());
        drop(asking);
        assert!(asked.lately(), "the next question is on its way");
        *asked.last.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_sub(LINGER);
        assert!(!asked.lately());
    }

    #[test]
    fn the_preview_keeps_the_shape_of_the_canvas() {
        let of = |width, height| {
            let Shape { width, height, .. } = small(Shape { width, height, fps: 30 });
            (width, height)
        };
        assert_eq!(of(1280, 720), (960, 540));
        assert_eq!(of(720, 1280), (540, 960));
        assert_eq!(of(640, 360), (640, 360), "a small canvas is not blown up");
    }
}
