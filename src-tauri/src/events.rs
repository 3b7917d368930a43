//! What is pushed to the window: snapshots, and the show's events.

use hawker_studio::Studio;
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::broadcast::error::RecvError;

/// Pushes until the studio closes.
pub fn push<R: Runtime>(app: AppHandle<R>, studio: &Studio) {
    let (mut snapshots, mut events, shown) = (studio.snapshots(), studio.events(), app.clone());
    tokio::spawn(async move {
        while snapshots.changed().await.is_ok() {
            let snapshot = snapshots.borrow_and_update().clone();
            let _ = shown.emit("snapshot", snapshot);
        }
    });
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(line) => {
                    let _ = app.emit("live", line);
                }
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "the window missed events"),
                Err(RecvError::Closed) => return,
            }
        }
    });
}
