//! What is pushed to the window: snapshots, and the show's events.

use hawker_studio::Studio;
use tauri::{AppHandle, Emitter, Runtime};
use tokio::sync::{broadcast::error::RecvError, watch};

/// Pushes until the studio closes. Events wait for the page, `page_listens`: what comes before it does would be lost, and what
/// the start has to tell waits in the studio until then.
pub fn push<R: Runtime>(app: AppHandle<R>, studio: &Studio, mut page_listens: watch::Receiver<bool>) {
    let (mut snapshots, shown) = (studio.snapshots(), app.clone());
    tokio::spawn(async move {
        while snapshots.changed().await.is_ok() {
            let snapshot = snapshots.borrow_and_update().clone();
            let _ = shown.emit("snapshot", snapshot);
        }
    });
    let studio = studio.clone();
    tokio::spawn(async move {
        if page_listens.wait_for(|listens| *listens).await.is_err() {
            return;
        }
        let mut events = studio.events();
        // The studio is not to live on for this.
        drop(studio);
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
