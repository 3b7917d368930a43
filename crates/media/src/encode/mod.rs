//! Encoders: which one this machine has, how it is set, and the show time put into what it makes.

mod choose;
mod sei;

pub use choose::encoders;
pub(crate) use choose::{audio, set_bitrate, video};
pub(crate) use sei::with_show_time;
