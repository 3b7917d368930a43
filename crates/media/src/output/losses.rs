//! When lost pictures are worth a warning, and whose fault they are. Pure.

use crate::{DropCause, FrameCounts};
use hawker_domain::reason::OutputWhy;
use std::{collections::VecDeque, time::Duration};

/// Time looked back over.
const WINDOW: Duration = Duration::from_secs(10);
/// Share of lost pictures that viewers notice.
const NOTICED: f64 = 0.01;
/// Fewer than this say nothing, whatever share they are.
const FEW: u64 = 3;

/// Why pictures were lost on their way to viewers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LossCause {
    /// The way to the destination does not take them.
    Network,
    /// This computer is too slow to encode them.
    Computer,
    /// The camera or clip delivers too late.
    Source,
}

impl FrameCounts {
    /// What lost at least one picture in a hundred, the heaviest cause first named. None while too few are lost.
    ///
    /// Give it the counts of some seconds ([`FrameCounts::since`]); what destinations lost is counted at each of them.
    pub fn loss_cause(&self) -> Option<LossCause> {
        let of = |cause| self.dropped.get(&cause).copied().unwrap_or(0);
        let computer = of(DropCause::Overload) + of(DropCause::QueueFull);
        let causes = [
            (of(DropCause::OutputBehind), LossCause::Network),
            (computer, LossCause::Computer),
            (of(DropCause::SourceLate), LossCause::Source),
        ];
        let (lost, cause) = causes.into_iter().max_by_key(|(lost, _)| *lost)?;
        noticed(lost, self.composed.max(1)).then_some(cause)
    }
}

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
    use std::collections::BTreeMap;

    #[test]
    fn one_picture_in_a_hundred_is_a_warning_and_its_cause_is_named() {
        use DropCause as D;
        type Row = (u64, &'static [(D, u64)], Option<LossCause>);
        let table: &[Row] = &[
            (300, &[], None),
            (300, &[(D::OutputBehind, 2)], None),
            (300, &[(D::OutputBehind, 3)], Some(LossCause::Network)),
            (1_000, &[(D::OutputBehind, 9)], None),
            (1_000, &[(D::OutputBehind, 12), (D::Overload, 11)], Some(LossCause::Network)),
            (1_000, &[(D::OutputBehind, 12), (D::Overload, 9), (D::QueueFull, 9)], Some(LossCause::Computer)),
            (1_000, &[(D::SourceLate, 40)], Some(LossCause::Source)),
            (0, &[(D::OutputBehind, 40)], Some(LossCause::Network)),
        ];
        for (composed, dropped, want) in table {
            let dropped: BTreeMap<_, _> = dropped.iter().copied().collect();
            let counts = FrameCounts {
                captured: *composed,
                composed: *composed,
                encoded: *composed,
                by_canvas: BTreeMap::default(),
                dropped,
            };
            assert_eq!(counts.loss_cause(), *want, "{counts:?}");
        }
    }

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
