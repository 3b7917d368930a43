//! The studio behind the window. It opens in the background; commands wait for it, and for its error.

use crate::closing::{Deed, Event, Question};
use hawker_cli::{environment, remote};
use hawker_domain::show::ShowState;
use hawker_studio::{Studio, StudioConfig};
use hawker_wire::{ErrorCode, Failure};
use std::path::PathBuf;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::watch;

type Opened = Option<Result<Studio, Failure>>;

/// Managed state: the studio, once it is open.
pub struct Cockpit {
    data_dir: Option<PathBuf>,
    opened: watch::Sender<Opened>,
    /// The page hears events.
    page_listens: watch::Sender<bool>,
    socket: Mutex<Option<remote::SocketGuard>>,
    question: Mutex<Question>,
    /// Set to end the running import; each import has its own.
    import_stop: Mutex<Arc<AtomicBool>>,
}

impl Cockpit {
    /// Not open yet. `data_dir` none means the user's own, or the one HAWKER_DATA_DIR names.
    pub fn new(data_dir: Option<PathBuf>) -> Self {
        Self {
            data_dir,
            opened: watch::Sender::new(None),
            page_listens: watch::Sender::new(false),
            socket: Mutex::new(None),
            question: Mutex::default(),
            import_stop: Mutex::default(),
        }
    }

    /// Opens the studio of the user's data directory and starts pushing events.
    pub async fn open<R: Runtime>(&self, app: &AppHandle<R>) {
        let opened = open_studio(self.data_dir.clone()).await;
        match &opened {
            Ok(studio) => {
                if let Ok(mut socket) = self.socket.lock() {
                    *socket = Some(remote::serve(studio.clone(), Some(raiser(app))));
                }
                crate::events::push(app.clone(), studio, self.page_listens.subscribe());
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

    /// The page asks for its first picture of it all: it listens already.
    pub fn page_listens(&self) {
        self.page_listens.send_replace(true);
    }

    /// Something happened to the window; what is to be done about it.
    pub fn window(&self, event: Event) -> Deed {
        let mut question = self.question.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, deed) = question.on(event);
        *question = next;
        deed
    }

    /// Viewers would lose their show.
    pub fn on_air(&self) -> bool {
        match self.opened.borrow().as_ref() {
            Some(Ok(studio)) => {
                let state = studio.snapshots().borrow().show.clone();
                state.is_running() && state != ShowState::Ending
            }
            _ => false,
        }
    }

    /// What says of the import that begins now that it is no longer wanted.
    pub fn import_begins(&self) -> Arc<AtomicBool> {
        let stop = Arc::new(AtomicBool::new(false));
        *self.import_stop.lock().unwrap_or_else(PoisonError::into_inner) = stop.clone();
        stop
    }

    pub fn stop_import(&self) {
        self.import_stop.lock().unwrap_or_else(PoisonError::into_inner).store(true, Ordering::SeqCst);
    }

    /// Ends the show, if one is on air, and closes the studio.
    pub async fn close(&self) {
        let opened = self.opened.borrow().clone();
        // Nobody is to hand a command to a studio that closes.
        if let Ok(mut socket) = self.socket.lock() {
            *socket = None;
        }
        if let Some(Ok(studio)) = opened {
            studio.close().await;
        }
    }
}

fn closing() -> Failure {
    Failure::new(ErrorCode::Conflict, "the studio is closing")
}

/// Brings the window before the others, for who opens Hawker a second time.
fn raiser<R: Runtime>(app: &AppHandle<R>) -> remote::Raise {
    let app = app.clone();
    Arc::new(move || {
        for window in app.webview_windows().values() {
            let raised = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
            if let Err(error) = raised {
                tracing::warn!(%error, "the window does not come to the front");
            }
        }
    })
}

/// Raises the window that is open on the same data directory. False: there is none.
pub fn raise_other(named: Option<&PathBuf>) -> bool {
    let Ok(config) = config(named.cloned()) else { return false };
    tauri::async_runtime::block_on(remote::raise(&config.data_dir))
}

fn config(named: Option<PathBuf>) -> Result<StudioConfig, Failure> {
    let data_dir = named.or_else(|| std::env::var_os("HAWKER_DATA_DIR").map(PathBuf::from));
    environment::studio_config(data_dir, true)
}

async fn open_studio(named: Option<PathBuf>) -> Result<Studio, Failure> {
    let config = config(named)?;
    // Logging lasts as long as the program, so its guard is never dropped.
    std::mem::forget(hawker_studio::logging::start(&config.logs_dir(), false)?);
    let studio = Studio::open(config).await?;
    let preview = studio.clone();
    tokio::spawn(async move {
        if let Err(failure) = preview.preview().await {
            tracing::warn!("no preview: {failure}");
        }
    });
    Ok(studio)
}
