//! What a comment that cancels takes back.

use super::ClaimLine;
use crate::{ClaimId, Sku};

/// One line of a cancellation: any of these products, so many pieces or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    pub skus: Vec<Sku>,
    pub qty: Option<u32>,
}

/// Which of a viewer's open claims, the newest first, change, and what stays of each; nothing stays of one that is dropped.
/// Without lines the newest one is dropped. So many pieces are taken from the newest on.
pub fn take_away(claims: &[(ClaimId, Vec<ClaimLine>)], taken: &[TakenBack]) -> Vec<(ClaimId, Vec<ClaimLine>)> {
    if taken.is_empty() {
        return claims.first().map(|(claim_id, _)| (*claim_id, Vec::new())).into_iter().collect();
    }
    let mut rest: Vec<(ClaimId, Vec<ClaimLine>)> = claims.to_vec();
    for TakenBack { skus, qty } in taken {
        let mut open = qty.unwrap_or(u32::MAX);
        for line in rest.iter_mut().flat_map(|(_, lines)| lines).filter(|line| skus.contains(&line.sku)) {
            let fewer = line.qty.min(open);
            line.qty -= fewer;
            open -= fewer;
        }
    }
    for (_, lines) in &mut rest {
        lines.retain(|line| line.qty > 0);
    }
    rest.into_iter().zip(claims).filter(|(after, before)| after != *before).map(|(after, _)| after).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn what_is_named_is_taken_back_and_nothing_else() {
        let sku = |name: &str| Sku::new(name).unwrap();
        let lines = |lines: &[(&str, u32)]| -> Vec<ClaimLine> {
            lines.iter().map(|(name, qty)| ClaimLine { sku: sku(name), qty: *qty }).collect()
        };
        let id = |number: u128| ClaimId(Uuid::from_u128(number));
        let claims = [(id(3), lines(&[("A", 1)])), (id(2), lines(&[("B", 1), ("A", 2)])), (id(1), lines(&[("B", 3)]))];
        let of = |skus: &[&str], qty| TakenBack { skus: skus.iter().map(|name| sku(name)).collect(), qty };
        for (what, taken, want) in [
            ("the last order", vec![], vec![(id(3), lines(&[]))]),
            ("all of one product", vec![of(&["A"], None)], vec![(id(3), lines(&[])), (id(2), lines(&[("B", 1)]))]),
            (
                "some pieces, the newest first",
                vec![of(&["B"], Some(2))],
                vec![(id(2), lines(&[("A", 2)])), (id(1), lines(&[("B", 2)]))],
            ),
            ("any variant", vec![of(&["X", "A"], Some(1))], vec![(id(3), lines(&[]))]),
            ("nothing of the kind", vec![of(&["X"], None)], vec![]),
        ] {
            assert_eq!(take_away(&claims, &taken), want, "{what}");
        }
        assert_eq!(take_away(&[], &[]), []);
    }
}
