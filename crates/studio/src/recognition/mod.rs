//! Recognition beside the show: a thread of its own that always looks at the newest frame and never slows the stream.

mod gallery;
pub mod provider;
pub mod rehearsal;
pub mod run_through;
mod waiting;
mod wishes;
mod worker;

pub use waiting::Progress;
pub use worker::{RecognitionEvent, RecognitionThread, runtime, unavailable};
