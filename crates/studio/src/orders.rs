//! Orders, whatever they came from.

use crate::errors::{Outcome, bad_input, not_found};
use crate::show_now_us;
use crate::studio::Studio;
use crate::view::OrderView;
use hawker_domain::{
    OrderId, Sku,
    order::{Order, OrderLine, OrderSource, OrderState, total},
};
use hawker_wire::live::OrderedLine;
use uuid::Uuid;

/// More pieces of one product in one sale is a slip of the finger.
const QTY_LIMIT: u32 = 9_999;

impl Studio {
    /// The newest orders first.
    pub async fn orders(&self, limit: u32) -> Outcome<Vec<OrderView>> {
        let orders = self.store().orders(limit).await?;
        Ok(orders.into_iter().map(order_view).collect())
    }

    /// A sale at the seller's table: paid, out of stock, on its way to the platform, all in one transaction. During a show
    /// it is an order of that show.
    /// Errors: `bad_input`, `not_found`, `disk_full`.
    pub async fn add_order(&self, lines: Vec<OrderedLine>, buyer: &str) -> Outcome<OrderView> {
        let order = self.venue_order(lines, buyer).await?;
        self.store().record_venue_sale(&order).await?;
        self.sold(order.clone()).await;
        Ok(order_view(order))
    }

    /// What a sale at the table comes to, at the catalogue's prices. Errors: `bad_input`, `not_found`.
    pub(crate) async fn venue_order(&self, lines: Vec<OrderedLine>, buyer: &str) -> Outcome<Order> {
        if lines.is_empty() {
            return Err(bad_input("a sale needs at least one line"));
        }
        let mut order_lines = Vec::with_capacity(lines.len());
        for line in lines {
            order_lines.push(self.order_line(&line.sku, line.qty).await?);
        }
        let currency = order_lines
            .first()
            .map(|line| line.unit_price.currency)
            .ok_or_else(|| bad_input("a sale needs at least one line"))?;
        let moment = self.moment().await;
        Ok(Order {
            id: OrderId(Uuid::now_v7()),
            source: OrderSource::Venue,
            state: OrderState::Paid,
            show_id: moment.map(|(show_id, _)| show_id),
            at: moment.map(|(_, at)| at),
            total: total(&order_lines, currency).map_err(|error| bad_input(error.to_string()))?,
            lines: order_lines,
            buyer: hawker_domain::person::PersonName::new(buyer).masked(),
            placed_at_us: show_now_us(),
        })
    }

    async fn order_line(&self, sku: &Sku, qty: u32) -> Outcome<OrderLine> {
        if qty == 0 || qty > QTY_LIMIT {
            return Err(bad_input(format!("{qty} pieces of {sku}; use 1 to {QTY_LIMIT}")));
        }
        let found = self.store().product(sku).await?;
        let product = found.ok_or_else(|| not_found("product", sku.as_str()))?;
        let title = product.shown_title().into_owned();
        Ok(OrderLine { sku: product.sku, title, qty, unit_price: product.price })
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
    }
}
