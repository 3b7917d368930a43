//! What an operator (or a test) may choose. Everything has a default that works on one machine.

use crate::{
    clock::{Clock, MINUTE_US, SystemClock},
    limits::RateLimits,
};
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

/// Default port of the pages and the API.
pub const HTTP_PORT: u16 = 8080;
/// Default port of the ingest; 1935 is what every encoder proposes for RTMP.
pub const RTMP_PORT: u16 = 1935;

/// How one platform runs.
#[derive(Clone)]
pub struct PlatformConfig {
    /// Holds the database, its key and the lock. Created when missing.
    pub data_dir: PathBuf,
    pub http: SocketAddr,
    pub rtmp: SocketAddr,
    pub clock: Arc<dyn Clock>,
    pub limits: RateLimits,
    /// Ports that are left to the system are those of the last time where they are free: links that were shared go on working.
    pub remember_ports: bool,
    /// How long goods are held for a buyer who has not paid, microseconds.
    pub hold_us: i64,
}

impl PlatformConfig {
    /// Loopback, default ports, the machine's clock.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            http: SocketAddr::from((Ipv4Addr::LOCALHOST, HTTP_PORT)),
            rtmp: SocketAddr::from((Ipv4Addr::LOCALHOST, RTMP_PORT)),
            clock: Arc::new(SystemClock),
            limits: RateLimits::default(),
            remember_ports: false,
            hold_us: 5 * MINUTE_US,
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
        self
    }
}
