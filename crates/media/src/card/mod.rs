//! Product cards on the canvas: drawn once when they change, then blended into every frame.
//!
//! The card is put on by `overlaycomposition`, behind the I420 canvas. A compositor that is forced to I420 would lose
//! the card's alpha without a word; a test decodes an output frame and looks.

mod fonts;
mod layout;
mod paint;
mod worker;

pub(crate) use paint::slate_picture;
pub(crate) use worker::CardWorker;

use bytes::Bytes;

/// What a card shows. Texts are drawn as they are, whatever characters they hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    pub title: String,
    /// Ready to read, with its currency: "¥ 39.90".
    pub price: String,
    /// Pieces left; said only when they are few or none.
    pub stock_left: Option<i64>,
    /// The product's photo. One that cannot be decoded is left out.
    pub photo_jpeg: Option<Bytes>,
    /// A short word above the title ("in the picture", "new"); none hides it.
    pub live_label: Option<String>,
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
