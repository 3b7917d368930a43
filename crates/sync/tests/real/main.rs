//! The sync against a whole platform in this process, with a network that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod devices;
mod kills;
mod making;
mod offers;
mod once;
mod put_back;
mod restored;
mod running;
mod tokens;
