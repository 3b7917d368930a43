//! Devices, destinations, settings, doctor, and the system's file dialog.

use super::{Answer, blocking};
use crate::cockpit::Cockpit;
use hawker_domain::{DestinationId, files};
use hawker_studio::Waiting;
use hawker_studio::view::{
    Check, DestinationChange, DestinationView, DeviceView, EncoderView, NewDestination, RecoveryState, Settings,
};
use serde::Deserialize;
use tauri::{AppHandle, Runtime, State};
use tauri_plugin_dialog::DialogExt;

#[tauri::command]
pub async fn devices_list() -> Answer<Vec<DeviceView>> {
    blocking(hawker_studio::devices).await
}

/// What can encode a show on this machine, and why the rest can't.
#[tauri::command]
pub async fn encoders_list(cockpit: State<'_, Cockpit>) -> Answer<Vec<EncoderView>> {
    let set = cockpit.studio().await?.settings().await?.encoder;
    blocking(move || hawker_studio::encoders(set.as_deref())).await
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
pub async fn destination_change(
    cockpit: State<'_, Cockpit>,
    id: DestinationId,
    change: DestinationChange,
) -> Answer<DestinationView> {
    cockpit.studio().await?.change_destination(id, change).await
}

#[tauri::command]
pub async fn show_publish(cockpit: State<'_, Cockpit>, id: DestinationId) -> Answer<()> {
    cockpit.studio().await?.publish(id).await
}

#[tauri::command]
pub async fn show_unpublish(cockpit: State<'_, Cockpit>, id: DestinationId) -> Answer<()> {
    cockpit.studio().await?.unpublish(id).await
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

#[tauri::command]
pub async fn recovery_state(cockpit: State<'_, Cockpit>) -> Answer<RecoveryState> {
    cockpit.studio().await?.recovery_state().await
}

/// The code in letters: shown once, and kept nowhere.
#[tauri::command]
pub async fn recovery_make(cockpit: State<'_, Cockpit>) -> Answer<String> {
    Ok(cockpit.studio().await?.new_recovery_code().await?.text().to_string())
}

#[tauri::command]
pub async fn recovery_confirm(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.confirm_recovery_code().await
}

/// What a file dialog is opened for.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Catalogue,
    Photo,
    /// A source: a clip or a still picture.
    Source,
    /// A payment provider's statement.
    Statement,
}

impl FileKind {
    /// The files it offers.
    fn endings(self) -> Vec<&'static str> {
        match self {
            Self::Catalogue | Self::Statement => files::TABLES.to_vec(),
            Self::Photo => files::PICTURES.to_vec(),
            Self::Source => [files::CLIPS, files::PICTURES].concat(),
        }
    }
}

/// The chosen file's path; none when the dialog was closed. `label`: what the dialog calls such files.
#[tauri::command]
pub async fn pick_file<R: Runtime>(app: AppHandle<R>, kind: FileKind, label: String) -> Answer<Option<String>> {
    let dialog = app.dialog().file().add_filter(label, &kind.endings());
    let picked = blocking(move || Ok(dialog.blocking_pick_file())).await?;
    Ok(picked.map(|path| path.to_string()))
}
