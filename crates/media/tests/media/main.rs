//! The media engine on real GStreamer, real RTMP servers and generated sources.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apart;
mod bad_input;
mod camera;
mod clips;
mod disk;
mod encoders;
mod faults;
mod formats;
mod jumps;
mod links;
mod matrix;
mod mend;
mod offset;
mod outputs;
mod overload;
mod picture;
mod recording;
mod renditions;
mod replay;
mod rtsp;
mod scenes;
mod secure;
mod session;
mod skin;
mod sound;
mod split;
mod srt;
mod support;
mod tones;
mod voices;
mod whip;
