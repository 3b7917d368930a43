//! What the store promises, tried on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod backups;
mod catalogue;
mod disk_full;
mod encryption;
mod exporting;
mod fulfilment;
mod importing;
mod keychain;
mod lessons;
mod opening;
mod projection;
mod recovery;
mod restoring;
mod rotating;
mod selling;
mod told;
