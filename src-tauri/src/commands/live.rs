//! The show.

use super::Answer;
use crate::cockpit::Cockpit;
use hawker_domain::{
    CanvasShape, Sku, TagId,
    scene::{Scene, Transition},
};
use hawker_studio::{
    LiveOptions, PreviewJpeg,
    view::{GoLive, SceneBook, Snapshot},
};
use tauri::{State, ipc::Response};

#[tauri::command]
pub async fn snapshot(cockpit: State<'_, Cockpit>) -> Answer<Snapshot> {
    cockpit.page_listens();
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

/// What a thing in the picture is; without its track, what is held up.
#[tauri::command]
pub async fn live_name(cockpit: State<'_, Cockpit>, track_id: Option<u32>, sku: Sku) -> Answer<()> {
    cockpit.studio().await?.name(track_id, sku).await
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

/// Records from now on; the file that is written.
#[tauri::command]
pub async fn live_record(cockpit: State<'_, Cockpit>) -> Answer<String> {
    Ok(cockpit.studio().await?.start_recording(None).await?.display().to_string())
}

/// Ends the recording; a notice follows when its MP4 is there.
#[tauri::command]
pub async fn live_record_stop(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.stop_recording().await.map(drop)
}

#[tauri::command]
pub async fn live_scene(cockpit: State<'_, Cockpit>, name: String, how: Transition) -> Answer<()> {
    cockpit.studio().await?.show_scene(&name, how).await
}

/// Puts a scene into the preview of studio mode; none takes it away.
#[tauri::command]
pub async fn live_stage(cockpit: State<'_, Cockpit>, name: Option<String>) -> Answer<()> {
    cockpit.studio().await?.stage_scene(name.as_deref()).await
}

/// The scenes there are, and the pictures that can stand in them.
#[tauri::command]
pub async fn scene_book(cockpit: State<'_, Cockpit>) -> Answer<SceneBook> {
    cockpit.studio().await?.scene_book().await
}

/// As `live_stage`, with a scene that is being made.
#[tauri::command]
pub async fn live_stage_draft(cockpit: State<'_, Cockpit>, scene: Scene, canvas: CanvasShape) -> Answer<()> {
    cockpit.studio().await?.stage_draft(scene, canvas).await
}

#[tauri::command]
pub async fn live_take(cockpit: State<'_, Cockpit>, how: Transition) -> Answer<()> {
    cockpit.studio().await?.take_scene(how).await
}

#[tauri::command]
pub async fn preview_start(cockpit: State<'_, Cockpit>) -> Answer<()> {
    cockpit.studio().await?.preview().await
}

/// The next picture after `after`: its number as u64 big-endian, then JPEG. Empty when no source runs.
#[tauri::command]
pub async fn preview_next(cockpit: State<'_, Cockpit>, after: u64) -> Answer<Response> {
    Ok(answer(cockpit.studio().await?.next_preview(after).await))
}

/// As `preview_next`, of what is in the preview of studio mode.
#[tauri::command]
pub async fn staged_next(cockpit: State<'_, Cockpit>, after: u64) -> Answer<Response> {
    Ok(answer(cockpit.studio().await?.next_staged(after).await))
}

fn answer(picture: Option<PreviewJpeg>) -> Response {
    Response::new(picture.map_or_else(Vec::new, |picture| {
        let mut bytes = picture.seq.to_be_bytes().to_vec();
        bytes.extend_from_slice(&picture.jpeg);
        bytes
    }))
}

#[tauri::command]
pub async fn running_order_set(cockpit: State<'_, Cockpit>, skus: Vec<Sku>) -> Answer<()> {
    cockpit.studio().await?.set_running_order(skus).await
}
