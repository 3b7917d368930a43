//! The recognition thread. Frames come by a watch channel, so that a slow machine sees fewer frames, never older ones.

use super::gallery;
use super::wishes::{Correction, Frames, Step, Wishes};
use crate::config::{Parts, StudioConfig};
use crate::errors::{Outcome, internal};
use hawker_av::VideoFrame;
use hawker_domain::{LessonId, Sku, reason::RecognitionWhy};
use hawker_infer::Runtime;
use hawker_store::{NewLesson, Store};
use hawker_vision::priority::{GivesWayTo, give_way};
use hawker_vision::{FrameReport, Gallery, Recogniser, RecogniserConfig};
use hawker_wire::{ErrorCode, Failure};
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

/// Reports wait here while the owner is busy; when full, the newest is dropped: a newer one is on its way.
const REPORTS_BOUND: usize = 4;
/// One core stays for the encoder on a two-core machine.
const THREADS: usize = 1;

/// What recognition tells the owner.
pub enum RecognitionEvent {
    Ready {
        provider: String,
    },
    /// It does not run; the show goes on without tags.
    Off(Failure, RecognitionWhy),
    /// There is nothing to recognise yet: no product has a photo.
    Empty,
    /// A correction counts, and is kept.
    Learned {
        lesson_id: LessonId,
        sku: Sku,
        is_it: bool,
    },
    /// A correction could not be kept: it counts until the gallery is built anew.
    NotLearned(Failure),
    Report {
        report: FrameReport,
        width: u32,
        height: u32,
        fps: f32,
    },
}

/// The owner's handle. None of its calls but `stop` waits.
pub struct RecognitionThread {
    wishes: Option<watch::Sender<Wishes>>,
    thread: Option<JoinHandle<()>>,
}

impl RecognitionThread {
    /// Starts the thread; models load in the background.
    pub fn start(config: &StudioConfig, store: Store) -> (Self, mpsc::Receiver<RecognitionEvent>) {
        let (wishes, wished) = watch::channel(Wishes::default());
        let (events, event_rx) = mpsc::channel(REPORTS_BOUND);
        let (handle, config) = (Handle::current(), config.clone());
        let spawned = std::thread::Builder::new().name("recognition".into()).spawn(move || {
            give_way(GivesWayTo::Stream);
            let worker = Worker { handle, config, store, events, rate: Rate::default() };
            worker.run(wished);
        });
        let thread = spawned.map_err(|error| tracing::error!(%error, "the recognition thread did not start")).ok();
        (Self { wishes: Some(wishes), thread }, event_rx)
    }

    /// Looks at this source from now on.
    pub fn watch(&self, frames: Frames) {
        self.wish(|wishes| wishes.watch(frames));
    }

    /// Looks at nothing.
    pub fn rest(&self) {
        self.wish(|wishes| wishes.frames = None);
    }

    /// Forgets what was seen: a show begins.
    pub fn start_over(&self) {
        self.wish(Wishes::start_over);
    }

    /// This track is this product, or is not.
    pub fn teach(&self, track_id: u32, sku: Sku, is_it: bool) {
        self.wish(|wishes| wishes.correct(Correction { track_id, sku, is_it }));
    }

    pub fn running_order(&self, order: Vec<Sku>) {
        self.wish(|wishes| wishes.running_order = order);
    }

    /// Products may have got other titles, brands, aliases or codes.
    pub fn rename(&self) {
        self.wish(Wishes::rename);
    }

    /// Products or photos changed.
    pub fn reload(&self) {
        self.wish(Wishes::reload);
    }

    fn wish(&self, change: impl FnOnce(&mut Wishes)) {
        if let Some(wishes) = &self.wishes {
            wishes.send_modify(change);
        }
    }

