//! Which box of this frame is the thing of the last one, how long it has been there and how still it is held.
//!
//! Boxes are few (at most a dozen), so the best overlaps are taken first; that equals the optimal assignment unless two things
//! of one size cross, and then looks decide (see [`Tracker::replace`]). Pure: the clock is passed in.

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
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (t, track) in self.tracks.iter().enumerate() {
            for (p, proposal) in proposals.iter().enumerate() {
                let iou = track.rect.iou(proposal.rect);
                if iou >= self.config.least_iou {
                    pairs.push((iou, t, p));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut free_tracks = vec![true; self.tracks.len()];
        let mut free_proposals = vec![true; proposals.len()];
        for (_, t, p) in pairs {
            let (Some(free_track), Some(free_proposal)) = (free_tracks.get_mut(t), free_proposals.get_mut(p)) else {
                continue;
            };
            if let (true, true, Some(track), Some(proposal)) =
                (*free_track, *free_proposal, self.tracks.get_mut(t), proposals.get(p))
            {
                (*free_track, *free_proposal) = (false, false);
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
