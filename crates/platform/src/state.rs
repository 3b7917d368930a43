//! What every request shares.

use crate::{
    bus::Bus,
    clock::Clock,
    db::{Hash, Store},
    error::ApiError,
    hub::StreamHub,
    limits::{Limiter, MAX_LISTENERS},
    metrics::Metrics,
    payment::{PaymentProvider, WebhookEndpoint},
    services::claims::Shelves,
};
use std::{
    sync::{Arc, atomic::AtomicI64},
    time::Duration,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

/// The running platform, less its sockets.
pub struct App {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub bus: Bus,
    /// The streams on air: ended with their show.
    pub streams: StreamHub,
    pub limiter: Limiter,
    pub payments: Arc<dyn PaymentProvider>,
    pub provider_timeout: Duration,
    pub check_after_us: i64,
    /// Signs what the payment provider tells; belongs to the database like `secret`, from which nobody can tell it.
    pub webhook_key: Hash,
    /// Signs pay links, likewise.
    pub pay_key: Hash,
    /// The shelves that comments are read with.
    pub shelves: Shelves,
    /// Proves reservations to `pay`; belongs to the database, so that it outlives a restart.
    pub secret: Hash,
    /// Password hashes worked on at once: each takes 19 MiB and a core.
    pub hashing: Semaphore,
    /// One round of questions about payments at a time: the second one then finds everything settled.
    pub checking: Semaphore,
    /// Pages that listen to shows.
    pub listeners: Arc<Semaphore>,
    pub hold_us: i64,
    /// Up to then the pages were told of offers that opened and closed by their time; UTC, microseconds since 1970.
    pub offers_told_us: AtomicI64,
    /// How others reach the pages.
    pub http: Url,
    /// How encoders reach the ingest: `rtmp://host:port/live`
    pub rtmp: String,
    /// How programs of this machine reach the pages.
    pub local: Url,
    pub trusted_hops: u8,
    pub metrics: Metrics,
    /// The platform is about to stop and serves on until nobody is sent here any more.
    pub draining: CancellationToken,
    pub cancel: CancellationToken,
}

/// The addresses the sockets got.
pub struct Addresses {
    pub http: Url,
    pub rtmp: String,
}

impl App {
    pub fn new(
        store: Arc<dyn Store>,
        secret: Hash,
        config: &crate::PlatformConfig,
        addresses: Addresses,
        cancel: CancellationToken,
    ) -> Self {
        Self {
            store,
            clock: Arc::clone(&config.clock),
            bus: Bus::default(),
            streams: StreamHub::default(),
            limiter: Limiter::new(config.limits),
            payments: Arc::clone(&config.payments),
            provider_timeout: config.provider_timeout,
            check_after_us: config.check_after_us,
            webhook_key: sha256(&[&secret[..], b"hawker webhook 1"].concat()),
            pay_key: sha256(&[&secret[..], b"hawker pay link 1"].concat()),
            shelves: Shelves::default(),
            secret,
            hashing: Semaphore::new(2),
            checking: Semaphore::new(1),
            listeners: Arc::new(Semaphore::new(MAX_LISTENERS)),
            hold_us: config.hold_us,
            offers_told_us: AtomicI64::new(config.clock.now_us()),
            http: config.public_url.clone().unwrap_or_else(|| addresses.http.clone()),
            rtmp: config.public_rtmp.clone().unwrap_or(addresses.rtmp),
            local: addresses.http,
            trusted_hops: config.trusted_hops,
            metrics: Metrics::default(),
            draining: CancellationToken::new(),
            cancel,
        }
    }

    /// Where the payment provider tells what became of a charge.
    pub fn webhook_endpoint(&self) -> Result<WebhookEndpoint, url::ParseError> {
        let url = self.local.join("/api/v1/payments/webhook")?;
        Ok(WebhookEndpoint { url, key: self.webhook_key, clock: Arc::clone(&self.clock) })
    }

    /// UTC, microseconds since 1970.
    pub fn now_us(&self) -> i64 {
        self.clock.now_us()
    }

    pub fn new_id(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// 256 random bits as text that fits into a URL. Errors: the system gives no randomness.
pub fn random_token() -> Result<String, ApiError> {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| ApiError::internal(&error))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// SHA-256. Enough for tokens of 256 random bits, which nobody can guess; passwords go through argon2id.
pub fn sha256(bytes: &[u8]) -> Hash {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).into()
}
