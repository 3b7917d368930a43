//! Numbers as ranges.

use std::collections::BTreeMap;

/// Ranges by their first number, with their last; they do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ranges(BTreeMap<u64, u64>);

impl Ranges {
    pub(super) fn of(ranges: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut all = Self::default();
        for (first, last) in ranges {
            all.add(first, last);
        }
        all
    }

    /// Adds numbers that may be in it already. A range that ends before it begins has none.
    pub(super) fn add(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        self.remove(first, last);
        let begins = self.0.range(..first).next_back().map(|(first, last)| (*first, *last));
        let begins =
            begins.filter(|(_, before)| before.checked_add(1) == Some(first)).map_or(first, |(joined, _)| joined);
        let ends = last.checked_add(1).and_then(|next| self.0.remove(&next)).unwrap_or(last);
        self.0.insert(begins, ends);
    }

    /// Takes one number out; false where it is not in.
    pub(super) fn take(&mut self, seq: u64) -> bool {
        let is_in = self.has(seq);
        if is_in {
            self.remove(seq, seq);
        }
        is_in
    }

    pub(super) fn has(&self, seq: u64) -> bool {
        self.0.range(..=seq).next_back().is_some_and(|(_, last)| *last >= seq)
    }

    /// Takes numbers out, as far as they are in.
    pub(super) fn remove(&mut self, first: u64, last: u64) {
        if first > last {
            return;
        }
        let before = self.0.range(..first).next_back().map(|(from, to)| (*from, *to)).filter(|(_, to)| *to >= first);
        if let Some((from, to)) = before {
            self.0.insert(from, first - 1);
            if to > last {
                self.0.insert(last + 1, to);
            }
        }
        let inside: Vec<(u64, u64)> = self.0.range(first..=last).map(|(from, to)| (*from, *to)).collect();
        for (from, to) in inside {
            self.0.remove(&from);
            if to > last {
                self.0.insert(last + 1, to);
            }
        }
    }

    /// Forgets the lowest ranges beyond so many.
    pub(super) fn keep(&mut self, ranges_max: usize) {
        while self.0.len() > ranges_max {
            self.0.pop_first();
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().map(|(first, last)| (*first, *last))
    }
}

/// How many numbers ranges have.
pub(super) fn count(ranges: impl IntoIterator<Item = (u64, u64)>) -> u64 {
    ranges.into_iter().fold(0, |sum, (first, last)| sum.saturating_add(last - first).saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_last_number_there_is_is_a_number() {
        let mut ranges = Ranges::default();
        ranges.add(u64::MAX - 1, u64::MAX);
        ranges.add(0, 0);
        assert!(ranges.take(u64::MAX) && !ranges.take(u64::MAX));
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(0, 0), (u64::MAX - 1, u64::MAX - 1)]);
        assert_eq!(count([(3, 5), (9, 9)]), 4);
        assert_eq!(count([(0, u64::MAX), (7, 8)]), u64::MAX, "too few rather than none");
    }

    proptest! {
        #[test]
        fn they_hold_what_a_set_holds(steps in proptest::collection::vec((0_u8..3, 0_u64..40, 0_u64..8), 0..60)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (what, first, more) in steps {
                match what {
                    0 => {
                        ranges.add(first, first + more);
                        set.extend(first..=first + more);
                    }
                    1 => {
                        ranges.remove(first, first + more);
                        set.retain(|seq| !(first..=first + more).contains(seq));
                    }
                    _ => prop_assert_eq!(ranges.take(first), set.remove(&first)),
                }
                let held: BTreeSet<u64> = ranges.iter().flat_map(|(first, last)| first..=last).collect();
                prop_assert_eq!(&held, &set);
                prop_assert!(ranges.iter().zip(ranges.iter().skip(1)).all(|(a, b)| a.1 + 1 < b.0), "neighbours are one");
            }
        }
    }
}
