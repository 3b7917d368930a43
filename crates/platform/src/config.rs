//! What an operator (or a test) may choose. Everything has a default that works on one machine.

use crate::{
    clock::{Clock, MINUTE_US, SECOND_US, SystemClock},
    db::postgres::PostgresUrl,
    limits::RateLimits,
    payment::{PaymentProvider, Sandbox},
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use url::Url;

/// Default port of the pages and the API.
pub const HTTP_PORT: u16 = 8080;
/// Default port of the ingest; 1935 is what every encoder proposes for RTMP.
pub const RTMP_PORT: u16 = 1935;

/// How one platform runs.
#[derive(Clone)]
pub struct PlatformConfig {
    /// Holds the embedded database, the lock and, unless `key_file` says otherwise, the key. Created when missing.
    pub data_dir: PathBuf,
    /// Where the key of the database lies instead: on another disk than the copies of the database, say. Made when there is no
    /// database yet; its folder has to be there.
    pub key_file: Option<PathBuf>,
    /// The database on a PostgreSQL server; none: the embedded one in `data_dir`.
    pub database: Option<PostgresUrl>,
    pub http: SocketAddr,
    pub rtmp: SocketAddr,
    /// Health and metrics for those who run the platform; none: not served. Never where strangers reach it.
    pub ops: Option<SocketAddr>,
    /// How others reach the pages, where a proxy stands before them; none: at `http`.
    pub public_url: Option<Url>,
    /// How encoders reach the ingest, likewise, with its application: `rtmp://live.example.org/live`.
    pub public_rtmp: Option<String>,
    /// Own proxies between the clients and this process, each of which adds to `X-Forwarded-For`.
    pub trusted_hops: u8,
    /// How long the platform goes on serving when it is to stop and says that it is not ready, so that balancers look elsewhere.
    pub drain: Duration,
    pub clock: Arc<dyn Clock>,
    pub limits: RateLimits,
    /// Ports that are left to the system are those of the last time where they are free: links that were shared go on working.
    pub remember_ports: bool,
    /// How long goods are held for a buyer who has not paid, microseconds.
    pub hold_us: i64,
    /// Takes the money.
    pub payments: Arc<dyn PaymentProvider>,
    /// How long an answer of the provider is waited for; the page gives up after 12 s.
    pub provider_timeout: Duration,
    /// How long after the last question the provider is asked (again) about a payment that is not decided, microseconds.
    /// Longer than the wait for its answer, so that nothing is asked about that is just being charged.
    pub check_after_us: i64,
}

impl PlatformConfig {
    /// Loopback, default ports, the machine's clock.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            key_file: None,
            database: None,
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT)),
            rtmp: SocketAddr::from((Ipv4Addr::LOCALHOST, RTMP_PORT)),
            ops: None,
            public_url: None,
            public_rtmp: None,
            trusted_hops: 0,
            drain: Duration::ZERO,
            clock: Arc::new(SystemClock),
            limits: RateLimits::default(),
            remember_ports: false,
            hold_us: 5 * MINUTE_US,
            payments: Arc::new(Sandbox::default()),
            provider_timeout: Duration::from_secs(8),
            check_after_us: 15 * SECOND_US,
        }
    }

    /// Ports chosen by the system stay the same from start to start, as far as nobody else takes them.
    #[must_use]
    pub fn remembering_ports(mut self) -> Self {
        self.remember_ports = true;
        self
    }

    /// Both ports chosen by the system: for a child process and for tests.
    #[must_use]
    pub fn on_free_ports(mut self) -> Self {
        self.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.rtmp = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.ops = None;
        self
    }
}
