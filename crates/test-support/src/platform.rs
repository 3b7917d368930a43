//! A whole platform in this process, on free ports, in a folder of its own.

use crate::{HandClock, TestSeller};
use hawker_platform::{Platform, PlatformConfig, RunningPlatform, limits::RateLimits};
use std::sync::Arc;
use tempfile::TempDir;
use url::Url;

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
        let folder = tempfile::tempdir().expect("a temporary folder");
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

    /// Signs a seller up and registers a device.
    pub async fn seller(&self, name: &str) -> TestSeller {
        TestSeller::sign_up(self.client.clone(), self.http(), name).await
    }
}
