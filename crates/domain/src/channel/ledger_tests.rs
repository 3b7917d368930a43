//! One channel's ledger, case by case.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::channel::{ChannelKind, Proof};

fn ledger(position: Option<&LedgerPosition>) -> Ledger {
    let limits = ChannelLimits {
        kind: ChannelKind::Foreign,
        proof: Proof::Unproven,
        first_seq: Some(1),
        comments_per_s: None,
        text_chars: 100,
        back_fill_depth: 50,
        reply_chars: None,
        can_list_products: false,
        silent_after_ms: Some(30_000),
    };
    Ledger::new(&limits, LedgerRules::default(), position, 0)
}

fn number(numbering: u64, seq: u64, text: &str) -> ChannelComment {
    ChannelComment {
        key: CommentKey::Number { numbering, seq },
        name: None,
        viewer: "a".into(),
        text: text.into(),
        at_ms: None,
        show_id: None,
    }
}

fn tell(ledger: &mut Ledger, seqs: &[u64], now_ms: u64) -> Vec<Arrival> {
    seqs.iter().map(|seq| ledger.arrive(&number(0, *seq, &seq.to_string()), now_ms)).collect()
}

#[test]
fn lost_repeated_and_late_numbers_are_told_apart() {
    use Arrival::*;
    for (seqs, want) in [
        (&[5, 6, 7][..], &[New, New, New][..]),
        (&[5, 5, 6, 5], &[New, Repeat, New, Repeat]),
        (&[5, 8, 6, 7, 7], &[New, New, Late, Late, Repeat]),
        (&[5, 4, 3, 4], &[New, New, New, Repeat]),
    ] {
        assert_eq!(tell(&mut ledger(None), seqs, 0), want, "{seqs:?}");
    }
}

#[test]
fn what_is_missing_is_asked_for_told_and_given_up() {
    let mut ledger = ledger(None);
    tell(&mut ledger, &[10, 14, 20], 1_000);
    let ranges: Vec<_> = ledger.missing().iter().map(|one| (one.first, one.last, one.since_ms)).collect();
    assert_eq!(ranges, [(11, 13, 1_000), (15, 19, 1_000)]);
    assert_eq!(ledger.due(1_499), Due::default());
    let range = |first, last| Ask::Range { numbering: 0, first, last };
    assert_eq!(ledger.due(1_500).asks, [range(11, 13), range(15, 19)]);
    assert_eq!(ledger.due(1_600), Due::default());
    tell(&mut ledger, &[11, 12, 13], 2_000);
    assert_eq!(ledger.due(2_500).asks, [range(15, 19)]);
    assert_eq!(ledger.due(6_000).alarms, [Alarm::Missing { count: 5, since_ms: 1_000 }]);
    tell(&mut ledger, &[15, 16, 17, 18], 20_000);
    assert_eq!(ledger.due(20_000).alarms, []);
    tell(&mut ledger, &[21], 100_000);
    let due = ledger.due(121_000);
    assert_eq!(due.alarms, [Alarm::Lost { count: 1 }]);
    assert_eq!((ledger.tally().lost, ledger.tally().missing, ledger.tally().late), (1, 0, 7));
    assert_eq!(tell(&mut ledger, &[19], 122_000), [Arrival::Late], "it comes after all");
    assert_eq!((ledger.tally().lost, ledger.tally().taken), (0, 12));
}

#[test]
fn what_came_after_an_alarm_is_told_as_well() {
    let mut ledger = ledger(None);
    tell(&mut ledger, &[1, 3], 0);
    assert_eq!(ledger.due(5_000).alarms, [Alarm::Missing { count: 1, since_ms: 0 }]);
    tell(&mut ledger, &[2], 6_000);
    assert_eq!(ledger.due(6_000).alarms, [Alarm::Filled]);
    assert_eq!(ledger.due(6_200).alarms, []);
    assert_eq!(ledger.due(36_000).alarms, [Alarm::Silent { since_ms: 6_000 }]);
    ledger.heard(40_000);
    assert_eq!(ledger.due(40_000).alarms, [Alarm::Heard]);
}

#[test]
fn nothing_is_asked_for_that_lies_deeper_than_the_channel_remembers() {
    let mut ledger = ledger(None);
    tell(&mut ledger, &[1, 100], 0);
    assert_eq!(ledger.due(500).asks, [Ask::Range { numbering: 0, first: 51, last: 99 }]);
    tell(&mut ledger, &[1_000], 600);
    assert_eq!(ledger.due(2_000).asks, [Ask::Range { numbering: 0, first: 951, last: 999 }]);
}

