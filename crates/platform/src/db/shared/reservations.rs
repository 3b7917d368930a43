//! Lines of a reservation, and their sum.

use hawker_domain::{Currency, Money, OfferId, Sku, claim::Shipping, offer::Share, order};
use std::collections::BTreeMap;

/// A line on its way into a reservation, or out of it.
pub struct Line {
    pub line: order::OrderLine,
    /// Whose price it is; none: the regular one.
    pub offer_id: Option<OfferId>,
}

/// A line for each price of its pieces.
pub fn shared(shares: &[Share], of: &order::OrderLine) -> Vec<Line> {
    let line = |share: &Share| Line {
        offer_id: share.offer_id,
        line: order::OrderLine { qty: share.qty, unit_price: share.unit_price, ..of.clone() },
    };
    shares.iter().map(line).collect()
}

/// The lines alone.
pub fn priced(lines: &[Line]) -> Vec<order::OrderLine> {
    lines.iter().map(|line| line.line.clone()).collect()
}

/// What is held of each product, at the dearest price that any piece of it has: that is the one without an offer.
pub fn by_product(lines: impl IntoIterator<Item = Line>) -> BTreeMap<Sku, order::OrderLine> {
    let mut goods: BTreeMap<Sku, order::OrderLine> = BTreeMap::new();
    for Line { line, .. } in lines {
        let (qty, minor) = (line.qty, line.unit_price.minor);
        let sum = goods.entry(line.sku.clone()).and_modify(|sum| sum.qty += qty).or_insert(line);
        sum.unit_price.minor = sum.unit_price.minor.max(minor);
    }
    goods
}

/// What is to be paid, and the part of it that sending costs.
pub fn sums(
    lines: &[order::OrderLine],
    shipping: Option<&Shipping>,
) -> Result<(Money, Money), hawker_domain::MoneyError> {
    let currency = lines.first().map_or(Currency::CNY, |line| line.unit_price.currency);
    let goods = order::total(lines, currency)?;
    let fee = shipping.map_or(Money::new(0, currency), |shipping| shipping.of(goods));
    Ok((goods.plus(fee)?, fee))
}
