//! The sound desk of the running show: what is set, what the mixer shows of it, and what the host hears.

use super::{LivePlan, media_failure, owner::Owner};
use crate::errors::{Outcome, bad_input};
use crate::view::{
    InputMeter, LevelView, MonitorStateView, MonitorView, SoundInputView, SoundKind, SoundMeters, SoundView,
};
use hawker_domain::{failure::FailureWhy, sound::AudioSettings, sound_change::MonitorOf};
use hawker_media::{InputKind, Level, Levels, MonitorConfig, MonitorRefused, MonitorState};
use hawker_wire::{ErrorCode, Failure, FailureReason};
use tokio::sync::oneshot;

impl Owner {
    /// A running program follows at once.
    pub(super) fn sound_changed(&mut self, sound: AudioSettings) {
        let before = std::mem::replace(&mut self.parts.settings.sound, sound);
        let sound = &self.parts.settings.sound;
        let Some(running) = self.running.as_ref().filter(|_| before != *sound) else { return };
        super::begin::mix(&running.program, sound);
        if before.headphones != sound.headphones && self.monitored.is_some() {
            self.listen();
        }
    }

    /// What the host hears from now on; none for nothing. The device is looked up beside the owner.
    pub(super) fn monitor(&mut self, of: Option<MonitorOf>, reply: oneshot::Sender<Outcome<()>>) {
        self.monitored = of;
        let Some(start) = self.start_monitor() else {
            // What is to be heard of the next program was not asked for.
            let ended = self.monitored.take().is_none();
            let nothing = || {
                Failure::new(ErrorCode::NotLive, "nothing runs that could be heard")
                    .hint("go live or open the cockpit first")
                    .because(FailureWhy::NothingPlays)
            };
            let _ = reply.send(if ended { Ok(()) } else { Err(nothing()) });
            return;
        };
        tokio::task::spawn_blocking(move || drop(reply.send(start().map_err(refused))));
    }

    /// Plays what the host wants to hear of the program that runs now.
    pub(super) fn listen(&self) {
        if let Some(start) = self.start_monitor().filter(|_| self.monitored.is_some()) {
            tokio::task::spawn_blocking(move || {
                if let Err(why) = start() {
                    tracing::warn!(%why, "the monitor does not play");
                }
            });
        }
    }

    fn start_monitor(&self) -> Option<impl FnOnce() -> Result<(), MonitorRefused> + Send + use<>> {
        let device = self.parts.settings.sound.headphones.clone();
        let config = self.monitored.clone().map(|of| MonitorConfig { device, of });
        Some(self.running.as_ref()?.program.desk().monitor(config))
    }

    /// The desk: microphones, and the sources that have a sound.
    pub(super) fn sound_view(&self, levels: &Levels, plan: &LivePlan) -> SoundView {
        let sound = &self.parts.settings.sound;
        let inputs = levels.inputs.iter().filter(|(_, input)| input.began || input.kind != InputKind::Own);
        SoundView {
            inputs: inputs
                .map(|(id, input)| SoundInputView {
                    id: id.clone(),
                    name: plan.input_name(id),
                    kind: kind(&input.kind),
                    present: input.present,
                    muted: input.muted,
                    level: level_view(input.level),
                    rate_hz: input.rate_hz,
                    set: sound.inputs.get(id).cloned().unwrap_or_default(),
                })
                .collect(),
            mix: level_view(levels.mix),
            loudness_lufs: levels.loudness_lufs.map(tenth),
            set: sound.mix.clone(),
            monitor: MonitorView {
                of: self.monitored.clone(),
                device: sound.headphones.clone(),
                state: monitor_state(&levels.monitor),
                why: match &levels.monitor {
                    MonitorState::Failed { why } => Some(why.clone()),
                    MonitorState::Off | MonitorState::Playing => None,
                },
            },
        }
    }
}

fn kind(kind: &InputKind) -> SoundKind {
    match kind {
        InputKind::Captured => SoundKind::Microphone,
        InputKind::Loopback { .. } => SoundKind::Computer,
        InputKind::Own => SoundKind::Source,
    }
}

fn monitor_state(state: &MonitorState) -> MonitorStateView {
    match state {
        MonitorState::Off => MonitorStateView::Off,
        MonitorState::Playing => MonitorStateView::Playing,
        MonitorState::Failed { .. } => MonitorStateView::Failed,
    }
}

fn refused(why: MonitorRefused) -> Failure {
    match why {
        MonitorRefused::Device(error) => media_failure(error),
        MonitorRefused::WouldLoop(ref device) => bad_input(why.to_string()).because(match device {
            Some(device) => FailureReason::from(FailureWhy::MonitorWouldLoop).with("what", device),
            None => FailureWhy::MonitorWouldLoopSystem.into(),
        }),
    }
}

/// What moves while somebody looks.
pub(crate) fn meters(levels: &Levels) -> SoundMeters {
    let input = |input: &hawker_media::InputLevel| InputMeter {
        level: level_view(input.level),
        reduction_db: tenth(input.reduction_db),
        ducked_db: tenth(input.ducked_db),
    };
    SoundMeters {
        inputs: levels.inputs.iter().map(|(id, level)| (id.clone(), input(level))).collect(),
        mix: level_view(levels.mix),
        loudness_lufs: levels.loudness_lufs.map(tenth),
        loudness_gain_db: tenth(levels.loudness_gain_db),
        limited_db: tenth(levels.limited_db),
    }
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
    fn a_level_is_shown_to_a_tenth_of_a_decibel_and_silence_as_none() {
        let shown = level_view(Level { peak_db: Some(-6.0206), rms_db: None, clipped: true });
        assert_eq!(shown, LevelView { peak_db: Some(-6.0), rms_db: None, clipped: true });
    }

    #[test]
    fn an_input_is_told_by_what_it_is_and_not_by_its_name() {
        let loopback = InputKind::Loopback { sink: None };
        for (of, want) in [
            (InputKind::Captured, SoundKind::Microphone),
            (loopback, SoundKind::Computer),
            (InputKind::Own, SoundKind::Source),
        ] {
            assert_eq!(kind(&of), want);
        }
    }

    #[test]
    fn a_show_that_would_hear_itself_is_the_hosts_to_mend() {
        assert_eq!(refused(MonitorRefused::WouldLoop(Some("phones".into()))).code, ErrorCode::BadInput);
    }
}
