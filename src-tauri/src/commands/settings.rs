//! Devices, destinations, settings, doctor, and the system's file dialog.

use super::{Answer, blocking};
use crate::cockpit::Cockpit;
use hawker_domain::DestinationId;
use hawker_studio::Waiting;
use hawker_studio::view::{Check, DestinationView, DeviceView, NewDestination, Settings};
use serde::Deserialize;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_dialog::DialogExt;

#[tauri::command]
pub async fn devices_list() -> Answer<Vec<DeviceView>> {
    blocking(hawker_studio::devices).await
}

#[tauri::command]
pub async fn destinations_list(cockpit: State<'_, Cockpit>) -> Answer<Vec<DestinationView>> {
    cockpit.studio().await?.destinations().await
}

#[tauri::command]
pub async fn destination_add(cockpit: State<'_, Cockpit>, new: NewDestination) -> Answer<DestinationView> {
    cockpit.studio().await?.add_destination(new).await
}

#[tauri::command]
pub async fn destination_set_primary(
    cockpit: State<'_, Cockpit>,
    id: DestinationId,
    primary: bool,
) -> Answer<DestinationView> {
    cockpit.studio().await?.set_primary_destination(id, primary).await
}

#[tauri::command]
pub async fn destination_remove(cockpit: State<'_, Cockpit>, id: DestinationId) -> Answer<()> {
    cockpit.studio().await?.remove_destination(id).await
}

#[tauri::command]
pub async fn settings_get(cockpit: State<'_, Cockpit>) -> Answer<Settings> {
    cockpit.studio().await?.settings().await
}

#[tauri::command]
pub async fn settings_set(cockpit: State<'_, Cockpit>, settings: Settings, go_along: bool) -> Answer<Settings> {
    let waiting = if go_along { Waiting::GoAlong } else { Waiting::Stay };
    cockpit.studio().await?.set_settings(settings, waiting).await
}

#[tauri::command]
pub async fn doctor(cockpit: State<'_, Cockpit>) -> Answer<Vec<Check>> {
    let config = cockpit.studio().await?.config().clone();
    blocking(move || Ok(hawker_studio::doctor::doctor(&config))).await
}

/// What a file dialog is opened for.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Catalogue,
    Photo,
    Clip,
}

/// The chosen file's path; none when the dialog was closed.
#[tauri::command]
pub async fn pick_file<R: Runtime>(app: AppHandle<R>, kind: FileKind) -> Answer<Option<String>> {
    let (name, endings): (&str, &[&str]) = match kind {
        FileKind::Catalogue => ("CSV", &["csv", "tsv"]),
        FileKind::Photo => ("Photo", &["jpg", "jpeg", "png", "webp"]),
        FileKind::Clip => ("Video", &["mp4", "mkv", "mov", "webm"]),
    };
    let dialog = app.dialog().file().add_filter(name, endings);
    let picked = blocking(move || Ok(dialog.blocking_pick_file())).await?;
    Ok(picked.map(|path| path.to_string()))
}
