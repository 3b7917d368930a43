//! The window itself: what the host answered when it was to be closed on air.

use crate::closing::Event;
use crate::cockpit::Cockpit;
use tauri::{AppHandle, Runtime, State};

/// The page shows the question.
#[tauri::command]
pub fn window_asks(cockpit: State<'_, Cockpit>) {
    cockpit.window(Event::Shown);
}

/// The show goes on.
#[tauri::command]
pub fn window_stay(cockpit: State<'_, Cockpit>) {
    cockpit.window(Event::Stay);
}

/// Ends the show and closes the window.
#[tauri::command]
pub async fn window_close<R: Runtime>(app: AppHandle<R>) {
    crate::close(app).await;
}
