//! The sound desk of a program.

use super::{Program, ProgramConfig};
use crate::{
    Levels, MediaError, MicSpec, MonitorConfig, MonitorRefused, SourceSpec,
    audio::{AudioInput, InputKind, Mixer},
    device,
    event::Events,
    source::{AudioTap, Keeper, KeeperConfig, Kind, RateTap, SourcePlan, Taps, Wait},
};
use hawker_domain::{
    CanvasShape, SourceId,
    heard::{Chosen, Heard, Origin},
    scene::{Content, Scene},
    sound::{AudioSettings, BadSound, InputId, InputSettings, MixSettings},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, MutexGuard, PoisonError},
};

/// Microphones are called "mic", "mic-2" and so on, in their order.
pub fn mic_input(index: usize) -> InputId {
    InputId(if index == 0 { "mic".to_owned() } else { format!("mic-{}", index + 1) })
}

/// A source's own sound is called as the source is.
pub(super) fn own(source: &SourceId) -> InputId {
    InputId(source.as_str().to_owned())
}

/// Whether a source can bring sound of its own.
pub(super) fn speaks(spec: &SourceSpec) -> bool {
    matches!(spec, SourceSpec::File(_) | SourceSpec::Url(_))
}

/// Those of a list that are a pipeline of their own, by their places.
fn microphones(mics: &[MicSpec]) -> impl Iterator<Item = (usize, &MicSpec)> {
    mics.iter().filter(|mic| matches!(mic, MicSpec::Device(_) | MicSpec::TestTone)).enumerate()
}

fn chosen(mics: &[MicSpec]) -> Chosen {
    Chosen { source: mics.contains(&MicSpec::FromSource), microphones: microphones(mics).next().is_some() }
}

/// What each of some microphones hears: a room, or what plays on a loudspeaker.
#[derive(Clone, Debug, Default)]
pub struct MicKinds(BTreeMap<String, InputKind>);

impl MicKinds {
    /// Blocks while devices are looked up.
    pub fn look_up<'a>(mics: impl IntoIterator<Item = &'a MicSpec>) -> Self {
        let ids = mics.into_iter().filter_map(|mic| match mic {
            MicSpec::Device(id) => Some(id.clone()),
            MicSpec::TestTone | MicSpec::Silence | MicSpec::FromSource => None,
        });
        Self(ids.map(|id| (id.clone(), InputKind::of_device(&id, device::is_loopback(&id)))).collect())
    }

    /// One that was not looked up is told by its name alone.
    fn of(&self, spec: &MicSpec) -> InputKind {
        match spec {
            MicSpec::Device(id) => self.0.get(id).cloned().unwrap_or_else(|| InputKind::of_device(id, false)),
            MicSpec::TestTone | MicSpec::Silence | MicSpec::FromSource => InputKind::Captured,
        }
    }
}

/// A microphone that runs, or is waited for.
pub(super) struct Microphone {
    spec: MicSpec,
    kind: InputKind,
    keeper: Keeper,
}

impl Microphone {
    pub(super) fn stop(&mut self) {
        self.keeper.stop();
    }
}

/// When the sources' own sound is heard.
pub(super) struct OwnSound {
    chosen: Chosen,
    main: Option<SourceId>,
    alone: bool,
}

impl OwnSound {
    pub(super) fn of(config: &ProgramConfig) -> Self {
        Self {
            chosen: chosen(&config.mics),
            main: config.sources.first().map(|(id, _)| id.clone()),
            alone: config.sources.len() == 1,
        }
    }

    fn heard(&self, id: &SourceId) -> Heard {
        self.chosen.heard(Origin::Source { first: self.main.as_ref() == Some(id), alone: self.alone })
    }
}

impl Program {
    /// Sets one input, there or not yet; a change on air does not click. Errors: a value out of its bounds.
    pub fn set_sound_input(&self, id: &InputId, settings: InputSettings) -> Result<(), BadSound> {
        self.mixer.set(id, settings)
    }

    /// Sets the mix. Errors: a value out of its bounds.
    pub fn set_sound_mix(&self, settings: MixSettings) -> Result<(), BadSound> {
        self.mixer.set_mix(settings)
    }

    /// The desk as it is set.
    pub fn sound(&self) -> AudioSettings {
        self.mixer.settings()
    }

    /// The picture is held back by this much from now on, and all sound with it, so that
    /// [`AudioSettings::picture_delay_ms`] can be kept. Units: milliseconds.
    pub fn picture_delayed(&self, delay_ms: u32) {
        self.sources.hold_back(delay_ms);
        self.mixer.picture_delayed(delay_ms);
    }

    /// A handle to what is heard, for whoever looks more often than the program's owner.
    pub fn desk(&self) -> SoundDesk {
        SoundDesk(self.mixer.clone())
    }

    /// Where a source puts its own sound; none for what has none.
    pub(super) fn own_sound(&self, id: &SourceId, spec: &SourceSpec) -> Option<AudioTap> {
        speaks(spec).then(|| tap_into(self.mixer.add(own(id), InputKind::Own, self.own_sounds().heard(id))))
    }

    /// Starts every microphone; one that is not there is told, and its input is silent until it comes.
    pub(super) fn start_microphones(&self, mics: &[MicSpec]) -> Result<(), MediaError> {
        let kinds = MicKinds::look_up(mics);
        for (place, spec) in microphones(mics) {
            let microphone = self.start_microphone(place, spec, kinds.of(spec), Start::WithShow)?;
            self.workers().microphones.insert(place, microphone);
        }
        Ok(())
    }

