//! Which products the show means to present, in which order: kept, shown and told to the platform. The rules of an order are
//! [`hawker_domain::running_order`].

use super::owner::Owner;
use crate::errors::{Outcome, bad_input, not_found};
use hawker_domain::{
    Sku,
    failure::FailureWhy,
    running_order::{RUNNING_ORDER_MAX, RunningOrderError, check},
};
use hawker_wire::{Failure, FailureReason};

impl Owner {
    /// Errors: `bad_input` for too many products and for one that is named twice, `not_found` for one that is not there.
    pub(super) async fn set_running_order(&mut self, order: Vec<Sku>) -> Outcome<()> {
        check(&order).map_err(not_taken)?;
        if let Some(sku) = order.iter().find(|sku| !self.products.contains_key(*sku)) {
            return Err(not_found("product", sku.as_str()));
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
        Ok(products.take(RUNNING_ORDER_MAX).map(|product| product.sku).collect())
    }

    /// As it was chosen; empty for the whole catalogue.
    pub(super) fn order_to_publish(&self) -> Vec<Sku> {
        self.chosen_order.clone()
    }

    /// Tells the platform the order of the show's shelf, if it is another than before.
    pub(super) fn publish_order(&self) {
        if let Some(link) = &self.link {
            link.running_order(self.order_to_publish());
        }
    }
}

fn not_taken(error: RunningOrderError) -> Failure {
    let failure = bad_input(error.to_string());
    match error {
        RunningOrderError::TooLong { found } => {
            let reason = FailureReason::from(FailureWhy::RunningOrderTooLong);
            let reason = reason.with("found", found).with("most", RUNNING_ORDER_MAX);
            failure.hint("choose those of this show; the others stay in the catalogue").because(reason)
        }
        RunningOrderError::Twice { sku } => {
            let reason = FailureReason::from(FailureWhy::RunningOrderTwice).with("sku", sku);
            failure.hint("name each product once, where it is presented first").because(reason)
        }
    }
}
