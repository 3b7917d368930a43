//! A program: what is on its canvases, each encoded once, handed to many.

mod fate;
mod graph;
mod hold;
mod keyframes;
mod lane;
mod mend;
mod opus;
mod overload;
mod own_recording;
mod pulse;
mod recording;
mod rendition;
mod scenes;
mod seat;
mod silence;
mod size;
mod sleep;
mod sound;
mod sources;
mod stage;
mod sync;

use crate::{
    MediaError, MediaEvents, MediaStats, MediaSummary, MicSpec, OutputConfig, Preview, SourceSpec,
    audio::Mixer,
    canvas::Effort,
    card::Card,
    clock::Timebase,
    encode::EncoderChoice,
    event::Events,
    fault::Fault,
    output::{self, Beside, Output, OutputShared},
    record::{Replay, SavedReplay},
    source::{DecoderProgram, Leaves, Shape},
    stats::{DropCause, FrameCounts},
};
pub(crate) use fate::Fate;
use graph::{AudioGraph, Common, play};
use gst::prelude::*;
use gstreamer as gst;
use hawker_av::VideoFrame;
use hawker_domain::{
    CanvasShape, DestinationId, ShowMs, SourceId,
    scene::{Scene, Transition},
};
use lane::Lane;
pub(crate) use opus::WithOpus;
use overload::Overload;
use own_recording::OwnRecordings;
use pulse::Pulse;
use recording::Recordings;
pub use recording::{OpenRecording, OpenedRecording, WaitForMp4s};
pub(crate) use rendition::Rendition;
pub use scenes::SourceOnCanvas;
pub use sound::{MicKinds, SoundDesk, mic_input};
use sources::{Shared, Sources};
use stage::Stage;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Longest side of a picture where a canvas shows less than all of it, so that what it shows is sharp.
const LARGEST_SIDE: u32 = 1920;

/// What to run.
#[derive(Clone, Debug)]
pub struct ProgramConfig {
    /// At least one; the first sets the pace at the start and has to deliver, recognition watches it.
    pub sources: Vec<(SourceId, SourceSpec)>,
    /// [`MicSpec::FromSource`] means the sound of the first source. Several are mixed, as `mic`, `mic-2` and so on; a
    /// source's own sound is called as the source is.
    pub mics: Vec<MicSpec>,
    /// At least one; the first is the main one: preview, colours.
    pub canvases: Vec<CanvasConfig>,
    pub fps: u32,
    pub audio_bitrate_bps: u32,
    /// What is shown first.
    pub scene: Scene,
    /// Which encoder all canvases, their smaller pictures and a recording of its own quality get.
    pub encoder: EncoderChoice,
    /// A clip begins again at its end.
    pub loop_file: bool,
    /// How much skin is smoothed in what cameras and clips show, 0 (not at all) to 100.
    pub beauty: u8,
    /// Pictures a second for recognition.
    pub watch_fps: u32,
    /// Folder in which open recordings are noted, for [`crate::recover_recordings`]. None notes nothing.
    pub journal: Option<PathBuf>,
    /// Decodes clips and addresses in processes of their own, which may crash; none decodes in this one.
    pub decoder: Option<DecoderProgram>,
    /// What the person said of what the system shares only then. That of sources that are not among these is forgotten.
    pub leaves: Leaves,
}

/// One canvas, encoded on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CanvasConfig {
    pub shape: CanvasShape,
    /// Pixels; even.
    pub width: u32,
    pub height: u32,
    pub bitrate_bps: u32,
}

