//! What is remembered of the last comments.

use std::collections::{HashMap, VecDeque};

/// A number for some bytes, the same in every version of the program. Source: FNV-1a, 64 bits, Fowler, Noll, Vo; lengths go in as
/// well, so that the parts do not run together.
pub(super) fn mark(parts: &[&[u8]]) -> u64 {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(PRIME);
    parts.iter().fold(OFFSET, |hash, part| {
        let hash = (part.len() as u64).to_be_bytes().iter().fold(hash, step);
        part.iter().fold(hash, step)
    })
}

/// Marks of the last comments by their keys, in the order they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    order: VecDeque<u64>,
    by_key: HashMap<u64, u64>,
}

impl Marks {
    pub(super) fn of(marks: &[(u64, u64)], max: usize) -> Self {
        let mut all = Self::default();
        for (key, mark) in marks {
            all.remember(*key, *mark, max);
        }
        all
    }

    /// The oldest of more than `max` is forgotten.
    pub(super) fn remember(&mut self, key: u64, mark: u64, max: usize) {
        if self.by_key.insert(key, mark).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > max {
            if let Some(oldest) = self.order.pop_front() {
                self.by_key.remove(&oldest);
            }
        }
    }

    pub(super) fn get(&self, key: u64) -> Option<u64> {
        self.by_key.get(&key).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// The newest `max`, oldest first.
    pub(super) fn newest(&self, max: usize) -> Vec<(u64, u64)> {
        let skipped = self.order.len().saturating_sub(max);
        self.order.iter().skip(skipped).filter_map(|key| Some((*key, self.get(*key)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_the_same_for_ever() {
        // Kept in stores: another value would take every comment for another one after an update.
        assert_eq!(mark(&[]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(mark(&[b"a"]), mark(&[b"a"]));
        assert_ne!(mark(&[b"ab", b""]), mark(&[b"a", b"b"]));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut marks = Marks::default();
        for key in 0..5 {
            marks.remember(key, key * 10, 3);
        }
        assert_eq!((marks.len(), marks.get(1), marks.get(2)), (3, None, Some(20)));
        assert_eq!(marks.newest(2), [(3, 30), (4, 40)]);
        assert_eq!(Marks::of(&marks.newest(9), 3), marks);
    }
}
