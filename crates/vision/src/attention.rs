//! What of a frame is looked at and read first. Pure: what is known of each thing is asked for once a frame, as telling what a
//! thing may be goes through all products.

use hawker_av::Rect;

use crate::track::Track;

/// A thing of this frame, and what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Thing<'a> {
    pub track: &'a Track,
    /// How likely its likeliest product is.
    pub promise: f32,
    pub looked_ms: Option<u64>,
    pub is_pinned: bool,
    /// A reading would change nothing; see [`crate::tagger::Tagger::is_settled`].
    pub is_settled: bool,
}

/// How often a thing is looked at. What may be a product is looked at in every frame until it is decided; what does not look
/// like one, or is pinned, is only checked, and less still while something else is pinned: most of a show is that.
const PROMISING: f32 = 0.25;
const UNPROMISING_EVERY_MS: u64 = 360;
const SETTLED_EVERY_MS: u64 = 480;
const BESIDE_PINNED_EVERY_MS: u64 = 700;

/// The things worth a look, most important first: near the middle, large, promising, not looked at for long. `any_pinned`:
/// something is, in this frame or not.
pub(crate) fn worth_a_look(mut things: Vec<Thing<'_>>, frame: Rect, any_pinned: bool, now_ms: u64) -> Vec<Track> {
    things.retain(|thing| thing.is_due(any_pinned, now_ms));
    in_order(things, |thing| thing.importance(frame, now_ms)).into_iter().map(|thing| thing.track.clone()).collect()
}

/// The things in the order in which they are worth reading: what looks most like a product first, of two alike the larger.
pub(crate) fn worth_reading(mut things: Vec<Thing<'_>>) -> Vec<Thing<'_>> {
    things.sort_by(|a, b| b.promise.total_cmp(&a.promise).then(b.track.rect.area().total_cmp(&a.track.rect.area())));
    things
}

fn in_order<'a>(things: Vec<Thing<'a>>, worth: impl Fn(&Thing<'a>) -> f32) -> Vec<Thing<'a>> {
    let mut worths: Vec<(f32, Thing<'a>)> = things.into_iter().map(|thing| (worth(&thing), thing)).collect();
    worths.sort_by(|a, b| b.0.total_cmp(&a.0));
    worths.into_iter().map(|(_, thing)| thing).collect()
}

impl Thing<'_> {
    fn is_due(&self, any_pinned: bool, now_ms: u64) -> bool {
        let every_ms = match (self.is_pinned, self.promise >= PROMISING) {
            (true, _) => SETTLED_EVERY_MS,
            (false, true) if any_pinned => UNPROMISING_EVERY_MS,
            (false, true) => 0,
            (false, false) if any_pinned => BESIDE_PINNED_EVERY_MS,
            (false, false) => UNPROMISING_EVERY_MS,
        };
        self.looked_ms.is_none_or(|ms| now_ms.saturating_sub(ms) >= every_ms)
    }

    fn importance(&self, frame: Rect, now_ms: u64) -> f32 {
        let (cx, cy) = frame.centre();
        let reach = cx.hypot(cy).max(1.0);
        let (x, y) = self.track.rect.centre();
        let near = 1.0 - (x - cx).hypot(y - cy) / reach;
        let size = (self.track.rect.area() / frame.area()).sqrt();
        let waited = self.looked_ms.map_or(1.0, |ms| (now_ms.saturating_sub(ms) as f32 / 1000.0).min(1.0));
        // What looks like a product already is looked at again, so that it is decided soon.
        near + size.min(0.5) + waited + self.promise
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Proposer;

    fn track(id: u32, rect: Rect) -> Track {
        let (by, score, speed, velocity) = (Proposer::Detector, 1.0, 0.0, (0.0, 0.0));
        Track { id, rect, by, score, first_ms: 0, last_ms: 1_000, hits: 5, speed, velocity }
    }

    fn thing(track: &Track, promise: f32, looked_ms: Option<u64>) -> Thing<'_> {
        Thing { track, promise, looked_ms, is_pinned: false, is_settled: false }
    }

    fn ids(tracks: &[Track]) -> Vec<u32> {
        tracks.iter().map(|track| track.id).collect()
    }

    const FRAME: Rect = Rect { x: 0.0, y: 0.0, width: 640.0, height: 360.0 };

    #[test]
    fn what_is_near_the_middle_promising_or_not_looked_at_for_long_comes_first() {
        let middle = Rect::new(270.0, 130.0, 100.0, 100.0);
        let corner = Rect::new(0.0, 0.0, 100.0, 100.0);
        let (a, b, c, d) = (track(1, corner), track(2, middle), track(3, middle), track(4, middle));
        let things =
            vec![thing(&a, 0.0, Some(600)), thing(&b, 0.0, Some(600)), thing(&c, 0.5, Some(600)), thing(&d, 0.9, None)];
        assert_eq!(ids(&worth_a_look(things, FRAME, false, 1_000)), [4, 3, 2, 1]);
    }

    #[test]
    fn a_thing_is_due_the_sooner_the_more_it_looks_like_a_product_and_the_less_is_decided() {
        let one = track(1, FRAME);
        // How long ago it was looked at, what it promises, whether it and whether anything is pinned.
        let table = [
            (0, 0.5, (false, false), true),
            (359, 0.1, (false, false), false),
            (360, 0.1, (false, false), true),
            (359, 0.5, (false, true), false),
            (360, 0.5, (false, true), true),
            (699, 0.1, (false, true), false),
            (700, 0.1, (false, true), true),
            (479, 0.9, (true, true), false),
            (480, 0.9, (true, true), true),
        ];
        for (ago, promise, (is_pinned, any_pinned), due) in table {
            let things = vec![Thing { is_pinned, ..thing(&one, promise, Some(1_000 - ago)) }];
            assert_eq!(worth_a_look(things, FRAME, any_pinned, 1_000).len() == 1, due, "{ago} {promise} {is_pinned}");
        }
    }

    #[test]
    fn what_promises_most_is_read_first_and_of_two_alike_the_larger() {
        let (small, large) = (Rect::new(0.0, 0.0, 50.0, 50.0), Rect::new(0.0, 0.0, 90.0, 90.0));
        let (a, b, c) = (track(1, small), track(2, large), track(3, small));
        let things = worth_reading(vec![thing(&a, 0.2, None), thing(&b, 0.2, None), thing(&c, 0.7, None)]);
        assert_eq!(things.iter().map(|thing| thing.track.id).collect::<Vec<_>>(), [3, 2, 1]);
    }
}