/// A running program. Dropping it stops it; [`Program::stop`] also tells what it came to.
///
/// Threads: every method may be called from any thread, in or outside an async runtime. [`Program::start`],
/// [`Program::add_source`], [`Program::remove_source`] and [`Program::stop`] block; a recording's start
/// waits for the disk.
pub struct Program {
    time: Arc<Timebase>,
    events: Events,
    /// The main canvas first.
    lanes: Vec<Lane>,
    audio: AudioGraph,
    sources: Arc<Sources>,
    on_air: Arc<AtomicBool>,
    mixer: Arc<Mixer>,
    own_sound: Mutex<sound::OwnSound>,
    frames: watch::Sender<Option<VideoFrame>>,
    workers: Mutex<Workers>,
    consumers: Mutex<Consumers>,
    /// How the destinations among them fare.
    beside: Arc<Beside>,
    own_recordings: OwnRecordings,
    rate: Mutex<(Instant, u64, f32)>,
    journal: Option<PathBuf>,
    audio_bitrate_bps: u32,
    /// Counts the scenes that were asked for.
    scene_turn: Arc<AtomicU64>,
    /// What the host looks at before it is shown.
    stage: Mutex<Option<Stage>>,
    /// Everything is being taken down.
    halted: Arc<AtomicBool>,
}

/// Threads, in the order in which they are stopped. Lock order: workers, then consumers.
#[derive(Default)]
struct Workers {
    /// By their places: "mic", "mic-2" and so on.
    microphones: BTreeMap<usize, sound::Microphone>,
    /// Told to end, and not waited for by anybody else.
    leaving: Vec<sound::Microphone>,
    pulse: Option<Pulse>,
    sleep: Option<Pulse>,
    overload: Option<Overload>,
}

#[derive(Default)]
struct Consumers {
    outputs: Vec<Output>,
    /// Asked to end; they end by themselves, and who follows one of them waits for it.
    leaving: Vec<Output>,
    /// Removed from the show; still counted in its summary.
    ended: Vec<crate::OutputStats>,
    recordings: Recordings,
    replay: Option<KeptReplay>,
}

/// The last moments of one canvas.
struct KeptReplay {
    canvas: CanvasShape,
    length: Duration,
    replay: Arc<Replay>,
}

impl Program {
    /// Starts sources, canvases, preview and watch tap; nothing is encoded yet. Blocks until the first source delivers,
    /// at most ten seconds. A further source that is not there is told as lost and taken when it comes, and so is the
    /// first where a person has yet to say what to share. Errors: the first source can't be had, an encoder or element
    /// is missing, a canvas is absurd.
    pub fn start(config: ProgramConfig) -> Result<(Self, MediaEvents), MediaError> {
        crate::init()?;
        let shape = check(&config)?;
        let (events, receiver) = Events::channel();
        let (time, on_air) = (Arc::new(Timebase::new()), Arc::new(AtomicBool::new(false)));
        let common = Common { time: &time, on_air: &on_air, events: &events };
        let (looks, effort) = (Arc::default(), Arc::new(Effort::full(config.fps)));
        let lanes: Vec<Lane> = config
            .canvases
            .iter()
            .zip(&Fate::of_all(config.canvases.len()))
            .map(|(canvas, fate)| Lane::start(canvas, fate, (config.fps, &config.encoder), &looks, &effort, &common))
            .collect::<Result<_, _>>()?;
        let hubs = lanes.iter().map(|lane| lane.hub.clone()).collect();
        let audio = AudioGraph::build(config.audio_bitrate_bps, hubs, &common)?;
        let thread = |what: &str, e: std::io::Error| MediaError::pipeline(what, e);
        let mixer = Mixer::start(audio.input.clone(), time.clone(), Default::default());
        let mixer = Arc::new(mixer.map_err(|e| thread("audio", e))?);
        let patient = mend::Patient::Sound(audio.pipeline.clone());
        let without = mend::Without::Silence(audio.line.clone(), time.clone());
        let pulse = mend::start(patient, "sound".to_owned(), without, events.clone()).map_err(|e| thread("bus", e))?;
        let sleep = sleep::start(time.clone(), events.clone()).map_err(|e| thread("sleep", e))?;
        let frames = watch::Sender::new(None);
        config.leaves.keep_only(&config.sources);
        let shared = Shared {
            time: time.clone(),
            events: events.clone(),
            inputs: lanes.iter().map(|lane| lane.input.clone()).collect(),
            shape,
            largest: largest_side(&config.canvases),
            repeat: config.loop_file,
            decoder: config.decoder.clone(),
            leaves: config.leaves.clone(),
        };
        let sources = Arc::new(Sources::new(shared, looks, config.watch_fps, frames.clone()));
        sources.set_beauty(config.beauty);
        let rates = (config.watch_fps, config.fps);
        let own_recordings = OwnRecordings::default();
        let (shed, effort) = (own_recordings.clone(), (&effort, &time));
        let overload = Overload::start(&lanes, &sources, effort, shed, rates, on_air.clone(), events.clone())
            .map_err(|e| thread("governor", e))?;
        let workers =
            Workers { pulse: Some(pulse), sleep: Some(sleep), overload: Some(overload), ..Workers::default() };
        let program = Self {
            sources,
            lanes,
            audio,
            workers: Mutex::new(workers),
            consumers: Mutex::default(),
            beside: Arc::default(),
            own_recordings,
            rate: Mutex::new((Instant::now(), 0, 0.0)),
            journal: config.journal.clone(),
            audio_bitrate_bps: config.audio_bitrate_bps,
            scene_turn: Arc::default(),
            stage: Mutex::default(),
            halted: Arc::default(),
            time,
            events,
            on_air,
            mixer,
            own_sound: sound::OwnSound::of(&config).into(),
            frames,
        };
        play(&program.audio.pipeline)?;
        program.show_scene(&config.scene, Transition::Cut);
        program.start_sources(&config)?;
        program.start_microphones(&config.mics)?;
        Ok((program, receiver))
    }

