//! A program: what is on the canvas, encoded once, handed to many.

mod graph;
mod pulse;

use crate::{
    MediaError, MediaEvent, MediaStats, MediaSummary, MicSpec, OutputConfig, Preview, SourceSpec,
    audio::{Audio, AudioInput, AudioMeter},
    canvas::{Canvas, CanvasCounters, CanvasParts, WatchTap, slate},
    card::{Card, CardWorker},
    clock::Timebase,
    event::Events,
    fault::Fault,
    hub::Hub,
    output::{self, Output, OutputShared},
    record::Recorder,
    source::{AudioTap, Keeper, KeeperConfig, Kind, Shape, SourcePlan, Taps},
    stats::{DropCause, FrameCounts},
};
use graph::Graph;
use hawker_av::VideoFrame;
use hawker_domain::{DestinationId, ShowMs};
use pulse::Pulse;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, watch};

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramConfig {
    pub source: SourceSpec,
    pub mic: MicSpec,
    /// Canvas, pixels; even.
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub video_bitrate_bps: u32,
    pub audio_bitrate_bps: u32,
    /// A clip begins again at its end.
    pub loop_file: bool,
    /// Pictures a second for recognition.
    pub watch_fps: u32,
    /// Folder in which open recordings are noted, for [`crate::recover_recordings`]. None notes nothing.
    pub journal: Option<PathBuf>,
}

/// A running program. Dropping it stops it; [`Program::stop`] also tells what it came to.
///
/// Threads: every method may be called from any thread, in or outside an async runtime; only [`Program::start`] and
/// [`Program::stop`] block.
pub struct Program {
    time: Arc<Timebase>,
    events: Events,
    graph: Graph,
    hub: Arc<Hub>,
    on_air: Arc<AtomicBool>,
    counters: Arc<CanvasCounters>,
    meter: Arc<AudioMeter>,
    frames: watch::Sender<Option<VideoFrame>>,
    workers: Mutex<Workers>,
    consumers: Mutex<Consumers>,
    rate: Mutex<(Instant, u64, f32)>,
    journal: Option<PathBuf>,
    /// Jumps of the sources' clocks.
    jumps: Arc<AtomicU64>,
    /// Everything is being taken down.
    halted: Arc<AtomicBool>,
}

/// Threads, in the order in which they are stopped. Lock order: workers, then consumers.
struct Workers {
    picture: Option<Keeper>,
    microphone: Option<Keeper>,
    canvas: Option<Canvas>,
    audio: Option<Audio>,
    cards: Option<CardWorker>,
    pulse: Option<Pulse>,
}

#[derive(Default)]
struct Consumers {
    outputs: Vec<Output>,
    /// Removed from the show; still counted in its summary.
    ended: Vec<crate::OutputStats>,
    recorder: Option<Recorder>,
}

