//! The governor at work: it is asked twice a second while on air, and its hands are on what can be lowered.

use super::{lane::Lane, own_recording::OwnRecordings, size::Sizer, sources::Sources};
use crate::{
    GovernorState, GovernorTask, Levers, MediaEvent, Nominal, Preview, Reading, Scale, Step, canvas::Effort,
    clock::Timebase, event::Events,
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

const EVERY: Duration = Duration::from_millis(500);
/// What is measured of the moments after a sleep says nothing about the computer's speed.
const WAKING: Duration = Duration::from_secs(2);

/// The running thread.
pub(super) struct Overload {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    state: Arc<Mutex<Option<GovernorState>>>,
}

/// What the governor may lower.
struct Hands {
    effort: Arc<Effort>,
    previews: Vec<Preview>,
    sizers: Vec<Sizer>,
    sources: Arc<Sources>,
}

impl Levers for Hands {
    fn set_watch_fps(&mut self, fps: u32) {
        self.sources.set_watch_fps(fps);
    }

    fn set_preview_fps(&mut self, fps: u32) {
        self.previews.iter().for_each(|preview| preview.set_fps(fps));
    }

    fn set_beauty_allowed(&mut self, allowed: bool) {
        self.sources.allow_beauty(allowed);
    }

    fn set_frame_rate(&mut self, fps: u32) {
        self.effort.set_fps(fps);
    }

    fn set_scale(&mut self, scale: Scale) {
        self.sizers.iter().for_each(|sizer| sizer.set(scale));
    }
}

/// What the show runs with, of its canvases' shorter sides the longest.
fn nominal(watch_fps: u32, fps: u32, beauty: bool, lanes: &[Lane]) -> Nominal {
    let short_side = lanes.iter().map(|lane| lane.shape.width.min(lane.shape.height)).max().unwrap_or_default();
    Nominal { watch_fps, preview_fps: crate::preview::FPS, beauty, fps, short_side }
}

/// Counters of one canvas.
struct Counted {
    encoded: Arc<super::graph::EncodeCounters>,
    canvas: Arc<crate::canvas::CanvasCounters>,
}

impl Overload {
    pub(super) fn start(
        lanes: &[Lane],
        sources: &Arc<Sources>,
        (effort, time): (&Arc<Effort>, &Arc<Timebase>),
        own_recordings: OwnRecordings,
        (watch_fps, fps): (u32, u32),
        on_air: Arc<AtomicBool>,
        events: Events,
    ) -> std::io::Result<Self> {
        let previews = lanes.iter().map(|lane| lane.preview.clone()).collect();
        let sizers = lanes.iter().map(|lane| lane.sizer.clone()).collect();
        let hands = Hands { effort: effort.clone(), previews, sizers, sources: sources.clone() };
        let counted: Vec<Counted> =
            lanes.iter().map(|lane| Counted { encoded: lane.encoded.clone(), canvas: lane.counters.clone() }).collect();
        let nominal = nominal(watch_fps, fps, sources.beautifies(), lanes);
        let mut task = GovernorTask::new(nominal, hands);
        let (looked_at, time) = (sources.clone(), time.clone());
        let (stop, stopped) = mpsc::channel();
        let state = Arc::new(Mutex::new(None));
        let shown = state.clone();
        let thread = std::thread::Builder::new().name("hawker-governor".into()).spawn(move || {
            let began = Instant::now();
            let (mut sleeps, mut rested_until) = (time.sleeps(), began);
            let mut beautifies = looked_at.beautifies();
            while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(EVERY) {
                let reading = read(&counted);
                if beautifies != looked_at.beautifies() {
                    beautifies = !beautifies;
                    task.retarget(Nominal { beauty: beautifies, ..nominal });
                }
                if std::mem::replace(&mut sleeps, time.sleeps()) != sleeps {
                    rested_until = Instant::now() + WAKING;
                }
                if !on_air.load(Ordering::SeqCst) {
                    continue;
                }
                if Instant::now() < rested_until {
                    task.pass(reading);
                    continue;
                }
                let steps = task.tick(began.elapsed(), reading);
                own_recordings.look(steps.iter().any(|step| matches!(step, Step::Lower { .. })));
                steps.iter().for_each(|step| tell(step, &events));
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.state());
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread), state })
    }

    /// How the governor stands; none before the show.
    pub(super) fn state(&self) -> Option<GovernorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn read(counted: &[Counted]) -> Reading {
    let spans = counted.iter().map(|counted| counted.encoded.load.take());
    let (encode_load, encode_peak) =
        spans.fold((0.0, 0.0), |(mean, peak): (f32, f32), span| (mean.max(span.mean), peak.max(span.peak)));
    let lost = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let dropped_total =
        counted.iter().map(|counted| lost(&counted.canvas.overload) + lost(&counted.canvas.queue_full)).sum();
    Reading { encode_load, encode_peak, dropped_total }
}

fn tell(step: &Step, events: &Events) {
    let words = step.words();
    tracing::info!(words = words.en, "governor");
    let lowered = matches!(step, Step::Lower { .. } | Step::Warn { .. });
    events.send(MediaEvent::Overload { lowered, words });
}
