//! When the lost pictures of one destination are worth a warning. Pure.

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

/// Watches the pictures of one destination.
#[derive(Debug, Default)]
pub(super) struct LossWatch {
    /// When, and what was sent and lost until then.
    seen: VecDeque<(Duration, u64, u64)>,
    warned: bool,
}

impl LossWatch {
    /// True when a warning is due, false when all is well again, None while nothing changes. `sent` and `lost` only grow.
    pub(super) fn see(&mut self, at: Duration, sent: u64, lost: u64) -> Option<bool> {
        self.seen.push_back((at, sent, lost));
        while self.seen.len() > 2 && self.seen.get(1).is_some_and(|(then, ..)| at.saturating_sub(*then) >= WINDOW) {
            self.seen.pop_front();
        }
        let (_, sent_before, lost_before) = *self.seen.front()?;
        let (sent, lost) = (sent.saturating_sub(sent_before), lost.saturating_sub(lost_before));
        // It takes a while without any loss until nobody thinks of it any more.
        let bad = if self.warned { lost > 0 } else { noticed(lost, sent + lost) };
        (bad != self.warned).then(|| {
            self.warned = bad;
            bad
        })
    }
}

/// What is said of a destination that loses pictures.
pub(super) fn warning() -> (String, OutputWhy) {
    let why = "your network is too slow for this destination, so pictures are left out; it is not your computer";
    (why.to_owned(), OutputWhy::SlowNetwork)
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
            if let Some(bad) = watch.see(Duration::from_secs(second), second * 30, lost) {
                said.push((second, bad));
            }
        }
        assert_eq!(said, [(11, true), (25, false)], "ten seconds after the last loss it is forgotten");
    }
}
