//! The sound desk: what `hawker sound` does, by hand.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::sound::InputId;
use hawker_domain::sound_change::{InputChange, MixChange, MonitorOf};
use hawker_studio::view::SoundMeters;
use tauri::State;

#[tauri::command]
pub async fn sound_set(cockpit: State<'_, Cockpit>, input: InputId, change: InputChange) -> Answer<()> {
    cockpit.studio().await?.change_sound_input(input, |set| set.change(change)).await
}

#[tauri::command]
pub async fn sound_mix(cockpit: State<'_, Cockpit>, change: MixChange) -> Answer<()> {
    cockpit.studio().await?.change_sound_mix(|set| set.change(change)).await
}

/// What moves, asked for as often as it is drawn.
#[tauri::command]
pub async fn sound_meters(cockpit: State<'_, Cockpit>) -> Answer<SoundMeters> {
    Ok(cockpit.studio().await?.sound_meters())
}

#[tauri::command]
pub async fn sound_monitor(cockpit: State<'_, Cockpit>, of: Option<MonitorOf>) -> Answer<()> {
    cockpit.studio().await?.monitor(of).await
}

#[tauri::command]
pub async fn sound_headphones(cockpit: State<'_, Cockpit>, device: Option<String>) -> Answer<()> {
    cockpit.studio().await?.set_headphones(device).await
}
