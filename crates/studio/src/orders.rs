//! Orders, whatever they came from.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::{NewSale, OrderView, SaleLine};
use hawker_domain::{
    Money, OrderId,
    failure::FailureWhy,
    order::{Order, OrderLine, OrderSource, OrderState, total},
    till::{PaymentTaken, PriceError, TillRules},
};
use hawker_store::StoreError;
use hawker_wire::{ErrorCode, Failure, FailureReason, live::OrderedLine};
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
    /// The same sale asked again is the one that is kept. Errors: `bad_input`, also for a price below what the till's rules allow;
    /// `conflict` for another total than the buyer was told, or other goods under an id that is taken; `not_found`, `disk_full`.
    pub async fn add_order(&self, sale: NewSale) -> Outcome<OrderView> {
        if let Some(known) = self.sold_before(&sale).await? {
            return Ok(order_view(known));
        }
        let order = self.venue_order(&sale.lines, &sale.buyer).await?;
        let order = Order { id: sale.order_id.unwrap_or(order.id), ..order };
        as_told(order.total, sale.total)?;
        let payment = PaymentTaken::take(sale.tender, order.total, sale.received);
        let payment = Some(payment.map_err(|error| bad_input(error.to_string()))?);
        let order = Order { payment, ..order };
        self.store().record_venue_sale(&order).await?;
        self.sold(order.clone()).await;
        Ok(order_view(order))
    }

    /// The order that an earlier ask for this sale came to.
    async fn sold_before(&self, sale: &NewSale) -> Outcome<Option<Order>> {
        let Some(id) = sale.order_id else { return Ok(None) };
        let known = match self.store().order(id).await {
            Err(StoreError::NotFound(_)) => return Ok(None),
            known => known?,
        };
        if is_same(&known, &sale.lines) {
            return Ok(Some(known));
        }
        let failure = Failure::new(ErrorCode::Conflict, format!("order {id} is there already, with other goods"));
        Err(failure.hint("look at it among the orders before you sell again"))
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

/// Whether these goods are those of the order. What was paid for them is the order's to say.
fn is_same(order: &Order, lines: &[SaleLine]) -> bool {
    let pairs = || order.lines.iter().zip(lines);
    order.source == OrderSource::Venue
        && order.lines.len() == lines.len()
        && pairs().all(|(sold, asked)| sold.sku == asked.sku && sold.qty == asked.qty)
}

/// The price of a line is the one that the buyer was shown. Errors: `conflict` where it is another by now.
fn as_told(total: Money, told: Option<Money>) -> Outcome<()> {
    match told {
        Some(told) if told != total => {
            let why =
                format!("the sale comes to {total}, not to {told}: a price has changed since it was put together");
            let reason = FailureReason::from(FailureWhy::PriceChanged).with("total", total);
            Err(Failure::new(ErrorCode::Conflict, why).hint("put it together anew, and tell the buyer").because(reason))
        }
        _ => Ok(()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, Sku};

    fn line(sku: &str, qty: u32) -> SaleLine {
        SaleLine { sku: Sku::new(sku).unwrap(), qty, price: None, reason: String::new() }
    }

    fn cny(minor: i64) -> Money {
        Money::new(minor, Currency::CNY)
    }

    #[test]
    fn a_sale_that_is_asked_for_again_is_known_by_its_goods() {
        let sold = |line: SaleLine| OrderLine {
            sku: line.sku,
            title: "a".to_owned(),
            qty: line.qty,
            unit_price: cny(100),
            price_override: None,
        };
        let order = |source| Order {
            id: OrderId(Uuid::nil()),
            source,
            state: OrderState::Paid,
            show_id: None,
            at: None,
            lines: vec![sold(line("A", 2)), sold(line("B", 1))],
            total: cny(300),
            buyer: String::new(),
            placed_at_us: 0,
            payment: None,
        };
        let table = [
            (vec![line("A", 2), line("B", 1)], true),
            (vec![line("A", 2)], false),
            (vec![line("A", 2), line("B", 2)], false),
            (vec![line("A", 2), line("C", 1)], false),
            (vec![line("A", 2), line("B", 1), line("C", 1)], false),
        ];
        for (lines, want) in table {
            assert_eq!(is_same(&order(OrderSource::Venue), &lines), want, "{lines:?}");
        }
        assert!(!is_same(&order(OrderSource::Page), &[line("A", 2), line("B", 1)]), "the page's orders are its own");
    }

    #[test]
    fn a_total_that_is_another_than_the_buyer_was_told_is_not_taken() {
        assert!(as_told(cny(300), None).is_ok() && as_told(cny(300), Some(cny(300))).is_ok());
        let refused = as_told(cny(300), Some(cny(250))).unwrap_err();
        assert_eq!(refused.code, ErrorCode::Conflict);
        assert!(refused.message.contains("3.00 CNY, not to 2.50 CNY"), "{refused}");
        assert_eq!(refused.reason.unwrap().why, FailureWhy::PriceChanged);
    }
}
