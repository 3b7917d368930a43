//! Real servers and faults for tests.
//!
//! Owns: a platform in process on free ports ([`TestPlatform`]), a seller who uses its API ([`TestSeller`]), a clock
//! driven by hand ([`HandClock`]), a proxy that breaks connections ([`FaultProxy`]), one that delivers requests twice, late or
//! without an answer ([`DeliveryProxy`]), a till that is killed again and again ([`KillLoops`]), proxies that make a network slow,
//! lossy and unfair ([`TcpLink`], [`UdpLink`]), authorities whose certificates stand in front of servers ([`Authority`],
//! [`Stunnel`]), a PostgreSQL server ([`PostgresServer`]), and a disk whose power fails ([`power`], Linux alone). For tests alone: it panics where a test could only fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod chance;
#[cfg(feature = "platform")]
mod clock;
#[cfg(feature = "platform")]
mod delivery;
#[cfg(feature = "platform")]
mod fault;
#[cfg(feature = "platform")]
mod kills;
mod link;
#[cfg(feature = "platform")]
mod platform;
#[cfg(unix)]
mod postgres;
#[cfg(all(target_os = "linux", feature = "power"))]
pub mod power;
mod secure;
#[cfg(feature = "platform")]
mod seller;
#[cfg(any(feature = "platform", feature = "power"))]
pub mod till;

pub use chance::Chance;
#[cfg(feature = "platform")]
pub use clock::HandClock;
#[cfg(feature = "platform")]
pub use delivery::{Deliveries, DeliveryProxy, Unusual};
#[cfg(feature = "platform")]
pub use fault::{Fault, FaultProxy};
#[cfg(feature = "platform")]
pub use kills::{Job, KillLoops, KillsReport};
pub use link::{TcpLink, UdpLink, Weather};
#[cfg(feature = "platform")]
pub use platform::TestPlatform;
#[cfg(unix)]
pub use postgres::PostgresServer;
pub use secure::{Authority, Stunnel};
#[cfg(feature = "platform")]
pub use seller::{TestSeller, buy, pay, reserve};
