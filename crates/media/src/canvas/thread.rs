//! The thread that gives the program a picture for every slot: the source's, the last one again, or the slate.

use super::{
    WatchTap,
    grid::{Grid, Place},
};
use crate::{clock::Timebase, source::Shape};
use gstreamer as gst;
use gstreamer_app as gst_app;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pictures that wait for the canvas thread; more means the machine is overloaded.
const INBOX: usize = 8;
/// Raw pictures that wait for the encoder: 400 ms at 30 fps. On a machine that keeps up none waits, so the bound adds no
/// delay; it is how long another program may take the processor before a frame is lost.
const QUEUE_BUFFERS: u64 = 12;

/// One picture of the source.
pub(crate) struct Frame {
    pub buffer: gst::Buffer,
    /// Running time of the program, nanoseconds.
    pub captured_ns: u64,
}

/// Counts since the program began.
#[derive(Debug, Default)]
pub(crate) struct CanvasCounters {
    pub captured: AtomicU64,
    pub composed: AtomicU64,
    pub late: AtomicU64,
    pub overload: AtomicU64,
    pub queue_full: AtomicU64,
    pub far_ahead: AtomicU64,
}

/// Where a source puts its pictures. Never blocks.
#[derive(Clone)]
pub(crate) struct CanvasInput {
    sender: mpsc::SyncSender<Frame>,
    counters: Arc<CanvasCounters>,
}

impl CanvasInput {
    pub(crate) fn offer(&self, buffer: gst::Buffer, captured_ns: u64) {
        self.counters.captured.fetch_add(1, Ordering::Relaxed);
        if self.sender.try_send(Frame { buffer, captured_ns }).is_err() {
            self.counters.queue_full.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The running thread.
pub(crate) struct Canvas {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A canvas that is not running yet: pictures may already come in.
pub(crate) struct CanvasParts {
    pub shape: Shape,
    pub time: Arc<Timebase>,
    pub target: gst_app::AppSrc,
    pub tap: WatchTap,
    pub source_lost: Arc<AtomicBool>,
    pub slate: Arc<std::sync::OnceLock<Option<gst::Buffer>>>,
}

impl Canvas {
    /// A place for pictures and the other end of it.
    pub(crate) fn input(counters: Arc<CanvasCounters>) -> (CanvasInput, mpsc::Receiver<Frame>) {
        let (sender, receiver) = mpsc::sync_channel(INBOX);
        (CanvasInput { sender, counters }, receiver)
    }

    pub(crate) fn start(
        parts: CanvasParts,
        inbox: mpsc::Receiver<Frame>,
        counters: Arc<CanvasCounters>,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut painter = Painter {
            grid: Grid::new(parts.shape.fps),
            patience_ns: patience_ns(parts.shape.fps),
            current: None,
            parts,
            counters,
        };
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("hawker-canvas".into()).spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                painter.step(&inbox);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }

    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How long a slot waits for its picture: sources deliver late by jitter and decoding, not by two frames.
fn patience_ns(fps: u32) -> u64 {
    (2_000_000_000 / u64::from(fps.max(1))).max(60_000_000)
}

struct Painter {
    grid: Grid,
    patience_ns: u64,
    parts: CanvasParts,
    current: Option<gst::Buffer>,
    counters: Arc<CanvasCounters>,
}

impl Painter {
    fn step(&mut self, inbox: &mpsc::Receiver<Frame>) {
        let wait = self.grid.due_in(self.parts.time.now_ns(), self.patience_ns).min(50_000_000);
        match inbox.recv_timeout(Duration::from_nanos(wait)) {
            Ok(frame) => self.take(frame),
            // All senders are gone only while the program is being taken down.
            Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        while let Some(slot) = self.grid.overdue(self.parts.time.now_ns(), self.patience_ns) {
            if let Some(picture) = self.stand_in() {
                self.push(&picture, slot);
            }
        }
    }

    fn take(&mut self, frame: Frame) {
        self.parts.tap.offer(&frame.buffer, frame.captured_ns, self.parts.shape, &self.parts.time);
        match self.grid.place(frame.captured_ns, self.parts.time.now_ns()) {
            Place::Fill { from, slot } => {
                let before = self.stand_in().unwrap_or_else(|| frame.buffer.clone());
                for missed in from..slot {
                    self.push(&before, missed);
                }
                self.push(&frame.buffer, slot);
                self.current = Some(frame.buffer);
            }
            Place::Surplus => self.current = Some(frame.buffer),
            Place::FarAhead => {
                self.counters.far_ahead.fetch_add(1, Ordering::Relaxed);
                self.current = Some(frame.buffer);
            }
            Place::Late => {
                self.counters.late.fetch_add(1, Ordering::Relaxed);
                self.current = Some(frame.buffer);
            }
        }
    }

    /// What is shown where no picture came: the slate once the source is lost, the last picture until then.
    fn stand_in(&self) -> Option<gst::Buffer> {
        if self.parts.source_lost.load(Ordering::SeqCst)
            && let Some(slate) = self.parts.slate.get().cloned().flatten()
        {
            return Some(slate);
        }
        self.current.clone()
    }

    fn push(&self, picture: &gst::Buffer, slot: u64) {
        if self.parts.target.current_level_buffers() >= QUEUE_BUFFERS {
            self.counters.overload.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut buffer = picture.copy();
        let at = gst::ClockTime::from_nseconds(self.grid.slot_ns(slot));
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(at);
            buffer.set_dts(gst::ClockTime::NONE);
            buffer.set_duration(gst::ClockTime::from_nseconds(self.grid.frame_ns()));
            buffer.unset_flags(gst::BufferFlags::DISCONT | gst::BufferFlags::DELTA_UNIT);
        }
        if self.parts.target.push_buffer(buffer).is_ok() {
            self.counters.composed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
