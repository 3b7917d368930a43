//! The waiting list: who comes next when goods come free.

use super::ClaimLine;
use crate::{ClaimId, Sku};
use std::collections::{BTreeMap, BTreeSet};

/// A claim that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiter {
    pub claim_id: ClaimId,
    pub lines: Vec<ClaimLine>,
}

/// Who of `queue`, first come first, gets goods of what is `left`. Nobody is overtaken: who can't be served yet keeps what
/// he waits for from all behind him, also where they would be content with less. What is promised never exceeds what is there.
pub fn promoted(queue: &[Waiter], left: &BTreeMap<Sku, i64>) -> Vec<ClaimId> {
    let mut left = left.clone();
    let mut waited_for: BTreeSet<&Sku> = BTreeSet::new();
    let mut chosen = Vec::new();
    for waiter in queue {
        let fits = waiter.lines.iter().all(|line| {
            let there = left.get(&line.sku).copied().unwrap_or(0);
            !waited_for.contains(&line.sku) && there >= i64::from(line.qty)
        });
        if !fits || waiter.lines.is_empty() {
            waited_for.extend(waiter.lines.iter().map(|line| &line.sku));
            continue;
        }
        for line in &waiter.lines {
            if let Some(there) = left.get_mut(&line.sku) {
                *there -= i64::from(line.qty);
            }
        }
        chosen.push(waiter.claim_id);
    }
    chosen
}

/// How many come first for something that `claim` waits for, itself included. None: it does not wait.
pub fn place(queue: &[Waiter], claim: ClaimId) -> Option<u32> {
    let at = queue.iter().position(|waiter| waiter.claim_id == claim)?;
    let own = queue.get(at)?;
    let shares = |other: &&Waiter| other.lines.iter().any(|line| own.lines.iter().any(|mine| mine.sku == line.sku));
    let before = queue.iter().take(at).filter(shares).count();
    Some(u32::try_from(before + 1).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn sku(name: usize) -> Sku {
        Sku::new(&format!("S{name}")).unwrap()
    }

    fn waiter(number: usize, lines: &[(usize, u32)]) -> Waiter {
        let summed: BTreeMap<usize, u32> = lines.iter().copied().collect();
        let lines = summed.into_iter().map(|(name, qty)| ClaimLine { sku: sku(name), qty }).collect();
        Waiter { claim_id: ClaimId(Uuid::from_u128(number as u128 + 1)), lines }
    }

    #[test]
    fn the_first_come_first_and_a_large_wish_is_not_overtaken_by_small_ones() {
        let queue = [waiter(0, &[(0, 2)]), waiter(1, &[(0, 1)]), waiter(2, &[(1, 1)])];
        let ids = |numbers: &[usize]| numbers.iter().map(|number| queue[*number].claim_id).collect::<Vec<_>>();
        let left = |zero, one| BTreeMap::from([(sku(0), zero), (sku(1), one)]);
        assert_eq!(promoted(&queue, &left(3, 1)), ids(&[0, 1, 2]));
        assert_eq!(promoted(&queue, &left(2, 0)), ids(&[0]));
        assert_eq!(
            promoted(&queue, &left(1, 1)),
            ids(&[2]),
            "one piece stays for who wants two; others want other goods"
        );
        assert_eq!(promoted(&queue, &left(0, 0)), ids(&[]));
        let places: Vec<_> = queue.iter().map(|waiter| place(&queue, waiter.claim_id)).collect();
        assert_eq!(places, [Some(1), Some(2), Some(1)], "who waits for other goods is not in the way");
        assert_eq!(place(&queue, ClaimId(Uuid::nil())), None);
    }

    proptest! {
        #[test]
        fn nobody_is_overtaken_and_never_more_is_promised_than_there_is(
            wishes in prop::collection::vec(prop::collection::vec((0_usize..4, 1_u32..5), 1..4), 0..24),
            stock in prop::collection::vec(-1_i64..12, 4),
        ) {
            let queue: Vec<_> = wishes.iter().enumerate().map(|(number, lines)| waiter(number, lines)).collect();
            let left: BTreeMap<_, _> = stock.iter().enumerate().map(|(name, pieces)| (sku(name), *pieces)).collect();
            let chosen = promoted(&queue, &left);
            let is_chosen = |waiter: &Waiter| chosen.contains(&waiter.claim_id);

            let mut promised: BTreeMap<&Sku, i64> = BTreeMap::new();
            for line in queue.iter().filter(|waiter| is_chosen(waiter)).flat_map(|waiter| &waiter.lines) {
                *promised.entry(&line.sku).or_default() += i64::from(line.qty);
            }
            for (sku, pieces) in &promised {
                prop_assert!(*pieces <= left[*sku].max(0), "{pieces} of {sku} promised, {} there", left[*sku]);
            }
            for (at, later) in queue.iter().enumerate().filter(|(_, waiter)| is_chosen(waiter)) {
                for earlier in queue[..at].iter().filter(|waiter| !is_chosen(waiter)) {
                    let shared = later.lines.iter().any(|line| earlier.lines.iter().any(|other| other.sku == line.sku));
                    prop_assert!(!shared, "{:?} overtook {:?}", later.claim_id, earlier.claim_id);
                }
            }
            // Whoever stays behind has a reason: goods that are not there, or somebody before him who stays as well.
            for (at, behind) in queue.iter().enumerate().filter(|(_, waiter)| !is_chosen(waiter)) {
                let before: Vec<_> = queue[..at].iter().filter(|waiter| !is_chosen(waiter)).collect();
                let reason = behind.lines.iter().any(|line| {
                    let taken: i64 = queue[..at].iter().filter(|waiter| is_chosen(waiter)).flat_map(|waiter| &waiter.lines)
                        .filter(|other| other.sku == line.sku).map(|other| i64::from(other.qty)).sum();
                    left[&line.sku] - taken < i64::from(line.qty)
                        || before.iter().any(|waiter| waiter.lines.iter().any(|other| other.sku == line.sku))
                });
                prop_assert!(reason, "{:?} waits for nothing", behind.claim_id);
            }
        }
    }
}
