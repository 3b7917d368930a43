//! What a card says of a pinned product, of one variant or of all of them where it is not known which. Pure.

use super::pins::Pinned;
use hawker_domain::{Money, Product, Sku};
use std::collections::HashMap;

/// More variants than these are a number: a card is read from across a room.
const NAMED: usize = 4;

/// The words of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardWords {
    /// With the variants, where they are left open.
    pub title: String,
    /// Ready to read; from the lowest to the highest where variants differ.
    pub price: String,
    /// The skus whose pieces count.
    pub skus: Vec<Sku>,
    /// It is not known which of them is shown, be it that only one is left.
    pub is_open: bool,
}

impl CardWords {
    /// None: the product is not in the catalogue.
    pub fn of(pin: &Pinned, products: &HashMap<Sku, Product>) -> Option<Self> {
        Self::new(&pin.sku, &pin.variants, products)
    }

    /// The one product it speaks of; none where a buyer has to choose.
    pub fn known(&self) -> Option<&Sku> {
        self.skus.first().filter(|_| !self.is_open)
    }

    /// As [`CardWords::of`], for a product of which `open` are the variants it may be.
    pub fn new(sku: &Sku, open: &[Sku], products: &HashMap<Sku, Product>) -> Option<Self> {
        let product = products.get(sku)?;
        let variants: Vec<&Product> = open.iter().filter_map(|sku| products.get(sku)).collect();
        // The variants of another product are nothing that could be said of this one.
        if !open.contains(sku) {
            let (title, price) = (product.shown_title().into_owned(), crate::money_text(product.price));
            return Some(Self { title, price, skus: vec![sku.clone()], is_open: false });
        }
        let options = variants.iter().filter_map(|product| product.variant.as_ref());
        let mut named: Vec<String> = options.map(|variant| variant.option.clone()).collect();
        let more = named.len().saturating_sub(NAMED);
        named.truncate(NAMED);
        named.extend((more > 0).then(|| format!("+{more}")));
        Some(Self {
            title: format!("{} | {}", product.common_title(), named.join(" · ")),
            price: range(product.price, &variants),
            skus: variants.iter().map(|product| product.sku.clone()).collect(),
            is_open: true,
        })
    }
}

/// Prices in another currency than the first are left out: no range has two.
fn range(first: Money, variants: &[&Product]) -> String {
    let prices = || variants.iter().map(|product| product.price).filter(|price| price.currency == first.currency);
    let lowest = prices().min_by_key(|price| price.minor).unwrap_or(first);
    let highest = prices().max_by_key(|price| price.minor).unwrap_or(first);
    match lowest == highest {
        true => crate::money_text(lowest),
        false => format!("{} – {}", crate::money_text(lowest), crate::money_text(highest)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, ProductId, Variant};

    fn shirts(options: &[(&str, i64)]) -> (Vec<Sku>, HashMap<Sku, Product>) {
        let product = |(option, minor): &(&str, i64)| Product {
            id: ProductId(uuid::Uuid::now_v7()),
            sku: Sku::new(option).unwrap(),
            title: "T恤".into(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(*minor, Currency::CNY),
            barcode: String::new(),
            aliases: Vec::new(),
            variant: Variant::new("style 7", option),
        };
        let products: Vec<Product> = options.iter().map(product).collect();
        let skus = products.iter().map(|product| product.sku.clone()).collect();
        (skus, products.into_iter().map(|product| (product.sku.clone(), product)).collect())
    }

    #[test]
    fn a_card_names_one_variant_or_all_of_them() {
        let (skus, products) = shirts(&[("S", 1_000), ("M", 1_000), ("L", 1_200), ("XL", 1_500), ("XXL", 1_500)]);
        let words = |open: &[Sku]| CardWords::new(&skus[0], open, &products).unwrap();
        let one = words(&[]);
        assert_eq!((one.title.as_str(), one.skus.len()), ("T恤 · S", 1));
        assert_eq!(one.price, crate::money_text(Money::new(1_000, Currency::CNY)));
        let all = words(&skus);
        assert_eq!((all.title.as_str(), all.skus.len()), ("T恤 | S · M · L · XL · +1", 5));
        let (low, high) = (Money::new(1_000, Currency::CNY), Money::new(1_500, Currency::CNY));
        assert_eq!(all.price, format!("{} – {}", crate::money_text(low), crate::money_text(high)));
        let two = words(&skus[..2]);
        assert_eq!((two.title.as_str(), two.price.as_str()), ("T恤 | S · M", crate::money_text(low).as_str()));
        assert_eq!((one.known(), all.known(), two.known()), (Some(&skus[0]), None, None));
        let last = words(&skus[..1]);
        assert_eq!(
            (last.title.as_str(), last.known()),
            ("T恤 | S", None),
            "that no other is left does not tell which it is"
        );
        assert_eq!(words(&skus[1..]).title, "T恤 · S", "those of another product are none of its own");
        assert_eq!(CardWords::new(&Sku::new("gone").unwrap(), &skus, &products), None);
    }
}
