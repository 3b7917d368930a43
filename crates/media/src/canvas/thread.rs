//! The thread that gives the encoder of one canvas a picture for every slot: a new one, the last one again, or the slate.
//!
//! The largest source of the scene sets the pace: its picture is drawn the moment it comes, and the others are drawn as they
//! are then. Where no source delivers, the clock sets the pace.

use super::{
    Board, Effort, Looks, Seen,
    grid::{Grid, Place},
};
use crate::{
    clock::Timebase,
    encode::EncodeLoad,
    lateness::Lateness,
    program::Fate,
    scene::{Composer, Layout, Look, Showing},
    source::Shape,
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::SourceId;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Pictures that wait for the canvas thread; more means the machine is overloaded.
const INBOX: usize = 12;
/// How long a raw picture may wait for the encoder, and how much time of them. On a machine that keeps up none waits, so the
/// bound adds no delay; it is how long another program may take the processor before a frame is lost. On a machine that does
/// not keep up the queue is always full, and as many encodes as are in it is what the stream is behind the clock.
const WAITS: Duration = Duration::from_millis(400);
/// However slow the canvas: the picture that is drawn does not wait for the one that is encoded.
const QUEUE_BUFFERS_LEAST: u64 = 3;
/// Drawn pictures whose memory is kept: the next one, the last one, one that waits, one that is encoded, two that the preview
/// looks at. What a full queue holds beside them is given back once it is empty.
const KEPT_PICTURES: u32 = 6;

/// One picture of a source.
struct Frame {
    source: SourceId,
    look: Look,
    /// Running time of the program, nanoseconds.
    captured_ns: u64,
}

/// Counts since the program began.
#[derive(Debug, Default)]
pub(crate) struct CanvasCounters {
    pub composed: AtomicU64,
    pub late: AtomicU64,
    pub overload: AtomicU64,
    pub queue_full: AtomicU64,
    pub far_ahead: AtomicU64,
    /// How much later than they were captured pictures are shown the first time.
    pub shown: Lateness,
}

/// Where sources put their pictures. Never blocks.
#[derive(Clone)]
pub(crate) struct CanvasInput {
    sender: mpsc::SyncSender<Frame>,
    counters: Arc<CanvasCounters>,
}

impl CanvasInput {
    pub(crate) fn offer(&self, source: &SourceId, look: &Look, captured_ns: u64) {
        let frame = Frame { source: source.clone(), look: look.clone(), captured_ns };
        // A canvas that was given up takes nothing, and loses nothing.
        if let Err(mpsc::TrySendError::Full(_)) = self.sender.try_send(frame) {
            self.counters.queue_full.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The running thread.
pub(crate) struct Canvas {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What a canvas is made of.
pub(crate) struct CanvasParts {
    pub shape: Shape,
    pub time: Arc<Timebase>,
    pub target: gst_app::AppSrc,
    pub board: Arc<Board>,
    pub looks: Arc<Looks>,
    pub slate: Arc<OnceLock<Option<gst::Buffer>>>,
    pub counters: Arc<CanvasCounters>,
    pub effort: Arc<Effort>,
    /// How long the encoder behind `target` takes.
    pub encoding: Arc<EncodeLoad>,
    /// Nothing is drawn any more once it is given up.
    pub fate: Arc<Fate>,
}

impl Canvas {
    /// Starts the thread; pictures are put into the other half.
    pub(crate) fn start(parts: CanvasParts) -> std::io::Result<(Self, CanvasInput)> {
        let (sender, inbox) = mpsc::sync_channel(INBOX);
        let input = CanvasInput { sender, counters: parts.counters.clone() };
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let mut painter = Painter::new(parts);
        let thread = std::thread::Builder::new().name("hawker-canvas".into()).spawn(move || {
            while !stopped.load(Ordering::SeqCst) && painter.parts.fate.given_up().is_none() {
                painter.step(&inbox);
            }
        })?;
        Ok((Self { stop, thread: Some(thread) }, input))
    }

    pub(crate) fn stop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A program that does not come about leaves no thread behind.
impl Drop for Canvas {
    fn drop(&mut self) {
        self.stop();
    }
}

/// How long a slot waits for its picture: sources deliver late by jitter and decoding, not by two frames.
fn patience_ns(fps: u32) -> u64 {
    (2_000_000_000 / u64::from(fps.max(1))).max(60_000_000)
}

/// Raw pictures that may wait for an encoder that takes `encode_ns` for one, of which `fps` come in a second.
fn queue_buffers(fps: u32, encode_ns: u64) -> u64 {
    let waits_ns = WAITS.as_nanos() as u64;
    let frame_ns = 1_000_000_000 / u64::from(fps.max(1));
    (waits_ns / encode_ns.max(frame_ns)).max(QUEUE_BUFFERS_LEAST)
}

struct Painter {
    parts: CanvasParts,
    grid: Grid,
    composer: Composer,
    memory: Option<gst::BufferPool>,
    /// Whose pictures set the pace, and the newest of them.
    lead: Option<SourceId>,
    current: Option<Look>,
    /// When the newest was captured, if it came after its slot and was not shown yet.
    waiting_ns: Option<u64>,
    /// What was shown last.
    last: Option<gst::Buffer>,
}

impl Painter {
    fn new(parts: CanvasParts) -> Self {
        let Shape { width, height, fps } = parts.shape;
        let composer = Composer::new(width, height, parts.shape.is_hd());
        let memory = memory(&parts.shape.caps(), composer.canvas());
        if memory.is_none() {
            tracing::warn!("pictures are drawn into new memory each time");
        }
        Self { parts, grid: Grid::new(fps), composer, memory, lead: None, current: None, waiting_ns: None, last: None }
    }

    fn step(&mut self, inbox: &mpsc::Receiver<Frame>) {
        self.follow_lead();
        let wait = self.grid.due_in(self.parts.time.now_ns(), self.patience_ns()).min(50_000_000);
        match inbox.recv_timeout(Duration::from_nanos(wait)) {
            Ok(frame) => self.take(frame),
            // All senders are gone only while the program is being taken down.
            Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        self.follow_lead();
        while let Some(slot) = self.grid.overdue(self.parts.time.now_ns(), self.patience_ns()) {
            self.stand_in(slot);
        }
    }

    fn patience_ns(&self) -> u64 {
        if self.lead.is_some() { patience_ns(self.parts.shape.fps) } else { 0 }
    }

    fn follow_lead(&mut self) {
        let lead = self.parts.board.lead(|id| self.parts.looks.delivers(id));
        if lead != self.lead {
            self.lead = lead;
            (self.current, self.waiting_ns) = (None, None);
            self.grid.another_pace();
        }
    }

    fn take(&mut self, frame: Frame) {
        if self.lead.as_ref() != Some(&frame.source) {
            return;
        }
        let now_ns = self.parts.time.now_ns();
        let placed = self.grid.place(frame.captured_ns, now_ns);
        match placed {
            Place::Fill { from, slot } => {
                (from..slot).for_each(|missed| self.repeat(missed));
                self.lose_waiting();
                self.parts.counters.shown.see(frame.captured_ns, self.grid.slot_ns(slot), now_ns);
                self.current = Some(frame.look);
                self.draw(slot);
                return;
            }
            Place::Surplus => {}
            // A source that went on while this program slept delivers all of it at once.
            Place::Old => return,
            Place::FarAhead => drop(self.parts.counters.far_ahead.fetch_add(1, Ordering::Relaxed)),
            // The next slot that misses its picture shows it: a camera that is always late is behind, not frozen.
            Place::Late => {
                self.lose_waiting();
                self.waiting_ns = Some(frame.captured_ns);
            }
        }
        self.current = Some(frame.look);
    }

    /// A newer picture takes the place of one that came too late.
    fn lose_waiting(&mut self) {
        if self.waiting_ns.take().is_some() {
            self.parts.counters.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A slot for which no picture of the leading source came.
    fn stand_in(&mut self, slot: u64) {
        let changes = self.parts.board.at(self.grid.slot_ns(slot)).before.is_some();
        // Without a lead, other sources may have moved on; while scenes change, the change goes on.
        if self.lead.is_none() || changes { self.draw(slot) } else { self.repeat(slot) }
    }

    fn repeat(&mut self, slot: u64) {
        if !self.parts.effort.wants(slot) {
            return;
        }
        match self.last.clone().filter(|_| self.waiting_ns.is_none()) {
            Some(picture) => self.push(&picture, slot),
            None => self.draw(slot),
        }
    }

    fn draw(&mut self, slot: u64) {
        if !self.parts.effort.wants(slot) {
            return;
        }
        // What is not shown need not be drawn either.
        if self.is_full() {
            self.parts.counters.overload.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let slot_ns = self.grid.slot_ns(slot);
        if let Some(captured_ns) = self.waiting_ns.take() {
            self.parts.counters.shown.see(captured_ns, slot_ns, self.parts.time.now_ns());
        }
        let showing = self.parts.board.at(slot_ns);
        if let Some(picture) = self.picture(&showing) {
            self.push(&picture, slot);
            self.last = Some(picture);
        }
    }

    fn picture(&mut self, showing: &Showing) -> Option<gst::Buffer> {
        let Self { parts, composer, memory, lead, current, .. } = self;
        let slate = parts.slate.get().and_then(Option::as_ref);
        let canvas = *composer.canvas();
        let sources = |id: &SourceId| match (lead.as_ref() == Some(id)).then(|| current.clone()).flatten() {
            Some(look) => Some(look),
            None => match parts.looks.of(id) {
                Seen::Picture(look) => Some(look),
                Seen::Nothing => slate.map(|buffer| Look { buffer: buffer.clone(), layout: canvas }),
                Seen::Unknown => None,
            },
        };
        let overlays = parts.board.overlays();
        if let Some(look) = composer.as_it_is(showing, &sources, &overlays) {
            return Some(look.buffer);
        }
        let at_once = gst::BufferPoolAcquireParams::with_flags(gst::BufferPoolAcquireFlags::DONTWAIT);
        let mut buffer = match memory.as_ref().and_then(|memory| memory.acquire_buffer(Some(&at_once)).ok()) {
            Some(buffer) => buffer,
            None => gst::Buffer::with_size(canvas.size).ok()?,
        };
        {
            let mut map = buffer.get_mut()?.map_writable().ok()?;
            composer.compose(showing, &sources, &overlays, map.as_mut_slice());
        }
        Some(buffer)
    }

    fn is_full(&self) -> bool {
        let Self { parts, .. } = self;
        parts.target.current_level_buffers() >= queue_buffers(parts.effort.fps(), parts.encoding.recent_ns())
    }

    fn push(&self, picture: &gst::Buffer, slot: u64) {
        if self.is_full() {
            self.parts.counters.overload.fetch_add(1, Ordering::Relaxed);
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
            self.parts.counters.composed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Memory for [`KEPT_PICTURES`] drawn pictures that is used again: fresh memory of this size costs more than the drawing.
fn memory(caps: &gst::Caps, canvas: &Layout) -> Option<gst::BufferPool> {
    let pool = gst::BufferPool::new();
    let mut config = pool.config();
    config.set_params(Some(caps), u32::try_from(canvas.size).ok()?, 2, KEPT_PICTURES);
    pool.set_config(config).ok()?;
    pool.set_active(true).ok()?;
    Some(pool)
}

impl Drop for Painter {
    fn drop(&mut self) {
        if let Some(memory) = &self.memory {
            let _ = memory.set_active(false);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scene::{Layers, Prepared};
    use hawker_domain::{
        CanvasShape,
        scene::{Scene, Transition},
    };
    use std::{collections::BTreeSet, time::Instant};

    const SHAPE: Shape = Shape { width: 64, height: 36, fps: 30 };

    fn picture(level: u8) -> Look {
        let layout = Layout::new(SHAPE.width, SHAPE.height);
        Look { buffer: gst::Buffer::from_slice(vec![level; layout.size]), layout }
    }

    #[test]
    fn what_waits_for_the_encoder_is_bounded_by_the_time_it_will_wait() {
        let ms = |ms: u64| ms * 1_000_000;
        assert_eq!(queue_buffers(30, 0), 12, "nothing is known of the encoder yet");
        assert_eq!(queue_buffers(30, ms(12)), 12);
        assert_eq!(queue_buffers(60, ms(12)), 24);
        assert_eq!(queue_buffers(30, ms(50)), 8);
        assert_eq!(queue_buffers(30, ms(90)), 4);
        assert_eq!(queue_buffers(30, ms(400)), QUEUE_BUFFERS_LEAST);
        assert_eq!(queue_buffers(5, ms(12)), QUEUE_BUFFERS_LEAST);
    }

    #[test]
    fn a_camera_whose_pictures_are_always_late_is_behind_and_not_frozen() {
        gst::init().unwrap();
        let (pipeline, time) = (gst::Pipeline::new(), Arc::new(Timebase::new()));
        time.apply(&pipeline);
        let target = gst_app::AppSrc::builder().caps(&SHAPE.caps()).format(gst::Format::Time).is_live(true).build();
        let sink = gst_app::AppSink::builder().sync(false).build();
        crate::elements::add_row(&pipeline, &[target.upcast_ref(), sink.upcast_ref()]).unwrap();
        pipeline.set_state(gst::State::Playing).unwrap();

        let (id, looks, board) = (SourceId::main(), Arc::new(Looks::default()), Arc::new(Board::default()));
        let _lost = looks.add(&id, false);
        let scene = Scene::of_source("main", &id);
        let layers: Layers = Arc::new(
            scene
                .layers(CanvasShape::Landscape)
                .iter()
                .map(|layer| Prepared { layer: layer.clone(), drawing: None })
                .collect(),
        );
        board.show(layers, Transition::Cut, 0);
        looks.set(&id, &picture(0));
        let counters = Arc::new(CanvasCounters::default());
        let (mut canvas, input) = Canvas::start(CanvasParts {
            shape: SHAPE,
            time: time.clone(),
            target,
            board,
            looks: looks.clone(),
            slate: Arc::default(),
            counters: counters.clone(),
            effort: Arc::new(Effort::full(SHAPE.fps)),
            encoding: Arc::default(),
            fate: Arc::default(),
        })
        .unwrap();

        // 160 ms behind: more than a slot waits for its picture. So each is shown in a slot of two to three frames ago.
        let (began, frame, mut offered) = (Instant::now(), Duration::from_micros(33_333), 0);
        for n in 1..=90u8 {
            let due = frame * u32::from(n);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            // A camera that was not run delivers nothing of that time afterwards.
            if began.elapsed() > due + frame {
                continue;
            }
            let look = picture(n);
            looks.set(&id, &look);
            input.offer(&id, &look, time.now_ns().saturating_sub(160_000_000));
            offered += 1;
        }
        canvas.stop();
        let mut shown = BTreeSet::new();
        while let Some(sample) = sink.try_pull_sample(gst::ClockTime::from_mseconds(50)) {
            let map = sample.buffer().unwrap().map_readable().unwrap();
            shown.insert(map.as_slice()[0]);
        }
        pipeline.set_state(gst::State::Null).unwrap();
        let late = counters.late.load(Ordering::Relaxed);
        assert!(
            shown.len() * 3 > offered * 2,
            "{} of {offered} pictures were shown, {late} count as late",
            shown.len()
        );
        assert!(late * 3 < offered as u64, "{late} of {offered} are counted as lost though {} were shown", shown.len());
        let behind_ms = counters.shown.at(time.now_ns()).unwrap();
        assert!((40.0..140.0).contains(&behind_ms), "shown {behind_ms} ms after they were captured");
    }
}
