//! What a run-through needs of a recogniser's reports: the things in the picture, those that a host holds up first.

use hawker_domain::{Sku, tag::TagState};
use std::collections::BTreeMap;

use crate::{Abstained, FrameReport, TagChange, TrackReport};

/// One look at the picture.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// The large ones in the middle first.
    pub things: Vec<Thing>,
}

/// One thing in the picture that was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    pub track_id: u32,
    /// The likeliest product and its probability, 0 to 1, tagged or not.
    pub likeliest: Option<(Sku, f32)>,
    /// What it is taken for.
    pub tag: Option<(Sku, TagState)>,
    /// The variants it may be, where it is not known which.
    pub variants: Vec<Sku>,
    /// Why nothing is said about it.
    pub abstained: Option<Abstained>,
}

impl Look {
    /// The same with a product named by this variant of it, where it may be this one: nothing speaks against it.
    pub(super) fn of(&self, sku: &Sku) -> Self {
        let thing = |thing: &Thing| {
            let named = |name: &Sku| if thing.variants.contains(name) { sku.clone() } else { name.clone() };
            let is_open = thing.variants.contains(sku);
            let likeliest = thing.likeliest.as_ref().filter(|_| is_open).map(|(name, sure)| (named(name), *sure));
            let tag = thing.tag.as_ref().filter(|_| is_open).map(|(name, state)| (named(name), *state));
            let (likeliest, tag) = (likeliest.or(thing.likeliest.clone()), tag.or(thing.tag.clone()));
            Thing { likeliest, tag, ..thing.clone() }
        };
        Self { things: self.things.iter().map(thing).collect() }
    }
}

impl Thing {
    /// The product it is pinned as.
    pub fn pinned(&self) -> Option<&Sku> {
        self.tag.as_ref().filter(|(_, state)| *state == TagState::Pinned).map(|(sku, _)| sku)
    }
}

/// The tags of the things in the picture, as reports tell of them one change at a time.
#[derive(Clone, Debug, Default)]
pub struct Tags(BTreeMap<u32, (Sku, TagState)>);

impl Tags {
    /// Takes in a report on a frame of `width` x `height` pixels. Every report with changes has to come, in order; others may be
    /// left out.
    pub fn look(&mut self, report: &FrameReport, width: f32, height: f32) -> Look {
        report.changes.iter().for_each(|change| self.change(change));
        for track in &report.tracks {
            match (track.state, &track.best) {
                (None, _) => _ = self.0.remove(&track.track_id),
                // Tagged before anybody listened.
                (Some(state), Some((sku, _))) => _ = self.0.entry(track.track_id).or_insert((sku.clone(), state)),
                (Some(_), None) => {}
            }
        }
        let mut tracks: Vec<&TrackReport> = report.tracks.iter().filter(|track| track.is_known()).collect();
        let weight = |track: &TrackReport| prominence(track, width, height);
        tracks.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
        let thing = |track: &TrackReport| Thing {
            track_id: track.track_id,
            likeliest: track.best.clone(),
            tag: self.0.get(&track.track_id).cloned(),
            variants: track.variants.clone(),
            abstained: track.abstained,
        };
        Look { things: tracks.into_iter().map(thing).collect() }
    }

    fn change(&mut self, change: &TagChange) {
        if change.state == TagState::Retracted {
            if self.0.get(&change.track_id).is_some_and(|(sku, _)| *sku == change.sku) {
                self.0.remove(&change.track_id);
            }
        } else {
            self.0.insert(change.track_id, (change.sku.clone(), change.state));
        }
    }
}

impl TrackReport {
    /// Something can be said of it: it was looked at, or was not worth a look.
    fn is_known(&self) -> bool {
        self.best.is_some() || self.abstained.is_some()
    }
}

/// How much a thing looks as if it was held up: larger ones near the middle do. At most 1.5.
pub fn prominence(track: &TrackReport, width: f32, height: f32) -> f32 {
    let reach = (width / 2.0).hypot(height / 2.0).max(1.0);
    let (x, y) = track.rect.centre();
    let near = 1.0 - (x - width / 2.0).hypot(y - height / 2.0) / reach;
    near + (track.rect.area() / (width * height).max(1.0)).sqrt().min(0.5)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_av::Rect;
    use hawker_domain::ShowMs;

    fn sku(text: &str) -> Sku {
        Sku::new(text).unwrap()
    }

    fn track(track_id: u32, x: f32, best: &str, state: Option<TagState>) -> TrackReport {
        let rect = Rect::new(x, 40.0, 40.0, 40.0);
        TrackReport { track_id, rect, best: Some((sku(best), 0.9)), variants: Vec::new(), state, abstained: None }
    }

    fn report(tracks: Vec<TrackReport>, changes: &[(u32, &str, TagState)]) -> FrameReport {
        let change = |(track_id, name, state): &(u32, &str, TagState)| TagChange {
            track_id: *track_id,
            sku: sku(name),
            variants: Vec::new(),
            state: *state,
            confidence: 0.9,
            why: Vec::new(),
            at: ShowMs(0),
        };
        let changes = changes.iter().map(change).collect();
        FrameReport { tracks, changes, ..FrameReport::default() }
    }

    #[test]
    fn a_tag_is_what_was_said_and_not_what_is_likeliest_now() {
        let mut tags = Tags::default();
        let pinned = Some(TagState::Pinned);
        let tag = |look: &Look| look.things[0].tag.clone();
        let look = tags.look(&report(vec![track(1, 40.0, "A", pinned)], &[(1, "A", TagState::Pinned)]), 120.0, 120.0);
        assert_eq!(tag(&look), Some((sku("A"), TagState::Pinned)));
        let look = tags.look(&report(vec![track(1, 40.0, "B", pinned)], &[]), 120.0, 120.0);
        assert_eq!(tag(&look), Some((sku("A"), TagState::Pinned)), "the pin stands while it is doubted");
        let changes = [(1, "B", TagState::Pinned), (1, "A", TagState::Retracted)];
        let look = tags.look(&report(vec![track(1, 40.0, "B", pinned)], &changes), 120.0, 120.0);
        assert_eq!(tag(&look), Some((sku("B"), TagState::Pinned)), "whatever order a change is told in");
        let look = tags.look(&report(vec![track(1, 40.0, "B", None)], &[]), 120.0, 120.0);
        assert_eq!(tag(&look), None);
    }

    #[test]
    fn what_was_tagged_before_anybody_listened_is_known_and_the_middle_comes_first() {
        let tracks = vec![track(1, 0.0, "A", Some(TagState::Pinned)), track(2, 40.0, "B", Some(TagState::Suggested))];
        let look = Tags::default().look(&report(tracks, &[]), 120.0, 120.0);
        assert_eq!(look.things.iter().map(|thing| thing.track_id).collect::<Vec<_>>(), [2, 1]);
        assert_eq!((look.things[1].pinned(), look.things[0].pinned()), (Some(&sku("A")), None));
    }
}
