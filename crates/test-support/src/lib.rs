//! Real servers and faults for tests.
//!
//! Owns: a platform in process on free ports ([`TestPlatform`]), a seller who uses its API ([`TestSeller`]), a clock
//! driven by hand ([`HandClock`]), a proxy that breaks connections ([`FaultProxy`]) and proxies that make a network slow,
//! lossy and unfair ([`TcpLink`], [`UdpLink`]), and authorities whose certificates stand in front of servers
//! ([`Authority`], [`Stunnel`]). For tests alone: it panics where a test could only fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(feature = "platform")]
mod clock;
#[cfg(feature = "platform")]
mod fault;
mod link;
#[cfg(feature = "platform")]
mod platform;
mod secure;
#[cfg(feature = "platform")]
mod seller;

#[cfg(feature = "platform")]
pub use clock::HandClock;
#[cfg(feature = "platform")]
pub use fault::{Fault, FaultProxy};
pub use link::{TcpLink, UdpLink, Weather};
#[cfg(feature = "platform")]
pub use platform::TestPlatform;
pub use secure::{Authority, Stunnel};
#[cfg(feature = "platform")]
pub use seller::{TestSeller, buy, pay, reserve};
