//! A whole platform in this process, on free ports, in a folder of its own.

use crate::{HandClock, TestSeller};
use hawker_domain::SellerId;
use hawker_platform::{
    Platform, PlatformConfig, RunningPlatform,
    db::{NewSeller, NewTokens},
    limits::RateLimits,
    state::sha256,
};
use hawker_wire::account::Tokens;
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

/// Longer than any test.
const LONG_US: i64 = 30 * 24 * 3_600 * 1_000_000;

/// Stops when dropped.
pub struct TestPlatform {
    running: Option<RunningPlatform>,
    config: PlatformConfig,
    folder: TempDir,
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
        change(&mut config);
        let running = Platform::start(config.clone()).await.expect("the platform starts");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { running: Some(running), config, folder, client }
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
    pub fn data_dir(&self) -> std::path::PathBuf {
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
        app.store.issue_tokens(seller_id, tokens).await.expect("the database works");
        Tokens { seller_id, access_token: access, refresh_token: refresh, expires_in_s: 3_600 }
    }

    /// Signs a seller up and registers a device.
    pub async fn seller(&self, name: &str) -> TestSeller {
        TestSeller::sign_up(self.client.clone(), self.http(), name).await
    }
}