    fn start_sources(&self, config: &ProgramConfig) -> Result<(), MediaError> {
        for (index, (id, spec)) in config.sources.iter().enumerate() {
            self.sources.add(id, spec, self.own_sound(id, spec), index == 0)?;
            if index == 0 {
                self.sources.watch(id);
            }
        }
        Ok(())
    }

    /// One more source, or another one under a name that is taken, of the first as well: the slate stands in until it
    /// delivers, which is told as its coming back. Does not wait for it: one that is not there is told as lost, and taken when
    /// it comes. Errors: an element is missing.
    pub fn add_source(&self, id: &SourceId, spec: &SourceSpec) -> Result<(), MediaError> {
        if !sound::speaks(spec) {
            self.mixer.remove(&sound::own(id));
        }
        if let Err(error) = self.sources.add(id, spec, self.own_sound(id, spec), false) {
            self.mixer.remove(&sound::own(id));
            return Err(error);
        }
        if self.sources.watched().is_none_or(|watched| watched == *id || !self.sources.has(&watched)) {
            self.sources.watch(id);
        }
        Ok(())
    }

    /// How much skin is smoothed from now on, 0 (not at all) to 100.
    pub fn set_beauty(&self, strength: u8) {
        self.sources.set_beauty(strength);
    }

    /// Ends a source; scenes that show it show nothing there.
    pub fn remove_source(&self, id: &SourceId) {
        self.sources.part_with(id);
        self.mixer.remove(&sound::own(id));
    }

    /// Recognition gets the pictures of this source from now on.
    pub fn watch_source(&self, id: &SourceId) {
        self.sources.watch(id);
    }

    /// The encoders run from here on; show time 0 is the first frame they finish. Calling it again changes nothing.
    /// Errors: none today; kept for encoders that only open here.
    pub fn go_on_air(&self) -> Result<(), MediaError> {
        self.on_air.store(true, Ordering::SeqCst);
        Ok(())
    }

    /// Begins to stream to one more destination; it connects once the show is on air. A destination that is there
    /// already, or was and still ends, is replaced: the new one connects when the former has let go. A canvas that this
    /// program does not have counts as the main one. Errors, and a destination that is there goes on as it was:
    /// [`MediaError::Output`] for an address no element serves, or that another one has.
    pub fn add_output(&self, output: OutputConfig) -> Result<(), MediaError> {
        output::check(&output)?;
        {
            let consumers = self.consumers();
            output::check_beside(&output, consumers.outputs.iter().chain(&consumers.leaving))?;
        }
        let url = output.url.redacted();
        let shared =
            self.output_shared(self.lane(output.canvas)?, output.rendition, output::takes_opus(&output.url))?;
        let former = self.take_output(output.id, Output::hand_over).or_else(|| self.take_leaving(output.id));
        let started = Output::start(output, shared, former);
        let output = started.map_err(|e| MediaError::Output { url, why: e.to_string() })?;
        self.consumers().outputs.push(output);
        Ok(())
    }

