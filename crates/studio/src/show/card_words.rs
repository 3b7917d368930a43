//! What a card says of a pinned product, of one variant or of all of them where it is not known which. Pure.

use super::pins::Pinned;
use hawker_domain::{Currency, Product, Sku, stock::StockLevel};
use std::collections::HashMap;

/// More variants than these are a number: a card is read from across a room.
const NAMED: usize = 4;

/// The words of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardWords {
    /// With the variants, where they are left open.
    pub title: String,
    /// Ready to read; from the lowest to the highest where variants differ, and in every currency they are sold in.
    pub price: String,
    /// Pieces that can still be had, of all variants that are left open; none where nobody counts.
    pub stock_left: Option<i64>,
    /// The one product it speaks of. None: it is not known which variant is shown, be it that only one is left.
    pub known: Option<Sku>,
}

impl CardWords {
    /// None: the product is not in the catalogue.
    pub fn of(pin: &Pinned, products: &HashMap<Sku, Product>, levels: &HashMap<Sku, StockLevel>) -> Option<Self> {
        Self::new(&pin.sku, &pin.variants, products, levels)
    }

    /// As [`CardWords::of`], for a product of which `open` are the variants it may be.
    pub fn new(
        sku: &Sku,
        open: &[Sku],
        products: &HashMap<Sku, Product>,
        levels: &HashMap<Sku, StockLevel>,
    ) -> Option<Self> {
        let product = products.get(sku)?;
        // What is owed of one variant takes nothing away from the others.
        let left = |sku: &Sku| levels.get(sku).map(|level| level.available().max(0));
        // The variants of another product are nothing that could be said of this one.
        if !open.contains(sku) {
            let (title, price) = (product.shown_title().into_owned(), crate::money_text(product.price));
            return Some(Self { title, price, stock_left: left(sku), known: Some(sku.clone()) });
        }
        let variants: Vec<&Product> = open.iter().filter_map(|sku| products.get(sku)).collect();
        let stock_left = variants.iter().filter_map(|product| left(&product.sku)).reduce(i64::saturating_add);
        let offered = offered(&variants, |sku| left(sku).is_some_and(|left| left > 0));
        let options = offered.iter().filter_map(|product| product.variant.as_ref());
        let mut named: Vec<String> = options.map(|variant| variant.option.clone()).collect();
        let more = named.len().saturating_sub(NAMED);
        named.truncate(NAMED);
        named.extend((more > 0).then(|| format!("+{more}")));
        Some(Self {
            title: format!("{} | {}", product.common_title(), named.join(" · ")),
            price: prices(&offered),
            stock_left,
            known: None,
        })
    }
}

/// While some variants can be had, one that is sold out is no choice, and its price none that anybody pays.
fn offered<'a>(variants: &[&'a Product], can_be_had: impl Fn(&Sku) -> bool) -> Vec<&'a Product> {
    let had: Vec<&Product> = variants.iter().copied().filter(|product| can_be_had(&product.sku)).collect();
    if had.is_empty() { variants.to_vec() } else { had }
}

/// From the lowest to the highest price, in each currency by itself: no range has two, and one that is left out is a
/// price that somebody pays.
fn prices(variants: &[&Product]) -> String {
    let mut currencies: Vec<Currency> = Vec::new();
    for product in variants {
        if !currencies.contains(&product.price.currency) {
            currencies.push(product.price.currency);
        }
    }
    let ranges: Vec<String> = currencies.into_iter().filter_map(|currency| range(currency, variants)).collect();
    ranges.join(" / ")
}

