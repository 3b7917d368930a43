//! What the desk shows: loudness and health of every input and of the mix.

use super::{meter::Level, mixer::InputKind};
use hawker_domain::sound::InputId;
use std::collections::BTreeMap;

/// A snapshot, at most 50 ms old.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Levels {
    pub mix: Level,
    /// Of the mix over the last three seconds; none while silent. Units: LUFS.
    pub loudness_lufs: Option<f32>,
    /// What the loudness target adds now. Units: dB.
    pub loudness_gain_db: f32,
    /// The most the limiter took away within the last 50 ms. Units: dB, positive.
    pub limited_db: f32,
    pub inputs: BTreeMap<InputId, InputLevel>,
    pub monitor: MonitorState,
}

/// One input.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct InputLevel {
    #[serde(flatten)]
    pub kind: InputKind,
    /// After its filters and gain, before it is muted; `clipped` speaks of what came in.
    #[serde(flatten)]
    pub level: Level,
    /// It delivers sound.
    pub present: bool,
    /// It has delivered sound: a clip without any never does.
    pub began: bool,
    pub muted: bool,
    /// Silence put in for sound that did not come.
    pub gap_ms: u64,
    /// Pieces that found the mix too busy.
    pub lost_pieces: u64,
    /// How often its clock jumped far ahead.
    pub time_jumps: u64,
    /// How much faster than the program's its clock runs; none while that is too little to follow.
    pub drift_ppm: Option<f32>,
    /// How far its sound lies from its time, smoothed; positive where it is heard too early.
    pub off_ms: f32,
    /// What the compressor takes away. Units: dB, positive.
    pub reduction_db: f32,
    /// What ducking takes away. Units: dB, positive.
    pub ducked_db: f32,
    /// At which the device itself delivers, where that is known. Units: Hz.
    pub rate_hz: Option<u32>,
}

/// What plays on the host's headphones.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum MonitorState {
    #[default]
    Off,
    Playing,
    /// It ended by itself; the show does not notice.
    Failed {
        why: String,
    },
}
