//! The recognition thread. Frames come by a watch channel, so that a slow machine sees fewer frames, never older ones.

mod catalogue;
mod photos;

use super::again::Again;
use super::evidence::Evidence;
use super::filling::Filling;
use super::gallery::{Shown, aside};
use super::printed::PrintedWords;
use super::provider::{self, Measure};
use super::waiting::{Progress, WaitingPhotos};
use super::wake::{Beside, Photos, Wake, wake};
use super::wishes::{Correction, Frames, Step, Wishes};
use crate::config::{Parts, StudioConfig};
use crate::errors::{Outcome, internal};
use crate::show_now_us;
use hawker_av::VideoFrame;
use hawker_domain::{LessonId, PhotoId, Sku, reason::RecognitionWhy};
use hawker_infer::Runtime;
use hawker_store::{NewLesson, Store};
use hawker_vision::priority::{GivesWayTo, give_way};
use hawker_vision::{FrameReport, Gallery, Learned, Lesson, Recogniser, RecogniserConfig};
use hawker_wire::{ErrorCode, Failure};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

/// Reports wait here while the owner is busy; when full, the newest is dropped: a newer one is on its way.
const REPORTS_BOUND: usize = 4;

/// What recognition tells the owner.
pub enum RecognitionEvent {
    Ready {
        provider: String,
        /// Why the models left a device they ran on.
        lost: Option<String>,
    },
    /// It does not run; the show goes on without tags.
    Off(Failure, RecognitionWhy),
    /// There is nothing to recognise yet: no product has a photo.
    Empty,
    /// How many of the catalogue's photos were looked at; none: all of them.
    Learning(Option<Progress>),
    /// A correction counts, and is kept.
    Learned { lesson_id: LessonId, sku: Sku, is_it: bool },
    /// A correction could not be kept, and counts until the gallery is built anew, or was kept and doesn't count yet.
    NotLearned(Failure),
    /// The show's evidence is written no further.
    EvidenceLost(Failure),
    /// The catalogue changed, but what is recognised is what was known before; it is tried again.
    NotRenewed(Failure),
    Report {
        report: FrameReport,
        /// That of [`RecognitionThread::age`] when it was seen.
        age: u64,
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
            Worker::new(handle, config, store, events, wished.clone()).run(wished);
        });
        let thread = spawned.map_err(|error| tracing::error!(%error, "the recognition thread did not start")).ok();
        (Self { wishes: Some(wishes), thread }, event_rx)
    }

    /// Looks at this source from now on.
    pub fn watch(&self, frames: Frames) {
        self.wish(|wishes| wishes.watch(frames));
    }

    /// What was seen is no longer there: the camera is lost.
    pub fn forget(&self) {
        self.wish(Wishes::forget);
    }

    /// Grows whenever what was seen is forgotten: a report of another age speaks of things that are gone.
    pub fn age(&self) -> u64 {
        self.wishes.as_ref().map_or(0, |wishes| wishes.borrow().age())
    }

    /// Looks at nothing.
    pub fn rest(&self) {
        self.wish(Wishes::rest);
    }

    /// Forgets what was seen: a show begins, and its evidence is written to this file; none: nowhere.
    pub fn start_over(&self, evidence: Option<PathBuf>) {
        self.wish(|wishes| wishes.start_over(evidence));
    }

    /// This track is this product, or is not.
    pub fn teach(&self, correction: Correction) {
        self.wish(|wishes| wishes.correct(correction));
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
    /// Only looked at; those to be done are awaited with the loop's own.
    wished: watch::Receiver<Wishes>,
    rate: Rate,
    /// The device that was last said to be lost.
    told_lost: Option<String>,
    /// Of the show that is on air.
    evidence: Option<Evidence>,
    shown: Shown,
    /// Photos to be looked at while nothing else is to be done.
    waiting: WaitingPhotos,
    /// Photos to be read, likewise.
    printed: PrintedWords,
    /// They are looked for when nobody is on air any more.
    find_later: bool,
    /// The rest of the catalogue, while it is made ready, and whether something came after it was begun.
    filling: Option<Filling>,
    fill_again: bool,
    /// Photos nothing can be learned from, and those that could not be looked at for another reason.
    given_up: HashSet<PhotoId>,
    unlucky: HashMap<PhotoId, Again>,
    /// Looks that failed, in a row.
    failures: u32,
    /// Loading, or building what is recognised.
    again: Again,
    /// See [`Wishes::age`].
    age: u64,
    told: Option<Instant>,
    built: Instant,
    /// A photo of a shown product was looked at since.
    is_stale: bool,
}