    /// Lets this destination steer the bitrate of the encode that it shares, or no longer. The caller sees to it that no two
    /// of one encode do. One that is not there changes nothing.
    pub fn lead(&self, id: DestinationId, leads: bool) {
        let consumers = self.consumers();
        consumers.outputs.iter().filter(|output| output.id() == id).for_each(|output| output.lead(leads));
    }

    /// Ends one destination and leaves the others alone. Does not wait: its last pictures leave in the background.
    pub fn remove_output(&self, id: DestinationId) {
        let Some(output) = self.take_output(id, |_| {}) else { return };
        let mut consumers = self.consumers();
        consumers.leaving.retain(|leaving| !leaving.is_over());
        consumers.leaving.push(output);
    }

    /// Takes a destination out of the running ones and asks it to end, `before` which something is to be said to it.
    fn take_output(&self, id: DestinationId, before: impl FnOnce(&Output)) -> Option<Output> {
        let mut consumers = self.consumers();
        let at = consumers.outputs.iter().position(|output| output.id() == id)?;
        let output = consumers.outputs.swap_remove(at);
        output.lead(false);
        before(&output);
        output.end();
        consumers.ended.push(output.stats());
        Some(output)
    }

    /// The last one of this name that was asked to end, if it may still be at it.
    fn take_leaving(&self, id: DestinationId) -> Option<Output> {
        let mut consumers = self.consumers();
        let at = consumers.leaving.iter().rposition(|output| output.id() == id)?;
        let output = consumers.leaving.swap_remove(at);
        output.hand_over();
        Some(output)
    }

    /// Keeps the last `length` of what is encoded of the main canvas from now on, for [`Program::save_replay`]; zero keeps
    /// nothing. A canvas that was given up ([`crate::EncodePhase::Lost`]) has nothing to keep: called again, the one that
    /// is left is kept.
    pub fn keep_replay(&self, length: Duration) {
        let Some(lane) = self.first_running() else { return };
        let mut consumers = self.consumers();
        if consumers.replay.as_ref().is_some_and(|kept| (kept.canvas, kept.length) == (lane.kind, length)) {
            return;
        }
        if let Some(former) = consumers.replay.take() {
            self.lanes.iter().for_each(|lane| lane.hub.detach(&former.replay));
        }
        if !length.is_zero() {
            let replay = Replay::new(length);
            lane.hub.attach(replay.clone());
            consumers.replay = Some(KeptReplay { canvas: lane.kind, length, replay });
        }
    }

    /// Takes what is kept at this moment; the returned call writes it into the new MP4 `path` (a name that is taken gets a
    /// number) and blocks as long as the disk takes. Errors: [`MediaError::NothingKept`]; of the call
    /// [`MediaError::Recording`], [`MediaError::DiskFull`].
    pub fn save_replay(
        &self,
        path: &Path,
    ) -> Result<impl FnOnce() -> Result<SavedReplay, MediaError> + Send + use<>, MediaError> {
        let replay = self.consumers().replay.as_ref().map(|kept| kept.replay.clone());
        let moment = replay.and_then(|replay| replay.moment(&self.time)).ok_or(MediaError::NothingKept)?;
        let path = path.to_owned();
        Ok(move || moment.save(&path))
    }

    /// Puts a card on every canvas, or takes it off. It is drawn on a thread of its own and appears when it is ready.
    pub fn set_card(&self, card: Option<Card>) {
        self.lanes.iter().for_each(|lane| lane.set_card(card.clone()));
    }

    /// Pictures of the watched source before any card, at `watch_fps`; the newest wins.
    ///
    /// Shape: I420, the source's own size up to what the canvases can show. While nobody holds a receiver nothing is copied.
    pub fn frames(&self) -> watch::Receiver<Option<VideoFrame>> {
        self.frames.subscribe()
    }

