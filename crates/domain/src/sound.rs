//! How the sound of a show is mixed, as a person sets it: inputs, filters, the mix.
//!
//! Plain values with bounds. Nothing here touches samples; the media engine follows these settings, and every change
//! may be made while the show is on air.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};
use ts_rs::TS;

/// Names one input of the mix for as long as it is there: `mic`, `mic-2`, the id of a source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(as = "String")]
pub struct InputId(pub String);

impl From<&str> for InputId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for InputId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The whole desk: the mix and every input that was ever set, kept by its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct AudioSettings {
    pub mix: MixSettings,
    pub inputs: BTreeMap<InputId, InputSettings>,
    /// The device on which a host listens; none for the one that the system plays on.
    pub headphones: Option<String>,
}

/// What is done to all sound together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct MixSettings {
    pub gain_db: f32,
    /// The mix is brought slowly to this loudness; none leaves it as it is.
    pub loudness: Option<Loudness>,
    /// No sample leaves the mix above this. Units: dBFS.
    pub ceiling_db: f32,
}

/// One input: a microphone, a clip's own sound, the sound of the computer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct InputSettings {
    pub gain_db: f32,
    /// Silent, or heard; none leaves it to what the input does by itself, see [`crate::heard`].
    pub muted: Option<bool>,
    /// Positive: the sound is heard this much later. Negative: the picture has to wait, see
    /// [`AudioSettings::picture_delay_ms`]. Units: milliseconds.
    pub offset_ms: i32,
    pub filters: Filters,
    /// Lowers this input while others speak.
    pub duck: Option<Duck>,
}

/// What an input passes before its gain, in this order. All are off where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Filters {
    /// Share of the noise that is taken away, 0 (off) to 100. Above 0 the input is heard as mono. Units: per cent.
    pub noise_suppression: u8,
    pub gate: Option<Gate>,
    pub compressor: Option<Compressor>,
}

/// Closes an input that is quieter than speech.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Gate {
    /// Opens above this. Units: dBFS.
    pub open_db: f32,
    /// Closes below this, which is lower than `open_db`, so that it does not flutter. Units: dBFS.
    pub close_db: f32,
    pub attack_ms: f32,
    /// Stays open for this long after the last loud moment.
    pub hold_ms: f32,
    pub release_ms: f32,
}

/// Makes loud moments quieter, so that the whole can be louder.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Compressor {
    /// Units: dBFS.
    pub threshold_db: f32,
    /// Decibels in for one decibel out, above the threshold.
    pub ratio: f32,
    /// Width of the soft bend around the threshold. Units: dB.
    pub knee_db: f32,
    pub attack_ms: f32,
    pub release_ms: f32,
    /// Added after the compression. Units: dB.
    pub makeup_db: f32,
}

/// Lowers an input while another one speaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Duck {
    /// The inputs that push this one down; one that is muted pushes nothing.
    pub by: Vec<InputId>,
    /// How far it is lowered. Units: dB, positive.
    pub depth_db: f32,
    /// The others speak above this. Units: dBFS.
    pub threshold_db: f32,
    pub attack_ms: f32,
    /// Stays low for this long after the last word.
    pub hold_ms: f32,
    pub release_ms: f32,
}

/// How loud the show is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Loudness {
    /// Units: LUFS, as EBU R 128 measures it.
    pub target_lufs: f32,
    /// Most that is added or taken away. Units: dB.
    pub range_db: f32,
}

impl Default for MixSettings {
    fn default() -> Self {
        Self { gain_db: 0.0, loudness: None, ceiling_db: -1.0 }
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self { open_db: -42.0, close_db: -48.0, attack_ms: 3.0, hold_ms: 200.0, release_ms: 150.0 }
    }
}

impl Default for Compressor {
    fn default() -> Self {
        Self { threshold_db: -20.0, ratio: 3.0, knee_db: 6.0, attack_ms: 8.0, release_ms: 120.0, makeup_db: 4.0 }
    }
}

impl Default for Duck {
    fn default() -> Self {
        let by = vec!["mic".into()];
        Self { by, depth_db: 12.0, threshold_db: -40.0, attack_ms: 80.0, hold_ms: 400.0, release_ms: 600.0 }
    }
}

impl Default for Loudness {
    fn default() -> Self {
        Self { target_lufs: -16.0, range_db: 12.0 }
    }
}

/// A setting that makes no sense.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BadSound {
    #[error("{what} is {value}; it may be {low} to {high}")]
    OutOfRange { what: &'static str, value: f32, low: f32, high: f32 },
    #[error("the gate closes at {close_db} dBFS, above {open_db} dBFS where it opens; close it lower")]
    GateInverted { open_db: f32, close_db: f32 },
    #[error("the input is named \"{0}\"; a name has 1 to 64 characters")]
    BadName(String),
    #[error("an input is lowered by {0} others; the most is 8")]
    TooManyKeys(usize),
}

