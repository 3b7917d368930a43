//! What a seller offers.

use crate::{Money, ProductId, Sku};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Pixels of the largest photo that is taken: the most that phones make of a 108-megapixel sensor. It takes 326 MB while it
/// is decoded.
pub const PHOTO_PIXELS_MAX: u64 = 12_032 * 9_024;

/// One article of the catalogue as the seller keeps it. Photos and stock lie beside it, under its SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Product {
    pub id: ProductId,
    pub sku: Sku,
    pub title: String,
    #[serde(default)]
    pub brand: String,
    /// A path such as "Dairy/Milk"; empty when unknown.
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub description: String,
    pub price: Money,
    /// EAN, UPC or the seller's own code; empty when unknown.
    #[serde(default)]
    pub barcode: String,
    /// Other names buyers use ("牛奶", "oat milk").
    #[serde(default)]
    pub aliases: Vec<String>,
}
