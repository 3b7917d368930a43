//! One canvas of a program with all that belongs to it alone: its thread, its card, its encoder, its consumers' hub.

use super::{
    CanvasConfig,
    fate::Fate,
    graph::{Common, EncodeCounters, VideoGraph, play},
    mend::{self, Patient, Without},
    pulse::Pulse,
    rendition::{Rendition, RenditionParts, RenditionSpec, Renditions},
    seat::Seat,
    size::Sizer,
    sync::Leaving,
};
use crate::{
    EncodeStats, EncoderChoice, MediaError, Preview, SyncStats,
    canvas::{Board, Canvas, CanvasCounters, CanvasInput, CanvasParts, Effort, Looks, slate},
    card::{Card, CardWorker},
    hub::Hub,
    output::RawTap,
    source::Shape,
};
use gstreamer as gst;
use hawker_domain::{CanvasShape, RecordQuality};
use std::{
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// On purpose: how long a canvas's encoders are made to fail at most, and how often. A new one sits there within half a second.
const FAILS: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(300);

pub(super) struct Lane {
    pub kind: CanvasShape,
    pub shape: Shape,
    pub hub: Arc<Hub>,
    pub board: Arc<Board>,
    pub counters: Arc<CanvasCounters>,
    pub encoded: Arc<EncodeCounters>,
    pub seat: Arc<Seat>,
    effort: Arc<Effort>,
    pub sizer: Sizer,
    pub want_keyframe: Arc<dyn Fn() + Send + Sync>,
    /// Sets the bitrate while the encoder runs, bits a second.
    pub steer: Arc<dyn Fn(u32) + Send + Sync>,
    /// As asked for at the start.
    pub bitrate_bps: u32,
    encoder: EncoderChoice,
    pub raw: Arc<RawTap>,
    pub fate: Arc<Fate>,
    renditions: Renditions,
    leaving: Arc<Leaving>,
    pub preview: Preview,
    pub input: CanvasInput,
    workers: Mutex<Workers>,
}

/// In the order in which they are stopped.
struct Workers {
    canvas: Canvas,
    cards: CardWorker,
    mender: Pulse,
}

impl Lane {
    /// Builds and starts it; nothing is encoded before the show is on air. Errors: encoder or elements are missing.
    pub(super) fn start(
        config: &CanvasConfig,
        fate: &Arc<Fate>,
        (fps, encoder): (u32, &EncoderChoice),
        looks: &Arc<Looks>,
        effort: &Arc<Effort>,
        common: &Common<'_>,
    ) -> Result<Self, MediaError> {
        let shape = Shape { width: config.width, height: config.height, fps };
        let hub = Arc::new(Hub::default());
        let graph = VideoGraph::build(encoder.at(config.bitrate_bps, fps), shape, (&hub, effort), common)?;
        let (board, counters) = (Arc::new(Board::default()), Arc::new(CanvasCounters::default()));
        let thread = |what: &str, e: std::io::Error| MediaError::pipeline(what, e);
        let (canvas, input) = Canvas::start(CanvasParts {
            shape,
            time: common.time.clone(),
            target: graph.input,
            board: board.clone(),
            looks: looks.clone(),
            slate: draw_slate(shape),
            counters: counters.clone(),
            effort: effort.clone(),
            encoding: graph.counters.load.clone(),
            fate: fate.clone(),
        })
        .map_err(|e| thread("canvas", e))?;
        let cards = CardWorker::start(board.clone(), shape, common.time.clone()).map_err(|e| thread("cards", e))?;
        let patient = Patient::Picture(graph.seat.clone());
        let mender =
            mend::start(patient, config.shape.to_string(), Without::Canvas(fate.clone()), common.events.clone())
                .map_err(|e| thread("bus", e))?;
        let renditions = Renditions::new(RenditionParts {
            canvas: config.shape.to_string(),
            shape,
            raw: graph.raw.clone(),
            sound: hub.clone(),
            time: common.time.clone(),
            on_air: common.on_air.clone(),
            effort: effort.clone(),
            events: common.events.clone(),
            behind: Arc::default(),
        });
        let leaving = Leaving::new(common.time.clone());
        hub.attach(leaving.clone());
        let lane = Self {
            kind: config.shape,
            shape,
            hub,
            board,
            counters,
            encoded: graph.counters,
            seat: graph.seat,
            effort: effort.clone(),
            sizer: graph.sizer,
            want_keyframe: graph.want_keyframe,
            steer: graph.steer,
            bitrate_bps: config.bitrate_bps,
            encoder: encoder.clone(),
            raw: graph.raw,
            fate: fate.clone(),
            renditions,
            leaving,
            preview: graph.preview,
            input,
            workers: Mutex::new(Workers { canvas, cards, mender }),
        };
        play(lane.seat.pipeline())?;
        Ok(lane)
    }

    pub(super) fn set_card(&self, card: Option<Card>) {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner).cards.show(card);
    }

    /// It was not given up.
    pub(super) fn runs(&self) -> bool {
        self.fate.given_up().is_none()
    }

    /// Lets one encoder after the other fail until the canvas is given up, or the show is over.
    pub(super) fn fail_for_good(&self, over: &Arc<AtomicBool>) {
        let (seat, fate, over, until) = (self.seat.clone(), self.fate.clone(), over.clone(), Instant::now() + FAILS);
        let _ = std::thread::Builder::new().name("hawker-fault".into()).spawn(move || {
            while fate.given_up().is_none() && !over.load(Ordering::SeqCst) && Instant::now() < until {
                seat.fail();
                std::thread::sleep(AGAIN);
            }
        });
    }

    /// Pictures encoded since the program began.
    pub(super) fn encoded(&self) -> u64 {
        self.encoded.encoded.load(Ordering::Relaxed)
    }

    /// A further encode of this canvas; it runs while the result is held. Errors: encoder or elements.
    pub(super) fn rendition(&self, wanted: hawker_domain::Rendition) -> Result<Arc<Rendition>, MediaError> {
        let (width, height) = wanted.size(self.shape.width, self.shape.height);
        let encode = self.encoder.at(wanted.bitrate_bps().min(self.bitrate_bps), self.shape.fps);
        self.renditions.take(&RenditionSpec { name: wanted.to_string(), width, height, encode })
    }

    /// The further encode of a recording that is to differ from the stream; none where it would not. Errors: encoder or
    /// elements.
    pub(super) fn recording(&self, quality: RecordQuality) -> Option<Result<Arc<Rendition>, MediaError>> {
        let own = quality.on((self.shape.width, self.shape.height), self.bitrate_bps)?;
        let encode = self.encoder.at(own.bitrate_bps, self.shape.fps);
        let name = "recording".to_owned();
        Some(self.renditions.take(&RenditionSpec { name, width: own.width, height: own.height, encode }))
    }

    /// Pictures that the further encodes had no time for.
    pub(super) fn encodes_behind(&self) -> u64 {
        self.renditions.behind()
    }

    /// Of its own encode, then of the further ones.
    pub(super) fn encode_stats(&self) -> Vec<EncodeStats> {
        let (fps, (width, height)) = (self.effort.fps(), self.sizer.now());
        let own = EncodeStats {
            width,
            height,
            name: self.kind.to_string(),
            encoder: self.seat.name().to_owned(),
            encoded: self.encoded(),
            dropped: 0,
            bitrate_bps: self.seat.asked_bps(),
            fps,
            picture_ms: self.encoded.load.smoothed() * 1000.0 / fps as f32,
        };
        std::iter::once(own).chain(self.renditions.stats()).collect()
    }

    /// Sound against picture; `sounds_ms` is how late each audible input lies.
    pub(super) fn sync(&self, sounds_ms: &[f32]) -> SyncStats {
        self.leaving.stats(self.kind, &self.counters.shown, sounds_ms)
    }

    /// Blocks until its threads are over.
    pub(super) fn stop(&self) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.canvas.stop();
        workers.cards.stop();
        workers.mender.stop();
        drop(workers);
        self.seat.stop();
    }
}

/// A program that does not come about leaves no pipeline behind.
impl Drop for Lane {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Draws the slate in the background: reading the system's fonts takes a moment.
pub(super) fn draw_slate(shape: Shape) -> Arc<OnceLock<Option<gst::Buffer>>> {
    let drawn = Arc::new(OnceLock::new());
    let target = drawn.clone();
    let _ = std::thread::Builder::new().name("hawker-slate".into()).spawn(move || target.set(slate(shape)));
    drawn
}