/// Longest an input is delayed. Units: milliseconds.
pub const MOST_OFFSET_MS: i32 = 1_000;
/// Longest the picture is delayed for an input: pictures that wait are raw, and half a second of them is memory enough.
pub const MOST_PICTURE_DELAY_MS: i32 = 500;
/// Where the ceiling of the mix may lie: lower ones press everything flat. Units: dBFS.
pub const CEILING_DB: (i32, i32) = (-20, 0);
/// Inputs that may push one down.
const MOST_KEYS: usize = 8;
const LONGEST_NAME: usize = 64;

impl AudioSettings {
    /// The settings, if every value is within its bounds. Errors: the first that is not.
    pub fn checked(self) -> Result<Self, BadSound> {
        self.mix.check()?;
        self.inputs.iter().try_for_each(|(id, input)| id.check().and_then(|()| input.check()))?;
        Ok(self)
    }

    /// Moves the settings of an input to another name, where that one has none.
    pub fn renamed(mut self, from: &InputId, to: &InputId) -> Self {
        if let Some(mut input) = self.inputs.remove(from) {
            // An input that was never muted had nothing to be told apart from.
            input.muted = input.muted.filter(|muted| *muted);
            self.inputs.entry(to.clone()).or_insert(input);
        }
        self
    }

    /// How long the picture has to be held back, so that the input with the most negative offset is in time; 0 where
    /// none has one. Units: milliseconds.
    pub fn picture_delay_ms(&self) -> u32 {
        self.inputs.values().map(InputSettings::picture_delay_ms).max().unwrap_or(0)
    }
}

impl MixSettings {
    /// As [`AudioSettings::checked`].
    pub fn checked(self) -> Result<Self, BadSound> {
        self.check().map(|()| self)
    }

    fn check(&self) -> Result<(), BadSound> {
        within("the gain of the mix (dB)", self.gain_db, -60.0, 20.0)?;
        within("the ceiling (dBFS)", self.ceiling_db, CEILING_DB.0 as f32, CEILING_DB.1 as f32)?;
        let Some(Loudness { target_lufs, range_db }) = self.loudness else { return Ok(()) };
        within("the loudness target (LUFS)", target_lufs, -36.0, -8.0)?;
        within("the range of the loudness gain (dB)", range_db, 0.0, 12.0)
    }
}

impl InputSettings {
    /// As [`AudioSettings::checked`].
    pub fn checked(self) -> Result<Self, BadSound> {
        self.check().map(|()| self)
    }

    /// How long the picture has to wait for this input. Units: milliseconds.
    pub fn picture_delay_ms(&self) -> u32 {
        self.offset_ms.min(0).unsigned_abs()
    }

    fn check(&self) -> Result<(), BadSound> {
        within("the gain (dB)", self.gain_db, -60.0, 30.0)?;
        let (least, most) = (-MOST_PICTURE_DELAY_MS as f32, MOST_OFFSET_MS as f32);
        within("the offset (ms)", self.offset_ms as f32, least, most)?;
        within("the noise suppression (per cent)", f32::from(self.filters.noise_suppression), 0.0, 100.0)?;
        self.filters.gate.map_or(Ok(()), |gate| gate.check())?;
        self.filters.compressor.map_or(Ok(()), |compressor| compressor.check())?;
        self.duck.as_ref().map_or(Ok(()), Duck::check)
    }
}

impl InputId {
    fn check(&self) -> Result<(), BadSound> {
        let length = self.0.chars().count();
        if (1..=LONGEST_NAME).contains(&length) { Ok(()) } else { Err(BadSound::BadName(self.0.clone())) }
    }
}

impl Gate {
    fn check(&self) -> Result<(), BadSound> {
        within("the level at which the gate opens (dBFS)", self.open_db, -90.0, 0.0)?;
        within("the level at which the gate closes (dBFS)", self.close_db, -96.0, 0.0)?;
        if self.close_db > self.open_db {
            return Err(BadSound::GateInverted { open_db: self.open_db, close_db: self.close_db });
        }
        within("the gate's attack (ms)", self.attack_ms, 0.5, 500.0)?;
        within("the gate's hold (ms)", self.hold_ms, 0.0, 5_000.0)?;
        within("the gate's release (ms)", self.release_ms, 1.0, 5_000.0)
    }
}

impl Compressor {
    fn check(&self) -> Result<(), BadSound> {
        within("the compressor's threshold (dBFS)", self.threshold_db, -60.0, 0.0)?;
        within("the compressor's ratio", self.ratio, 1.0, 20.0)?;
        within("the compressor's knee (dB)", self.knee_db, 0.0, 24.0)?;
        within("the compressor's attack (ms)", self.attack_ms, 0.5, 500.0)?;
        within("the compressor's release (ms)", self.release_ms, 1.0, 5_000.0)?;
        within("the compressor's make-up gain (dB)", self.makeup_db, 0.0, 24.0)
    }
}

