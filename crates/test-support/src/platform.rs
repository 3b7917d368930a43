//! A whole platform in this process, on free ports, in a folder of its own.
//!
//! In a test target whose name ends in `_on_postgres` it keeps its data in a database of its own on a PostgreSQL server: such a
//! target runs the tests of another one.

#[cfg(unix)]
use crate::PostgresServer;
use crate::{HandClock, TestSeller};
use hawker_domain::SellerId;
use hawker_platform::{
    Platform, PlatformConfig, RunningPlatform,
    db::{NewSeller, NewTokens},
    limits::RateLimits,
    state::sha256,
};
use hawker_wire::account::Tokens;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use url::Url;

/// Longer than any test.
const LONG_US: i64 = 30 * 24 * 3_600 * 1_000_000;

/// In a folder of what was saved: the database's name.
#[cfg(unix)]
const SAVED: &str = "postgres";

/// A database on a server.
#[cfg(unix)]
#[derive(Clone)]
struct Server {
    url: String,
    postgres: Arc<PostgresServer>,
}

#[cfg(unix)]
impl Server {
    /// A new one in programs of such targets.
    fn wanted() -> Option<Self> {
        let program = std::env::current_exe().ok()?;
        let is_wanted = program.file_stem()?.to_str()?.contains("_on_postgres-");
        is_wanted.then(|| {
            let postgres = PostgresServer::shared();
            Self { url: postgres.fresh(), postgres }
        })
    }

    /// Its name.
    fn database(&self) -> &str {
        let (_, path) = self.url.rsplit_once("localhost/").expect("an address of the server");
        path.split('?').next().expect("a name")
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
    }
}

/// Stops when dropped.
pub struct TestPlatform {
    running: Option<RunningPlatform>,
    config: PlatformConfig,
    folder: TempDir,
    #[cfg(unix)]
    server: Option<Server>,
    /// No keep-alive surprises: one client for all requests of a test.
    pub client: reqwest::Client,
}

impl TestPlatform {
    /// The machine's clock and no rate limits.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// A clock driven by hand, and no rate limits.
    pub async fn start_on(clock: &HandClock) -> Self {
        let clock = Arc::new(clock.clone());
        Self::start_with(move |config| config.clock = clock).await
    }

    /// What a test wants otherwise, `change` says.
    pub async fn start_with(change: impl FnOnce(&mut PlatformConfig)) -> Self {
        Self::start_in(tempfile::tempdir().expect("a temporary folder"), change).await
    }

    /// The same, in a folder of the test's choice.
    pub async fn start_in(folder: TempDir, change: impl FnOnce(&mut PlatformConfig)) -> Self {
        let mut config = PlatformConfig::new(folder.path().join("platform")).on_free_ports();
        config.limits = RateLimits::unlimited();
        #[cfg(unix)]
        let server = Server::wanted();
        #[cfg(unix)]
        if let Some(server) = &server {
            config.database = Some(server.url.parse().expect("an address"));
        }
        change(&mut config);
        let running = Platform::start(config.clone()).await.expect("the platform starts");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self {
            running: Some(running),
            config,
            folder,
            #[cfg(unix)]
            server,
            client,
        }
    }

    /// Another platform on the same database, where that is on a server.
    #[cfg(unix)]
    pub async fn start_beside(&self) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = self.config.clone().on_free_ports();
        config.data_dir = folder.path().join("platform");
        config.key_file = Some(self.data_dir().join("platform.key"));
        let running = Platform::start(config.clone()).await.expect("the platform starts beside the other");
        let (server, client) = (self.server.clone(), self.client.clone());
        Self { running: Some(running), config, folder, server, client }
    }

    /// Copies what a stopped platform has into an empty folder.
    pub fn save(&self, to: &Path) {
        copy(&self.data_dir(), to);
        #[cfg(unix)]
        if let Some(server) = &self.server {
            let saved = format!("saved_{}", uuid::Uuid::now_v7().simple());
            server.postgres.copy(server.database(), &saved);
            std::fs::write(to.join(SAVED), saved).expect("a note");
        }
    }

    /// Gives a stopped platform what was saved.
    pub fn put_back(&self, from: &Path) {
        copy(from, &self.data_dir());
        #[cfg(unix)]
        if let Some(server) = &self.server {
            let saved = std::fs::read_to_string(from.join(SAVED)).expect("the note of what was saved");
            server.postgres.copy(&saved, server.database());
        }
    }

    /// Stops it and starts it again on the same data and the same ports.
    pub async fn restart(&mut self) {
        let (http, rtmp) = (self.http(), self.rtmp());
        self.stop().await;
        self.config.rtmp.set_port(Url::parse(&rtmp).expect("a url").port().expect("a port"));
        self.start_again(&http).await;
    }

    /// Starts a stopped one on its data, where it could be reached before.
    pub async fn start_again(&mut self, http: &Url) {
        self.config.http.set_port(http.port().expect("a port"));
        self.running = Some(Platform::start(self.config.clone()).await.expect("the platform starts again"));
    }

    /// Ends it in the middle of whatever it does and starts another one on its data, on other ports.
    pub async fn crash(&mut self) {
        self.running = None;
        self.running = Some(Platform::start(self.config.clone()).await.expect("the platform starts again"));
    }

    /// Stops it in good order; `restart` needs a running one.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    pub fn running(&self) -> &RunningPlatform {
        self.running.as_ref().expect("the platform runs")
    }

    /// `http://127.0.0.1:P/`
    pub fn http(&self) -> Url {
        self.running().http.clone()
    }

    /// `rtmp://127.0.0.1:Q/live`
    pub fn rtmp(&self) -> String {
        self.running().rtmp.clone()
    }

    /// The address of a path such as `/api/v1/feed`.
    pub fn url(&self, path: &str) -> Url {
        self.http().join(path).expect("a path")
    }

    /// The platform's data directory.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("platform")
    }

    /// A new account and its tokens, without the tenth of a second that hashing a password takes.
    pub async fn account(&self, name: &str) -> Tokens {
        let app = self.running().app();
        let (seller_id, at_us) = (SellerId(app.new_id()), app.now_us());
        let new = NewSeller {
            seller_id,
            email: format!("{name}@example.org"),
            password_hash: "none".into(),
            shop_name: name.into(),
            at_us,
        };
        assert!(app.store.create_seller(new).await.expect("the database works"), "{name} is there already");
        let (access, refresh) = (format!("access of {name}"), format!("refresh of {name}"));
        let tokens = NewTokens {
            access: sha256(access.as_bytes()),
            access_expires_us: at_us + LONG_US,
            refresh: sha256(refresh.as_bytes()),
            refresh_expires_us: at_us + LONG_US,
            at_us,
        };
        assert!(app.store.issue_tokens(seller_id, "none", tokens).await.expect("the database works"));
        Tokens { seller_id, access_token: access, refresh_token: refresh, expires_in_s: 3_600 }
    }

    /// Signs a seller up and registers a device.
    pub async fn seller(&self, name: &str) -> TestSeller {
        TestSeller::sign_up(self.client.clone(), self.http(), name).await
    }
}
