//! Product cards on the canvas: drawn once when they change, then blended into every frame.
//!
//! Owns what cards look like: [`layout`] says what stands where (pure, as SVG), [`paint`] makes pixels of it, [`worker`]
//! draws on a thread of its own and knows when a clock on a card moves on. Must not know: the catalogue, the platform.
//! Invariants: nothing that a seller wrote becomes markup, and no reference in an SVG is followed.

pub(crate) mod fonts;
pub(crate) mod lines;
pub(crate) mod paint;
pub(crate) mod panel;
pub(crate) mod svg;

mod countdown;
mod layout;
mod palette;
mod price;
mod qr;
mod sizes;
mod words;
mod worker;

#[cfg(test)]
mod tests;

pub(crate) use layout::Ingredients;
pub(crate) use paint::slate_picture;
pub use paint::{Drawn, paint_card};
pub(crate) use worker::CardWorker;

use bytes::Bytes;
pub use hawker_domain::card::{CardTemplate, SizeChart};

/// The font that texts on cards are set in, as a file and the number of the face in it; none where no font is installed. Reads
/// the system's fonts the first time: not for a thread that others wait for.
pub fn print_font() -> Option<(Vec<u8>, u32)> {
    fonts::Fonts::system().usual_face()
}

/// What a card shows. Texts are drawn as they are, whatever characters they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// What it puts first.
    pub template: CardTemplate,
    pub title: String,
    /// Ready to read, with its currency: "¥ 39.90".
    pub price: String,
    /// The price of before, shown struck through; none or empty shows none.
    pub old_price: Option<String>,
    /// Pieces left; a price card says so only when they are few or none.
    pub stock_left: Option<i64>,
    /// The product's photo (JPEG, PNG or WebP). One that cannot be decoded is left out.
    pub photo_jpeg: Option<Bytes>,
    /// A short word above the title ("in the picture", "new"); none hides it.
    pub live_label: Option<String>,
    /// A link that is shown as a QR code. One too long to be legible is left out.
    pub link: Option<String>,
    /// Language of the words the card adds itself.
    pub language: CardLanguage,
}

/// Language of a card's own words ("only 3 left").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CardLanguage {
    #[default]
    ZhCn,
    En,
}
