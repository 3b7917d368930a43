//! The media engine on real GStreamer, real RTMP servers and generated sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod faults;
mod jumps;
mod matrix;
mod outputs;
mod picture;
mod recording;
mod support;