#[test]
fn numbers_that_begin_anew_are_other_comments() {
    let mut ledger = ledger(None);
    tell(&mut ledger, &[1, 2, 4], 0);
    let again: Vec<_> = [2, 1].map(|seq| ledger.arrive(&number(1, seq, "b"), 10)).into();
    assert_eq!(again, [Arrival::New, Arrival::Late], "the channel said that it begins anew, with 1");
    assert_eq!(ledger.arrive(&number(0, 3, "3"), 20), Arrival::Late, "what was late before still comes");
    assert_eq!(ledger.arrive(&number(0, 4, "4"), 20), Arrival::Repeat);
    assert_eq!(ledger.arrive(&number(0, 5, "5"), 20), Arrival::Late);
    assert_eq!((ledger.tally().restarts, ledger.tally().taken), (1, 7));
}

#[test]
fn another_comment_under_a_known_number_tells_that_numbers_began_anew() {
    let mut ledger = ledger(None);
    tell(&mut ledger, &[1, 2, 3, 6], 0);
    let texts = [(4, "x"), (1, "y"), (2, "z"), (4, "x"), (1, "1"), (1, "y"), (3, "w")];
    let got = texts.map(|(seq, text)| ledger.arrive(&number(0, seq, text), 10));
    use Arrival::*;
    // The 4 was taken for the missing one; it is known when it comes again.
    assert_eq!(got, [Late, New, New, Repeat, Repeat, Repeat, New]);
    assert_eq!((ledger.tally().restarts, ledger.missing()), (1, vec![]));
}

#[test]
fn a_row_of_numbers_from_long_ago_is_asked_for_once_more() {
    let rules = LedgerRules { marks_max: 4, ..LedgerRules::default() };
    let mut ledger = GapLedger::new(rules, None, 50);
    for seq in 1..=100 {
        ledger.arrive(0, seq, seq, 0);
    }
    for seq in 1..=15 {
        assert_eq!(ledger.arrive(0, seq, 1_000 + seq, 10_000), Arrival::Repeat);
    }
    assert_eq!(ledger.arrive(0, 16, 1_016, 10_000), Arrival::New, "nobody repeats so much of what is so old");
    let asked: Vec<(u64, u64)> = ledger
        .asks(10_000)
        .into_iter()
        .filter_map(|ask| match ask {
            Ask::Range { first, last, .. } => Some((first, last)),
            Ask::Newest { .. } => None,
        })
        .collect();
    assert_eq!(asked, [(1, 1), (2, 15)]);
}

#[test]
fn a_channel_goes_on_where_it_was_left() {
    let mut before = ledger(None);
    tell(&mut before, &[1, 2, 5, 6], 0);
    let text = serde_json::to_string(&before.position()).unwrap();
    let position: LedgerPosition = serde_json::from_str(&text).unwrap();
    let mut after = ledger(Some(&position));
    use Arrival::*;
    assert_eq!(tell(&mut after, &[6, 9, 3], 0), [Repeat, New, Late]);
    let ranges: Vec<_> = after.missing().iter().map(|one| (one.first, one.last)).collect();
    assert_eq!(ranges, [(4, 4), (7, 8)], "what was said meanwhile is missing");
    assert_eq!((after.tally().taken, after.tally().repeats), (6, 1));
    assert_eq!(serde_json::from_str::<LedgerPosition>("{}").unwrap(), LedgerPosition::default());
}

#[test]
fn what_there_was_no_room_for_is_missing_and_comes_again() {
    let mut ledger = ledger(None);
    ledger.left_out(&number(0, 5, "5"), 0);
    tell(&mut ledger, &[6, 7], 0);
    ledger.left_out(&number(0, 7, "7"), 0);
    ledger.left_out(&number(0, 9, "9"), 0);
    let ranges: Vec<_> = ledger.missing().iter().map(|one| (one.first, one.last)).collect();
    assert_eq!(ranges, [(5, 5), (8, 8), (9, 9)], "the seven was here already");
    assert_eq!(
        tell(&mut ledger, &[9, 5, 8, 9, 10], 0),
        [Arrival::Late, Arrival::Late, Arrival::Late, Arrival::Repeat, Arrival::New]
    );
    assert_eq!((ledger.missing(), ledger.tally().taken), (vec![], 6));
}

#[test]
fn numbers_without_a_comment_are_not_missed() {
    let mut ledger = ledger(None);
    ledger.passed(0, 5, 9, 0);
    assert_eq!(tell(&mut ledger, &[13], 0), [Arrival::New]);
    ledger.passed(0, 11, 12, 0);
    assert_eq!(ledger.missing().iter().map(|one| (one.first, one.last)).collect::<Vec<_>>(), [(10, 10)]);
    ledger.passed(0, 10, 20, 0);
    assert_eq!((ledger.missing(), ledger.tally().taken), (vec![], 1));
    assert_eq!(tell(&mut ledger, &[21], 0), [Arrival::New]);
}
