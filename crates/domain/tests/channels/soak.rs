//! An evening of comments in bad weather, as fast as it goes.

use hawker_domain::channel::{
    Ask, ChannelKind, ChannelLimits, Ledger, LedgerRules, Proof,
    recorded::{RecordedLine, Traffic, Weather},
};
use std::collections::HashSet;
use std::time::Instant;

const COMMENTS: u64 = 100_000;

fn limits(back_fill_depth: u64) -> ChannelLimits {
    ChannelLimits {
        kind: ChannelKind::Recorded,
        proof: Proof::Unproven,
        first_seq: Some(1),
        comments_per_s: None,
        text_chars: 1_000,
        back_fill_depth,
        reply_chars: None,
        can_list_products: false,
        silent_after_ms: None,
    }
}

fn traffic(seed: u64) -> Traffic {
    // Fifty a second, each its own.
    let line = |n: u64| RecordedLine { at_ms: n * 20, viewer: format!("v{}", n % 977), text: format!("扣{n}") };
    let weather = Weather { delay_ms_max: 2_000, restart_every: Some(30_000), ..Weather::rough(seed) };
    Traffic::of((0..COMMENTS).map(line).collect(), weather)
}

/// Plays the traffic by its own clock; what is asked for is answered at once. The texts that were taken, and the most that was
/// remembered.
fn play(mut traffic: Traffic, ledger: &mut Ledger) -> (HashSet<String>, usize) {
    let mut taken = HashSet::new();
    let (mut next_ms, mut most) = (0, 0);
    let deliveries = traffic.deliveries().to_vec();
    let mut hear = |ledger: &mut Ledger, comment: &hawker_domain::channel::ChannelComment, now_ms: u64| {
        if ledger.arrive(comment, now_ms).is_taken() {
            assert!(taken.insert(comment.text.clone()), "{} was taken twice", comment.text);
        }
    };
    let end_ms = deliveries.last().map_or(0, |one| one.at_ms) + 300_000;
    let mut deliveries = deliveries.into_iter().peekable();
    while next_ms <= end_ms {
        while let Some(one) = deliveries.next_if(|one| one.at_ms <= next_ms) {
            let comment = traffic.comment(one.index).unwrap().clone();
            hear(ledger, &comment, one.at_ms);
        }
        let asks: Vec<Ask> = ledger.due(next_ms).asks;
        for ask in asks {
            for comment in traffic.answer(ask, next_ms) {
                hear(ledger, &comment, next_ms);
            }
        }
        most = most.max(ledger.remembered());
        next_ms += 250;
    }
    (taken, most)
}

#[test]
fn a_hundred_thousand_comments_in_bad_weather_all_come_once() {
    let began = Instant::now();
    let mut ledger = Ledger::new(&limits(2_000), LedgerRules::default(), None, 0);
    let (taken, most) = play(traffic(7), &mut ledger);
    let tally = ledger.tally();
    // The very first and the very last leave no gap that shows.
    let unseen = COMMENTS - taken.len() as u64;
    assert!(unseen <= 8, "{unseen} comments never came; {tally:?}");
    assert_eq!((tally.lost, tally.missing, tally.restarts), (0, 0, 3), "{tally:?}");
    assert!(tally.late > 5_000 && tally.repeats > 1_500, "the weather was bad: {tally:?}");
    assert!(most < 2 * (1_024 + 256 * 3), "{most} things remembered");
    // Two seconds with a wide margin for a machine that builds beside.
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn where_nothing_can_be_asked_for_every_loss_is_counted() {
    let mut ledger = Ledger::new(&limits(0), LedgerRules::default(), None, 0);
    let (taken, _) = play(traffic(11), &mut ledger);
    let tally = ledger.tally();
    let never = COMMENTS - taken.len() as u64;
    assert!(never > 1_500, "{never}");
    // Comments at the ends of a numbering leave no gap behind them.
    assert!(never - tally.lost <= 16 && tally.missing == 0, "{never} never came; {tally:?}");
}
