//! The studio's surface, on a real platform and a real picture.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod models;
mod moving;
mod prices;
mod refused;
mod shelf;
mod sound;
mod support;
mod watching;
