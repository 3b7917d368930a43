//! When the lost pictures of one destination are worth a warning, and whose fault they are. Pure.

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

/// Whose fault the losses were at another look has to stay so for this long before it is said.
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

/// Watches the pictures of one destination.
#[derive(Debug, Default)]
pub(super) struct LossWatch {
    /// When, and what was sent and lost until then.
    seen: VecDeque<(Duration, u64, u64)>,
    said: Verdict,
    /// Since when another verdict than that is due.
    other_since: Option<Duration>,
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

    /// What is to be said now; none while nothing changes. `alone`: others on the same road are fine.
    pub(super) fn judge(&mut self, alone: bool) -> Option<Verdict> {
        let at = self.seen.back()?.0;
        let now = match (self.loses(), alone) {
            (false, _) => Verdict::Fine,
            (true, false) => Verdict::Network,
            (true, true) => Verdict::Destination,
        };
        if now == self.said {
            self.other_since = None;
            return None;
        }
        let since = *self.other_since.get_or_insert(at);
        let only_whose = now != Verdict::Fine && self.said != Verdict::Fine;
        if only_whose && at.saturating_sub(since) < STEADY {
            return None;
        }
        (self.said, self.other_since) = (now, None);
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
            said.extend(watch.judge(false).map(|verdict| (second, verdict)));
        }
        let want = [(11, Verdict::Network), (25, Verdict::Fine)];
        assert_eq!(said, want, "ten seconds after the last loss it is forgotten");
    }

    #[test]
    fn who_is_to_blame_is_said_anew_when_it_stays_another() {
        let mut watch = LossWatch::default();
        let mut said = Vec::new();
        for second in 0..40u64 {
            watch.look(Duration::from_secs(second), second * 30, second * 5);
            // The others are fine, but for a moment and from second 20 on.
            let alone = second < 20 && second != 10;
            said.extend(watch.judge(alone).and_then(Verdict::why).map(|(_, code)| (second, code)));
        }
        assert_eq!(said, [(1, OutputWhy::SlowDestination), (25, OutputWhy::SlowNetwork)]);
    }
}