/// Looks that fail in a row before it is no accident, and how long recognition has to work before it counts as mended.
const MOST_FAILURES: u32 = 3;
const STEADY: Duration = Duration::from_secs(60);

impl Worker {
    fn new(
        handle: Handle,
        config: StudioConfig,
        store: Store,
        events: mpsc::Sender<RecognitionEvent>,
        wished: watch::Receiver<Wishes>,
    ) -> Self {
        let (rate, shown, waiting) = (Rate::default(), Shown::default(), WaitingPhotos::default());
        let (given_up, built) = (HashSet::new(), Instant::now());
        Self {
            handle,
            config,
            store,
            events,
            wished,
            rate,
            told_lost: None,
            evidence: None,
            shown,
            waiting,
            printed: PrintedWords::default(),
            find_later: false,
            filling: None,
            fill_again: false,
            given_up,
            unlucky: HashMap::new(),
            failures: 0,
            again: Again::default(),
            age: 0,
            told: None,
            built,
            is_stale: false,
        }
    }

    fn run(mut self, mut wished: watch::Receiver<Wishes>) {
        let mut engine = self.load();
        let mut done = Wishes::default();
        let mut frames: Option<Frames> = None;
        // What was wished while the models loaded.
        wished.mark_changed();
        loop {
            let are_waiting = !self.waiting.is_empty() || self.may_read(engine.as_ref(), &done);
            let beside =
                Beside { again: self.due(done.on_air), filling: self.filling.as_mut(), printed: &mut self.printed };
            let photos = Photos { are_waiting, are_due: self.waiting.is_due(Instant::now()) };
            match self.handle.block_on(wake(&mut wished, frames.as_mut(), photos, beside)) {
                Wake::Closing => return self.record(None, engine.as_mut()),
                Wake::Idle if self.waiting.is_empty() => self.read_photo(engine.as_mut()),
                Wake::Idle => engine = self.learn_photo(engine),
                Wake::Read(answer) => {
                    let store = (&self.handle, &self.store);
                    let is_time = self.printed.keep(store, answer, Instant::now(), done.on_air);
                    engine.iter_mut().filter(|_| is_time).for_each(|recogniser| self.rename(recogniser));
                }
                Wake::Behind(filled) => self.filled(filled.map(|filled| *filled), engine.as_mut()),
                Wake::SourceGone => frames = None,
                Wake::Again => {
                    self.begin_again();
                    engine = self.reload(engine);
                }
                Wake::Wish => {
                    let wishes = wished.borrow_and_update().clone();
                    for step in wishes.since(&done) {
                        engine = self.take(step, engine);
                    }
                    frames = wishes.frames.clone();
                    self.age = wishes.age();
                    done = wishes;
                    if let Some(recogniser) = engine.as_ref().filter(|_| self.find_later && !done.on_air) {
                        self.find_unread(recogniser);
                    }
                }
                Wake::Frame(frame) => engine = self.look(&frame, engine),
            }
        }
    }

