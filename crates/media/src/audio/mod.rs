//! The sound's own path: several inputs become one unbroken line of samples, whatever each of them does.
//!
//! Entry point: [`Mixer`]. Every part but the mixer's thread and the monitor is pure: samples and times in, samples out.
//! Invariants: nothing blocks an input; the line has neither holes nor overlaps; what a filter holds back never moves
//! sound in time; no change of a setting clicks.

mod chain;
mod compressor;
mod cost;
mod decibel;
mod declick;
mod denoise;
mod drift;
mod duck;
mod gate;
mod hour;
mod lane;
mod levels;
mod limiter;
mod loudness;
mod meter;
mod mix;
#[cfg(test)]
mod mix_tests;
mod mixer;
mod monitor;
mod ramp;
mod rate;
mod resample;
#[cfg(test)]
mod signal;
mod strip;
mod timeline;

pub use cost::{SoundCost, sound_costs};
pub use hour::{HourOfSound, hours_of_sound};
pub use levels::{InputLevel, Levels, MonitorState};
pub use meter::Level;
pub use mixer::InputKind;
pub(crate) use mixer::{AudioInput, Mixer};
pub use monitor::{MonitorConfig, MonitorRefused};
pub(crate) use rate::headset_rate;

/// Samples a second and channel. Everything is brought to it at the source.
pub(crate) const RATE: u32 = 48_000;
pub(crate) const CHANNELS: usize = 2;
