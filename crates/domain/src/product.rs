//! What a seller offers.

use crate::{Money, ProductId, Sku, variant::Variant};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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
    /// What a piece costs the seller, in the currency of the price; none: nobody said. It is the seller's alone: buyers never see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cost: Option<Money>,
    /// EAN, UPC or the seller's own code; empty when unknown.
    #[serde(default)]
    pub barcode: String,
    /// Other names buyers use ("牛奶", "oat milk").
    #[serde(default)]
    pub aliases: Vec<String>,
    /// It is one of several forms of a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub variant: Option<Variant>,
}

impl Product {
    /// The title by which it is told from its other variants.
    pub fn shown_title(&self) -> Cow<'_, str> {
        match &self.variant {
            Some(variant) if !variant.stands_in(&self.title) => {
                Cow::Owned(format!("{} · {}", self.title, variant.option))
            }
            _ => Cow::Borrowed(&self.title),
        }
    }

    /// The title that all its variants have in common.
    pub fn common_title(&self) -> Cow<'_, str> {
        let cut = self.variant.as_ref().and_then(|variant| variant.cut_from(&self.title));
        cut.map_or(Cow::Borrowed(&self.title), Cow::Owned)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Currency;

    fn product(title: &str, variant: Option<Variant>) -> Product {
        Product {
            id: ProductId(uuid::Uuid::nil()),
            sku: Sku::new("A").unwrap(),
            title: title.to_owned(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(100, Currency::CNY),
            cost: None,
            barcode: String::new(),
            aliases: Vec::new(),
            variant,
        }
    }

    #[test]
    fn a_variant_has_a_title_of_its_own_and_one_that_all_share() {
        for (title, option, shown, common) in [
            ("T恤", "红 / L", "T恤 · 红 / L", "T恤"),
            ("T-shirt (red)", "red", "T-shirt (red)", "T-shirt"),
            ("薄荷 洗发水", "薄荷", "薄荷 洗发水", "洗发水"),
            ("Men's tee", "M", "Men's tee · M", "Men's tee"),
            ("XL", "XL", "XL", "XL"),
        ] {
            let product = product(title, Variant::new("style 7", option));
            assert_eq!((product.shown_title().as_ref(), product.common_title().as_ref()), (shown, common), "{title}");
        }
        let plain = product("T恤", None);
        assert_eq!((plain.shown_title().as_ref(), plain.common_title().as_ref()), ("T恤", "T恤"));
    }

    #[test]
    fn a_product_of_before_is_read_and_one_without_variants_is_written_as_before() {
        let text = serde_json::to_string(&product("T恤", None)).unwrap();
        assert!(!text.contains("variant") && !text.contains("cost"), "{text}");
        assert_eq!(serde_json::from_str::<Product>(&text).unwrap(), product("T恤", None));
        let red = product("T恤", Variant::new("style 7", "红"));
        let text = serde_json::to_string(&red).unwrap();
        assert!(text.ends_with(r#""variant":{"of":"style 7","option":"红"}}"#), "{text}");
        assert_eq!(serde_json::from_str::<Product>(&text).unwrap(), red);
        let bought = Product { cost: Some(Money::new(60, Currency::CNY)), ..product("T恤", None) };
        let text = serde_json::to_string(&bought).unwrap();
        assert_eq!(serde_json::from_str::<Product>(&text).unwrap(), bought, "{text}");
    }
}
