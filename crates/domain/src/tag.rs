//! A tag: "this product is in the picture", with how sure we are and why.

use crate::{ShowMs, Sku, TagId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the studio does with a product it believes to see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TagState {
    /// Likely, not sure: shown to the host alone.
    Suggested,
    /// Sure, or said by a hand: carded and sent to viewers.
    Pinned,
    /// Taken back: out of the picture, or undone by the host.
    Retracted,
}

/// A piece of evidence behind a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// The product's looks match its photos.
    Image,
    /// Words read on the package.
    Words,
    /// A barcode or QR code.
    Code,
    /// The host named it.
    Speech,
    /// Its place in the running order.
    Order,
    /// A person said so.
    Hand,
}

/// One tag at one moment. The same `tag_id` runs through suggested, pinned and retracted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Tag {
    pub tag_id: TagId,
    /// The tracker's number of the thing in the picture; none for a tag made by hand.
    pub track_id: Option<u32>,
    pub sku: Sku,
    /// All variants of the product, where it is not known which of them it is; `sku` is one of them. Empty: it is `sku`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Sku>,
    pub state: TagState,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
    pub why: Vec<Clue>,
    pub at: ShowMs,
}
