//! What a hand does at the sound desk, one knob at a time: two hands at once lose nothing of each other. Pure.

use crate::sound::{Compressor, Duck, Gate, InputId, InputSettings, Loudness, MixSettings};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One change of one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "what", content = "to", rename_all = "snake_case")]
pub enum InputChange {
    GainDb(f32),
    /// None gives the input back to what it does by itself.
    Muted(Option<bool>),
    OffsetMs(i32),
    NoiseSuppression(u8),
    Gate(Option<Gate>),
    Compressor(Option<Compressor>),
    Duck(Option<Duck>),
}

/// One change of the mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "what", content = "to", rename_all = "snake_case")]
pub enum MixChange {
    GainDb(f32),
    Loudness(Option<Loudness>),
    CeilingDb(f32),
}

/// What the host hears in the headphones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "of", content = "input", rename_all = "snake_case")]
pub enum MonitorOf {
    Mix,
    /// One input after its filters and before its fader, muted or not.
    Input(InputId),
}

impl InputSettings {
    /// Turns one knob; whether the value is within its bounds is asked by [`InputSettings::checked`].
    pub fn change(&mut self, change: InputChange) {
        match change {
            InputChange::GainDb(gain_db) => self.gain_db = gain_db,
            InputChange::Muted(muted) => self.muted = muted,
            InputChange::OffsetMs(offset_ms) => self.offset_ms = offset_ms,
            InputChange::NoiseSuppression(share) => self.filters.noise_suppression = share,
            InputChange::Gate(gate) => self.filters.gate = gate,
            InputChange::Compressor(compressor) => self.filters.compressor = compressor,
            InputChange::Duck(duck) => self.duck = duck,
        }
    }
}

impl MixSettings {
    /// As [`InputSettings::change`].
    pub fn change(&mut self, change: MixChange) {
        match change {
            MixChange::GainDb(gain_db) => self.gain_db = gain_db,
            MixChange::Loudness(loudness) => self.loudness = loudness,
            MixChange::CeilingDb(ceiling_db) => self.ceiling_db = ceiling_db,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_knob_moves_alone() {
        let mut input = InputSettings { gain_db: -3.0, offset_ms: 40, ..InputSettings::default() };
        for change in [
            InputChange::Muted(Some(true)),
            InputChange::NoiseSuppression(60),
            InputChange::Gate(Some(Gate::default())),
            InputChange::Duck(Some(Duck::default())),
            InputChange::Compressor(Some(Compressor::default())),
        ] {
            input.change(change);
        }
        assert_eq!((input.gain_db, input.offset_ms, input.muted), (-3.0, 40, Some(true)));
        assert!(input.filters.gate.is_some() && input.filters.compressor.is_some() && input.duck.is_some());
        input.change(InputChange::Muted(None));
        input.change(InputChange::OffsetMs(-120));
        assert_eq!((input.muted, input.offset_ms, input.filters.noise_suppression), (None, -120, 60));
    }

    #[test]
    fn changes_are_written_as_the_window_writes_them() {
        let json = |change: InputChange| serde_json::to_string(&change).unwrap();
        assert_eq!(json(InputChange::GainDb(-3.5)), r#"{"what":"gain_db","to":-3.5}"#);
        assert_eq!(json(InputChange::Muted(None)), r#"{"what":"muted","to":null}"#);
        let of: MonitorOf = serde_json::from_str(r#"{"of":"input","input":"mic"}"#).unwrap();
        assert_eq!(of, MonitorOf::Input("mic".into()));
        assert_eq!(serde_json::to_string(&MonitorOf::Mix).unwrap(), r#"{"of":"mix"}"#);
    }
}
