//! Recognition beside the show: a thread of its own that always looks at the newest frame and never slows the stream.

mod again;
mod evidence;
mod filling;
mod gallery;
mod printed;
mod projection;
pub mod provider;
pub mod rehearsal;
pub mod run_through;
#[cfg(test)]
mod testing;
mod waiting;
mod wake;
mod wishes;
mod worker;

pub use waiting::Progress;
pub use wishes::Correction;
pub use worker::{RecognitionEvent, RecognitionThread, runtime, unavailable};
