//! Which products the show means to present, in which order.
//!
//! Invariant: no product stands in an order twice; rows of the cockpit and of the viewers' page are told apart by it.

use super::owner::Owner;
use crate::errors::{Outcome, bad_input, not_found};
use hawker_domain::Sku;
use std::collections::HashSet;

/// The platform takes no longer order, and nobody presents more in one show; an empty one shows the whole catalogue.
pub(super) const RUNNING_ORDER_LIMIT: usize = 500;

impl Owner {
    /// Errors: `not_found` for a product that is not there, `bad_input` for one that is named twice.
    pub(super) async fn set_running_order(&mut self, order: Vec<Sku>) -> Outcome<()> {
        if let Some(sku) = order.iter().find(|sku| !self.products.contains_key(*sku)) {
            return Err(not_found("product", sku.as_str()));
        }
        if let Some(sku) = twice(&order) {
            return Err(bad_input(format!("{sku} stands twice in the running order"))
                .hint("name each product once, where it is presented first"));
        }
        self.parts.store.put_setting(crate::settings::RUNNING_ORDER, &order).await?;
        self.recognition.running_order(order.clone());
        self.chosen_order = order.clone();
        // As at the start: who chose nothing shows everything.
        self.running_order = if order.is_empty() { self.whole_catalogue().await? } else { order };
        self.publish_order();
        Ok(())
    }

    async fn whole_catalogue(&self) -> Outcome<Vec<Sku>> {
        let products = self.parts.store.all_products().await?.into_iter();
        Ok(products.take(RUNNING_ORDER_LIMIT).map(|product| product.sku).collect())
    }

    pub(super) fn order_to_publish(&self) -> Vec<Sku> {
        self.chosen_order.iter().take(RUNNING_ORDER_LIMIT).cloned().collect()
    }

    /// Tells the platform the order of the show's shelf, if it is another than before.
    pub(super) fn publish_order(&self) {
        if let Some(link) = &self.link {
            link.running_order(self.order_to_publish());
        }
    }
}

/// The order without the places at which a product stands again.
pub(super) fn once(order: impl Iterator<Item = Sku>) -> Vec<Sku> {
    let mut seen = HashSet::new();
    order.filter(|sku| seen.insert(sku.clone())).collect()
}

/// The first that stands there a second time.
fn twice(order: &[Sku]) -> Option<&Sku> {
    let mut seen = HashSet::new();
    order.iter().find(|sku| !seen.insert(*sku))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_product_stands_in_an_order_once() {
        let skus = |text: &str| -> Vec<Sku> { text.split_whitespace().map(|sku| Sku::new(sku).unwrap()).collect() };
        for (order, again, rest) in
            [("", None, ""), ("A B C", None, "A B C"), ("A A", Some("A"), "A"), ("B A C A B", Some("A"), "B A C")]
        {
            let order = skus(order);
            assert_eq!(twice(&order).map(Sku::as_str), again);
            assert_eq!(once(order.into_iter()), skus(rest));
        }
    }
}
