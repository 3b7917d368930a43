//! The sync against a whole platform in this process, with a network that fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod behind;
mod clocks;
mod devices;
mod edits;
mod kills;
mod making;
mod offers;
mod once;
mod put_back;
mod restored;
mod rights;
mod running;
mod signed;
mod till;
mod tokens;
