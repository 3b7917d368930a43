//! Any order, any losses, any repeats: every comment once, and what is missing is what is missing.

use hawker_domain::channel::{Arrival, GapLedger, LedgerRules};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Remembers every mark of these tests, and gives nothing up by itself.
const PATIENT: LedgerRules = LedgerRules {
    ask_after_ms: 500,
    ask_again_ms: 1_000,
    ask_again_max_ms: 30_000,
    ranges_at_once: 4,
    numbers_at_once: 200,
    alarm_after_ms: 5_000,
    give_up_after_ms: u64::MAX,
    ranges_max: 1_000,
    marks_max: 10_000,
};

fn ranges(numbers: impl IntoIterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    ranges
}

fn missing(ledger: &GapLedger) -> Vec<(u64, u64)> {
    // Neighbours may be missing since different times.
    ranges(ledger.missing().iter().flat_map(|one| one.first..=one.last))
}

proptest! {
    #[test]
    fn every_number_is_taken_once_and_what_is_missing_is_the_truth(
        seqs in proptest::collection::vec(1_u64..120, 1..300),
    ) {
        let mut ledger = GapLedger::new(PATIENT, None, 100);
        let mut seen = BTreeSet::new();
        for (now_ms, seq) in (0_u64..).zip(&seqs) {
            let arrival = ledger.arrive(0, *seq, seq * 7, now_ms);
            prop_assert_eq!(arrival.is_taken(), seen.insert(*seq), "{} came as {:?}", seq, arrival);
            let (first, high) = (seqs[0], *seen.last().unwrap());
            prop_assert_eq!(missing(&ledger), ranges((first..=high).filter(|seq| !seen.contains(seq))));
        }
        let tally = ledger.tally();
        prop_assert_eq!((tally.taken, tally.taken + tally.repeats), (seen.len() as u64, seqs.len() as u64));
    }

    #[test]
    fn numbers_that_begin_anew_are_taken_once_each(
        told in proptest::collection::vec((0_u64..40, any::<prop::sample::Index>()), 1..300),
    ) {
        // Each numbering begins when its first comment comes; those of the one before may come later, of older ones never.
        let mut ledger = GapLedger::new(PATIENT, Some(0), 100);
        let mut seen = BTreeSet::new();
        let mut numbering = 0;
        for (now_ms, (seq, pick)) in (0_u64..).zip(&told) {
            let of = match pick.index(20) {
                0 => { numbering += 1; numbering }
                1..=5 => numbering.max(1) - 1,
                _ => numbering,
            };
            let arrival = ledger.arrive(of, *seq, seq * 7 + of, now_ms);
            let is_known_numbering = of == numbering || seen.iter().any(|(n, _)| *n == of);
            if is_known_numbering {
                prop_assert_eq!(arrival.is_taken(), seen.insert((of, *seq)), "{} of {} came as {:?}", seq, of, arrival);
            }
        }
    }

    #[test]
    fn little_room_doubles_nothing_and_hides_no_loss(
        seqs in proptest::collection::vec(1_u64..5_000, 1..400),
    ) {
        let rules = LedgerRules { ranges_max: 8, marks_max: 16, ..PATIENT };
        let mut ledger = GapLedger::new(rules, None, 100);
        let mut taken = BTreeSet::new();
        for (now_ms, seq) in (0_u64..).zip(&seqs) {
            if ledger.arrive(0, *seq, seq * 7, now_ms) != Arrival::Repeat {
                prop_assert!(taken.insert(*seq), "{} was taken twice", seq);
            }
            prop_assert!(ledger.remembered() <= 2 * (8 * 3 + 16) + 2, "{} things are remembered", ledger.remembered());
        }
        let tally = ledger.tally();
        let (first, high) = (seqs[0], *taken.last().unwrap());
        let never = (first..=high).filter(|seq| !taken.contains(seq)).count() as u64;
        prop_assert_eq!(tally.missing + tally.lost, never, "what is not here is missing or lost");
    }

    #[test]
    fn what_is_left_and_gone_on_with_is_as_if_it_had_not_been_left(
        seqs in proptest::collection::vec(1_u64..60, 2..200), at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(seqs.len() - 1) + 1;
        let mut whole = GapLedger::new(PATIENT, None, 100);
        let mut left = GapLedger::new(PATIENT, None, 100);
        for seq in &seqs[..at] {
            whole.arrive(0, *seq, *seq, 0);
            left.arrive(0, *seq, *seq, 0);
        }
        let position = serde_json::from_str(&serde_json::to_string(&left.position()).unwrap()).unwrap();
        let mut left = GapLedger::new(PATIENT, None, 100).resumed(&position, left.tally(), 0);
        for seq in &seqs[at..] {
            prop_assert_eq!(whole.arrive(0, *seq, *seq, 0), left.arrive(0, *seq, *seq, 0));
        }
        prop_assert_eq!((missing(&whole), whole.tally()), (missing(&left), left.tally()));
    }
}

#[test]
fn the_largest_numbers_there_are_break_nothing() {
    let mut ledger = GapLedger::new(LedgerRules::default(), Some(0), 100);
    for (numbering, seq) in [(0, 0), (0, u64::MAX), (0, 5), (u64::MAX, u64::MAX), (u64::MAX, 0), (0, 7), (3, 3)] {
        ledger.arrive(numbering, seq, seq, u64::MAX - 1);
    }
    ledger.passed(u64::MAX, 0, u64::MAX, u64::MAX);
    assert!(ledger.tally().missing > 0, "the numbering before is watched on");
    assert_eq!(ledger.arrive(u64::MAX, 9, 9, u64::MAX), Arrival::Repeat, "its number was passed");
}
