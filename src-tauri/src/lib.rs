//! The desktop shell: a window, the commands it may call, and the events pushed to it. No logic lives here.
//!
//! Entry point: [`run`]. Invariant: a command parses, calls the studio and converts; anything longer belongs there.

mod closing;
mod cockpit;
mod commands;
mod events;
mod graphics;
mod opening;

use closing::{Deed, Event};
use cockpit::Cockpit;
use hawker_cli::signals::Signals;
use hawker_studio::Typed;
use std::path::PathBuf;
use std::process::ExitCode;
use tauri::{AppHandle, Emitter, Manager, RunEvent, Runtime, WindowEvent};

/// Opens the cockpit on `data_dir` (none: the user's own) and runs until it is closed.
pub fn run(data_dir: Option<PathBuf>) -> ExitCode {
    if let Some(code) = graphics::restart_without_dmabuf() {
        return code;
    }
    if cockpit::raise_other(data_dir.as_ref()) {
        return ExitCode::SUCCESS;
    }
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(Cockpit::new(data_dir))
        .invoke_handler(commands::handler())
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && !may_close(window.app_handle())
            {
                api.prevent_close();
            }
        })
        .setup(|app| {
            let (app, closing) = (app.handle().clone(), app.handle().clone());
            tauri::async_runtime::spawn(async move {
                // Whoever waits for the studio is told why it did not open.
                let _ = app.state::<Cockpit>().open(&app, Typed::Nothing).await;
            });
            tauri::async_runtime::spawn(async move { close_on_signal(closing).await });
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            eprintln!("error: the window does not open: {error}; run `hawker doctor`");
            return ExitCode::FAILURE;
        }
    };
    app.run(|app, event| {
        if let RunEvent::ExitRequested { api, code, .. } = event
            && code.is_none()
        {
            // The show is ended and everything is put down before the process goes.
            api.prevent_exit();
            // With its last window gone it was asked already; else the system's own menu wants us to quit.
            if app.webview_windows().is_empty() || may_close(app) {
                tauri::async_runtime::spawn(close(app.clone()));
            }
        }
    });
    ExitCode::SUCCESS
}

/// True if the window may go; else the page has been told to ask.
fn may_close<R: Runtime>(app: &AppHandle<R>) -> bool {
    let cockpit = app.state::<Cockpit>();
    match cockpit.window(Event::Close { on_air: cockpit.on_air() }) {
        Deed::Close => true,
        Deed::Ask => app.emit("close", ()).is_err(),
        Deed::Nothing => false,
    }
}

/// Ends the show, puts everything down, then goes.
async fn close<R: Runtime>(app: AppHandle<R>) {
    app.state::<Cockpit>().close().await;
    app.exit(0);
}

async fn close_on_signal<R: Runtime>(app: AppHandle<R>) {
    match Signals::new() {
        Ok(mut signals) => {
            signals.next().await;
            close(app).await;
        }
        Err(failure) => tracing::warn!("signals are not heard: {failure}"),
    }
}
