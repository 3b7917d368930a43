//! Products of the catalogue behind the show that are in the gallery for a while, and which of them gives way to the next.
//! Pure: it counts what was seen after what, and knows no time, which begins anew with each source.

use hawker_domain::Sku;

/// So many at once: each makes every look a little slower.
pub(crate) const MOST_PROMOTED: usize = 256;

/// Those taken in, the one that was a candidate or seen longest ago first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Promoted(Vec<Sku>);

/// Where there is room for one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    Free,
    /// In the place of this one.
    InPlaceOf(Sku),
    /// Nowhere: all of them carry a tag.
    Nowhere,
}

impl Promoted {
    /// A product that carries a tag stays: what is said of it must be able to be taken back.
    pub fn room(&self, is_tagged: impl Fn(&Sku) -> bool) -> Room {
        if self.0.len() < MOST_PROMOTED {
            return Room::Free;
        }
        self.0.iter().find(|sku| !is_tagged(sku)).map_or(Room::Nowhere, |sku| Room::InPlaceOf(sku.clone()))
    }

    pub fn add(&mut self, sku: Sku, in_place_of: Option<&Sku>) {
        self.0.retain(|known| Some(known) != in_place_of && *known != sku);
        self.0.push(sku);
    }

    /// Something was most like this product.
    pub fn seen(&mut self, sku: &Sku) {
        if let Some(place) = self.0.iter().position(|known| known == sku) {
            let sku = self.0.remove(place);
            self.0.push(sku);
        }
    }

    /// They are products of the gallery like any other now, or none of it. Answers them, in their order.
    pub fn clear(&mut self) -> Vec<Sku> {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sku(n: usize) -> Sku {
        Sku::new(&format!("P{n}")).unwrap()
    }

    fn full() -> Promoted {
        let mut promoted = Promoted::default();
        (0..MOST_PROMOTED).for_each(|n| {
            assert_eq!(promoted.room(|_| false), Room::Free, "{n}");
            promoted.add(sku(n), None);
        });
        promoted
    }

    #[test]
    fn the_one_not_seen_longest_gives_way_and_the_tagged_stay() {
        let mut promoted = full();
        assert_eq!(promoted.room(|_| false), Room::InPlaceOf(sku(0)));
        promoted.seen(&sku(0));
        promoted.seen(&sku(9_999));
        assert_eq!(promoted.room(|_| false), Room::InPlaceOf(sku(1)));
        assert_eq!(promoted.room(|tagged| *tagged == sku(1)), Room::InPlaceOf(sku(2)));
        assert_eq!(promoted.room(|_| true), Room::Nowhere);
    }

    #[test]
    fn one_after_the_other_gives_way_for_ever() {
        let mut promoted = full();
        for n in MOST_PROMOTED..3 * MOST_PROMOTED {
            assert_eq!(promoted.room(|_| false), Room::InPlaceOf(sku(n - MOST_PROMOTED)));
            promoted.add(sku(n), Some(&sku(n - MOST_PROMOTED)));
        }
        let left = promoted.clear();
        assert_eq!(promoted.room(|_| true), Room::Free);
        // Taken in again as they were, the same one gives way next.
        left.into_iter().for_each(|sku| promoted.add(sku, None));
        assert_eq!(promoted.room(|_| false), Room::InPlaceOf(sku(2 * MOST_PROMOTED)));
    }
}
