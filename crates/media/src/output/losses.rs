//! When the lost pictures of one destination are worth a warning, and whose fault they are. Pure.

use super::{adapt::HARDLY_LOSSY, beside::Others};
use hawker_domain::reason::OutputWhy;
use std::{collections::VecDeque, time::Duration};

/// Time looked back over.
const WINDOW: Duration = Duration::from_secs(10);
/// Share of lost pictures that viewers notice.
const NOTICED: f64 = 0.01;
/// Fewer than this say nothing, whatever share they are.
const FEW: u64 = 3;

fn noticed(lost: u64, of: u64) -> bool {
    lost >= FEW && lost as f64 >= NOTICED * of as f64
}

/// Whose fault the losses are has to stay so for this long before it is said.
const STEADY: Duration = Duration::from_secs(5);

/// What is said of a destination's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    #[default]
    Fine,
    /// The network takes too little.
    Network,
    /// This destination does; others on the same road are fine.
    Destination,
}

impl Verdict {
    /// The reason for people; none where all is well.
    pub(super) fn why(self) -> Option<(String, OutputWhy)> {
        let (why, code) = match self {
            Self::Fine => return None,
            Self::Network => (
                "your network is too slow for this destination, so pictures are left out; it is not your computer",
                OutputWhy::SlowNetwork,
            ),
            Self::Destination => (
                "this server, or the way to it, takes too little, so pictures are left out; your other destinations are fine",
                OutputWhy::SlowDestination,
            ),
        };
        Some((why.to_owned(), code))
    }
}

/// Pictures that a receiver gets damaged or late, by the share of packets that it says it misses: where nothing waits on our
/// side they are as good as lost.
#[derive(Debug, Default)]
pub(super) struct Missing {
    sent: u64,
    pictures: f64,
}

impl Missing {
    /// How many there were so far. `sent` only grows; `share`, 0 to 1, of the packets since the look before.
    pub(super) fn look(&mut self, sent: u64, share: f32) -> u64 {
        let fresh = sent.saturating_sub(std::mem::replace(&mut self.sent, sent));
        // Less is sent again in time.
        if share > HARDLY_LOSSY {
            self.pictures += fresh as f64 * f64::from(share);
        }
        self.pictures as u64
    }
}

/// Watches the pictures of one destination.
#[derive(Debug, Default)]
pub(super) struct LossWatch {
    /// When, and what was sent and lost until then.
    seen: VecDeque<(Duration, u64, u64)>,
    said: Verdict,
    /// Another verdict that is due, and since when it is this one.
    other: Option<(Verdict, Duration)>,
}

impl LossWatch {
    /// Takes a look. `sent` and `lost` only grow.
    pub(super) fn look(&mut self, at: Duration, sent: u64, lost: u64) {
        self.seen.push_back((at, sent, lost));
        while self.seen.len() > 2 && self.seen.get(1).is_some_and(|(then, ..)| at.saturating_sub(*then) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// True if so many pictures were lost of late that viewers notice.
    pub(super) fn loses(&self) -> bool {
        let Some(((_, sent_before, lost_before), (_, sent, lost))) = self.seen.front().zip(self.seen.back()) else {
            return false;
        };
        let (sent, lost) = (sent.saturating_sub(*sent_before), lost.saturating_sub(*lost_before));
        // It takes a while without any loss until nobody thinks of it any more.
        if self.said == Verdict::Fine { noticed(lost, sent + lost) } else { lost > 0 }
    }

    /// What is to be said now; none while nothing changes, or while it is not known yet whose fault it is: on a road
    /// that becomes too narrow one destination loses pictures before the others do.
    pub(super) fn judge(&mut self, others: Others) -> Option<Verdict> {
        let at = self.seen.back()?.0;
        let now = match (self.loses(), others) {
            (false, _) => Verdict::Fine,
            (true, Others::Fine) => Verdict::Destination,
            (true, Others::None | Others::Slow) => Verdict::Network,
        };
        if now == self.said {
            self.other = None;
            return None;
        }
        let since = self.other.filter(|(other, _)| *other == now).map_or(at, |(_, since)| since);
        self.other = Some((now, since));
        // Where there is nobody to compare it with, nothing will be known later either.
        let at_once = now == Verdict::Fine || (self.said == Verdict::Fine && others == Others::None);
        if !at_once && at.saturating_sub(since) < STEADY {
            return None;
        }
        (self.said, self.other) = (now, None);
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_warned_of_once_and_cleared_once() {
        let mut watch = LossWatch::default();
        let mut said = Vec::new();
        for second in 0..60u64 {
            // Five a second are lost from second 10 up to 15.
            let lost = 5 * second.saturating_sub(10).min(5);
            watch.look(Duration::from_secs(second), second * 30, lost);
            said.extend(watch.judge(Others::None).map(|verdict| (second, verdict)));
        }
        let want = [(11, Verdict::Network), (25, Verdict::Fine)];
        assert_eq!(said, want, "ten seconds after the last loss it is forgotten");
    }

    #[test]
    fn a_receiver_that_misses_packets_for_a_while_is_warned_of() {
        for (share, want) in [(0.015, None), (0.05, Some(13)), (0.4, Some(11))] {
            let (mut watch, mut missing, mut warned) = (LossWatch::default(), Missing::default(), None);
            for second in 0..30u64 {
                let share = if second > 10 { share } else { 0.0 };
                let lost = missing.look(second * 30, share);
                watch.look(Duration::from_secs(second), second * 30, lost);
                if watch.judge(Others::None) == Some(Verdict::Network) {
                    warned = Some(second);
                }
            }
            assert_eq!(warned, want, "{share}");
        }
    }

    #[test]
    fn who_is_to_blame_is_said_anew_when_it_stays_another() {
        let mut watch = LossWatch::default();
        let mut said = Vec::new();
        for second in 0..40u64 {
            watch.look(Duration::from_secs(second), second * 30, second * 5);
            // The others are fine, but for a moment and from second 20 on.
            let others = if second < 20 && second != 10 { Others::Fine } else { Others::Slow };
            said.extend(watch.judge(others).and_then(Verdict::why).map(|(_, code)| (second, code)));
        }
        assert_eq!(said, [(6, OutputWhy::SlowDestination), (25, OutputWhy::SlowNetwork)]);
    }

    #[test]
    fn the_server_is_not_blamed_while_the_others_only_have_not_felt_it_yet() {
        use Others::{Fine, None, Slow};
        // From the second second on pictures are lost; how the others are from then on, and what is said when.
        let table = [
            (vec![(0, Fine), (4, Slow)], [(9, OutputWhy::SlowNetwork)]),
            (vec![(0, Fine), (4, Slow), (6, Fine)], [(11, OutputWhy::SlowDestination)]),
            (vec![(0, None)], [(2, OutputWhy::SlowNetwork)]),
            (vec![(0, Fine)], [(7, OutputWhy::SlowDestination)]),
        ];
        for (others, want) in table {
            let mut watch = LossWatch::default();
            let mut said = Vec::new();
            for second in 0..20u64 {
                watch.look(Duration::from_secs(second), second * 30, second.saturating_sub(1) * 5);
                let now = others.iter().rev().find(|(from, _)| second >= *from).map_or(None, |(_, others)| *others);
                said.extend(watch.judge(now).and_then(Verdict::why).map(|(_, code)| (second, code)));
            }
            assert_eq!(said, want, "{others:?}");
        }
    }
}
