//! Clips whose picture and sound tell where they are: a strip of blocks at the top counts the frames and flashes every so
//! often, and a beep sounds with each flash. After such a clip went through the studio, [`look`] finds the marks again, and
//! [`judge`] says how far sound and picture moved apart on the way.
//!
//! Invariant: whatever stands here knows nothing of the studio; the ffmpeg program makes and reads the files.

mod clip;
mod ear;
mod eye;
mod judge;
mod matrix;
mod strip;

pub use clip::{Channels, Clip, Course};
pub use eye::{Look, Seen, look};
pub use judge::{Difference, Offsets, Tolerance, judge, longest_hold_s, offsets};
pub use matrix::{Cell, few, whole};
pub use strip::BLOCKS;

/// Why a clip could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    #[error("{program} can't be started; install ffmpeg")]
    Start {
        program: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("{program} failed on {file}: {said}")]
    Failed { program: &'static str, file: String, said: String },
    #[error("{file} can't be read as marks: {why}")]
    Unreadable { file: String, why: String },
}
