//! Things that left a moment ago, so that one that comes back is known again wherever it is held then.

use crate::embed::Look;

/// A thing is looked for this long after it left. Longer, and a host has more likely taken up the next one.
const KEPT_MS: u64 = 4_000;
const MOST_KEPT: usize = 8;

/// Likeness from which it is the same thing.
const SAME: f32 = 0.8;

/// What has left. Pure: the clock is passed in.
#[derive(Debug, Default)]
pub struct Left(Vec<Gone>);

#[derive(Debug)]
struct Gone {
    id: u32,
    look: Look,
    left_ms: u64,
}

impl Left {
    /// A track has ended that looked like this.
    pub fn add(&mut self, id: u32, look: Look, left_ms: u64) {
        if self.0.len() >= MOST_KEPT {
            self.0.remove(0);
        }
        self.0.push(Gone { id, look, left_ms });
    }

    /// The number and the look of the thing that is seen again, if it is one of these. It is taken out.
    pub fn take(&mut self, look: &Look, now_ms: u64) -> Option<(u32, Look)> {
        self.0.retain(|gone| now_ms.saturating_sub(gone.left_ms) <= KEPT_MS);
        let likeness = self.0.iter().map(|gone| gone.look.likeness(look)).enumerate();
        let (place, likeness) = likeness.max_by(|a, b| a.1.total_cmp(&b.1))?;
        tracing::trace!(likeness, "like one that left");
        if likeness < SAME {
            return None;
        }
        let gone = self.0.remove(place);
        Some((gone.id, gone.look))
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::embed::LOOK_LEN;

    /// A look that is mostly `kind`, with a bit of another.
    fn look(kind: usize, bit: f32) -> Look {
        let mut numbers = vec![0.01; LOOK_LEN];
        for start in [0, 1280, 2560, 2768, 3120] {
            numbers[start + kind] = 1.0;
            numbers[start + 40] = bit;
        }
        Look::from_blocks(numbers).unwrap()
    }

    #[test]
    fn what_comes_back_soon_is_known_again_and_only_once() {
        let mut left = Left::default();
        left.add(1, look(0, 0.0), 1_000);
        left.add(2, look(1, 0.0), 1_000);
        assert_eq!(left.take(&look(2, 0.0), 2_000), None, "something else");
        assert_eq!(left.take(&look(1, 0.2), 2_000).map(|(id, _)| id), Some(2));
        assert_eq!(left.take(&look(1, 0.0), 2_000), None, "it is there already");
        assert_eq!(left.take(&look(0, 0.0), 5_001), None, "too long ago");
    }

    #[test]
    fn no_more_than_a_few_are_kept() {
        let mut left = Left::default();
        (0..100).for_each(|id| left.add(id, look(id as usize % 30, 0.0), 0));
        assert_eq!(left.0.len(), MOST_KEPT);
    }
}