    fn take(&mut self, step: Step, mut engine: Option<Recogniser>) -> Option<Recogniser> {
        match (step, engine.as_mut()) {
            (Step::Reload, _) => return self.reload(engine),
            (Step::Rename, Some(recogniser)) => self.rename(recogniser),
            (Step::Record(to), recogniser) => self.record(to, recogniser),
            (Step::StartOver, Some(recogniser)) => recogniser.start_over(),
            (Step::RunningOrder(order), Some(recogniser)) => {
                self.waiting.prefer(&order);
                recogniser.set_running_order(&order);
                self.shown.order = order.clone();
                self.find_unread(recogniser);
                // A product that was behind the show is of it now.
                if order.iter().any(|sku| !self.shown.holds(sku)) {
                    return self.reload(engine);
                }
            }
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
    fn learn(&self, correction: &Correction, recogniser: &mut Recogniser) -> Learning {
        let Correction { track_id, sku, variants, is_it } = correction;
        let learned = recogniser.correct(*track_id, sku, *is_it, show_now_us());
        let Some(Learned { lesson, crop, is_in_force }) = learned else { return Learning::Nothing };
        let (store, kept, model_id) = (self.store.clone(), sku.clone(), recogniser.model_id().to_owned());
        let (about, made_at_us) = (variants.clone(), lesson.made_at_us);
        let (is_it_kept, vector) = (*is_it, lesson.looks.to_bytes());
        let mut in_force: Vec<&Sku> = is_in_force.then_some(sku).into_iter().collect();
        in_force.extend(teach_others(lesson, variants, |lesson| recogniser.teach(lesson)));
        let kept = aside(&self.handle, async move {
            let (crop, model_id, vector) = (crop.as_deref(), model_id.as_str(), vector.as_slice());
            let (sku, variants) = (&kept, about.as_slice());
            let is_it = is_it_kept;
            store.add_lesson(&NewLesson { sku, variants, is_it, crop, model_id, vector, made_at_us }).await
        });
        match kept.and_then(|kept| kept.map_err(Failure::from)) {
            Ok(lesson_id) => {
                // Of what nobody looks for, it is true already that nothing is it.
                let brought = if is_in_force || !is_it { Ok(()) } else { self.bring_in(sku, recogniser) };
                let event = match brought {
                    Ok(()) => RecognitionEvent::Learned { lesson_id, sku: sku.clone(), is_it: *is_it },
                    Err(failure) => RecognitionEvent::NotLearned(failure),
                };
                let _ = self.events.blocking_send(event);
                let is_new = in_force.iter().any(|sku| !recogniser.has_photos(sku));
                if is_new { Learning::NewProduct } else { Learning::Done }
            }
            Err(failure) => {
                let _ = self.events.blocking_send(RecognitionEvent::NotLearned(failure));
                Learning::Done
            }
        }
    }

    /// Looks at one frame and reports. A recogniser that fails again and again is loaded anew a little later; until then the show
    /// goes on without tags.
    fn look(&mut self, frame: &VideoFrame, mut engine: Option<Recogniser>) -> Option<Recogniser> {
        let recogniser = engine.as_mut()?;
        match recogniser.observe(frame) {
            Ok(report) => {
                self.failures = 0;
                if self.built.elapsed() >= STEADY {
                    self.again.worked();
                }
                if recogniser.lost() != self.told_lost {
                    // A device was lost, in this look or in one at a photo; the show goes on on another.
                    self.told_lost = recogniser.lost();
                    let _ = self.events.blocking_send(ready(recogniser));
                }
                self.take_in(&report.candidates, recogniser);
                let fps = self.rate.tick(Instant::now());
                let important = !report.changes.is_empty();
                let (age, width, height) = (self.age, frame.width, frame.height);
                let event = RecognitionEvent::Report { report, age, width, height, fps };
                // A report without news may be dropped; a decision may not.
                if important {
                    let _ = self.events.blocking_send(event);
                } else {
                    let _ = self.events.try_send(event);
                }
                engine
            }
            Err(error) => {
                self.failures += 1;
                if self.failures < MOST_FAILURES {
                    tracing::warn!("a frame could not be looked at: {error}");
                    return engine;
                }
                self.failures = 0;
                self.again.failed(Instant::now());
                let off = internal("recognition keeps failing", error).hint("it is loaded anew by itself in a moment");
                let _ = self.events.blocking_send(RecognitionEvent::Off(off, RecognitionWhy::Failed));
                None
            }
        }
    }

    fn load(&mut self) -> Option<Recogniser> {
        if self.config.parts != Parts::All {
            return None;
        }
        let loaded = self.models().and_then(|mut recogniser| {
            let knows = self.with_gallery(&mut recogniser, true).map_err(|failure| {
                self.again.failed(Instant::now());
                failed(failure)
            });
            Ok(knows?.then_some(recogniser))
        });
        let mut loaded = self.tell_loaded(loaded);
        if let (Some(evidence), Some(recogniser)) = (&self.evidence, &mut loaded) {
            recogniser.record(evidence.record());
            // It has seen nothing of what another one wrote down before.
            recogniser.start_over();
        }
        loaded
    }

    /// Ends what is written down, and begins anew where that is wanted.
    fn record(&mut self, to: Option<PathBuf>, mut recogniser: Option<&mut Recogniser>) {
        if let Some(recogniser) = &mut recogniser
            && let Err(error) = recogniser.end_record()
        {
            tracing::warn!("the end of the show's evidence is lost: {error}");
        }
        self.evidence.take().into_iter().for_each(Evidence::end);
        let Some(path) = to else { return };
        let events = self.events.clone();
        self.evidence =
            Evidence::begin(path, move |failure| _ = events.blocking_send(RecognitionEvent::EvidenceLost(failure)));
        if let (Some(evidence), Some(recogniser)) = (&self.evidence, recogniser) {
            recogniser.record(evidence.record());
        }
    }

    /// Products or photos changed: the models and what they follow in the picture stay, and where the store fails what is known
    /// of the products, too.
    fn reload(&mut self, engine: Option<Recogniser>) -> Option<Recogniser> {
        let Some(mut recogniser) = engine else { return self.load() };
        match self.with_gallery(&mut recogniser, false) {
            Ok(knows) => {
                self.again.worked();
                self.tell_loaded(Ok(knows.then_some(recogniser)))
            }
            Err(failure) => {
                tracing::warn!("what is recognised is what was known before: {failure}");
                if self.again.failed(Instant::now()) == 1 {
                    let _ = self.events.blocking_send(RecognitionEvent::NotRenewed(failure));
                }
                Some(recogniser)
            }
        }
    }

    /// When something that went wrong is tried again. Photos can wait until nobody is on air: building what is recognised anew costs
    /// what was seen.
    fn due(&self, on_air: bool) -> Option<Instant> {
        let photos = self.unlucky.values().filter(|_| !on_air).filter_map(Again::due);
        photos.chain(self.again.due()).min()
    }

    fn begin_again(&mut self) {
        let now = Instant::now();
        let all = self.unlucky.values_mut().chain([&mut self.again]);
        all.filter(|again| again.due().is_some_and(|due| due <= now)).for_each(Again::begin);
    }

    fn tell_loaded(&mut self, loaded: Result<Option<Recogniser>, Missing>) -> Option<Recogniser> {
        let event = match loaded {
            Ok(Some(recogniser)) => {
                self.told_lost = recogniser.lost();
                let _ = self.events.blocking_send(ready(&recogniser));
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
        // While nobody waits: a show that begins meanwhile ends the measurement, and so does the end of the studio.
        let is_idle = || self.wished.has_changed().is_ok() && !self.wished.borrow().on_air;
        let providers = provider::order(&self.config, &runtime, Measure::While(&is_idle));
        let config = RecogniserConfig { threads: provider::THREADS, providers, ..RecogniserConfig::default() };
        let loaded = Recogniser::load(&self.config.models_dir, &runtime, config, Gallery::build(Vec::new()));
        loaded.map_err(|error| (unavailable(error), RecognitionWhy::ModelMissing))
    }
}

/// Teaches what was learned of one variant of the others, too, and answers for which of those it counts. What was seen
/// is the same for all: a crop of it for each would keep the camera waiting. A track that refuses one refuses them all.
fn teach_others(mut lesson: Lesson, variants: &[Sku], mut teach: impl FnMut(&Lesson) -> bool) -> Vec<&Sku> {
    let first = lesson.sku.clone();
    let others = variants.iter().filter(|variant| **variant != first);
    let counts = |variant: &&Sku| {
        lesson.sku.clone_from(variant);
        teach(&lesson)
    };
    others.filter(counts).collect()
}

/// What came of a correction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learning {
    /// The thing has left the picture, or was not looked at yet.
    Nothing,
    Done,
    /// It is about a product that is known by what was taught of it alone, and that is more now: the gallery has to be built anew.
    NewProduct,
}

/// Why it does not run, as a failure and as a code.
type Missing = (Failure, RecognitionWhy);

fn ready(recogniser: &Recogniser) -> RecognitionEvent {
    RecognitionEvent::Ready { provider: recogniser.provider(), lost: recogniser.lost() }
}

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

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
