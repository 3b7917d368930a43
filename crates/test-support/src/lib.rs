//! Real servers and faults for tests.
//!
//! Owns: a platform in process on free ports ([`TestPlatform`]), a seller who uses its API ([`TestSeller`]), a clock
//! driven by hand ([`HandClock`]) and a proxy that breaks connections ([`FaultProxy`]). For tests alone: it panics
//! where a test could only fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clock;
mod fault;
mod platform;
mod seller;

pub use clock::HandClock;
pub use fault::{Fault, FaultProxy};
pub use platform::TestPlatform;
pub use seller::{TestSeller, buy, pay, reserve};
