//! A recording with an encode of its own. It is the first thing that goes when the computer is busy: the recording goes on with
//! the pictures that all share, and its own encode ends. Where those have another form (size, or what a decoder has to know
//! first) they go to another file, else the same one goes on at a keyframe.
//!
//! While the encode delivers no picture is missing at the border. One that hangs or leaves pictures out is given up after three
//! seconds; what is missing then is what it left out, and after its last picture at most what lies before the next keyframe of
//! the shared encode, two seconds.

use super::{lane::Lane, rendition::Rendition};
use crate::{
    MediaEvent,
    event::Events,
    hub::Hub,
    record::{OwnSide, SharedSide, Splice},
};
use hawker_domain::RecordQuality;
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};

/// Looks (two a second) in a row at an encode that is too slow, or says nothing, until it is given up.
const PATIENCE: u32 = 6;
/// Share of its time that an encode may take.
const FULL: f32 = 0.95;

/// Of one canvas. While it lives, the recording's pictures come out of [`Self::hub`].
pub(super) struct OwnRecording {
    splice: Arc<Splice>,
    sides: (Arc<OwnSide>, Arc<SharedSide>),
    shared: Arc<Hub>,
    want_keyframe: Arc<dyn Fn() + Send + Sync>,
    rendition: Mutex<Option<Arc<Rendition>>>,
    watch: Mutex<Watch>,
    given_up: AtomicBool,
    events: Events,
}

/// Counts looks at trouble. Pure.
#[derive(Debug, Default)]
struct Watch {
    pictures: u64,
    bad: u32,
}

impl Watch {
    /// Sees how many pictures were encoded so far and what share of its time a picture takes; true once it is enough.
    fn see(&mut self, pictures: u64, load: f32) -> bool {
        let silent = std::mem::replace(&mut self.pictures, pictures) == pictures;
        self.bad = if silent || load > FULL { self.bad + 1 } else { 0 };
        self.bad >= PATIENCE
    }
}

/// All of a show.
#[derive(Clone, Default)]
pub(super) struct OwnRecordings(Arc<Mutex<Vec<Weak<OwnRecording>>>>);

impl OwnRecordings {
    pub(super) fn add(&self, one: &Arc<OwnRecording>) {
        let mut all = lock(&self.0);
        all.retain(|one| one.strong_count() > 0);
        all.push(Arc::downgrade(one));
    }

    /// Twice a second while on air; `busy`: something has to be given up.
    pub(super) fn look(&self, busy: bool) {
        let all: Vec<_> = lock(&self.0).iter().filter_map(Weak::upgrade).collect();
        all.iter().for_each(|one| one.look(busy));
    }
}

impl OwnRecording {
    /// Begins an encode for the recording of `lane`; none where the shared one is what is wanted, or where no encoder can be had,
    /// which is told: the recording has the shared pictures then.
    pub(super) fn start(lane: &Lane, quality: RecordQuality, events: &Events) -> Option<Arc<Self>> {
        let rendition = match lane.recording(quality)? {
            Ok(rendition) => rendition,
            Err(error) => {
                events.send(MediaEvent::RecordingShared { why: error.to_string(), from_start: true });
                return None;
            }
        };
        let splice = Arc::new(Splice::default());
        let sides = (Arc::new(OwnSide(splice.clone())), Arc::new(SharedSide(splice.clone())));
        rendition.hub.attach(sides.0.clone());
        lane.hub.attach(sides.1.clone());
        (rendition.want_keyframe)();
        Some(Arc::new(Self {
            splice,
            sides,
            shared: lane.hub.clone(),
            want_keyframe: lane.want_keyframe.clone(),
            rendition: Mutex::new(Some(rendition)),
            watch: Mutex::default(),
            given_up: AtomicBool::new(false),
            events: events.clone(),
        }))
    }

    /// Where the recording takes its pictures and sound from.
    pub(super) fn hub(&self) -> &Arc<Hub> {
        self.splice.onward()
    }

    fn look(&self, busy: bool) {
        let Some((pictures, load)) = lock(&self.rendition).as_ref().map(|own| own.effort()) else { return };
        // A recorder that stopped by itself (no room, a broken disk) takes nothing any more.
        if self.splice.is_over() || self.hub().is_idle() {
            // Not under the lock: an encoder takes its time to end.
            let ended = lock(&self.rendition).take();
            return drop(ended);
        }
        if self.given_up.load(Ordering::Relaxed) {
            return self.ask();
        }
        let slow = lock(&self.watch).see(pictures, load);
        if busy || slow {
            self.given_up.store(true, Ordering::Relaxed);
            let why = if busy { "this computer is busy" } else { "its own encode can't keep up" };
            tracing::warn!(why, "the recording goes on with the pictures of the stream");
            self.splice.go_over();
            self.ask();
            self.events.send(MediaEvent::RecordingShared { why: why.to_owned(), from_start: false });
        }
    }

    /// A keyframe that came before the own encode's pictures were held back is no border: then another is needed.
    fn ask(&self) {
        if self.splice.wants_keyframe() {
            (self.want_keyframe)();
        }
    }
}