impl Program {
    /// Starts source, canvas, preview and watch tap; nothing is encoded yet. Blocks until the first picture, at most ten
    /// seconds. Errors: the source can't be had, an encoder or element is missing, the canvas is absurd.
    pub fn start(config: ProgramConfig) -> Result<(Self, mpsc::Receiver<MediaEvent>), MediaError> {
        crate::init()?;
        let shape = check(&config)?;
        let (events, receiver) = Events::channel();
        let time = Arc::new(Timebase::new());
        let (hub, on_air) = (Arc::new(Hub::default()), Arc::new(AtomicBool::new(false)));
        let graph = Graph::build(&config, shape, &time, &hub, &on_air, &events)?;
        let (counters, meter) = (Arc::new(CanvasCounters::default()), Arc::new(AudioMeter::default()));
        let source_lost = Arc::new(AtomicBool::new(false));
        let thread = |what: &str, e: std::io::Error| MediaError::pipeline(what, e);
        let (tap, frames) = WatchTap::new(config.watch_fps, Arc::from(config.source.to_string()));
        let parts = CanvasParts {
            shape,
            time: time.clone(),
            target: graph.video_in.clone(),
            tap,
            source_lost: source_lost.clone(),
            slate: draw_slate(shape),
        };
        let (canvas_in, canvas_inbox) = Canvas::input(counters.clone());
        let (audio_in, audio_inbox) = Audio::input(meter.clone());
        let expected = config.mic != MicSpec::Silence;
        let program = Self {
            workers: Mutex::new(Workers {
                picture: None,
                microphone: None,
                canvas: Some(Canvas::start(parts, canvas_inbox, counters.clone()).map_err(|e| thread("canvas", e))?),
                audio: Some(
                    Audio::start(audio_inbox, graph.audio_in.clone(), time.clone(), meter.clone(), expected)
                        .map_err(|e| thread("audio", e))?,
                ),
                cards: Some(
                    CardWorker::start(&graph.overlay, shape.width, shape.height).map_err(|e| thread("cards", e))?,
                ),
                pulse: Some(Pulse::start(&graph.pipeline, events.clone()).map_err(|e| thread("bus", e))?),
            }),
            consumers: Mutex::default(),
            rate: Mutex::new((Instant::now(), 0, 0.0)),
            journal: config.journal.clone(),
            jumps: Arc::default(),
            halted: Arc::default(),
            time,
            events,
            graph,
            hub,
            on_air,
            counters,
            meter,
            frames,
        };
        program.graph.play()?;
        let picture: Taps = Taps {
            video: Some(Arc::new(move |buffer, at| canvas_in.offer(buffer, at))),
            audio: (config.mic == MicSpec::FromSource).then(|| tap_into(audio_in.clone())),
            jumps: program.jumps.clone(),
        };
        let plan = SourcePlan::Picture { spec: config.source.clone(), shape, repeat: config.loop_file };
        let keeper = program.keep(Kind::Picture, plan, picture, source_lost)?;
        program.workers().picture = Some(keeper);
        program.start_microphone(&config.mic, audio_in)?;
        Ok((program, receiver))
    }

