//! Text handling in Chinese and English.
//!
//! Owns: when two spellings are the same text ([`fold`]), what its words are ([`segment`], [`Folded`]), how it sounds
//! ([`pinyin`], [`initials`]) and how far two words are apart ([`edit_distance`]). Must not know: what the text is
//! about, where it is stored, how it is ranked. Everything is pure; the dictionary loads on first use and is shared.

mod distance;
mod fold;
mod segment;
mod sound;

pub use distance::{edit_distance, nearest_part};
pub use fold::{bare, fold, is_han, simplify};
pub use segment::{Folded, bigrams, chunks, segment};
pub use sound::{initials, initials_of, pinyin, pinyin_of};
