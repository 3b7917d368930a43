//! What the mixer shows of the sound.

use super::LivePlan;
use crate::view::{LevelView, SoundInputView, SoundView};
use hawker_domain::sound::InputId;
use hawker_media::{Level, Levels};

/// The desk: microphones, and the sources that have a sound.
pub(super) fn sound_view(levels: &Levels, plan: &LivePlan) -> SoundView {
    let inputs = levels.inputs.iter().filter(|(id, input)| input.began || is_microphone(id));
    SoundView {
        inputs: inputs
            .map(|(id, input)| SoundInputView {
                id: id.clone(),
                name: plan.input_name(id),
                present: input.present,
                muted: input.muted,
                level: level_view(input.level),
                rate_hz: input.rate_hz,
            })
            .collect(),
        mix: level_view(levels.mix),
        loudness_lufs: levels.loudness_lufs.map(tenth),
    }
}

fn is_microphone(id: &InputId) -> bool {
    id.0 == "mic" || id.0.starts_with("mic-")
}

fn level_view(level: Level) -> LevelView {
    LevelView { peak_db: level.peak_db.map(tenth), rms_db: level.rms_db.map(tenth), clipped: level.clipped }
}

/// Finer than an eye sees would only be more to send.
fn tenth(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn microphones_are_told_from_sources_by_their_name() {
        for (id, want) in [("mic", true), ("mic-2", true), ("1", false), ("microscope", false)] {
            assert_eq!(is_microphone(&id.into()), want, "{id}");
        }
    }

    #[test]
    fn a_level_is_shown_to_a_tenth_of_a_decibel_and_silence_as_none() {
        let shown = level_view(Level { peak_db: Some(-6.0206), rms_db: None, clipped: true });
        assert_eq!(shown, LevelView { peak_db: Some(-6.0), rms_db: None, clipped: true });
    }
}