    /// Small JPEGs of a canvas, 15 a second, longer side 960; of the main one where there is none of this shape. While nobody
    /// asks for the next, none are made. Errors: none today.
    pub fn preview(&self, canvas: CanvasShape) -> Result<Preview, MediaError> {
        Ok(self.lane(canvas)?.preview.clone())
    }

    /// Show time now; 0 until the first frame is encoded.
    pub fn show_ms(&self) -> ShowMs {
        self.time.show_ms_at(self.time.now_ns())
    }

    /// Makes something fail on purpose.
    pub fn inject(&self, fault: Fault) {
        tracing::warn!(%fault, "made to fail on purpose");
        match fault {
            Fault::CameraLost(away) => self.sources.vanish(self.sources.watched().as_ref(), away),
            Fault::NetworkStall(length) => self.consumers().outputs.iter().for_each(|output| output.stall(length)),
            Fault::NetworkDrop => self.consumers().outputs.iter().for_each(Output::cut),
            Fault::Bandwidth(bps, length) => {
                self.consumers().outputs.iter().for_each(|output| output.narrow(bps, length));
            }
            Fault::DiskFull => self.consumers().recordings.fill_disk(),
            Fault::DiskStall(length) => self.consumers().recordings.stall_disk(length),
            Fault::CanvasLost(kind) => {
                self.lanes.iter().filter(|lane| lane.kind == kind).for_each(|lane| lane.fail_for_good(&self.halted))
            }
            Fault::EncoderLost => self.lanes.iter().for_each(|lane| lane.seat.fail()),
            Fault::Cpu(length) => burn(length, &self.halted),
        }
    }

    pub fn stats(&self) -> MediaStats {
        let consumers = self.consumers();
        let outputs = consumers.outputs.iter().map(Output::stats).collect();
        let [recording, upright] = consumers.recordings.stats(self.main_canvas());
        drop(consumers);
        let sounds_ms = self.mixer.late_ms();
        let sync: Vec<_> = self.running().map(|lane| lane.sync(&sounds_ms)).collect();
        MediaStats {
            frames: self.frame_counts(),
            outputs,
            recording_bytes: recording.iter().chain(&upright).map(|recording| recording.size_bytes).sum(),
            recording,
            upright,
            audio_rms_db: self.mixer.rms_db(),
            audio_gap_ms: self.mixer.gap_ms(),
            time_jumps: self.time_jumps(),
            encoder: self.first_running().map(|lane| lane.seat.name().to_owned()).unwrap_or_default(),
            audio_encoder: self.audio.encoder_name.clone(),
            fps: self.composed_fps(),
            encode_load: self.running().map(|lane| lane.encoded.load.smoothed()).fold(0.0, f32::max),
            encoder_report: self.first_running().map(|lane| lane.seat.report()).unwrap_or_default(),
            encodes: self.running().flat_map(Lane::encode_stats).collect(),
            av_offset_ms: sync.first().and_then(|main| main.offset_ms),
            sync,
            governor: self.workers().overload.as_ref().and_then(Overload::state),
        }
    }

    /// Ends the show: every consumer gets what waits for it and its end of stream. Blocking, at most five seconds.
    pub fn stop(self) -> Stopped {
        let on_air_ms = self.show_ms().0;
        let (outputs, recordings) = self.halt();
        Stopped { on_air_ms, frames: self.frame_counts(), outputs, recordings, main: self.main_canvas() }
    }

