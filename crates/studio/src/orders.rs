//! Orders, whatever they came from.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{NewSale, OrderView, SaleLine};
use hawker_domain::{
    OrderId,
    failure::FailureWhy,
    order::{Order, OrderLine, OrderSource, OrderState, total},
    till::{PaymentTaken, PriceError, TillRules},
};
use hawker_wire::{Failure, FailureReason, live::OrderedLine};
use uuid::Uuid;

/// More pieces of one product in one sale is a slip of the finger.
const QTY_LIMIT: u32 = 9_999;

impl Studio {
    /// The newest orders first.
    pub async fn orders(&self, limit: u32) -> Outcome<Vec<OrderView>> {
        let orders = self.store().orders(limit).await?;
        Ok(orders.into_iter().map(order_view).collect())
    }

    /// A sale at the seller's table: paid, out of stock, in the till's book, on its way to the platform, all in one transaction and
    /// with no network. During a show it is an order of that show.
    /// Errors: `bad_input`, also for a price below what the till's rules allow; `not_found`, `disk_full`.
    pub async fn add_order(&self, sale: NewSale) -> Outcome<OrderView> {
        let order = self.venue_order(&sale.lines, &sale.buyer).await?;
        let payment = PaymentTaken::take(sale.tender, order.total, sale.received);
        let payment = Some(payment.map_err(|error| bad_input(error.to_string()))?);
        let order = Order { payment, ..order };
        self.store().record_venue_sale(&order).await?;
        self.sold(order.clone()).await;
        Ok(order_view(order))
    }

    /// What a sale at the table comes to, at the catalogue's prices or at those that were agreed on; not paid yet. Errors: `bad_input`,
    /// `not_found`.
    pub(crate) async fn venue_order(&self, lines: &[SaleLine], buyer: &str) -> Outcome<Order> {
        if lines.is_empty() {
            return Err(bad_input("a sale needs at least one line"));
        }
        let rules = self.store().till_rules().await?;
        let mut order_lines = Vec::with_capacity(lines.len());
        for line in lines {
            order_lines.push(self.order_line(line, &rules).await?);
        }
        let currency = order_lines
            .first()
            .map(|line| line.unit_price.currency)
            .ok_or_else(|| bad_input("a sale needs at least one line"))?;
        let total = total(&order_lines, currency).map_err(|error| bad_input(error.to_string()))?;
        let moment = self.moment().await;
        Ok(Order {
            id: OrderId(Uuid::now_v7()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: moment.map(|(show_id, _)| show_id),
            at: moment.map(|(_, at)| at),
            total,
            lines: order_lines,
            buyer: hawker_domain::person::PersonName::new(buyer).masked(),
            placed_at_us: show_now_us(),
            payment: None,
        })
    }

    async fn order_line(&self, line: &SaleLine, rules: &TillRules) -> Outcome<OrderLine> {
        let (sku, qty) = (&line.sku, line.qty);
        if qty == 0 || qty > QTY_LIMIT {
            return Err(bad_input(format!("{qty} pieces of {sku}; use 1 to {QTY_LIMIT}")));
        }
        let found = self.store().product(sku).await?;
        let product = found.ok_or_else(|| not_found("product", sku.as_str()))?;
        let title = product.shown_title().into_owned();
        let unit_price = line.price.unwrap_or(product.price);
        let price_override = rules.agree(sku, product.price, unit_price, &line.reason).map_err(not_agreed)?;
        Ok(OrderLine { sku: product.sku, title, qty, unit_price, price_override })
    }
}

/// A price that the till's rules do not allow.
fn not_agreed(error: PriceError) -> Failure {
    let failure = bad_input(error.to_string());
    match &error {
        PriceError::BelowFloor { sku, lowest, .. } => {
            let reason = FailureReason::from(FailureWhy::PriceTooLow);
            failure.because(reason.with("sku", sku).with("lowest", lowest))
        }
        _ => failure,
    }
}

pub(crate) fn order_view(order: Order) -> OrderView {
    OrderView {
        id: order.id,
        source: order.source,
        state: order.state,
        lines: order.lines.into_iter().map(|line| OrderedLine { sku: line.sku, qty: line.qty }).collect(),
        total: order.total,
        buyer: order.buyer,
        placed_at_ms: order.placed_at_us / 1_000,
        payment: order.payment,
    }
}