fn range(currency: Currency, variants: &[&Product]) -> Option<String> {
    let prices = || variants.iter().map(|product| product.price).filter(|price| price.currency == currency);
    let lowest = prices().min_by_key(|price| price.minor)?;
    let highest = prices().max_by_key(|price| price.minor)?;
    Some(match lowest == highest {
        true => crate::money_text(lowest),
        false => format!("{} – {}", crate::money_text(lowest), crate::money_text(highest)),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Money, ProductId, Variant};

    fn shirts(options: &[(&str, i64)]) -> (Vec<Sku>, HashMap<Sku, Product>) {
        let product = |(option, minor): &(&str, i64)| Product {
            id: ProductId(uuid::Uuid::now_v7()),
            sku: Sku::new(option).unwrap(),
            title: "T恤".into(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(*minor, Currency::CNY),
            cost: None,
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
        let words = |open: &[Sku]| CardWords::new(&skus[0], open, &products, &HashMap::new()).unwrap();
        let one = words(&[]);
        assert_eq!((one.title.as_str(), one.stock_left), ("T恤 · S", None), "nobody counts");
        assert_eq!(one.price, crate::money_text(Money::new(1_000, Currency::CNY)));
        let all = words(&skus);
        assert_eq!(all.title, "T恤 | S · M · L · XL · +1");
        let (low, high) = (Money::new(1_000, Currency::CNY), Money::new(1_500, Currency::CNY));
        assert_eq!(all.price, format!("{} – {}", crate::money_text(low), crate::money_text(high)));
        let two = words(&skus[..2]);
        assert_eq!((two.title.as_str(), two.price.as_str()), ("T恤 | S · M", crate::money_text(low).as_str()));
        assert_eq!((&one.known, &all.known, &two.known), (&Some(skus[0].clone()), &None, &None));
        let last = words(&skus[..1]);
        assert_eq!(
            (last.title.as_str(), last.known),
            ("T恤 | S", None),
            "that no other is left does not tell which it is"
        );
        assert_eq!(words(&skus[1..]).title, "T恤 · S", "those of another product are none of its own");
        assert_eq!(CardWords::new(&Sku::new("gone").unwrap(), &skus, &products, &HashMap::new()), None);
    }

    #[test]
    fn variants_that_are_sold_in_several_currencies_are_priced_in_each_of_them() {
        let (skus, mut products) = shirts(&[("S", 1_000), ("M", 1_000), ("L", 1_200)]);
        let price = |products: &HashMap<Sku, Product>, open: &[Sku]| {
            CardWords::new(&open[0], open, products, &HashMap::new()).unwrap().price
        };
        products.get_mut(&skus[1]).unwrap().price = Money::new(300, Currency::USD);
        assert_eq!(price(&products, &skus[..2]), "¥10.00 / $3.00");
        assert_eq!(price(&products, &skus[1..]), "$3.00 / ¥12.00");
        assert_eq!(price(&products, &skus), "¥10.00 – ¥12.00 / $3.00");
    }

    #[test]
    fn what_is_sold_out_is_neither_named_nor_priced_nor_taken_from_the_others_while_any_can_be_had() {
        let (skus, products) = shirts(&[("S", 1_000), ("M", 1_200), ("L", 1_500)]);
        let money = |minor| crate::money_text(Money::new(minor, Currency::CNY));
        let words = |on_hand: &[(usize, i64)]| {
            let level =
                |(place, on_hand): &(usize, i64)| (skus[*place].clone(), StockLevel { on_hand: *on_hand, reserved: 1 });
            let levels: HashMap<Sku, StockLevel> = on_hand.iter().map(level).collect();
            CardWords::new(&skus[0], &skus, &products, &levels).unwrap()
        };
        type Case<'a> = (&'a [(usize, i64)], &'a str, String, Option<i64>);
        let table: [Case<'_>; 5] = [
            (&[(0, 3), (1, 3), (2, 3)], "T恤 | S · M · L", format!("{} – {}", money(1_000), money(1_500)), Some(6)),
            (&[(0, 1), (1, 3), (2, 4)], "T恤 | M · L", format!("{} – {}", money(1_200), money(1_500)), Some(5)),
            (&[(0, -4), (1, 3)], "T恤 | M", money(1_200), Some(2)),
            (&[(0, 1), (1, -1)], "T恤 | S · M · L", format!("{} – {}", money(1_000), money(1_500)), Some(0)),
            (&[], "T恤 | S · M · L", format!("{} – {}", money(1_000), money(1_500)), None),
        ];
        for (on_hand, title, price, stock_left) in table {
            let want = CardWords { title: title.to_owned(), price, stock_left, known: None };
            assert_eq!(words(on_hand), want, "{on_hand:?}");
        }
    }
}