    /// Takes everything down; the second time there is nothing left to do.
    fn halt(&self) -> (Vec<crate::OutputStats>, Recordings) {
        self.halted.store(true, Ordering::SeqCst);
        let Consumers { mut outputs, mut leaving, ended, mut recordings, .. } = std::mem::take(&mut *self.consumers());
        outputs.iter().for_each(Output::end);
        recordings.end();
        outputs.iter_mut().chain(&mut leaving).for_each(Output::join);
        self.unstage();
        self.sources.stop();
        let Workers { mut microphones, mut leaving, pulse, sleep, overload } = std::mem::take(&mut *self.workers());
        microphones.values_mut().chain(&mut leaving).for_each(sound::Microphone::stop);
        self.lanes.iter().for_each(Lane::stop);
        self.mixer.stop();
        if let Some(mut overload) = overload {
            overload.stop();
        }
        recordings.drop_encodes();
        pulse.into_iter().chain(sleep).for_each(|mut pulse| pulse.stop());
        let _ = self.audio.pipeline.set_state(gst::State::Null);
        let stats = outputs.iter().map(Output::stats).chain(ended).collect();
        (stats, recordings)
    }

    /// The shape of the main canvas.
    fn main_canvas(&self) -> CanvasShape {
        self.lanes.first().map(|lane| lane.kind).unwrap_or_default()
    }

    /// Canvases that were not given up, the main one first.
    fn running(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(|lane| lane.runs())
    }

    /// The main canvas; once that was given up, the one that is left.
    fn first_running(&self) -> Option<&Lane> {
        self.running().next()
    }

    /// The canvas of this shape, or the main one. Errors: none while a program has a canvas, which [`check`] sees to.
    fn lane(&self, kind: CanvasShape) -> Result<&Lane, MediaError> {
        let found = self.lanes.iter().find(|lane| lane.kind == kind).or(self.lanes.first());
        found.ok_or_else(|| MediaError::pipeline("program", "it has no canvas"))
    }

    /// What an output of `lane`, or of a rendition of it, needs, with Opus for AAC if it asks for it. Errors: encoder or
    /// elements of either.
    fn output_shared(
        &self,
        lane: &Lane,
        rendition: Option<hawker_domain::Rendition>,
        opus: bool,
    ) -> Result<OutputShared, MediaError> {
        let rendition = rendition.map(|wanted| lane.rendition(wanted)).transpose()?;
        let (hub, want_keyframe, steer, video_bitrate_bps) = match &rendition {
            Some(own) => (own.hub.clone(), own.want_keyframe.clone(), own.steer.clone(), own.bitrate_bps()),
            None => (lane.hub.clone(), lane.want_keyframe.clone(), lane.steer.clone(), lane.bitrate_bps),
        };
        let opus = opus.then(|| self.audio.opus.beside(&hub)).transpose()?.map(Arc::new);
        Ok(OutputShared {
            hub: opus.as_ref().map_or(hub, |with| with.hub.clone()),
            time: self.time.clone(),
            events: self.events.clone(),
            on_air: self.on_air.clone(),
            want_keyframe,
            steer,
            audible_ms: {
                let mixer = self.mixer.clone();
                Arc::new(move || mixer.audible_ms())
            },
            video_bitrate_bps,
            audio_bitrate_bps: self.audio_bitrate_bps,
            raw: lane.raw.clone(),
            fate: lane.fate.clone(),
            beside: self.beside.clone(),
            _rendition: rendition,
            _opus: opus,
        })
    }

    fn frame_counts(&self) -> FrameCounts {
        let of =
            |count: fn(&Lane) -> &AtomicU64| self.lanes.iter().map(|lane| count(lane).load(Ordering::Relaxed)).sum();
        let (behind, recording_behind) = {
            let consumers = self.consumers();
            let running: u64 = consumers.outputs.iter().map(|o| o.stats().dropped).sum();
            let ended: u64 = consumers.ended.iter().map(|o| o.dropped).sum();
            (running + ended, consumers.recordings.lost_pictures())
        };
        let dropped = [
            (DropCause::SourceLate, of(|lane| &lane.counters.late)),
            (DropCause::Overload, of(|lane| &lane.counters.overload)),
            (DropCause::QueueFull, of(|lane| &lane.counters.queue_full) + self.sources.leaked.load(Ordering::Relaxed)),
            (DropCause::EncodeBehind, self.lanes.iter().map(Lane::encodes_behind).sum()),
            (DropCause::OutputBehind, behind),
            (DropCause::RecordingBehind, recording_behind),
        ];
        // Each is asked once: a picture that is encoded meanwhile must not count in the sum alone.
        let encoded: Vec<_> = self.lanes.iter().map(|lane| (lane.kind, lane.encoded())).collect();
        FrameCounts {
            captured: self.sources.captured.load(Ordering::Relaxed),
            composed: of(|lane| &lane.counters.composed),
            encoded: encoded.iter().map(|(_, count)| count).sum(),
            by_canvas: encoded.into_iter().collect(),
            dropped: dropped.into_iter().filter(|(_, n)| *n > 0).collect(),
        }
    }

