//! Which box of this frame is the thing of the last one, how long it has been there and how still it is held.
//!
//! Boxes are few (at most a dozen), and the best overlaps are taken first. While things are apart from each other and none has moved
//! by more than its own half, that is the assignment with the largest sum of overlaps (tested below). Of boxes within each other (a
//! label, its packet) it is not always: then two boxes of one thing exchange their numbers, which the tagger takes for one thing
//! anyhow ([`relatives`]). Where two things cross, looks decide (see [`Tracker::replace`]); ADR 18 has the numbers. Pure: the clock
//! is passed in.

mod again;
mod nest;

pub use again::Left;
pub use nest::{NestConfig, relatives};

use hawker_av::Rect;

use crate::detect::{Proposal, Proposer};

/// A thing that is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    pub id: u32,
    /// Smoothed, pixels of the frame.
    pub rect: Rect,
    pub by: Proposer,
    pub score: f32,
    /// When it was first and last seen. Units: ms of the frames' own clock.
    pub first_ms: u64,
    pub last_ms: u64,
    /// Frames in which it was seen.
    pub hits: u32,
    /// Movement of the centre, in shorter sides a second, smoothed. 0 is held still.
    pub speed: f32,
    /// The same movement with its direction. Units: pixels of the frame a second, right and down, smoothed.
    pub velocity: (f32, f32),
}

/// Limits of the association.
#[derive(Clone, Copy, Debug)]
pub struct TrackConfig {
    /// Least overlap to be taken for the same thing.
    pub least_iou: f32,
    /// Kept this long unseen: a hand passing in front must not end it.
    pub lost_ms: u64,
    /// Share of a new box in the smoothed one.
    pub follow: f32,
    /// At this speed or below a thing counts as still.
    pub still_speed: f32,
}

impl Default for TrackConfig {
    fn default() -> Self {
        Self { least_iou: 0.25, lost_ms: 700, follow: 0.6, still_speed: 0.9 }
    }
}

/// All things followed at the moment.
#[derive(Clone, Debug, Default)]
pub struct Tracker {
    tracks: Vec<Track>,
    next_id: u32,
    config: TrackConfig,
}

impl Tracker {
    pub fn new(config: TrackConfig) -> Self {
        Self { tracks: Vec::new(), next_id: 1, config }
    }

    /// Everything followed, seen in the last frame or not, oldest first.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Takes in the boxes of one frame. Answers the ids of tracks that ended. Units: `now_ms` on the clock of all frames.
    pub fn update(&mut self, proposals: &[Proposal], now_ms: u64) -> Vec<u32> {
        let own: Vec<Rect> = self.tracks.iter().map(|track| track.rect).collect();
        let found: Vec<Rect> = proposals.iter().map(|proposal| proposal.rect).collect();
        let mut free_proposals = vec![true; proposals.len()];
        for (t, p) in assign(&own, &found, self.config.least_iou) {
            if let (Some(track), Some(proposal), Some(free)) =
                (self.tracks.get_mut(t), proposals.get(p), free_proposals.get_mut(p))
            {
                *free = false;
                follow(track, proposal, now_ms, self.config.follow);
            }
        }
        for (proposal, _) in proposals.iter().zip(free_proposals).filter(|(_, free)| *free) {
            self.tracks.push(Track {
                id: self.next_id,
                rect: proposal.rect,
                by: proposal.by,
                score: proposal.score,
                first_ms: now_ms,
                last_ms: now_ms,
                hits: 1,
                speed: 0.0,
                velocity: (0.0, 0.0),
            });
            self.next_id += 1;
        }
        let lost_ms = self.config.lost_ms;
        let (kept, ended) = self.tracks.drain(..).partition(|track| now_ms.saturating_sub(track.last_ms) <= lost_ms);
        self.tracks = kept;
        ended.into_iter().map(|track: Track| track.id).collect()
    }

    /// Another thing has taken the place of this one: the box goes on under a new id, which is answered.
    pub fn replace(&mut self, id: u32, now_ms: u64) -> Option<u32> {
        let track = self.tracks.iter_mut().find(|track| track.id == id)?;
        (track.id, track.first_ms, track.hits) = (self.next_id, now_ms, 1);
        self.next_id += 1;
        Some(track.id)
    }

