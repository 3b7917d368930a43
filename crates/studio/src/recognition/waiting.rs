//! Photos that recognition has not looked at yet. Those of the show come first and are waited for; the others follow between
//! two frames, so that a large catalogue keeps nobody from going on air.

use hawker_domain::{PhotoId, Sku};
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

/// Where the show has no running order so many photos are waited for: about twenty seconds at ten a second.
const WAITED_FOR: usize = 200;

/// Frames go first, but not for longer than this: on a busy machine they would leave no time at all.
const AT_LEAST_EVERY: Duration = Duration::from_secs(2);

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub total: usize,
}

/// The photos left, in the order in which they are looked at. Photos of one product stand together.
#[derive(Debug, Default)]
pub struct WaitingPhotos {
    left: VecDeque<(Sku, PhotoId)>,
    total: usize,
    last: Option<Instant>,
}

impl WaitingPhotos {
    /// The photos to look at before the show can be recognised, and those after them. `missing` by product.
    pub fn new(missing: Vec<(Sku, PhotoId)>, order: &[Sku]) -> (Vec<(Sku, PhotoId)>, Self) {
        let ordered: HashSet<&Sku> = order.iter().collect();
        let (mut first, mut later): (Vec<_>, Vec<_>) = missing.into_iter().partition(|(sku, _)| ordered.contains(sku));
        if order.is_empty() {
            let end = WAITED_FOR.min(later.len());
            // Not amid a product.
            let name = |place: usize| later.get(place).map(|(sku, _)| sku);
            let cuts = |place: &usize| name(*place).is_some() && name(*place) == name(place.wrapping_sub(1));
            let end = (end..).find(|place| !cuts(place)).unwrap_or(end);
            first = later.drain(..end).collect();
        }
        let total = later.len();
        (first, Self { left: later.into(), total, last: None })
    }

    /// The photos of these products next.
    pub fn prefer(&mut self, order: &[Sku]) {
        let ordered: HashSet<&Sku> = order.iter().collect();
        let (mut first, later): (VecDeque<_>, VecDeque<_>) =
            self.left.drain(..).partition(|(sku, _)| ordered.contains(sku));
        first.extend(later);
        self.left = first;
    }

    /// These before the others.
    pub fn put_first(&mut self, photos: Vec<(Sku, PhotoId)>) {
        self.total += photos.len();
        photos.into_iter().rev().for_each(|photo| self.left.push_front(photo));
    }

    pub fn is_empty(&self) -> bool {
        self.left.is_empty()
    }

    /// True when one is due even though there are frames.
    pub fn is_due(&self, now: Instant) -> bool {
        !self.is_empty() && self.last.is_none_or(|last| now.duration_since(last) >= AT_LEAST_EVERY)
    }

    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The next photo.
    pub fn next(&mut self, now: Instant) -> Option<(Sku, PhotoId)> {
        self.last = Some(now);
        self.left.pop_front()
    }

    pub fn progress(&self) -> Option<Progress> {
        (!self.is_empty()).then(|| Progress { done: self.total - self.left.len(), total: self.total })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    fn missing(products: usize, photos: usize) -> Vec<(Sku, PhotoId)> {
        let photo = |n: usize| (Sku::new(&format!("P{:04}", n / photos)).unwrap(), PhotoId(Uuid::from_u128(n as u128)));
        (0..products * photos).map(photo).collect()
    }

    fn names(photos: &[(Sku, PhotoId)]) -> Vec<&str> {
        photos.iter().map(|(sku, _)| sku.as_str()).collect()
    }

    #[test]
    fn the_show_s_photos_are_waited_for_and_the_others_follow() {
        let order = [Sku::new("P0003").unwrap(), Sku::new("P0001").unwrap()];
        let (first, mut later) = WaitingPhotos::new(missing(5, 2), &order);
        assert_eq!(names(&first), ["P0001", "P0001", "P0003", "P0003"]);
        assert_eq!(later.progress(), Some(Progress { done: 0, total: 6 }));
        let now = Instant::now();
        let mut taken = Vec::new();
        while let Some((sku, _)) = later.next(now) {
            taken.push(sku.to_string());
        }
        assert_eq!(taken, ["P0000", "P0000", "P0002", "P0002", "P0004", "P0004"]);
        assert!(later.progress().is_none() && !later.is_due(now));
    }

    #[test]
    fn without_an_order_a_part_is_waited_for_and_no_product_is_cut_in_two() {
        let (first, later) = WaitingPhotos::new(missing(100, 3), &[]);
        assert_eq!((first.len(), later.progress().unwrap().total), (201, 99));
        let (all, none) = WaitingPhotos::new(missing(20, 3), &[]);
        assert!(all.len() == 60 && none.is_empty());
    }

    #[test]
    fn a_new_order_comes_first_and_frames_do_not_keep_the_rest_waiting_for_ever() {
        let (_, mut later) = WaitingPhotos::new(missing(5, 2), &[Sku::new("P0000").unwrap()]);
        later.prefer(&[Sku::new("P0004").unwrap()]);
        let begun = Instant::now();
        assert!(later.is_due(begun), "none was looked at yet");
        assert_eq!(later.next(begun).unwrap().0.as_str(), "P0004");
        assert!(!later.is_due(begun) && later.is_due(begun + AT_LEAST_EVERY));
    }
}
