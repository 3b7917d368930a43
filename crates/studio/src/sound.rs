//! What a host does with the sound: counts at once, also on air, and is kept.

use crate::errors::{Outcome, bad_input};
use crate::platform::Waiting;
use crate::studio::Studio;
use hawker_domain::sound::{AudioSettings, InputId, InputSettings, MixSettings};

impl Studio {
    /// Sets one input of the mix, there or not yet. Errors: `bad_input` naming the value.
    pub async fn set_sound_input(&self, input: InputId, settings: InputSettings) -> Outcome<()> {
        self.change_sound(|sound| drop(sound.inputs.insert(input, settings))).await
    }

    /// Sets what is done to all sound together. Errors: `bad_input` naming the value.
    pub async fn set_sound_mix(&self, mix: MixSettings) -> Outcome<()> {
        self.change_sound(|sound| sound.mix = mix).await
    }

    async fn change_sound(&self, change: impl FnOnce(&mut AudioSettings)) -> Outcome<()> {
        let mut settings = self.settings().await?;
        change(&mut settings.sound);
        settings.sound = settings.sound.checked().map_err(|error| bad_input(error.to_string()))?;
        self.set_settings(settings, Waiting::Stay).await.map(drop)
    }
}