    /// What is followed under `id` is a thing that was followed before as `before`: it goes on under that number. False: no such
    /// track, or the number is in use.
    pub fn rename(&mut self, id: u32, before: u32) -> bool {
        if self.tracks.iter().any(|track| track.id == before) {
            return false;
        }
        let track = self.tracks.iter_mut().find(|track| track.id == id);
        track.map(|track| track.id = before).is_some()
    }

    pub fn is_still(&self, track: &Track) -> bool {
        track.speed <= self.config.still_speed
    }
}

/// Which box of a frame goes on as which of the last one, best overlap first; an overlap below `least` is none. Each is taken once.
fn assign(own: &[Rect], found: &[Rect], least: f32) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
    for (t, rect) in own.iter().enumerate() {
        let overlaps = found.iter().enumerate().map(|(p, other)| (rect.iou(*other), t, p));
        pairs.extend(overlaps.filter(|(iou, ..)| *iou >= least));
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    for (_, t, p) in pairs {
        if taken.iter().all(|(track, proposal)| *track != t && *proposal != p) {
            taken.push((t, p));
        }
    }
    taken
}

fn follow(track: &mut Track, proposal: &Proposal, now_ms: u64, share: f32) {
    let (old, new) = (track.rect, proposal.rect);
    let seconds = now_ms.saturating_sub(track.last_ms).max(1) as f32 / 1000.0;
    let ((x0, y0), (x1, y1)) = (old.centre(), new.centre());
    let side = old.width.min(old.height).max(1.0);
    let speed = (x1 - x0).hypot(y1 - y0) / side / seconds;
    let (vx, vy) = ((x1 - x0) / seconds, (y1 - y0) / seconds);
    let blend = |from: f32, to: f32| from + (to - from) * share;
    track.rect =
        Rect::new(blend(old.x, new.x), blend(old.y, new.y), blend(old.width, new.width), blend(old.height, new.height));
    let first = track.hits == 1;
    track.speed = if first { speed } else { blend(track.speed, speed) };
    let (was_x, was_y) = track.velocity;
    track.velocity = if first { (vx, vy) } else { (blend(was_x, vx), blend(was_y, vy)) };
    (track.by, track.score, track.last_ms) = (proposal.by, proposal.score, now_ms);
    track.hits += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f32, y: f32) -> Proposal {
        Proposal { rect: Rect::new(x, y, 100.0, 100.0), score: 0.5, by: Proposer::Detector }
    }

    fn ids(tracker: &Tracker) -> Vec<u32> {
        tracker.tracks().iter().map(|track| track.id).collect()
    }

    /// Even numbers from 0 to 1, the same for the same state.
    fn dice(state: &mut u64) -> f32 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 40) as f32 / 16_777_216.0
    }

    /// Up to five boxes of a frame that do not touch.
    fn apart(state: &mut u64) -> Vec<Rect> {
        let (wanted, mut boxes) = (1 + (dice(state) * 5.0) as usize, Vec::<Rect>::new());
        for _ in 0..200 {
            let (width, height) = (60.0 + 240.0 * dice(state), 60.0 + 240.0 * dice(state));
            let rect = Rect::new(dice(state) * (1280.0 - width), dice(state) * (720.0 - height), width, height);
            if boxes.len() < wanted && boxes.iter().all(|other| other.iou(rect) == 0.0) {
                boxes.push(rect);
            }
        }
        boxes
    }

    /// A box that has moved by a share of its shorter side at most, and grown or shrunk by a fifth at most.
    fn moved(rect: Rect, by: f32, state: &mut u64) -> Rect {
        let size = 0.8 + 0.4 * dice(state);
        let (width, height, side) = (rect.width * size, rect.height * size, rect.width.min(rect.height));
        let mut step = || (2.0 * dice(state) - 1.0) * by * side;
        let (x, y) = rect.centre();
        Rect::new(x + step() - width / 2.0, y + step() - height / 2.0, width, height)
    }

    /// Largest sum of overlaps of any assignment, by trying all of them.
    fn best_sum(own: &[Rect], found: &[Rect], least: f32) -> f32 {
        let Some((first, rest)) = own.split_first() else { return 0.0 };
        let mut best = best_sum(rest, found, least);
        for (place, other) in found.iter().enumerate() {
            let overlap = first.iou(*other);
            if overlap >= least {
                let left: Vec<Rect> =
                    found.iter().enumerate().filter(|(p, _)| *p != place).map(|(_, rect)| *rect).collect();
                best = best.max(overlap + best_sum(rest, &left, least));
            }
        }
        best
    }

    #[test]
    fn of_things_apart_the_best_overlaps_first_are_the_best_assignment() {
        let (mut state, least) = (0x9e37_79b9_7f4a_7c15, TrackConfig::default().least_iou);
        for round in 0..2_000 {
            let own = apart(&mut state);
            let mut found: Vec<Rect> = own.iter().map(|rect| moved(*rect, 0.5, &mut state)).collect();
            // One is hidden, as often as not, and the order is another.
            if round % 2 == 0 {
                found.pop();
            }
            found.reverse();
            let taken = assign(&own, &found, least);
            let sum: f32 = taken.iter().map(|(t, p)| own[*t].iou(found[*p])).sum();
            let best = best_sum(&own, &found, least);
            assert!((sum - best).abs() < 1e-4, "round {round}: {sum} of {best}, {own:?} {found:?}");
        }
    }

    #[test]
    fn things_keep_their_numbers_while_they_move_and_new_ones_get_new_numbers() {
        let mut tracker = Tracker::new(TrackConfig::default());
        let frames: [(&[Proposal], &[u32]); 4] = [
            (&[at(0.0, 0.0), at(300.0, 0.0)], &[1, 2]),
            (&[at(320.0, 5.0), at(20.0, 5.0)], &[1, 2]),
            (&[at(40.0, 5.0), at(340.0, 5.0), at(0.0, 400.0)], &[1, 2, 3]),
            (&[at(60.0, 5.0)], &[1, 2, 3]),
        ];
        for (frame, (proposals, want)) in frames.iter().enumerate() {
            let ended = tracker.update(proposals, frame as u64 * 125);
            assert_eq!((ids(&tracker).as_slice(), ended.len()), (*want, 0), "frame {frame}");
        }
    }

    #[test]
    fn a_thing_hidden_for_a_moment_is_the_same_and_one_gone_for_long_is_not() {
        let mut tracker = Tracker::new(TrackConfig::default());
        tracker.update(&[at(0.0, 0.0)], 0);
        assert!(tracker.update(&[], 600).is_empty());
        tracker.update(&[at(5.0, 0.0)], 700);
        assert_eq!(ids(&tracker), [1]);
        assert_eq!(tracker.update(&[], 1500), [1], "unseen for 800 ms");
        tracker.update(&[at(5.0, 0.0)], 1600);
        assert_eq!(ids(&tracker), [2]);
    }

    #[test]
    fn a_thing_that_is_waved_about_is_not_still_until_it_is_held() {
        let mut tracker = Tracker::new(TrackConfig::default());
        let still = |tracker: &Tracker| tracker.tracks().first().is_some_and(|track| tracker.is_still(track));
        for step in 0..6_u64 {
            tracker.update(&[at((step % 2) as f32 * 40.0, 0.0)], step * 125);
        }
        assert!(!still(&tracker));
        for step in 6..12 {
            tracker.update(&[at(0.0, 0.0)], step * 125);
        }
        assert!(still(&tracker));
    }

    #[test]
    fn a_thing_that_comes_back_has_its_number_again_unless_that_is_taken() {
        let mut tracker = Tracker::new(TrackConfig::default());
        tracker.update(&[at(0.0, 0.0)], 0);
        assert_eq!(tracker.update(&[], 800), [1]);
        tracker.update(&[at(300.0, 0.0), at(600.0, 0.0)], 2_000);
        assert!(tracker.rename(2, 1) && !tracker.rename(3, 1) && !tracker.rename(9, 8));
        assert_eq!(ids(&tracker), [1, 3]);
    }

    #[test]
    fn what_replaces_a_thing_gets_a_number_of_its_own() {
        let mut tracker = Tracker::new(TrackConfig::default());
        tracker.update(&[at(0.0, 0.0)], 0);
        assert_eq!(tracker.replace(1, 125), Some(2));
        assert_eq!(ids(&tracker), [2]);
        assert_eq!(tracker.replace(1, 250), None);
    }
}