    fn time_jumps(&self) -> u64 {
        let canvases = self.lanes.iter().map(|lane| &lane.counters.far_ahead);
        let jumps = canvases.chain([&*self.sources.jumps]).map(|count| count.load(Ordering::Relaxed));
        jumps.sum::<u64>() + self.mixer.jumps()
    }

    /// Frames a second of the main canvas, since the last full second.
    fn composed_fps(&self) -> f32 {
        let composed = self.first_running().map_or(0, |lane| lane.counters.composed.load(Ordering::Relaxed));
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
        let (_, recordings) = self.halt();
        drop(recordings.finish(self.main_canvas()));
    }
}

/// A program that has ended; its recording is a Matroska file still.
pub struct Stopped {
    on_air_ms: u64,
    frames: FrameCounts,
    outputs: Vec<crate::OutputStats>,
    recordings: Recordings,
    main: CanvasShape,
}

impl Stopped {
    /// Makes an MP4 of the recording. Blocking: a long recording takes as long as the disk takes to copy it.
    pub fn finish(self) -> MediaSummary {
        let Self { on_air_ms, mut frames, outputs, recordings, main } = self;
        let [recording, upright] = recordings.finish(main);
        let lost = [&recording, &upright].into_iter().flatten().map(|recording| recording.lost_pictures).sum();
        frames.note(DropCause::RecordingBehind, lost);
        MediaSummary { on_air_ms, frames, outputs, recording, upright: upright.map(Box::new) }
    }
}

/// The main canvas, if all of it can be run. Errors: [`MediaError::BadCanvas`].
fn check(config: &ProgramConfig) -> Result<Shape, MediaError> {
    let fps = config.fps;
    let sane = |side: u32| (64..=4096).contains(&side) && side.is_multiple_of(2);
    for CanvasConfig { width, height, .. } in config.canvases.iter().copied() {
        if !sane(width) || !sane(height) || !(1..=60).contains(&fps) {
            return Err(MediaError::BadCanvas { width, height, fps });
        }
    }
    let main = config.canvases.first().map(|canvas| Shape { width: canvas.width, height: canvas.height, fps });
    main.ok_or(MediaError::BadCanvas { width: 0, height: 0, fps })
}

/// Pictures larger than this are of no use to any canvas.
fn largest_side(canvases: &[CanvasConfig]) -> u32 {
    let longest = canvases.iter().map(|canvas| canvas.width.max(canvas.height)).max().unwrap_or(LARGEST_SIDE);
    // An upright canvas shows a third of a wide picture.
    let cuts = canvases.iter().any(|canvas| canvas.shape == CanvasShape::Portrait);
    if cuts { longest.max(LARGEST_SIDE) } else { longest }
}

/// A scheduler that is fair gives a thread that sleeps now and then its turn at once: one burner a core is hardly felt.
const BURNERS_PER_CORE: usize = 4;

/// Keeps every core busy for `length`, as another program may.
fn burn(length: Duration, halted: &Arc<AtomicBool>) {
    let until = Instant::now() + length;
    for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) * BURNERS_PER_CORE {
        let halted = halted.clone();
        let _ = std::thread::Builder::new().name("hawker-burn".into()).spawn(move || {
            while Instant::now() < until && !halted.load(Ordering::Relaxed) {
                let _ = std::hint::black_box((0..10_000_u32).fold(0_u32, |sum, n| sum.wrapping_add(n.wrapping_mul(n))));
            }
        });
    }
}