    /// The encoders run from here on; show time 0 is the first frame they finish. Calling it again changes nothing.
    /// Errors: none today; kept for encoders that only open here.
    pub fn go_on_air(&self) -> Result<(), MediaError> {
        self.on_air.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Begins to stream to one more destination; it connects once the show is on air. A destination that is there
    /// already is replaced. Errors: [`MediaError::Output`] for an address no element serves.
    pub fn add_output(&self, output: OutputConfig) -> Result<(), MediaError> {
        output::check(&output.url)?;
        self.remove_output(output.id);
        let url = output.url.redacted();
        let started = Output::start(output, self.output_shared());
        let output = started.map_err(|e| MediaError::Output { url, why: e.to_string() })?;
        self.consumers().outputs.push(output);
        Ok(())
    }

    /// Ends one destination and leaves the others alone. Does not wait: its last pictures leave in the background.
    pub fn remove_output(&self, id: DestinationId) {
        let mut consumers = self.consumers();
        let Some(at) = consumers.outputs.iter().position(|output| output.id() == id) else { return };
        let mut output = consumers.outputs.swap_remove(at);
        output.end();
        consumers.ended.push(output.stats());
        drop(consumers);
        let _ = std::thread::Builder::new().name("hawker-output-end".into()).spawn(move || output.join());
    }

    /// Records to `path` (the ending becomes `.mkv`, and a name that is taken gets a number); an MP4 takes its place at
    /// the end. Errors: [`MediaError::Recording`], [`MediaError::DiskFull`], [`MediaError::AlreadyRecording`].
    pub fn start_recording(&self, path: &Path) -> Result<(), MediaError> {
        let mut consumers = self.consumers();
        if let Some(running) = consumers.recorder.as_ref().filter(|r| r.stats().stopped.is_none()) {
            return Err(MediaError::AlreadyRecording(running.path().to_owned()));
        }
        let recorder =
            Recorder::start(path, self.journal.as_deref(), self.hub.clone(), &self.time, self.events.clone())?;
        consumers.recorder = Some(recorder);
        drop(consumers);
        (self.graph.want_keyframe)();
        Ok(())
    }

    /// Puts a card on the canvas, or takes it off. It is drawn on a thread of its own and appears when it is ready.
    pub fn set_card(&self, card: Option<Card>) {
        if let Some(cards) = &self.workers().cards {
            cards.show(card);
        }
    }

    /// Full-size pictures of the source before any card, at `watch_fps`; the newest wins.
    ///
    /// Shape: I420, canvas size. While nobody holds a receiver nothing is copied.
    pub fn frames(&self) -> watch::Receiver<Option<VideoFrame>> {
        self.frames.subscribe()
    }

    /// Small JPEGs of the canvas, 15 a second, longer side 960. While nobody asks for the next, none are made.
    pub fn preview(&self) -> Preview {
        self.graph.preview.clone()
    }

    /// Show time now; 0 until the first frame is encoded.
    pub fn show_ms(&self) -> ShowMs {
        self.time.show_ms_at(self.time.now_ns())
    }

    /// Makes something fail on purpose.
    pub fn inject(&self, fault: Fault) {
        tracing::warn!(%fault, "made to fail on purpose");
        match fault {
            Fault::CameraLost(away) => {
                if let Some(picture) = &self.workers().picture {
                    picture.vanish(away);
                }
            }
            Fault::NetworkStall(length) => self.consumers().outputs.iter().for_each(|output| output.stall(length)),
            Fault::NetworkDrop => self.consumers().outputs.iter().for_each(Output::cut),
            Fault::DiskFull => {
                if let Some(recorder) = &self.consumers().recorder {
                    recorder.fill_disk();
                }
            }
            Fault::Cpu(length) => burn(length, &self.halted),
        }
    }

    pub fn stats(&self) -> MediaStats {
        let consumers = self.consumers();
        let outputs = consumers.outputs.iter().map(Output::stats).collect();
        let recording = consumers.recorder.as_ref().map(Recorder::stats);
        drop(consumers);
        MediaStats {
            frames: self.frame_counts(),
            outputs,
            recording_bytes: recording.as_ref().map_or(0, |r| r.size_bytes),
            recording,
            audio_rms_db: self.meter.rms_db(),
            audio_gap_ms: self.meter.gap_ms.load(Ordering::Relaxed),
            time_jumps: self.time_jumps(),
            encoder: self.graph.encoder_name.clone(),
            audio_encoder: self.graph.audio_encoder_name.clone(),
            fps: self.composed_fps(),
            encode_load: self.graph.counters.load.smoothed(),
            encoder_report: self.graph.encoder_report.clone(),
            ..MediaStats::default()
        }
    }

    /// Ends the show: every consumer gets what waits for it and its end of stream. Blocking, at most five seconds.
    pub fn stop(self) -> Stopped {
        let on_air_ms = self.show_ms().0;
        let (outputs, recorder) = self.halt();
        Stopped { on_air_ms, frames: self.frame_counts(), outputs, recorder }
    }

    /// Takes everything down; the second time there is nothing left to do.
    fn halt(&self) -> (Vec<crate::OutputStats>, Option<Recorder>) {
        self.halted.store(true, Ordering::SeqCst);
        let Consumers { mut outputs, ended, recorder } = std::mem::take(&mut *self.consumers());
        outputs.iter().for_each(Output::end);
        if let Some(recorder) = &recorder {
            recorder.end();
        }
        outputs.iter_mut().for_each(Output::join);
        let mut workers = self.workers();
        for keeper in [workers.picture.take(), workers.microphone.take()].iter_mut().flatten() {
            keeper.stop();
        }
        if let Some(mut canvas) = workers.canvas.take() {
            canvas.stop();
        }
        if let Some(mut audio) = workers.audio.take() {
            audio.stop();
        }
        if let Some(mut cards) = workers.cards.take() {
            cards.stop();
        }
        if let Some(mut pulse) = workers.pulse.take() {
            pulse.stop();
        }
        drop(workers);
        self.graph.stop();
        let stats = outputs.iter().map(Output::stats).chain(ended).collect();
        (stats, recorder)
    }

    fn start_microphone(&self, mic: &MicSpec, input: AudioInput) -> Result<(), MediaError> {
        let plan = match mic {
            MicSpec::Silence | MicSpec::FromSource => return Ok(()),
            MicSpec::Device(id) => SourcePlan::Microphone { id: id.clone() },
            MicSpec::TestTone => SourcePlan::Tone,
        };
        let taps = Taps { video: None, audio: Some(tap_into(input)), jumps: self.jumps.clone() };
        let keeper = self.keep(Kind::Microphone, plan, taps, Arc::default())?;
        self.workers().microphone = Some(keeper);
        Ok(())
    }

    fn keep(&self, kind: Kind, plan: SourcePlan, taps: Taps, lost: Arc<AtomicBool>) -> Result<Keeper, MediaError> {
        Keeper::start(KeeperConfig { kind, plan, taps, lost }, self.time.clone(), self.events.clone())
    }

    fn output_shared(&self) -> OutputShared {
        OutputShared {
            hub: self.hub.clone(),
            time: self.time.clone(),
            events: self.events.clone(),
            on_air: self.on_air.clone(),
            want_keyframe: self.graph.want_keyframe.clone(),
        }
    }

    fn frame_counts(&self) -> FrameCounts {
        let canvas = &self.counters;
        let behind = {
            let consumers = self.consumers();
            let running: u64 = consumers.outputs.iter().map(|o| o.stats().dropped).sum();
            running + consumers.ended.iter().map(|o| o.dropped).sum::<u64>()
        };
        let dropped = [
            (DropCause::SourceLate, canvas.late.load(Ordering::Relaxed)),
            (DropCause::Overload, canvas.overload.load(Ordering::Relaxed)),
            (DropCause::QueueFull, canvas.queue_full.load(Ordering::Relaxed)),
            (DropCause::OutputBehind, behind),
        ];
        FrameCounts {
            captured: canvas.captured.load(Ordering::Relaxed),
            composed: canvas.composed.load(Ordering::Relaxed),
            encoded: self.graph.counters.encoded.load(Ordering::Relaxed),
            dropped: dropped.into_iter().filter(|(_, n)| *n > 0).collect(),
        }
    }

    fn time_jumps(&self) -> u64 {
        [&self.jumps, &self.counters.far_ahead, &self.meter.jumps]
            .map(|count| count.load(Ordering::Relaxed))
            .iter()
            .sum()
    }

    /// Frames a second since the last full second.
    fn composed_fps(&self) -> f32 {
        let composed = self.counters.composed.load(Ordering::Relaxed);
        let mut rate = self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = rate.0.elapsed().as_secs_f32();
        if elapsed >= 1.0 {
            *rate = (Instant::now(), composed, composed.saturating_sub(rate.1) as f32 / elapsed);
        }
        rate.2
    }

    fn workers(&self) -> MutexGuard<'_, Workers> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn consumers(&self) -> MutexGuard<'_, Consumers> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let (_, recorder) = self.halt();
        recorder.and_then(Recorder::finish);
    }
}

