//! A disk whose power can be cut, and what must hold of a shop's till afterwards.
//!
//! [`PowerDisk`] is a file system in memory (FUSE) that knows which writes were made durable by fsync. At a cut it refuses
//! everything, and when the power is back, what was not durable is there, partly there or not there, as a seed draws it.
//! [`PowerCuts`] lets a real program sell on it, cuts, and holds what the program tells afterwards to what it had
//! acknowledged.
//!
//! The model ([`Image`], pure) knows nothing of FUSE, the glue nothing of what a cut takes. What is modelled and what is
//! not: docs/adr/0021.

mod cuts;
mod disk;
mod file;
mod folder;
mod glue;
mod image;

pub use cuts::{CutsReport, PowerCuts};
pub use disk::PowerDisk;
pub use image::{Described, Image, NodeId, Refusal};

use crate::chance::Chance;

/// Whether a disk of this kind can be mounted here: the system's FUSE device is there, and the right to use it.
pub fn can_mount() -> bool {
    PowerDisk::mount().is_ok()
}

/// How much of what was not durable a cut leaves of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    Nothing,
    All,
    /// Drawn piece by piece.
    Some,
}

impl Left {
    /// The ends of the range are drawn as often as all that lies between: by pieces alone they would hardly ever come.
    fn draw(chance: &mut Chance) -> Self {
        match chance.below(4) {
            0 => Self::Nothing,
            1 => Self::All,
            _ => Self::Some,
        }
    }
}
