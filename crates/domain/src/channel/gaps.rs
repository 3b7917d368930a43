//! Ranges that are missed, since when, and what was done about it.

use super::{
    ranges::{self, Ranges},
    rules::LedgerRules,
};
use std::collections::BTreeMap;

/// A range that is missing, by its first number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) last: u64,
    pub(super) since_ms: u64,
    /// How often it was asked for.
    asked: u32,
    ask_at_ms: u64,
    pub(super) is_told: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Gaps(BTreeMap<u64, Gap>);

impl Gaps {
    /// These are missing from now on. The caller has seen to it that they are not missing already.
    pub(super) fn miss(&mut self, first: u64, last: u64, now_ms: u64, rules: &LedgerRules) {
        if first <= last {
            let ask_at_ms = now_ms.saturating_add(rules.ask_after_ms);
            self.0.insert(first, Gap { last, since_ms: now_ms, asked: 0, ask_at_ms, is_told: false });
        }
    }

    /// Takes one number out; false where it is not missing.
    pub(super) fn take(&mut self, seq: u64) -> bool {
        let is_missing = self.has(seq);
        if is_missing {
            self.remove(seq, seq);
        }
        is_missing
    }

    pub(super) fn has(&self, seq: u64) -> bool {
        self.0.range(..=seq).next_back().is_some_and(|(_, gap)| gap.last >= seq)
    }

    /// Takes numbers out, as far as they are missing. What is left of a range is missing since as long.
    pub(super) fn remove(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        let before = self.0.range(..first).next_back().map(|(from, gap)| (*from, *gap));
        let touched: Vec<(u64, Gap)> = before
            .filter(|(_, gap)| gap.last >= first)
            .into_iter()
            .chain(self.0.range(first..=last).map(|(from, gap)| (*from, *gap)))
            .collect();
        for (from, gap) in touched {
            self.0.remove(&from);
            if from < first {
                self.0.insert(from, Gap { last: first - 1, ..gap });
            }
            if gap.last > last {
                self.0.insert(last + 1, gap);
            }
        }
    }

    /// What is missing for too long: it is missed no more.
    pub(super) fn give_up(&mut self, now_ms: u64, rules: &LedgerRules) -> Vec<(u64, u64)> {
        let too_old = |gap: &Gap| now_ms.saturating_sub(gap.since_ms) >= rules.give_up_after_ms;
        let given_up = self.0.iter().filter(|(_, gap)| too_old(gap)).map(|(first, gap)| (*first, gap.last)).collect();
        self.0.retain(|_, gap| !too_old(gap));
        given_up
    }

    /// What is missing longest of too many ranges: it is missed no more.
    pub(super) fn bound(&mut self, rules: &LedgerRules) -> Vec<(u64, u64)> {
        let mut given_up = Vec::new();
        while self.0.len() > rules.ranges_max {
            let oldest = self.0.iter().min_by_key(|(first, gap)| (gap.since_ms, **first)).map(|(first, _)| *first);
            given_up.extend(oldest.and_then(|first| Some((first, self.0.remove(&first)?.last))));
        }
        given_up
    }

    /// All of it is missed no more.
    pub(super) fn give_up_all(&mut self) -> Vec<(u64, u64)> {
        std::mem::take(&mut self.0).into_iter().map(|(first, gap)| (first, gap.last)).collect()
    }

    /// What is to be asked for now, longest missing first, none of it below `from`; noted as asked.
    pub(super) fn ask(&mut self, from: u64, now_ms: u64, at_once: usize, rules: &LedgerRules) -> Vec<(u64, u64)> {
        let is_due = |gap: &Gap| gap.ask_at_ms <= now_ms && gap.last >= from;
        let mut due: Vec<(u64, u64)> =
            self.0.iter().filter(|(_, gap)| is_due(gap)).map(|(first, gap)| (gap.since_ms, *first)).collect();
        due.sort_unstable();
        due.truncate(at_once);
        let mut asks = Vec::with_capacity(due.len());
        for (_, key) in due {
            let Some(gap) = self.0.get_mut(&key) else { continue };
            gap.asked = gap.asked.saturating_add(1);
            gap.ask_at_ms = now_ms.saturating_add(rules.pause_ms(gap.asked));
            let first = key.max(from);
            asks.push((first, gap.last.min(first.saturating_add(rules.numbers_at_once.saturating_sub(1)))));
        }
        asks
    }

