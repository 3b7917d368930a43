//! The sound desk of a program.

use super::Program;
use crate::{
    Levels, MicSpec, MonitorConfig, MonitorRefused,
    audio::{AudioInput, InputKind, Mixer},
};
use crate::{event::Events, source::RateTap};
use hawker_domain::sound::{AudioSettings, BadSound, InputId, InputSettings, MixSettings};
use std::sync::Arc;

/// Names of the inputs of a program with one source and one microphone.
const MIC: &str = "mic";
const SOURCE: &str = "source";

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
        self.mixer.picture_delayed(delay_ms);
    }

    /// Loudness and health of the mix and of every input; cheap.
    pub fn levels(&self) -> Levels {
        self.mixer.levels()
    }

    /// Plays the mix, or one input, on the host's headphones; none ends it. Blocking while devices are looked up. Errors:
    /// the device is not there, or would be heard in the show.
    pub fn monitor(&self, config: Option<MonitorConfig>) -> Result<(), MonitorRefused> {
        self.mixer.monitor(config)
    }
}

/// The input that the program's sound comes from; none where it is silent.
pub(super) fn input(mixer: &Mixer, mic: &MicSpec) -> Option<AudioInput> {
    match mic {
        MicSpec::Silence => None,
        MicSpec::FromSource => Some(mixer.add(SOURCE.into(), InputKind::Captured)),
        MicSpec::TestTone => Some(mixer.add(MIC.into(), InputKind::Captured)),
        MicSpec::Device(id) => Some(mixer.add(MIC.into(), InputKind::of_device(id, false))),
    }
}

/// Says when a microphone begins to hear like a telephone, and when it no longer does.
pub(super) fn rate_tap(input: AudioInput, events: Events) -> RateTap {
    Arc::new(move |rate_hz| {
        if let Some(event) = input.source_rate(rate_hz) {
            events.send(event);
        }
    })
}