/// A program that has ended; its recording is a Matroska file still.
pub struct Stopped {
    on_air_ms: u64,
    frames: FrameCounts,
    outputs: Vec<crate::OutputStats>,
    recorder: Option<Recorder>,
}

impl Stopped {
    /// Makes an MP4 of the recording. Blocking: a long recording takes as long as the disk takes to copy it.
    pub fn finish(self) -> MediaSummary {
        let Self { on_air_ms, frames, outputs, recorder } = self;
        MediaSummary { on_air_ms, frames, outputs, recording: recorder.and_then(Recorder::finish) }
    }
}

fn check(config: &ProgramConfig) -> Result<Shape, MediaError> {
    let ProgramConfig { width, height, fps, .. } = *config;
    let sane = |side: u32| (64..=4096).contains(&side) && side.is_multiple_of(2);
    if sane(width) && sane(height) && (1..=60).contains(&fps) {
        Ok(Shape { width, height, fps })
    } else {
        Err(MediaError::BadCanvas { width, height, fps })
    }
}

/// Keeps every core busy for `length`, as another program may.
fn burn(length: Duration, halted: &Arc<AtomicBool>) {
    let until = Instant::now() + length;
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
        let halted = halted.clone();
        let _ = std::thread::Builder::new().name("hawker-burn".into()).spawn(move || {
            while Instant::now() < until && !halted.load(Ordering::Relaxed) {
                let _ = std::hint::black_box((0..10_000_u32).fold(0_u32, |sum, n| sum.wrapping_add(n.wrapping_mul(n))));
            }
        });
    }
}

fn tap_into(input: AudioInput) -> AudioTap {
    Arc::new(move |samples, at| input.offer(samples, at))
}

/// Draws the slate in the background: reading the system's fonts takes a moment.
fn draw_slate(shape: Shape) -> Arc<OnceLock<Option<gstreamer::Buffer>>> {
    let drawn = Arc::new(OnceLock::new());
    let target = drawn.clone();
    let _ = std::thread::Builder::new().name("hawker-slate".into()).spawn(move || target.set(slate(shape)));
    drawn
}
