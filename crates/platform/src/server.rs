//! Starts and stops the platform: data directory, sockets, ingest, jobs.
//!
//! Entry point: [`Platform::start`]. Invariant: one process per data directory, and nothing runs on after `shutdown`.

use crate::{
    config::PlatformConfig,
    db::{
        Store, StoreError,
        key::key_beside,
        postgres::{self, Between, PostgresStore},
        sqlite::{self, SqliteStore},
    },
    http, ingest, jobs, news,
    ports::Ports,
    router::{ops_router, router},
    services::gate::Gate,
    state::{Addresses, App},
};
use std::{
    fs::{File, TryLockError},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;
use url::Url;

/// How long requests under way may take to end. A viewer's stream that does not notice is cut.
const GRACE: Duration = Duration::from_secs(5);

/// Why the platform does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("can't use the data directory {path}: {source}; check that it exists and belongs to you")]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("the data directory {0} is in use by another hawker-platform; stop that one or name another --data-dir")]
    DataDirInUse(PathBuf),
    #[error("{0}")]
    Database(#[from] sqlite::OpenError),
    #[error("{0}")]
    Server(#[from] postgres::OpenError),
    #[error("changes that waited for this version can't be applied: {0}; nothing of them is lost")]
    Kept(#[source] StoreError),
    #[error(
        "{what} port {port} of {ip} is taken by another program; stop it or choose another port with {flag} {ip}:PORT"
    )]
    PortTaken { what: &'static str, flag: &'static str, ip: IpAddr, port: u16 },
    #[error("can't listen on {address} for {what}: {source}; choose another address with {flag}")]
    Listen { what: &'static str, flag: &'static str, address: SocketAddr, source: std::io::Error },
    #[error("the address {0} makes no URL")]
    Address(SocketAddr),
}

/// See [`Platform::start`].
pub struct Platform;

impl Platform {
    /// Opens the data directory and the ports and serves until [`RunningPlatform::shutdown`] or drop. Errors:
    /// [`StartError`]; nothing is left running then.
    pub async fn start(config: PlatformConfig) -> Result<RunningPlatform, StartError> {
        let lock = lock(&config.data_dir)?;
        let known = if config.remember_ports { Ports::read(&config.data_dir) } else { Ports::default() };
        let http_listener = listen_again("http", "--http", config.http, known.http).await?;
        let rtmp = listen_again("rtmp", "--rtmp", config.rtmp, known.rtmp).await?;
        let ops = match config.ops {
            Some(address) => Some(listen("health and metrics", "--ops", address).await?),
            None => None,
        };
        let ops_address = ops.as_ref().and_then(|listener| listener.local_addr().ok());
        let addresses = addresses(&http_listener, &rtmp)?;
        let http_address = http_listener.local_addr().unwrap_or(config.http);
        if config.remember_ports {
            Ports::of(&http_listener, &rtmp).write(&config.data_dir);
        }
        let (store, secret) = open_store(&config).await?;
        apply_kept(&*store, config.clock.now_us()).await?;
        let (http_url, rtmp_url) = (addresses.http.clone(), addresses.rtmp.clone());
        let cancel = CancellationToken::new();
        let app = Arc::new(App::new(Arc::clone(&store), secret, &config, addresses, cancel.clone()));
        let endpoint = app.webhook_endpoint().map_err(|_| StartError::Address(http_address))?;
        app.payments.tell_to(endpoint);
        let mut tasks = JoinSet::new();
        tasks.spawn(ingest::serve(rtmp, Arc::new(Gate(Arc::clone(&app))), app.streams.clone(), cancel.clone()));
        tasks.spawn(jobs::run(Arc::clone(&app)));
        tasks.spawn(jobs::check_payments(Arc::clone(&app)));
        tasks.spawn(jobs::forget(Arc::clone(&app)));
        if let Some(url) = &config.database {
            app.bus.tell_others();
            tasks.spawn(news::carry(Arc::clone(&app), Between::new(url)));
        }
        if let Some(ops) = ops {
            tasks.spawn(http::serve(ops, ops_router(Arc::clone(&app)), cancel.clone()));
        }
        tasks.spawn(http::serve(http_listener, router(Arc::clone(&app)), cancel.clone()));
        Ok(RunningPlatform {
            http: http_url,
            rtmp: rtmp_url,
            ops: ops_address,
            drain: config.drain,
            app,
            store,
            tasks,
            _stop: cancel.drop_guard(),
            _lock: lock,
        })
    }
}

/// Opens the database that is configured, or makes it, and answers the secret that belongs to it.
async fn open_store(config: &PlatformConfig) -> Result<(Arc<dyn Store>, [u8; 32]), StartError> {
    let key_file = key_file(config);
    Ok(match &config.database {
        Some(url) => {
            let (store, secret) = Box::pin(PostgresStore::open(url, &key_file)).await?;
            (Arc::new(store) as Arc<dyn Store>, secret)
        }
        None => {
            let (store, secret) = SqliteStore::open_with(&config.data_dir, &key_file).await?;
            (Arc::new(store) as Arc<dyn Store>, secret)
        }
    })
}

/// Opens the database that is configured to look into it, also while platforms are at work on it. Errors: [`StartError`], also
/// where there is none yet.
pub async fn open_to_read(config: &PlatformConfig) -> Result<Arc<dyn Store>, StartError> {
    match &config.database {
        Some(url) => Ok(Arc::new(PostgresStore::open_to_read(url).await?)),
        None => Ok(Arc::new(SqliteStore::open_to_read(&config.data_dir, &key_file(config)).await?)),
    }
}

fn key_file(config: &PlatformConfig) -> PathBuf {
    config.key_file.clone().unwrap_or_else(|| key_beside(&config.data_dir))
}

/// Changes that came too early for the version before, first of all.
async fn apply_kept(store: &dyn Store, now_us: i64) -> Result<(), StartError> {
    let applied = store.apply_kept(now_us).await.map_err(StartError::Kept)?;
    if applied > 0 {
        tracing::info!(applied, "changes that waited for this version were applied");
    }
    Ok(())
}

/// A platform that runs. Dropping it stops it; [`Self::shutdown`] also waits.
pub struct RunningPlatform {
    /// `http://127.0.0.1:P/`
    pub http: Url,
    /// `rtmp://127.0.0.1:Q/live`, to which an encoder adds its publish token.
    pub rtmp: String,
    /// Where health and metrics are served, if they are.
    pub ops: Option<SocketAddr>,
    drain: Duration,
    app: Arc<App>,
    store: Arc<dyn Store>,
    tasks: JoinSet<()>,
    _stop: tokio_util::sync::DropGuard,
    _lock: File,
}

impl RunningPlatform {
    /// Says that it is not ready and serves on for as long as is configured, so that balancers send nobody here any more.
    pub async fn drain(&self) {
        self.app.draining.cancel();
        tokio::time::sleep(self.drain).await;
    }

    /// Takes no more requests, lets those under way end, closes the database.
    pub async fn shutdown(mut self) {
        self.app.cancel.cancel();
        self.app.streams.end_all();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, ended).await.is_err() {
            tracing::warn!("some connections did not end in time and were cut");
            self.tasks.shutdown().await;
        }
        self.store.close().await;
    }

    /// Does now what is otherwise done within a second: for tests that drive the clock by hand. Answers how many
    /// lines of reservations were released.
    pub async fn run_jobs(&self) -> Result<usize, crate::db::StoreError> {
        crate::services::offers::tell_turned(&self.app).await?;
        jobs::release_expired(&self.app).await
    }

    /// Asks the payment provider now, as otherwise every few seconds: for the same tests. Answers how many payments it was
    /// asked about.
    pub async fn check_payments(&self) -> Result<usize, crate::db::StoreError> {
        crate::services::payments::check(&self.app).await
    }

    /// Forgets now what is kept no longer, as otherwise every hour: for the same tests.
    pub async fn forget_old(&self) -> Result<u64, crate::db::StoreError> {
        jobs::forget_old(&self.app).await
    }

    /// What the platform shares: for tests that look into the store.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }
}

