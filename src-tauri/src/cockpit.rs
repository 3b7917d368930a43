//! The studio behind the window. It opens in the background; commands wait for it, and for its error. Where it did not open, the
//! window asks for another try.

use crate::closing::{Deed, Event, Question};
use crate::opening::{Opening, Tried};
use hawker_cli::{environment, remote};
use hawker_domain::show::ShowState;
use hawker_studio::{Studio, StudioConfig, Typed};
use hawker_wire::Failure;
use std::path::PathBuf;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use tauri::{AppHandle, Manager, Runtime};
use tokio::sync::watch;

/// Managed state: the studio, once it is open.
pub struct Cockpit {
    data_dir: Option<PathBuf>,
    opening: Opening,
    /// Logging has begun: it lasts as long as the program.
    logs: AtomicBool,
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
            opening: Opening::new(),
            logs: AtomicBool::new(false),
            page_listens: watch::Sender::new(false),
            socket: Mutex::new(None),
            question: Mutex::default(),
            import_stop: Mutex::default(),
        }
    }

    /// Opens the studio of the user's data directory and starts pushing events; nothing is done where it is open. `typed` is what
    /// the window was given for it. Errors: why it is still shut.
    pub async fn open<R: Runtime>(&self, app: &AppHandle<R>, typed: Typed) -> Result<(), Failure> {
        self.opening.attempt(self.try_to_open(app, typed)).await
    }

    async fn try_to_open<R: Runtime>(&self, app: &AppHandle<R>, typed: Typed) -> Tried {
        let config = match self.configure() {
            Ok(config) => config,
            Err(failure) => return Ok(Err(failure)),
        };
        let config = hawker_studio::unlock(config, typed).await?;
        let opened = Studio::open(config).await;
        match &opened {
            Ok(studio) => {
                if let Ok(mut socket) = self.socket.lock() {
                    *socket = Some(remote::serve(studio.clone(), Some(raiser(app))));
                }
                crate::events::push(app.clone(), studio, self.page_listens.subscribe());
                preview(studio.clone());
            }
            Err(failure) => tracing::error!("the studio does not open: {failure}"),
        }
        Ok(opened)
    }

    /// What is opened. Logging begins with the first try that knows where to; its guard is never dropped.
    fn configure(&self) -> Result<StudioConfig, Failure> {
        let config = config(self.data_dir.clone())?;
        if !self.logs.load(Ordering::SeqCst) {
            std::mem::forget(hawker_studio::logging::start(&config.logs_dir(), false)?);
            self.logs.store(true, Ordering::SeqCst);
        }
        Ok(config)
    }

    /// The studio, as soon as it was tried to open it. Errors: why it did not open.
    pub async fn studio(&self) -> Result<Studio, Failure> {
        self.opening.studio().await
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
        self.opening.open().is_some_and(|studio| {
            let state = studio.snapshots().borrow().show.clone();
            state.is_running() && state != ShowState::Ending
        })
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
        // Nobody is to hand a command to a studio that closes.
        if let Ok(mut socket) = self.socket.lock() {
            *socket = None;
        }
        if let Some(studio) = self.opening.open() {
            studio.close().await;
        }
    }
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

/// The picture before the show.
fn preview(studio: Studio) {
    tokio::spawn(async move {
        if let Err(failure) = studio.preview().await {
            tracing::warn!("no preview: {failure}");
        }
    });
}
