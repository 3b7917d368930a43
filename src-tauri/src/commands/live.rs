//! The show.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{Sku, TagId, scene::Transition};
use hawker_studio::{
    LiveOptions,
    view::{GoLive, Snapshot},
};
use tauri::{State, ipc::Response};

#[tauri::command]
pub async fn snapshot(cockpit: State<'_, Cockpit>) -> Answer<Snapshot> {
    Ok(cockpit.studio().await?.snapshots().borrow().clone())
}

#[tauri::command]
pub async fn live_start(cockpit: State<'_, Cockpit>, request: GoLive) -> Answer<()> {
    cockpit.studio().await?.go_live(LiveOptions { request, ..LiveOptions::default() }).await
}

#[tauri::command]
pub async fn live_end(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.end().await
}

#[tauri::command]
pub async fn live_pin(cockpit: State<'_, Cockpit>, sku: Sku) -> Answer<()> {
    cockpit.studio().await?.pin(sku).await
}

#[tauri::command]
pub async fn live_unpin(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.unpin().await
}

#[tauri::command]
pub async fn live_undo(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.undo().await
}

#[tauri::command]
pub async fn live_confirm(cockpit: State<'_, Cockpit>, tag_id: TagId) -> Answer<()> {
    cockpit.studio().await?.confirm(tag_id).await
}

/// Saves the last moments; where they are.
#[tauri::command]
pub async fn live_save_replay(cockpit: State<'_, Cockpit>) -> Answer<String> {
    Ok(cockpit.studio().await?.save_replay(None).await?.path.display().to_string())
}

#[tauri::command]
pub async fn live_scene(cockpit: State<'_, Cockpit>, name: String, how: Transition) -> Answer<()> {
    cockpit.studio().await?.show_scene(&name, how).await
}

#[tauri::command]
pub async fn preview_start(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.preview().await
}

/// The next picture after `after`: its number as u64 big-endian, then JPEG. Empty when no source runs.
#[tauri::command]
pub async fn preview_next(cockpit: State<'_, Cockpit>, after: u64) -> Answer<Response> {
    let picture = cockpit.studio().await?.next_preview(after).await;
    Ok(Response::new(picture.map_or_else(Vec::new, |picture| {
        let mut bytes = picture.seq.to_be_bytes().to_vec();
        bytes.extend_from_slice(&picture.jpeg);
        bytes
    })))
}

#[tauri::command]
pub async fn running_order_set(cockpit: State<'_, Cockpit>, skus: Vec<Sku>) -> Answer<()> {
    cockpit.studio().await?.set_running_order(skus).await
}