/// Held as long as the file is open.
fn lock(data_dir: &Path) -> Result<File, StartError> {
    let io = |source| StartError::DataDir { path: data_dir.into(), source };
    create_private_dir(data_dir).map_err(io)?;
    let file =
        File::options().create(true).truncate(false).write(true).open(data_dir.join("platform.lock")).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::DataDirInUse(data_dir.into())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

#[cfg(unix)]
fn create_private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private_dir(path: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Listens on `known` where the address leaves the port to the system and nobody else has taken it meanwhile.
async fn listen_again(
    what: &'static str,
    flag: &'static str,
    address: SocketAddr,
    known: Option<u16>,
) -> Result<TcpListener, StartError> {
    if let Some(port) = known.filter(|_| address.port() == 0) {
        match listen(what, flag, SocketAddr::new(address.ip(), port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => tracing::warn!(%error, "the last port is not free; another one is taken"),
        }
    }
    listen(what, flag, address).await
}

async fn listen(what: &'static str, flag: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    if !address.ip().is_loopback() {
        tracing::warn!(%address, what, "others on the network can reach this port, and it is not encrypted");
    }
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => StartError::PortTaken { what, flag, ip: address.ip(), port: address.port() },
        _ => StartError::Listen { what, flag, address, source },
    })
}

fn addresses(http: &TcpListener, rtmp: &TcpListener) -> Result<Addresses, StartError> {
    let local = |listener: &TcpListener| {
        let fallback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let address = listener.local_addr().unwrap_or(fallback);
        // "All addresses" is none that anybody can call; this machine's own always works.
        let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
        SocketAddr::new(ip, address.port())
    };
    let (http, rtmp) = (local(http), local(rtmp));
    let http = Url::parse(&format!("http://{http}/")).map_err(|_| StartError::Address(http))?;
    Ok(Addresses { http, rtmp: format!("rtmp://{rtmp}/live") })
}