    /// Lets the thread finish its frame and joins it.
    pub async fn stop(&mut self) {
        self.wishes = None;
        if let Some(thread) = self.thread.take() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

struct Worker {
    handle: Handle,
    config: StudioConfig,
    store: Store,
    events: mpsc::Sender<RecognitionEvent>,
    rate: Rate,
}

/// What the loop woke up for.
enum Wake {
    Wish,
    Frame(VideoFrame),
    SourceGone,
    Closing,
}

impl Worker {
    fn run(mut self, mut wished: watch::Receiver<Wishes>) {
        let mut engine = self.load();
        let mut done = Wishes::default();
        let mut frames: Option<Frames> = None;
        // What was wished while the models loaded.
        wished.mark_changed();
        loop {
            match self.handle.block_on(wake(&mut wished, frames.as_mut())) {
                Wake::Closing => return,
                Wake::SourceGone => frames = None,
                Wake::Wish => {
                    let wishes = wished.borrow_and_update().clone();
                    for step in wishes.since(&done) {
                        engine = self.take(step, engine);
                    }
                    frames = wishes.frames.clone();
                    done = wishes;
                }
                Wake::Frame(frame) => engine = self.look(&frame, engine),
            }
        }
    }

    fn take(&self, step: Step, mut engine: Option<Recogniser>) -> Option<Recogniser> {
        match (step, engine.as_mut()) {
            (Step::Reload, _) => return self.reload(engine),
            (Step::Rename, Some(recogniser)) => match gallery::names(&self.handle, &self.store) {
                Ok(names) => recogniser.set_names(names),
                Err(failure) => tracing::warn!("words are compared with the products' former names: {failure}"),
            },
            (Step::StartOver, Some(recogniser)) => recogniser.start_over(),
            (Step::RunningOrder(order), Some(recogniser)) => recogniser.set_running_order(&order),
            (Step::Correct(correction), Some(recogniser)) => {
                if self.learn(&correction, recogniser) == Learning::NewProduct {
                    return self.reload(engine);
                }
            }
            (_, None) => {}
        }
        engine
    }

    /// Learns from a correction and keeps what was learned. Where it can't be kept it counts until the gallery is built anew.
    fn learn(&self, Correction { track_id, sku, is_it }: &Correction, recogniser: &mut Recogniser) -> Learning {
        let Some(learned) = recogniser.correct(*track_id, sku, *is_it) else { return Learning::Nothing };
        let (store, kept, model_id) = (self.store.clone(), sku.clone(), recogniser.model_id().to_owned());
        let (is_it_kept, vector) = (*is_it, learned.lesson.looks.to_bytes());
        // On the runtime's own threads: this one gives way to others, and must not do so with the store's only writer in hand.
        let keeping = self.handle.spawn(async move {
            let (crop, model_id, vector) = (learned.crop.as_deref(), model_id.as_str(), vector.as_slice());
            store.add_lesson(&NewLesson { sku: &kept, is_it: is_it_kept, crop, model_id, vector }).await
        });
        let kept = self.handle.block_on(keeping).map_err(|error| internal("keeping a lesson broke off", error));
        match kept.and_then(|kept| kept.map_err(Failure::from)) {
            Ok(lesson_id) => {
                let event = RecognitionEvent::Learned { lesson_id, sku: sku.clone(), is_it: *is_it };
                let _ = self.events.blocking_send(event);
                if recogniser.has_photos(sku) { Learning::Done } else { Learning::NewProduct }
            }
            Err(failure) => {
                let _ = self.events.blocking_send(RecognitionEvent::NotLearned(failure));
                Learning::Done
            }
        }
    }

    /// Looks at one frame and reports. A recogniser that fails is given up: the show goes on without tags.
    fn look(&mut self, frame: &VideoFrame, mut engine: Option<Recogniser>) -> Option<Recogniser> {
        match engine.as_mut()?.observe(frame) {
            Ok(report) => {
                let fps = self.rate.tick(Instant::now());
                let important = !report.changes.is_empty();
                let event = RecognitionEvent::Report { report, width: frame.width, height: frame.height, fps };
                // A report without news may be dropped; a decision may not.
                if important {
                    let _ = self.events.blocking_send(event);
                } else {
                    let _ = self.events.try_send(event);
                }
                engine
            }
            Err(error) => {
                let off = internal("recognition failed on a frame", error);
                let _ = self.events.blocking_send(RecognitionEvent::Off(off, RecognitionWhy::Failed));
                None
            }
        }
    }

    fn load(&self) -> Option<Recogniser> {
        if self.config.parts != Parts::All {
            return None;
        }
        let loaded = self.models().and_then(|recogniser| self.with_gallery(recogniser).map_err(failed));
        self.tell_loaded(loaded)
    }

    /// Products or photos changed: the models and what they follow in the picture stay.
    fn reload(&self, engine: Option<Recogniser>) -> Option<Recogniser> {
        let Some(recogniser) = engine else { return self.load() };
        let loaded = self.with_gallery(recogniser).map_err(failed);
        self.tell_loaded(loaded)
    }

    fn tell_loaded(&self, loaded: Result<Option<Recogniser>, Missing>) -> Option<Recogniser> {
        let event = match loaded {
            Ok(Some(recogniser)) => {
                let provider = recogniser.provider().to_owned();
                let _ = self.events.blocking_send(RecognitionEvent::Ready { provider });
                return Some(recogniser);
            }
            Ok(None) => RecognitionEvent::Empty,
            Err((failure, why)) => RecognitionEvent::Off(failure, why),
        };
        let _ = self.events.blocking_send(event);
        None
    }

    fn models(&self) -> Result<Recogniser, Missing> {
        let runtime = runtime(self.config.onnxruntime.as_deref());
        let runtime = runtime.map_err(|failure| (failure, RecognitionWhy::RuntimeMissing))?;
        let config = RecogniserConfig { threads: THREADS, ..RecogniserConfig::default() };
        let loaded = Recogniser::load(&self.config.models_dir, &runtime, config, Gallery::build(Vec::new()));
        loaded.map_err(|error| (unavailable(error), RecognitionWhy::ModelMissing))
    }

    /// None: there is nothing to recognise.
    fn with_gallery(&self, mut recogniser: Recogniser) -> Outcome<Option<Recogniser>> {
        let wanted = || !self.events.is_closed();
        let gallery = gallery::build(&self.handle, &self.store, &mut recogniser, wanted)?;
        if gallery.is_empty() {
            return Ok(None);
        }
        recogniser.set_gallery(gallery);
        recogniser.set_names(gallery::names(&self.handle, &self.store)?);
        Ok(Some(recogniser))
    }
}

/// What came of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learning {
    /// The thing has left the picture, or was not looked at yet.
    Nothing,
    Done,
    /// It is about a product without photos: the gallery has to be built anew.
    NewProduct,
}

/// Why it does not run, as a failure and as a code.
type Missing = (Failure, RecognitionWhy);

fn failed(failure: Failure) -> Missing {
    (failure, RecognitionWhy::Failed)
}

/// Loads ONNX Runtime. Errors: `model_unavailable` with what to do.
pub fn runtime(path: Option<&Path>) -> Outcome<Runtime> {
    Runtime::load(path).map_err(unavailable)
}

pub fn unavailable(error: impl std::error::Error) -> Failure {
    Failure::new(ErrorCode::ModelUnavailable, crate::errors::chain(&error))
        .hint("run `cargo xtask setup` or `hawker doctor`; the show goes on without tags")
}

async fn wake(wished: &mut watch::Receiver<Wishes>, frames: Option<&mut Frames>) -> Wake {
    let next_frame = async {
        match frames {
            None => std::future::pending().await,
            Some(frames) => loop {
                if frames.changed().await.is_err() {
                    return Wake::SourceGone;
                }
                if let Some(frame) = frames.borrow_and_update().clone() {
                    return Wake::Frame(frame);
                }
            },
        }
    };
    tokio::select! {
        biased;
        wish = wished.changed() => if wish.is_ok() { Wake::Wish } else { Wake::Closing },
        woken = next_frame => woken,
    }
}

/// Frames per second over the last two seconds.
#[derive(Default)]
struct Rate {
    since: Option<Instant>,
    count: u32,
    last: f32,
}

impl Rate {
    fn tick(&mut self, now: Instant) -> f32 {
        let since = *self.since.get_or_insert(now);
        self.count += 1;
        let elapsed = now.duration_since(since);
        if elapsed >= Duration::from_secs(2) {
            self.last = self.count as f32 / elapsed.as_secs_f32();
            self.since = Some(now);
            self.count = 0;
        }
        self.last
    }
}
