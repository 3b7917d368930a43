//! The whole studio without a window: what its command line promises, tried on the real programs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod bad_input;
mod bad_input_media;
mod choosing;
mod commands;
mod destinations;
mod encoder;
mod faults;
mod killed;
mod learning;
mod logs;
mod missing_parts;
mod network;
mod platform;
mod publish;
mod recordings;
mod run_through;
mod shows;
mod sleep;
mod till;
