//! Recording: Matroska while the show runs, because it survives a crash; MP4 beside it afterwards, by stream copy.

mod journal;
mod recorder;
mod remux;

pub use journal::{Recovered, recover_recordings};
pub(crate) use recorder::Recorder;
