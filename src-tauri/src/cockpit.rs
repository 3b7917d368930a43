//! The studio behind the window. It opens in the background; commands wait for it, and for its error.

use hawker_cli::{environment, remote};
use hawker_studio::{Studio, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use std::path::PathBuf;
use std::sync::Mutex;
use tauri::{AppHandle, Runtime};
use tokio::sync::watch;

type Opened = Option<Result<Studio, Failure>>;

/// Managed state: the studio, once it is open.
pub struct Cockpit {
    data_dir: Option<PathBuf>,
    opened: watch::Sender<Opened>,
    socket: Mutex<Option<remote::SocketGuard>>,
}

impl Cockpit {
    /// Not open yet. `data_dir` none means the user's own, or the one HAWKER_DATA_DIR names.
    pub fn new(data_dir: Option<PathBuf>) -> Self {
        Self { data_dir, opened: watch::Sender::new(None), socket: Mutex::new(None) }
    }

    /// Opens the studio of the user's data directory and starts pushing events.
    pub async fn open<R: Runtime>(&self, app: &AppHandle<R>) {
        let opened = open_studio(self.data_dir.clone()).await;
        match &opened {
            Ok(studio) => {
                if let Ok(mut socket) = self.socket.lock() {
                    *socket = Some(remote::serve(studio.clone()));
                }
                crate::events::push(app.clone(), studio);
            }
            Err(failure) => tracing::error!("the studio does not open: {failure}"),
        }
        self.opened.send_replace(Some(opened));
    }

    /// The studio, as soon as it is open. Errors: why it does not open.
    pub async fn studio(&self) -> Result<Studio, Failure> {
        let mut opened = self.opened.subscribe();
        let opened = opened.wait_for(Option::is_some).await.map_err(|_| closing())?;
        opened.clone().unwrap_or_else(|| Err(closing()))
    }

    /// Ends the show, if one is on air, and closes the studio.
    pub async fn close(&self) {
        let opened = self.opened.borrow().clone();
        if let Some(Ok(studio)) = opened {
            studio.close().await;
        }
        if let Ok(mut socket) = self.socket.lock() {
            *socket = None;
        }
    }
}

fn closing() -> Failure {
    Failure::new(ErrorCode::Conflict, "the studio is closing")
}

async fn open_studio(named: Option<PathBuf>) -> Result<Studio, Failure> {
    let data_dir = named.or_else(|| std::env::var_os("HAWKER_DATA_DIR").map(PathBuf::from));
    let config: StudioConfig = environment::studio_config(data_dir, true)?;
    // Logging lasts as long as the program, so its guard is never dropped.
    std::mem::forget(hawker_studio::logging::start(&config.logs_dir(), false)?);
    let studio = Studio::open(config).await?;
    let preview = studio.clone();
    tokio::spawn(async move {
        let chosen = preview.settings().await.is_ok_and(|settings| !settings.source.is_empty());
        if chosen && let Err(failure) = preview.preview().await {
            tracing::warn!("no preview: {failure}");
        }
    });
    Ok(studio)
}