    /// These are heard from now on, instead of those before; what stays in its place goes on undisturbed, and the inputs keep
    /// what is set for their names. Does not wait for what is new: its place is silent until it delivers, which is told as its
    /// coming back, or it is told as lost and taken when it comes. Does not block; `kinds` of those that are new. Errors: no
    /// thread can be started; that place stays silent, the others are as they should be.
    pub fn set_microphones(&self, mics: &[MicSpec], kinds: &MicKinds) -> Result<(), MediaError> {
        self.own_sounds().chosen = chosen(mics);
        for id in self.sources.ids() {
            self.mixer.hear_when(&own(&id), self.own_sounds().heard(&id));
        }
        let mut workers = self.workers();
        let before = std::mem::take(&mut workers.microphones);
        let stays = |place: usize, spec: &MicSpec| microphones(mics).any(|wanted| wanted == (place, spec));
        // All that goes is silent before anything else is heard: who changes places is never heard twice.
        for (place, gone) in before.iter().filter(|(place, known)| !stays(**place, &known.spec)) {
            gone.keeper.retire();
            self.events.forget_microphone(&mic_input(*place));
            self.mixer.remove(&mic_input(*place));
        }
        let (stay, mut gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            before.into_iter().partition(|(place, known)| stays(*place, &known.spec));
        workers.microphones = stay;
        let mut leaving = std::mem::take(&mut workers.leaving);
        leaving.retain(|one| !one.keeper.is_over());
        let mut outcome = Ok(());
        for (place, spec) in microphones(mics) {
            if workers.microphones.contains_key(&place) {
                continue;
            }
            // One that changes places is opened again when it was let go.
            let elsewhere = gone.iter().find(|(_, known)| known.spec == *spec).map(|(place, _)| *place);
            let left = leaving.iter().position(|one| one.spec == *spec);
            let former =
                elsewhere.and_then(|place| gone.remove(&place)).or_else(|| left.map(|at| leaving.swap_remove(at)));
            let kind = former.as_ref().map_or_else(|| kinds.of(spec), |former| former.kind.clone());
            match self.start_microphone(place, spec, kind, Start::OnAir(former.map(|former| former.keeper))) {
                Ok(microphone) => drop(workers.microphones.insert(place, microphone)),
                Err(error) => outcome = Err(error),
            }
        }
        leaving.extend(gone.into_values());
        workers.leaving = leaving;
        outcome
    }

    fn start_microphone(
        &self,
        place: usize,
        spec: &MicSpec,
        kind: InputKind,
        start: Start,
    ) -> Result<Microphone, MediaError> {
        let plan = match spec {
            MicSpec::Device(id) => SourcePlan::Microphone { id: id.clone() },
            MicSpec::TestTone | MicSpec::Silence | MicSpec::FromSource => SourcePlan::Tone,
        };
        let id = mic_input(place);
        let input = self.mixer.add(id.clone(), kind.clone(), self.own_sounds().chosen.heard(Origin::Microphone));
        let rate = Some(rate_tap(input.clone(), self.events.clone()));
        let jumps = self.sources.jumps.clone();
        let taps = Taps { audio: Some(tap_into(input)), rate, jumps, ..Taps::default() };
        let (wait, begins_lost, former) = match start {
            Start::WithShow => (Wait::Briefly, false, None),
            Start::OnAir(former) => (Wait::Not, true, former),
        };
        let config = KeeperConfig {
            kind: Kind::Microphone(id),
            plan,
            taps,
            decoder: None,
            wait,
            former,
            begins_lost,
            lost: Arc::default(),
        };
        let keeper = Keeper::start(config, self.time.clone(), self.events.clone())?;
        Ok(Microphone { spec: spec.clone(), kind, keeper })
    }

    fn own_sounds(&self) -> MutexGuard<'_, OwnSound> {
        self.own_sound.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// When a microphone is started.
enum Start {
    WithShow,
    /// Once this one, which has the same device, was let go.
    OnAir(Option<Keeper>),
}

/// What is heard, as long as somebody looks; of a program that has ended it shows the last moment.
#[derive(Clone)]
pub struct SoundDesk(Arc<Mixer>);

impl SoundDesk {
    /// Loudness and health of the mix and of every input; cheap, renewed twenty times a second.
    pub fn levels(&self) -> Levels {
        self.0.levels()
    }

    /// Plays the mix, or one input, on the host's headphones; none ends it. What is returned does it, and blocks while
    /// devices are looked up; of several the one that was asked for last counts. Errors of the call: the device is not
    /// there, or would be heard in the show.
    pub fn monitor(&self, config: Option<MonitorConfig>) -> impl FnOnce() -> Result<(), MonitorRefused> + Send + use<> {
        let (mixer, turn) = (self.0.clone(), self.0.monitor_turn());
        move || mixer.monitor(config, turn)
    }
}

/// Inputs of the sources that a scene shows on any of these canvases.
pub(super) fn shown(scene: &Scene, canvases: &[CanvasShape]) -> BTreeSet<InputId> {
    let layers = canvases.iter().flat_map(|shape| scene.layers(*shape));
    let sources = layers.filter(|layer| !layer.hidden).filter_map(|layer| match &layer.content {
        Content::Source { id } => Some(own(id)),
        _ => None,
    });
    sources.collect()
}

fn tap_into(input: AudioInput) -> AudioTap {
    Arc::new(move |samples, at| input.offer(samples, at))
}

/// Says when a microphone begins to hear like a telephone, and when it no longer does.
pub(super) fn rate_tap(input: AudioInput, events: Events) -> RateTap {
    Arc::new(move |rate_hz| {
        if let Some(event) = input.source_rate(rate_hz) {
            events.send(event);
        }
    })
}
