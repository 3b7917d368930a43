//! The ledger of a channel whose comments have names and no numbers.
//!
//! That one is missing shows only where the channel says how many there were. What was taken twice does not happen while its
//! name is remembered.

use super::{
    ledger::{Arrival, Ask, Tally},
    marks::Marks,
    rules::LedgerRules,
};
use serde::{Deserialize, Serialize};

/// So many names are remembered for each mark that a numbered channel would keep: nothing else tells a repeat here.
const NAMES_PER_MARK: usize = 16;
/// What is asked for beside what is missing: what is missing need not be the newest.
const MORE: u64 = 20;

pub struct NamedLedger {
    rules: LedgerRules,
    back_fill_depth: u64,
    names: Marks,
    /// What the channel said first, and what had been taken then.
    counted_from: Option<(u64, u64)>,
    total: u64,
    missing: Option<MissingNames>,
    tally: Tally,
}

#[derive(Clone, Copy, Debug)]
struct MissingNames {
    since_ms: u64,
    asked: u32,
    ask_at_ms: u64,
    is_told: bool,
}

/// Where a channel of names was when it was left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPosition {
    /// Marks of the last names, oldest first.
    pub names: Vec<u64>,
}

impl NamedLedger {
    pub fn new(rules: LedgerRules, back_fill_depth: u64) -> Self {
        let (names, tally) = (Marks::default(), Tally::default());
        Self { rules, back_fill_depth, names, counted_from: None, total: 0, missing: None, tally }
    }

    #[must_use]
    pub fn resumed(mut self, position: &NamedPosition, tally: Tally) -> Self {
        position.names.iter().for_each(|name| self.remember(*name));
        self.tally = tally;
        self
    }

    pub fn position(&self) -> NamedPosition {
        NamedPosition { names: self.names.newest(self.rules.marks_max).into_iter().map(|(name, _)| name).collect() }
    }

    /// A comment came. `name`: the mark of its name.
    pub fn arrive(&mut self, name: u64, now_ms: u64) -> Arrival {
        if self.names.get(name).is_some() {
            self.tally.repeats += 1;
            return Arrival::Repeat;
        }
        self.remember(name);
        self.tally.taken += 1;
        self.compare(now_ms);
        Arrival::New
    }

    /// The channel says how many comments it had so far.
    pub fn counted(&mut self, total: u64, now_ms: u64) {
        // Fewer than before: it counts anew.
        if self.counted_from.is_none() || total < self.total {
            if self.counted_from.is_some() {
                self.tally.restarts += 1;
            }
            self.counted_from = Some((total, self.tally.taken));
        }
        self.total = total;
        self.compare(now_ms);
    }

    fn compare(&mut self, now_ms: u64) {
        self.missing = match (self.missing_count(), self.missing) {
            (0, _) => None,
            (_, Some(missing)) => Some(missing),
            (_, None) => {
                let ask_at_ms = now_ms.saturating_add(self.rules.ask_after_ms);
                Some(MissingNames { since_ms: now_ms, asked: 0, ask_at_ms, is_told: false })
            }
        };
    }

    fn missing_count(&self) -> u64 {
        let Some((total, taken)) = self.counted_from else { return 0 };
        self.total.saturating_sub(total).saturating_sub(self.tally.taken.saturating_sub(taken))
    }

    fn remember(&mut self, name: u64) {
        self.names.remember(name, 0, self.rules.marks_max.saturating_mul(NAMES_PER_MARK));
    }

    pub(super) fn give_up(&mut self, now_ms: u64) {
        let is_too_old = |missing: MissingNames| now_ms.saturating_sub(missing.since_ms) >= self.rules.give_up_after_ms;
        if self.missing.is_some_and(is_too_old) {
            self.tally.lost = self.tally.lost.saturating_add(self.missing_count());
            self.counted_from = Some((self.total, self.tally.taken));
            self.missing = None;
        }
    }

    pub(super) fn asks(&mut self, now_ms: u64) -> Vec<Ask> {
        let count = self.missing_count().saturating_add(MORE).min(self.back_fill_depth);
        let due = self.missing.as_mut().filter(|missing| missing.ask_at_ms <= now_ms && count > 0);
        let Some(missing) = due else { return Vec::new() };
        missing.asked = missing.asked.saturating_add(1);
        missing.ask_at_ms = now_ms.saturating_add(self.rules.pause_ms(missing.asked));
        vec![Ask::Newest { count }]
    }

    pub(super) fn news_of_missing(&mut self, now_ms: u64) -> Option<(u64, u64)> {
        let count = self.missing_count();
        let alarm_after_ms = self.rules.alarm_after_ms;
        let is_due = |missing: &&mut MissingNames| now_ms.saturating_sub(missing.since_ms) >= alarm_after_ms;
        let missing = self.missing.as_mut().filter(is_due).filter(|missing| !missing.is_told)?;
        missing.is_told = true;
        Some((count, missing.since_ms))
    }

    pub(super) fn is_told(&self) -> bool {
        self.missing.is_some_and(|missing| missing.is_told)
    }

    pub fn tally(&self) -> Tally {
        Tally { missing: self.missing_count(), ..self.tally }
    }

    /// How many names are remembered. Bounded by the rules.
    pub fn remembered(&self) -> usize {
        self.names.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_once_and_what_the_count_lacks_is_asked_for() {
        let mut ledger = NamedLedger::new(LedgerRules::default(), 100);
        ledger.counted(7, 0);
        assert_eq!(
            (ledger.arrive(1, 10), ledger.arrive(1, 20), ledger.arrive(2, 30)),
            (Arrival::New, Arrival::Repeat, Arrival::New)
        );
        ledger.counted(9, 40);
        assert_eq!(ledger.tally().missing, 0, "seven were before us");
        ledger.counted(12, 1_000);
        assert_eq!(ledger.tally().missing, 3);
        assert!(ledger.asks(1_400).is_empty());
        assert_eq!(ledger.asks(1_500), [Ask::Newest { count: 23 }]);
        assert_eq!(ledger.news_of_missing(6_000), Some((3, 1_000)));
        assert_eq!(ledger.news_of_missing(6_100), None);
        for name in [3, 4, 5] {
            assert_eq!(ledger.arrive(name, 7_000), Arrival::New);
        }
        assert!(!ledger.is_told() && ledger.tally().missing == 0);
    }

    #[test]
    fn what_never_comes_is_counted_as_lost_and_a_count_may_begin_anew() {
        let mut ledger = NamedLedger::new(LedgerRules::default(), 0);
        ledger.counted(0, 0);
        ledger.counted(2, 0);
        assert!(ledger.asks(5_000).is_empty(), "nothing can be had there");
        ledger.give_up(120_000);
        assert_eq!((ledger.tally().lost, ledger.tally().missing), (2, 0));
        ledger.counted(1, 130_000);
        assert_eq!((ledger.tally().restarts, ledger.tally().missing), (1, 0));
    }

    #[test]
    fn no_more_names_are_kept_than_the_rules_say() {
        let rules = LedgerRules { marks_max: 4, ..LedgerRules::default() };
        let mut ledger = NamedLedger::new(rules, 0);
        for name in 0..1_000 {
            ledger.arrive(name, 0);
        }
        assert_eq!(ledger.remembered(), 64);
        let position = ledger.position();
        assert_eq!(position.names, [996, 997, 998, 999]);
        let mut again = NamedLedger::new(rules, 0).resumed(&position, ledger.tally());
        assert_eq!((again.arrive(999, 0), again.tally().taken), (Arrival::Repeat, 1_000));
    }
}
