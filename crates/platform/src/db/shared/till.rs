//! What comes back of a sale.

use hawker_domain::{order::Order, stock::StockMovement, till::SaleReturn};

/// Whether a movement brings back more than is left with the buyer of `order` after `returns`; false where nothing came back by a return.
pub fn exceeds_sold(order: &Order, returns: &[SaleReturn], movement: &StockMovement) -> bool {
    let of_sku = order.lines.iter().filter(|line| line.sku == movement.sku);
    let sold: i64 = of_sku.map(|line| i64::from(line.qty)).sum();
    let back = returns.iter().flat_map(|back| back.by_sku(order)).filter(|(sku, _)| **sku == movement.sku);
    let back: i64 = back.map(|(_, pieces)| pieces).sum();
    back > 0 && movement.delta > sold - back
}
