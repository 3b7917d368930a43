//! The sound desk of a program.

use super::{Program, ProgramConfig};
use crate::{
    Levels, MediaError, MicSpec, MonitorConfig, MonitorRefused, SourceSpec,
    audio::{AudioInput, InputKind, Mixer},
    device,
    event::Events,
    source::{AudioTap, Keeper, KeeperConfig, Kind, RateTap, SourcePlan, Taps},
};
use hawker_domain::{
    CanvasShape, SourceId,
    heard::{Chosen, Heard, Origin},
    scene::{Content, Scene},
    sound::{AudioSettings, BadSound, InputId, InputSettings, MixSettings},
};
use std::{collections::BTreeSet, sync::Arc};

/// Microphones are called "mic", "mic-2" and so on, in their order.
pub fn mic_input(index: usize) -> InputId {
    InputId(if index == 0 { "mic".to_owned() } else { format!("mic-{}", index + 1) })
}

/// A source's own sound is called as the source is.
pub(super) fn own(source: &SourceId) -> InputId {
    InputId(source.as_str().to_owned())
}

/// When the sources' own sound is heard.
pub(super) struct OwnSound {
    chosen: Chosen,
    main: Option<SourceId>,
    alone: bool,
}

impl OwnSound {
    pub(super) fn of(config: &ProgramConfig) -> Self {
        let source = config.mics.contains(&MicSpec::FromSource);
        let microphones = config.mics.iter().any(|mic| matches!(mic, MicSpec::Device(_) | MicSpec::TestTone));
        Self {
            chosen: Chosen { source, microphones },
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
        let speaks = matches!(spec, SourceSpec::File(_) | SourceSpec::Url(_));
        speaks.then(|| tap_into(self.mixer.add(own(id), InputKind::Own, self.own_sound.heard(id))))
    }

    /// Starts every microphone; one that is not there is told, and its input is silent until it comes.
    pub(super) fn start_microphones(&self, mics: &[MicSpec]) -> Result<(), MediaError> {
        let plans = mics.iter().filter_map(|mic| match mic {
            MicSpec::Silence | MicSpec::FromSource => None,
            MicSpec::Device(id) => {
                Some((InputKind::of_device(id, device::is_loopback(id)), SourcePlan::Microphone { id: id.clone() }))
            }
            MicSpec::TestTone => Some((InputKind::Captured, SourcePlan::Tone)),
        });
        for (index, (kind, plan)) in plans.enumerate() {
            let id = mic_input(index);
            let input = self.mixer.add(id.clone(), kind, self.own_sound.chosen.heard(Origin::Microphone));
            let rate = Some(rate_tap(input.clone(), self.events.clone()));
            let jumps = self.sources.jumps.clone();
            let taps = Taps { audio: Some(tap_into(input)), rate, jumps, ..Taps::default() };
            let kind = Kind::Microphone(id);
            let config = KeeperConfig { kind, plan, taps, decoder: None, needed: false, lost: Arc::default() };
            let keeper = Keeper::start(config, self.time.clone(), self.events.clone())?;
            self.workers().microphones.push(keeper);
        }
        Ok(())
    }
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
