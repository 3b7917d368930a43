//! Which products a show means to present, in which order. Pure.
//!
//! Invariant: no product stands in an order twice; rows of the cockpit and of the viewers' page are told apart by it.

use crate::Sku;
use std::collections::HashSet;

/// Most products in an order: nobody presents more in one show, and every open page gets all of them.
pub const RUNNING_ORDER_MAX: usize = 500;

/// Why an order is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunningOrderError {
    #[error("{found} products are too many for one running order, which takes {RUNNING_ORDER_MAX}")]
    TooLong { found: usize },
    #[error("{sku} stands twice in the running order")]
    Twice { sku: Sku },
}

/// Holds an order that somebody chose to what a show can present. Errors: it is too long, or names a product twice.
pub fn check(order: &[Sku]) -> Result<(), RunningOrderError> {
    check_length(order)?;
    let mut seen = HashSet::new();
    match order.iter().find(|sku| !seen.insert(*sku)) {
        Some(sku) => Err(RunningOrderError::Twice { sku: sku.clone() }),
        None => Ok(()),
    }
}

/// The same of its length alone: studios of before tell the platform of a product twice, and the page shows it once.
pub fn check_length(order: &[Sku]) -> Result<(), RunningOrderError> {
    if order.len() > RUNNING_ORDER_MAX {
        return Err(RunningOrderError::TooLong { found: order.len() });
    }
    Ok(())
}

/// What is left of an order that was kept before it was held to this: each product where it stands first, and no more than a show
/// can present.
pub fn mended(order: impl Iterator<Item = Sku>) -> Vec<Sku> {
    let mut seen = HashSet::new();
    order.filter(|sku| seen.insert(sku.clone())).take(RUNNING_ORDER_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skus(text: &str) -> Vec<Sku> {
        text.split_whitespace().map(|sku| Sku::new(sku).unwrap()).collect()
    }

    fn numbered(count: usize) -> Vec<Sku> {
        (0..count).map(|number| Sku::new(&format!("S{number}")).unwrap()).collect()
    }

    #[test]
    fn a_product_stands_in_an_order_once() {
        for (order, again, rest) in
            [("", None, ""), ("A B C", None, "A B C"), ("A A", Some("A"), "A"), ("B A C A B", Some("A"), "B A C")]
        {
            let order = skus(order);
            let twice = again.map(|sku| RunningOrderError::Twice { sku: Sku::new(sku).unwrap() });
            assert_eq!(check(&order).err(), twice);
            assert_eq!(check_length(&order), Ok(()));
            assert_eq!(mended(order.into_iter()), skus(rest));
        }
    }

    #[test]
    fn an_order_is_as_long_as_a_show_can_present_and_no_longer() {
        for (count, want) in [(0, None), (499, None), (500, None), (501, Some(501)), (2_000, Some(2_000))] {
            let order = numbered(count);
            let want = want.map(|found| RunningOrderError::TooLong { found });
            assert_eq!((check(&order).err(), check_length(&order).err()), (want.clone(), want), "{count}");
            assert_eq!(mended(order.iter().cloned()), order[..count.min(500)], "{count}");
        }
    }

    #[test]
    fn one_that_is_too_long_and_names_a_product_twice_is_too_long() {
        let mut order = numbered(500);
        order.push(order[0].clone());
        assert_eq!(check(&order), Err(RunningOrderError::TooLong { found: 501 }));
        assert_eq!(mended(order.into_iter()), numbered(500));
    }
}
