//! Recordings.

use super::{Answer, blocking};
use std::path::PathBuf;

/// Cuts a piece out of a recording, into a new MP4 of this name beside it; where that is.
#[tauri::command]
pub async fn recording_clip(recording: PathBuf, from_ms: u64, to_ms: u64, name: String) -> Answer<String> {
    let clip = move || hawker_studio::clip_beside(&recording, from_ms, to_ms, &name);
    Ok(blocking(clip).await?.path.display().to_string())
}
