//! Clips and addresses are decoded in a process of their own: what a broken or hostile file does to a decoder ends that
//! process, and the show goes on with the slate. Screens are looked at from there too: Xlib ends its program when a monitor is
//! unplugged while it is read, or the X server dies.
//!
//! The child is any program that calls [`decode_source`] when it is asked to. It gets its job as one line on its stdin,
//! and answers on its stdout with pictures, sound and, at the end, why it ended ([`wire`]). Pictures lie in memory that both
//! see where the system has it ([`shelf`]). It ends when its stdin does.

mod child;
mod gate;
mod parent;
mod reach;
mod shelf;
mod wire;

use std::{ffi::OsString, path::PathBuf};

pub use child::decode_source;
pub(crate) use parent::Decoder;
pub(super) use reach::stay_with;

/// How a process that decodes one source, or looks at one screen, is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecoderProgram {
    /// The program.
    pub program: PathBuf,
    /// Words that make it call [`decode_source`].
    pub arguments: Vec<OsString>,
}
