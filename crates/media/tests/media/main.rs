//! The media engine on real GStreamer, real RTMP servers and generated sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bad_input;
mod camera;
mod faults;
mod jumps;
mod links;
mod outputs;
mod picture;
mod recording;
mod secure;
mod srt;
mod support;
