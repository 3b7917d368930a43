//! `hawker sound`: what is heard, and how loud.

use super::json_line;
use crate::args::{MuteWord, OnOff, SoundCommand, SoundInput, SoundMix, SoundMonitor};
use crate::execute::{CommandError, Session};
use hawker_domain::sound::{Duck, InputId, InputSettings, Loudness, MixSettings};
use hawker_domain::sound_change::MonitorOf;
use hawker_studio::view::{LevelView, MonitorStateView, MonitorView, SoundView};
use std::time::Duration;

/// The first meters come with the next picture of the show.
const PATIENCE: Duration = Duration::from_millis(600);

pub async fn run(command: &SoundCommand, session: &Session<'_>) -> Result<(), CommandError> {
    match command {
        SoundCommand::List => list(session).await,
        SoundCommand::Set(set) => {
            Ok(session.studio.change_sound_input(InputId(set.input.clone()), |input| change(input, set)).await?)
        }
        SoundCommand::Mix(set) => Ok(session.studio.change_sound_mix(|mix| change_mix(mix, set)).await?),
        SoundCommand::Monitor(wish) => monitor(wish, session).await,
    }
}

async fn monitor(wish: &SoundMonitor, session: &Session<'_>) -> Result<(), CommandError> {
    if let Some(device) = &wish.device {
        session.studio.set_headphones((device != "auto").then(|| device.clone())).await?;
    }
    let of = match wish.of.as_deref() {
        None => return Ok(()),
        Some("off") => None,
        Some("mix") => Some(MonitorOf::Mix),
        Some(input) => Some(MonitorOf::Input(input.into())),
    };
    Ok(session.studio.monitor(of).await?)
}

async fn list(session: &Session<'_>) -> Result<(), CommandError> {
    let mut snapshots = session.studio.snapshots();
    snapshots.mark_unchanged();
    // The loudness is measured while somebody looks, so the newest picture says more than the one that is there.
    let _ = tokio::time::timeout(PATIENCE, snapshots.changed()).await;
    let sound = snapshots.borrow().sound.clone();
    let lines = if session.json { vec![json_line(&sound)?] } else { sentences(&sound) };
    for line in lines {
        session.output.line(&line).await?;
    }
    Ok(())
}

fn sentences(sound: &SoundView) -> Vec<String> {
    let inputs = sound.inputs.iter().map(|input| {
        let state = match (input.muted, input.present) {
            (true, _) => ", muted",
            (false, false) => ", delivers nothing",
            (false, true) => "",
        };
        format!("{} ({}): {}{state}", input.id, input.name, level(input.level))
    });
    let loudness = sound.loudness_lufs.map(|lufs| format!(", {lufs:.1} LUFS")).unwrap_or_default();
    inputs.chain([format!("mix: {}{loudness}", level(sound.mix))]).chain(heard(&sound.monitor)).collect()
}

/// What plays in the headphones; none where nothing does.
fn heard(monitor: &MonitorView) -> Option<String> {
    let of = match monitor.of.as_ref()? {
        MonitorOf::Mix => "mix".to_owned(),
        MonitorOf::Input(input) => input.to_string(),
    };
    let on = monitor.device.as_deref().unwrap_or("the system's own device");
    Some(match (monitor.state, &monitor.why) {
        (MonitorStateView::Failed, Some(why)) => format!("headphones: {of} is not heard on {on}: {why}"),
        _ => format!("headphones: {of} on {on}"),
    })
}

fn level(level: LevelView) -> String {
    let db = |value: Option<f32>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
    let clipped = if level.clipped { ", clipped" } else { "" };
    format!("peak {} dBFS, RMS {} dBFS{clipped}", db(level.peak_db), db(level.rms_db))
}

/// What is not said stays as it was.
fn change(settings: &mut InputSettings, set: &SoundInput) {
    settings.gain_db = set.gain.unwrap_or(settings.gain_db);
    settings.offset_ms = set.offset.unwrap_or(settings.offset_ms);
    settings.filters.noise_suppression = set.noise.unwrap_or(settings.filters.noise_suppression);
    match set.mute {
        Some(MuteWord::On) => settings.muted = Some(true),
        Some(MuteWord::Off) => settings.muted = Some(false),
        Some(MuteWord::Auto) => settings.muted = None,
        None => {}
    }
    if let Some(gate) = set.gate {
        settings.filters.gate = (gate == OnOff::On).then(|| settings.filters.gate.unwrap_or_default());
    }
    if let Some(compressor) = set.compressor {
        let kept = settings.filters.compressor.unwrap_or_default();
        settings.filters.compressor = (compressor == OnOff::On).then_some(kept);
    }
    match set.duck_by.as_slice() {
        [] => {}
        [none] if none == "off" => settings.duck = None,
        by => {
            let by = by.iter().map(|id| id.as_str().into()).collect();
            settings.duck = Some(Duck { by, ..settings.duck.take().unwrap_or_default() });
        }
    }
}

fn change_mix(settings: &mut MixSettings, set: &SoundMix) {
    settings.gain_db = set.gain.unwrap_or(settings.gain_db);
    if let Some(target_lufs) = set.loudness {
        settings.loudness = Some(Loudness { target_lufs, ..settings.loudness.unwrap_or_default() });
    }
    if set.no_loudness {
        settings.loudness = None;
    }
    settings.ceiling_db = set.ceiling.unwrap_or(settings.ceiling_db);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser;

    fn set(words: &[&str]) -> SoundInput {
        let cli = Cli::try_parse_from([&["hawker", "sound", "set", "mic"], words].concat()).unwrap();
        match cli.command {
            Command::Sound { command: SoundCommand::Set(set) } => set,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_said_stays_as_it_was() {
        let all = set(&[
            "--gain=-3.5",
            "--mute",
            "on",
            "--offset",
            "40",
            "--noise",
            "60",
            "--gate",
            "on",
            "--compressor",
            "on",
            "--duck-by",
            "mic-2",
        ]);
        let changed = |mut input: InputSettings, set: &SoundInput| {
            change(&mut input, set);
            input
        };
        let first = changed(InputSettings::default(), &all);
        assert_eq!((first.gain_db, first.muted, first.offset_ms), (-3.5, Some(true), 40));
        assert_eq!(first.filters.noise_suppression, 60);
        assert!(first.filters.gate.is_some() && first.filters.compressor.is_some());
        assert_eq!(first.duck.clone().map(|duck| duck.by), Some(vec!["mic-2".into()]));
        assert_eq!(changed(first.clone(), &set(&[])), first);
        let back = changed(first, &set(&["--mute", "auto", "--gate", "off", "--duck-by", "off"]));
        assert_eq!((back.muted, back.filters.gate, back.duck, back.gain_db), (None, None, None, -3.5));
    }
}
