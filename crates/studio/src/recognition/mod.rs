//! Recognition beside the show: a thread of its own that always looks at the newest frame and never slows the stream.

mod gallery;
mod worker;

pub use worker::{RecognitionCommand, RecognitionEvent, RecognitionThread, runtime, unavailable};
