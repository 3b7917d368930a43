//! A show as its page has it.

use super::{read_back, to_u64};
use crate::db::{StoreError, VARIANTS_MAX};
use hawker_domain::{Currency, Money, ShowMs, Sku, stock::StockNote};
use hawker_wire::viewer::{Action, PublicPin, PublicProduct};
use std::collections::HashSet;

/// Products shown below the picture beside the running order: what a phone scrolls through, and room for any pin. It is the
/// same whatever is pinned, so that a pin does not move the end of a long shelf and with it every open page.
pub const SHELF_MAX: usize = 200 + 1 + VARIANTS_MAX;

/// SKU, title, description, price, currency, pool, photo.
pub type ShelfRow = (String, String, String, i64, String, i64, Option<String>);

/// What is pinned, as a show's row has it: SKU, variants, when.
pub fn pin(sku: Option<String>, variants: &str, at_ms: i64) -> Result<Option<PublicPin>, StoreError> {
    let sku = sku.map(|sku| read_back("pinned sku", Sku::new(&sku))).transpose()?;
    let variants: Vec<Sku> = read_back("pinned variants", serde_json::from_str(variants))?;
    Ok(sku.map(|sku| PublicPin { sku: Some(sku), variants, at: ShowMs(to_u64(at_ms)) }))
}

/// Each product once: the running order's first, in its order.
pub fn shelf(rows: Vec<ShelfRow>, running_order: &[Sku]) -> Result<Vec<PublicProduct>, StoreError> {
    let mut shelf = rows.into_iter().map(product).collect::<Result<Vec<_>, _>>()?;
    let place = |sku: &Sku| running_order.iter().position(|next| next == sku).unwrap_or(usize::MAX);
    shelf.sort_by_cached_key(|product| (place(&product.sku), product.title.clone(), product.sku.clone()));
    let mut seen = HashSet::new();
    shelf.retain(|product| seen.insert(product.sku.clone()));
    Ok(shelf)
}

fn product(
    (sku, title, description, minor, currency, available, photo): ShelfRow,
) -> Result<PublicProduct, StoreError> {
    let currency: Currency = read_back("currency", currency.parse())?;
    Ok(PublicProduct {
        sku: read_back("sku", Sku::new(&sku))?,
        title,
        description,
        price: Money::new(minor, currency),
        available,
        note: StockNote::of(available),
        photo_url: photo.map(|id| format!("/photos/{id}")),
        number: None,
        offer: None,
    })
}

/// As it is stored.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::View => "view",
        Action::Dwell => "dwell",
        Action::Click => "click",
        Action::Like => "like",
        Action::Comment => "comment",
        Action::Cart => "cart",
        Action::Buy => "buy",
    }
}