impl Drop for OwnRecording {
    fn drop(&mut self) {
        if let Some(rendition) = lock(&self.rendition).take() {
            rendition.hub.detach(&self.sides.0);
        }
        self.shared.detach(&self.sides.1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{CanvasConfig, MicSpec, Program, ProgramConfig, SourceSpec};
    use hawker_domain::{CanvasShape, SourceId, scene::Scene};
    use std::{
        path::Path,
        time::{Duration, Instant},
    };

    fn until(what: &str, mut ready: impl FnMut() -> bool) {
        let began = Instant::now();
        while !ready() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Width, pictures and bitrate of a file, as ffprobe has them.
    fn probed(file: &Path) -> [u64; 3] {
        let show = ["-show_entries", "stream=width,nb_read_packets,bit_rate", "-of", "csv=p=0"];
        let all = std::process::Command::new("ffprobe")
            .args(["-v", "error", "-count_packets", "-select_streams", "v"])
            .args(show)
            .arg(file)
            .output()
            .unwrap();
        let text = String::from_utf8(all.stdout).unwrap();
        let mut fields = text.trim().split(',').map(|field| field.parse().unwrap());
        let [width, bitrate_bps, pictures] = std::array::from_fn(|_| fields.next().unwrap());
        [width, pictures, bitrate_bps]
    }

    /// On air with a recording of half the canvas's size.
    fn recorded(dir: &Path) -> (Program, crate::MediaEvents) {
        let id = SourceId::main();
        let config = ProgramConfig {
            sources: vec![(id.clone(), SourceSpec::Test)],
            mics: vec![MicSpec::TestTone],
            canvases: vec![CanvasConfig {
                shape: CanvasShape::Landscape,
                width: 640,
                height: 360,
                bitrate_bps: 300_000,
            }],
            fps: 30,
            audio_bitrate_bps: 96_000,
            scene: Scene::of_source("main", &id),
            encoder: Default::default(),
            loop_file: true,
            beauty: 0,
            watch_fps: 10,
            journal: None,
            decoder: None,
            leaves: Default::default(),
        };
        let (program, events) = Program::start(config).unwrap();
        let quality = "180p 1M".parse().unwrap();
        program.start_recording_of(&dir.join("show.mkv"), None, Some(quality)).unwrap();
        program.go_on_air().unwrap();
        (program, events)
    }

    #[test]
    fn a_recording_of_its_own_quality_goes_on_with_the_streams_pictures_when_time_is_short() {
        let dir = tempfile::tempdir().unwrap();
        let (program, mut events) = recorded(dir.path());
        let parts_and_length = || program.stats().recording.map_or((0, 0), |all| (all.parts, all.duration_ms));
        until("three seconds are recorded", || parts_and_length().1 > 3_000);
        let encodes = program.stats().encodes;
        assert_eq!((encodes.len(), encodes[1].name.as_str(), encodes[1].width), (2, "16:9 recording", 320));
        program.own_recordings.look(true);
        until("another file is written", || parts_and_length().0 == 2);
        until("the encode of its own is over", || {
            program.own_recordings.look(false);
            program.stats().encodes.len() == 1
        });
        let length_ms = parts_and_length().1;
        until("two seconds more are recorded", || parts_and_length().1 > length_ms + 2_000);
        let summary = program.stop().finish();
        let made = summary.recording.unwrap();
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv()).collect();
        let shared = told.iter().filter(|event| matches!(event, MediaEvent::RecordingShared { .. }));
        assert_eq!(shared.count(), 1, "said once");
        assert_eq!((made.parts.len(), made.problem.as_deref()), (2, None));
        let [own, shared] = [probed(&made.parts[0].path), probed(&made.parts[1].path)];
        assert_eq!((own[0], shared[0]), (320, 640));
        assert!(own[2] > 600_000 && shared[2] < 450_000, "bitrates {} and {}", own[2], shared[2]);
        let border_ms = made.parts[1].began.0 - made.parts[0].began.0;
        // What this computer was too slow for is counted, or was made less of.
        let thinned = told.iter().any(|event| matches!(event, MediaEvent::Overload { lowered: true, .. }));
        let lost = summary.frames.dropped_by(crate::DropCause::Overload);
        let in_first = own[1] * 1_000 / 30;
        assert!(
            thinned || border_ms.abs_diff(in_first) < (1 + lost) * 33,
            "{in_first} ms of pictures up to {border_ms} ms, {lost} are counted: none is missing"
        );
    }

    #[test]
    fn an_encode_ends_with_its_recording_and_nothing_is_said_of_it_then() {
        let dir = tempfile::tempdir().unwrap();
        let (program, mut events) = recorded(dir.path());
        until("it is recorded", || program.stats().recording.is_some_and(|all| all.duration_ms > 100));
        assert_eq!(program.stats().encodes.len(), 2);
        program.inject(crate::Fault::DiskFull);
        until("the recording stopped", || program.stats().recording.is_some_and(|all| all.stopped.is_some()));
        until("its encode is over", || program.stats().encodes.len() == 1);
        program.own_recordings.look(true);
        let told: Vec<_> = std::iter::from_fn(|| events.try_recv()).collect();
        assert!(told.iter().any(|event| matches!(event, MediaEvent::RecordingStopped { .. })));
        assert!(!told.iter().any(|event| matches!(event, MediaEvent::RecordingShared { .. })));
        program.stop().finish();
    }

    #[test]
    fn an_encode_is_given_up_after_three_seconds_of_too_slow_or_of_silence_and_not_for_a_hiccup() {
        let play = |looks: &[(u64, f32)]| {
            let mut watch = Watch::default();
            looks.iter().position(|(pictures, load)| watch.see(*pictures, *load))
        };
        let moving = |load: f32| (1..=20).map(|n| (n * 15, load)).collect::<Vec<_>>();
        assert_eq!(play(&moving(0.9)), None);
        assert_eq!(play(&moving(0.96)), Some(5));
        assert_eq!(play(&[(90, 0.1); 20]), Some(6), "the first look brought pictures");
        let mut hiccup = moving(0.3);
        hiccup.splice(3..8, [(60, 2.0); 5]);
        assert_eq!(play(&hiccup), None);
    }
}
