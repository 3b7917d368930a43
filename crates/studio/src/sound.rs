//! What a host does with the sound: counts at once, also on air, and is kept.

use crate::errors::Outcome;
use crate::show::Request;
use crate::studio::Studio;
use crate::view::SoundMeters;
use hawker_domain::sound::{InputId, InputSettings, MixSettings};
use hawker_domain::sound_change::MonitorOf;

impl Studio {
    /// Changes one input of the mix, there or not yet. Errors: `bad_input` naming the value.
    pub async fn change_sound_input(&self, input: InputId, change: impl FnOnce(&mut InputSettings)) -> Outcome<()> {
        self.change_sound(|sound| change(sound.inputs.entry(input).or_default())).await
    }

    /// Changes what is done to all sound together. Errors: `bad_input` naming the value.
    pub async fn change_sound_mix(&self, change: impl FnOnce(&mut MixSettings)) -> Outcome<()> {
        self.change_sound(|sound| change(&mut sound.mix)).await
    }

    /// Chooses the device on which the host listens; none is the one that the system plays on. What plays moves there.
    pub async fn set_headphones(&self, device: Option<String>) -> Outcome<()> {
        self.change_sound(|sound| sound.headphones = device.filter(|id| !id.trim().is_empty())).await
    }

    /// Plays the mix or one input on the host's headphones, until it is ended with none or the studio closes.
    /// Errors: `not_live` while nothing runs, `source_unavailable` without the device, `bad_input` where the show would hear
    /// itself.
    pub async fn monitor(&self, of: Option<MonitorOf>) -> Outcome<()> {
        self.ask(|reply| Request::Monitor(of, reply)).await?
    }

    /// How loud everything is at this moment, renewed twenty times a second; empty while nothing runs.
    pub fn sound_meters(&self) -> SoundMeters {
        let desk = self.inner.desk.borrow().clone();
        desk.map(|desk| crate::show::meters(&desk.levels())).unwrap_or_default()
    }
}