impl Duck {
    fn check(&self) -> Result<(), BadSound> {
        if self.by.len() > MOST_KEYS {
            return Err(BadSound::TooManyKeys(self.by.len()));
        }
        self.by.iter().try_for_each(InputId::check)?;
        within("the depth of the ducking (dB)", self.depth_db, 0.0, 60.0)?;
        within("the level at which the ducking begins (dBFS)", self.threshold_db, -90.0, 0.0)?;
        within("the ducking's attack (ms)", self.attack_ms, 1.0, 5_000.0)?;
        within("the ducking's hold (ms)", self.hold_ms, 0.0, 10_000.0)?;
        within("the ducking's release (ms)", self.release_ms, 1.0, 10_000.0)
    }
}

/// A number that is none is in no range.
fn within(what: &'static str, value: f32, low: f32, high: f32) -> Result<(), BadSound> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(BadSound::OutOfRange { what, value, low, high }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn desk(input: InputSettings) -> AudioSettings {
        AudioSettings { inputs: BTreeMap::from([("mic".into(), input)]), ..AudioSettings::default() }
    }

    fn everything() -> InputSettings {
        let filters =
            Filters { noise_suppression: 100, gate: Some(Gate::default()), compressor: Some(Compressor::default()) };
        InputSettings { filters, duck: Some(Duck::default()), ..InputSettings::default() }
    }

    #[test]
    fn what_is_offered_by_default_is_within_its_own_bounds() {
        desk(everything()).checked().unwrap();
        MixSettings { loudness: Some(Loudness::default()), ..MixSettings::default() }.checked().unwrap();
    }

    #[test]
    fn each_value_out_of_its_bounds_is_refused_by_name() {
        let with = |change: fn(&mut InputSettings)| {
            let mut input = everything();
            change(&mut input);
            input
        };
        let table: [(InputSettings, &str); 12] = [
            (with(|i| i.gain_db = 31.0), "the gain"),
            (with(|i| i.gain_db = f32::NAN), "the gain"),
            (with(|i| i.offset_ms = -501), "the offset"),
            (with(|i| i.filters.noise_suppression = 101), "noise suppression"),
            (with(|i| i.filters.gate = Some(Gate { open_db: 1.0, ..Gate::default() })), "gate opens"),
            (with(|i| i.filters.gate = Some(Gate { close_db: -41.0, ..Gate::default() })), "close it lower"),
            (with(|i| i.filters.gate = Some(Gate { hold_ms: f32::INFINITY, ..Gate::default() })), "gate's hold"),
            (with(|i| i.filters.compressor = Some(Compressor { ratio: 0.5, ..Compressor::default() })), "ratio"),
            (with(|i| i.duck = Some(Duck { depth_db: -3.0, ..Duck::default() })), "depth"),
            (with(|i| i.duck = Some(Duck { by: vec!["a".into(); 9], ..Duck::default() })), "by 9 others"),
            (with(|i| i.duck = Some(Duck { by: vec!["".into()], ..Duck::default() })), "1 to 64"),
            (with(|i| i.duck = Some(Duck { release_ms: 0.0, ..Duck::default() })), "release"),
        ];
        for (input, word) in table {
            let refused = desk(input).checked().unwrap_err().to_string();
            assert!(refused.contains(word), "{refused} names {word}");
        }
        let nameless = AudioSettings {
            inputs: BTreeMap::from([("".into(), InputSettings::default())]),
            ..AudioSettings::default()
        };
        assert_eq!(nameless.checked(), Err(BadSound::BadName(String::new())));
        let loud = MixSettings { ceiling_db: 0.5, ..MixSettings::default() };
        assert!(loud.checked().is_err(), "nothing is louder than full scale");
    }

    #[test]
    fn the_picture_waits_for_the_latest_sound_and_never_for_one_that_is_early() {
        let offsets = [("a", 120), ("b", -80), ("c", -200)];
        let inputs = offsets.map(|(id, offset_ms)| (id.into(), InputSettings { offset_ms, ..Default::default() }));
        let desk = AudioSettings { inputs: BTreeMap::from(inputs), ..AudioSettings::default() };
        assert_eq!(desk.picture_delay_ms(), 200);
        assert_eq!(AudioSettings::default().picture_delay_ms(), 0);
    }

    #[test]
    fn an_input_keeps_its_settings_under_its_new_name() {
        let old = |muted| desk(InputSettings { gain_db: 3.0, muted: Some(muted), ..Default::default() });
        for (muted, want) in [(false, None), (true, Some(true))] {
            let moved = old(muted).renamed(&"mic".into(), &"1".into());
            assert_eq!(moved.inputs.get(&"1".into()).map(|input| (input.gain_db, input.muted)), Some((3.0, want)));
            assert_eq!(moved.inputs.len(), 1, "the old name is gone");
        }
    }

    #[test]
    fn settings_of_a_later_version_and_of_an_earlier_one_are_read() {
        let old: AudioSettings = serde_json::from_str(r#"{"inputs":{"mic":{"gain_db":3.0,"sparkle":1}}}"#).unwrap();
        let input = old.inputs.get(&"mic".into()).unwrap();
        assert_eq!((input.gain_db, input.muted, old.mix.ceiling_db), (3.0, None, -1.0));
        let again: AudioSettings = serde_json::from_str(&serde_json::to_string(&desk(everything())).unwrap()).unwrap();
        assert_eq!(again, desk(everything()));
    }
}
