//! The scene that a host looks at before viewers do: drawn live from the same sources, small, and encoded by nothing but the
//! preview's JPEG. It costs something only while somebody looks.
//!
//! A thread of its own. What it is to show is a slot with room for one: of several that come while it draws texts, the
//! newest counts.

use super::{
    Program,
    graph::play,
    lane::{Lane, draw_slate},
    scenes::{Target, prepared},
};
use crate::{
    MediaError, MediaEvent, Preview,
    canvas::{Board, Looks, Seen},
    clock::Timebase,
    elements,
    event::Events,
    preview,
    scene::{Composer, Layout, Look},
    source::Shape,
};
use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;
use hawker_domain::{
    CanvasShape, SourceId,
    scene::{Scene, Transition},
};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How often it is asked whether somebody looks, while nobody does.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Pictures that wait for the JPEG encoder; more would only be old.
const QUEUE_BUFFERS: u64 = 1;

/// The running thread.
pub(super) struct Stage {
    kind: CanvasShape,
    preview: Preview,
    next: Arc<Mutex<Option<Scene>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    pipeline: gst::Pipeline,
}

impl Program {
    /// Draws `scene` beside the program, as the canvas of this shape would show it, and changes nothing that goes out.
    /// Calling it again shows another scene there. Errors: an element is missing.
    pub fn stage(&self, scene: &Scene, canvas: CanvasShape) -> Result<Preview, MediaError> {
        let mut stage = self.staged();
        let running = match stage.take().filter(|running| running.kind == canvas) {
            Some(running) => running,
            None => Stage::start(canvas, self.lane(canvas)?, &self.sources.looks, &self.time, &self.events)?,
        };
        running.show(scene);
        let preview = running.preview.clone();
        *stage = Some(running);
        Ok(preview)
    }

    /// Takes away what [`Program::stage`] shows.
    pub fn unstage(&self) {
        let ended = self.staged().take();
        drop(ended);
    }

    fn staged(&self) -> MutexGuard<'_, Option<Stage>> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stage {
    fn start(
        kind: CanvasShape,
        lane: &Lane,
        looks: &Arc<Looks>,
        time: &Arc<Timebase>,
        events: &Events,
    ) -> Result<Self, MediaError> {
        let (shape, hd) = (small(kind, lane), lane.shape.is_hd());
        let caps = shape.coloured(hd);
        let pipeline = gst::Pipeline::new();
        time.apply(&pipeline);
        let input = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).is_live(true).max_bytes(0).build();
        let tee = elements::make("tee")?;
        elements::add_row(&pipeline, &[input.upcast_ref(), &tee])?;
        let preview = preview::branch(&pipeline, &tee, shape, Some(&lane.preview))?;
        play(&pipeline)?;
        let (next, stop) = (Arc::new(Mutex::new(None)), Arc::new(AtomicBool::new(false)));
        let mut artist = Artist {
            target: Target { kind, shape, hd },
            board: Board::default(),
            composer: Composer::new(shape.width, shape.height, hd),
            slate: draw_slate(shape),
            looks: looks.clone(),
            time: time.clone(),
            events: events.clone(),
            told: Vec::new(),
            input,
        };
        let (wanted, slot, stopped) = (preview.clone(), next.clone(), stop.clone());
        let thread = std::thread::Builder::new().name("hawker-stage".into()).spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                let began = Instant::now();
                let scene = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(scene) = scene {
                    artist.prepare(&scene);
                }
                let pause = if wanted.is_wanted() { artist.draw(&wanted) } else { LOOK_EVERY };
                std::thread::park_timeout(pause.saturating_sub(began.elapsed()));
            }
        });
        let thread = thread.map_err(|e| MediaError::pipeline("stage", e))?;
        Ok(Self { kind, preview, next, stop, thread: Some(thread), pipeline })
    }

    fn show(&self, scene: &Scene) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(scene.clone());
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// The size of the preview, standing as the canvas does: also for a canvas that the program does not have.
fn small(kind: CanvasShape, lane: &Lane) -> Shape {
    let Shape { width, height, fps } = lane.shape;
    let (long, short) = (width.max(height), width.min(height));
    let (width, height) = match kind {
        CanvasShape::Landscape => (long, short),
        CanvasShape::Portrait => (short, long),
    };
    preview::small(Shape { width, height, fps })
}

/// What draws the staged scene.
struct Artist {
    target: Target,
    board: Board,
    composer: Composer,
    slate: Arc<OnceLock<Option<gst::Buffer>>>,
    looks: Arc<Looks>,
    time: Arc<Timebase>,
    events: Events,
    /// What is missing in the scene and was said: a scene that is being changed comes often.
    told: Vec<(String, String)>,
    input: gst_app::AppSrc,
}

impl Artist {
    fn prepare(&mut self, scene: &Scene) {
        let former = self.board.layers();
        let mut missing = Vec::new();
        let layers = prepared(scene, &self.target, &former, &mut |what, why| missing.push((what, why)));
        for (what, why) in missing.iter().filter(|one| !self.told.contains(one)) {
            self.events.send(MediaEvent::SceneIncomplete { what: what.clone(), why: why.clone() });
        }
        self.told = missing;
        self.board.show(layers, Transition::Cut, self.time.now_ns());
    }

    /// Draws one picture; how long until the next.
    fn draw(&mut self, preview: &Preview) -> Duration {
        if self.input.current_level_buffers() < QUEUE_BUFFERS
            && let Some(picture) = self.picture()
        {
            let _ = self.input.push_buffer(picture);
        }
        preview.interval()
    }

    fn picture(&mut self) -> Option<gst::Buffer> {
        let Self { board, composer, slate, looks, time, input: _, .. } = self;
        let now = time.now_ns();
        let canvas: Layout = *composer.canvas();
        let slate = slate.get().and_then(Option::as_ref);
        let sources = |id: &SourceId| match looks.of(id) {
            Seen::Picture(look) => Some(look),
            Seen::Nothing => slate.map(|buffer| Look { buffer: buffer.clone(), layout: canvas }),
            Seen::Unknown => None,
        };
        let mut buffer = gst::Buffer::with_size(canvas.size).ok()?;
        {
            let buffer = buffer.get_mut()?;
            buffer.set_pts(gst::ClockTime::from_nseconds(now));
            let mut map = buffer.map_writable().ok()?;
            composer.compose(&board.at(now), &sources, &[], map.as_mut_slice());
        }
        Some(buffer)
    }
}
