//! The sound's own path: one unbroken line of samples, whatever the microphone does.

mod thread;
mod timeline;

pub(crate) use thread::{Audio, AudioInput, AudioMeter};

/// Samples a second and channel. Everything is brought to it at the source.
pub(crate) const RATE: u32 = 48_000;
pub(crate) const CHANNELS: usize = 2;
