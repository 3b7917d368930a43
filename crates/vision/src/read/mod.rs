//! Words and codes on a package: found, laid flat, read, and matched with what the catalogue calls its products.
//!
//! Must not know: tracks, times, what is decided. Entry points: [`Reader::read`], [`Lexicon::evidence`], [`Desk`].
//! Invariant: what is read is compared with the catalogue and goes nowhere else; no link is ever opened.

mod codes;
mod ctc;
mod desk;
mod label;
mod lexicon;
mod lines;
mod models;
mod pace;
mod quad;
mod reader;
mod strip;
mod terms;

pub(crate) use desk::SIDE;
pub use desk::{Desk, OnRead, WORDS_LARGEST, Words};
pub use label::Labelled;
pub use lexicon::{Evidence, Lexicon, Names};
pub use models::ReaderModels;
pub use pace::{Candidate, Pace};
pub use quad::Quad;
pub use reader::{Line, Reader, Reading};
