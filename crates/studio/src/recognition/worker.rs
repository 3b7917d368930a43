//! The recognition thread. Frames come by a watch channel, so that a slow machine sees fewer frames, never older ones.

use super::gallery;
use crate::config::{Parts, StudioConfig};
use crate::errors::{Outcome, internal};
use hawker_av::VideoFrame;
use hawker_domain::{Sku, reason::RecognitionWhy};
use hawker_infer::Runtime;
use hawker_store::Store;
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

type Frames = watch::Receiver<Option<VideoFrame>>;

/// What the owner asks of recognition.
pub enum RecognitionCommand {
    /// Look at this source from now on.
    Watch(Frames),
    /// Look at nothing.
    Rest,
    /// Forget what was seen: a show begins.
    StartOver,
    /// This track is not this product.
    Reject {
        track_id: u32,
        sku: Sku,
    },
    RunningOrder(Vec<Sku>),
    /// Products or photos changed.
    Reload,
}

/// What recognition tells the owner.
pub enum RecognitionEvent {
    Ready {
        provider: String,
    },
    /// It does not run; the show goes on without tags.
    Off(Failure, RecognitionWhy),
    /// There is nothing to recognise yet: no product has a photo.
    Empty,
    Report {
        report: FrameReport,
        width: u32,
        height: u32,
        fps: f32,
    },
}

pub struct RecognitionThread {
    commands: Option<mpsc::Sender<RecognitionCommand>>,
    thread: Option<JoinHandle<()>>,
}

impl RecognitionThread {
    /// Starts the thread; models load in the background.
    pub fn start(config: &StudioConfig, store: Store) -> (Self, mpsc::Receiver<RecognitionEvent>) {
        let (commands, command_rx) = mpsc::channel(32);
        let (events, event_rx) = mpsc::channel(REPORTS_BOUND);
        let (handle, config) = (Handle::current(), config.clone());
        let spawned = std::thread::Builder::new().name("recognition".into()).spawn(move || {
            let worker = Worker { handle, config, store, events };
            worker.run(command_rx);
        });
        let thread = spawned.map_err(|error| tracing::error!(%error, "the recognition thread did not start")).ok();
        (Self { commands: Some(commands), thread }, event_rx)
    }

    pub async fn send(&self, command: RecognitionCommand) {
        if let Some(commands) = &self.commands {
            let _ = commands.send(command).await;
        }
    }

    /// Lets the thread finish its frame and joins it.
    pub async fn stop(&mut self) {
        self.commands = None;
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
}

/// What the loop woke up for.
enum Wake {
    Command(Option<RecognitionCommand>),
    Frame(VideoFrame),
    SourceGone,
}

impl Worker {
    fn run(self, mut commands: mpsc::Receiver<RecognitionCommand>) {
        let mut engine = self.load();
        let mut frames: Option<Frames> = None;
        let mut rate = Rate::default();
        loop {
            match self.handle.block_on(wake(&mut commands, frames.as_mut())) {
                Wake::Command(None) => return,
                Wake::Command(Some(RecognitionCommand::Watch(source))) => {
                    // Its times begin anew.
                    engine.iter_mut().for_each(Recogniser::start_over);
                    frames = Some(source);
                }
                Wake::Command(Some(RecognitionCommand::StartOver)) => {
                    engine.iter_mut().for_each(Recogniser::start_over);
                }
                Wake::Command(Some(RecognitionCommand::Rest)) | Wake::SourceGone => frames = None,
                Wake::Command(Some(RecognitionCommand::Reload)) => engine = self.reload(engine),
                Wake::Command(Some(RecognitionCommand::Reject { track_id, sku })) => {
                    if let Some(recogniser) = engine.as_mut() {
                        recogniser.reject(track_id, &sku);
                    }
                }
                Wake::Command(Some(RecognitionCommand::RunningOrder(order))) => {
                    if let Some(recogniser) = engine.as_mut() {
                        recogniser.set_running_order(&order);
                    }
                }
                Wake::Frame(frame) => {
                    let Some(recogniser) = engine.as_mut() else { continue };
                    match recogniser.observe(&frame) {
                        Ok(report) => {
                            let fps = rate.tick(Instant::now());
                            let (width, height) = (frame.width, frame.height);
                            let important = !report.changes.is_empty();
                            let event = RecognitionEvent::Report { report, width, height, fps };
                            // A report without news may be dropped; a decision may not.
                            if important {
                                let _ = self.events.blocking_send(event);
                            } else {
                                let _ = self.events.try_send(event);
                            }
                        }
                        Err(error) => {
                            engine = None;
                            let off = internal("recognition failed on a frame", error);
                            let _ = self.events.blocking_send(RecognitionEvent::Off(off, RecognitionWhy::Failed));
                        }
                    }
                }
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
        Ok(Some(recogniser))
    }
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

async fn wake(commands: &mut mpsc::Receiver<RecognitionCommand>, frames: Option<&mut Frames>) -> Wake {
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
        command = commands.recv() => Wake::Command(command),
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