    /// Notes that the host hears of what is missing for long. The numbers of it, and since when; none where it is no news.
    pub(super) fn tell(&mut self, now_ms: u64, rules: &LedgerRules) -> Option<(u64, u64)> {
        let is_due = |gap: &Gap| now_ms.saturating_sub(gap.since_ms) >= rules.alarm_after_ms;
        let mut is_news = false;
        let (mut missing, mut since_ms) = (0_u64, now_ms);
        for (first, gap) in self.0.iter_mut().filter(|(_, gap)| is_due(gap)) {
            is_news |= !gap.is_told;
            gap.is_told = true;
            missing = missing.saturating_add(ranges::count([(*first, gap.last)]));
            since_ms = since_ms.min(gap.since_ms);
        }
        is_news.then_some((missing, since_ms))
    }

    /// True while something is missing that the host heard of.
    pub(super) fn is_told(&self) -> bool {
        self.0.values().any(|gap| gap.is_told)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Gap)> + '_ {
        self.0.iter().map(|(first, gap)| (*first, *gap))
    }

    pub(super) fn ranges(&self) -> Ranges {
        Ranges::of(self.iter().map(|(first, gap)| (first, gap.last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_range_is_missing_since_as_long() {
        let rules = LedgerRules::default();
        let mut gaps = Gaps::default();
        gaps.miss(10, 19, 1_000, &rules);
        gaps.miss(30, 30, 2_000, &rules);
        assert!(gaps.take(15) && !gaps.take(15) && !gaps.take(9) && !gaps.take(20));
        let left: Vec<_> = gaps.iter().map(|(first, gap)| (first, gap.last, gap.since_ms)).collect();
        assert_eq!(left, [(10, 14, 1_000), (16, 19, 1_000), (30, 30, 2_000)]);
        gaps.remove(12, 30);
        assert_eq!(gaps.ranges().iter().collect::<Vec<_>>(), [(10, 11)]);
    }

    #[test]
    fn questions_come_with_pauses_a_few_at_a_time_and_in_parts() {
        let rules = LedgerRules { numbers_at_once: 5, ..LedgerRules::default() };
        let mut gaps = Gaps::default();
        gaps.miss(10, 19, 0, &rules);
        gaps.miss(30, 31, 100, &rules);
        gaps.miss(50, 50, 50, &rules);
        assert!(gaps.ask(0, 499, 2, &rules).is_empty(), "most of what is late comes by itself");
        assert_eq!(gaps.ask(0, 600, 2, &rules), [(10, 14), (50, 50)], "those that are missing longest");
        assert_eq!(gaps.ask(0, 600, 2, &rules), [(30, 31)]);
        assert!(gaps.ask(0, 1_599, 2, &rules).is_empty());
        assert_eq!(gaps.ask(18, 1_600, 2, &rules), [(18, 19), (50, 50)], "nothing below what can be had");
        assert_eq!(gaps.ask(60, 90_000, 2, &rules), []);
    }

    #[test]
    fn what_is_missing_for_too_long_or_of_too_many_is_given_up() {
        let rules = LedgerRules { ranges_max: 2, ..LedgerRules::default() };
        let mut gaps = Gaps::default();
        for (first, now_ms) in [(1, 0), (3, 10), (5, 20), (7, 30)] {
            gaps.miss(first, first, now_ms, &rules);
        }
        assert_eq!(gaps.bound(&rules), [(1, 1), (3, 3)]);
        assert_eq!(gaps.give_up(40, &rules), []);
        assert_eq!(gaps.give_up(120_025, &rules), [(5, 5)]);
        assert_eq!(gaps.len(), 1);
    }

    #[test]
    fn the_host_hears_once_of_each() {
        let rules = LedgerRules::default();
        let mut gaps = Gaps::default();
        gaps.miss(10, 19, 0, &rules);
        assert_eq!(gaps.tell(4_999, &rules), None);
        assert_eq!(gaps.tell(5_000, &rules), Some((10, 0)));
        gaps.take(12);
        assert!(gaps.is_told());
        assert_eq!(gaps.tell(6_000, &rules), None, "less is missing: no news");
        gaps.miss(30, 31, 6_000, &rules);
        assert_eq!(gaps.tell(11_000, &rules), Some((11, 0)), "all that is missing, not what came to it");
    }
}
