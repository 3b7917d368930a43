//! Which scene is on a canvas now, and how the next one comes. Pure: times are passed in.

use super::overlay::Overlay;
use hawker_domain::{
    SourceId,
    scene::{Content, Layer, Side, Transition},
};
use std::sync::Arc;

/// A layer with what has to be drawn for it only once.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub layer: Layer,
    /// The text or image, at its place.
    pub drawing: Option<Arc<Overlay>>,
}

/// The layers of one canvas, bottom first.
pub(crate) type Layers = Arc<Vec<Prepared>>;

/// What is to be drawn at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Showing {
    pub layers: Layers,
    /// What is left of the scene before.
    pub before: Option<(Layers, Motion)>,
}

/// How far a change of scenes is: 0 is the beginning, 1 the end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Motion {
    Fade(f32),
    Slide(f32, Side),
}

/// The scene of one canvas.
#[derive(Clone, Debug, Default)]
pub(crate) struct Staging {
    layers: Layers,
    change: Option<Change>,
}

#[derive(Clone, Debug)]
struct Change {
    before: Layers,
    how: Transition,
    began_ns: u64,
}

impl Staging {
    /// `layers` replace what is shown, from `now_ns` on. A change that still runs is cut short: two are never mixed.
    pub(crate) fn show(&mut self, layers: Layers, how: Transition, now_ns: u64) {
        let before = std::mem::replace(&mut self.layers, layers);
        self.change = (how.ms() > 0).then_some(Change { before, how, began_ns: now_ns });
    }

    /// What is to be drawn at `now_ns`; a change that is over is forgotten.
    pub(crate) fn at(&mut self, now_ns: u64) -> Showing {
        let motion = self.change.as_ref().and_then(|change| {
            let length_ns = u64::from(change.how.ms()) * 1_000_000;
            let passed = now_ns.saturating_sub(change.began_ns);
            let far = passed as f32 / length_ns as f32;
            match change.how {
                _ if passed >= length_ns => None,
                Transition::Cut => None,
                Transition::Fade { .. } => Some(Motion::Fade(far)),
                // Slow at both ends, as things move that have weight.
                Transition::Slide { from, .. } => Some(Motion::Slide(far * far * (3.0 - 2.0 * far), from)),
            }
        });
        if motion.is_none() {
            self.change = None;
        }
        let before = self.change.as_ref().map(|change| change.before.clone()).zip(motion);
        Showing { layers: self.layers.clone(), before }
    }

    /// The scene that is shown, or that is coming.
    pub(crate) fn layers(&self) -> Layers {
        self.layers.clone()
    }

    /// The source that fills most of the scene, among those that `delivers`: its pictures set the pace of the canvas.
    pub(crate) fn lead(&self, delivers: impl Fn(&SourceId) -> bool) -> Option<&SourceId> {
        let seen = self.layers.iter().filter(|prepared| !prepared.layer.hidden && prepared.layer.opacity > 0.0);
        let sources = seen.filter_map(|Prepared { layer, .. }| match &layer.content {
            Content::Source { id } if delivers(id) => Some((id, layer.place.width * layer.place.height)),
            _ => None,
        });
        // Of two that are as large, the lower one.
        sources
            .fold(None, |best: Option<(&SourceId, f32)>, (id, size)| match best {
                Some((_, most)) if most >= size => best,
                _ => Some((id, size)),
            })
            .map(|(id, _)| id)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::scene::{CanvasShape, Scene};

    const MS: u64 = 1_000_000;

    fn layers(scene: &Scene) -> Layers {
        let all = scene.layers(CanvasShape::Landscape).iter();
        Arc::new(all.map(|layer| Prepared { layer: layer.clone(), drawing: None }).collect())
    }

    fn of(name: &str) -> Layers {
        layers(&Scene::of_source(name, &SourceId::new(name).unwrap()))
    }

    #[test]
    fn a_cut_is_at_once_and_a_fade_takes_its_time() {
        let mut staging = Staging::default();
        let (one, two) = (of("one"), of("two"));
        staging.show(one.clone(), Transition::Cut, 0);
        assert!(staging.at(0).before.is_none());
        staging.show(two.clone(), Transition::Fade { ms: 400 }, 1_000 * MS);
        for (at, want) in [(1_000, Some(0.0)), (1_100, Some(0.25)), (1_399, Some(0.9975)), (1_400, None), (9_000, None)]
        {
            let showing = staging.at(at * MS);
            assert!(Arc::ptr_eq(&showing.layers, &two), "the next scene is what is coming");
            let far = showing.before.map(|(before, motion)| {
                assert!(Arc::ptr_eq(&before, &one));
                match motion {
                    Motion::Fade(far) => far,
                    Motion::Slide(..) => -1.0,
                }
            });
            assert_eq!(far, want, "at {at} ms");
        }
    }

    #[test]
    fn a_slide_begins_and_ends_slowly_and_a_second_change_cuts_the_first_short() {
        let mut staging = Staging::default();
        staging.show(of("one"), Transition::Cut, 0);
        let two = of("two");
        staging.show(two.clone(), Transition::Slide { ms: 1_000, from: Side::Left }, 0);
        let at = |staging: &mut Staging, ms: u64| match staging.at(ms * MS).before {
            Some((_, Motion::Slide(far, Side::Left))) => far,
            other => unreachable!("{other:?}"),
        };
        let steps: Vec<f32> = [100, 500, 900].map(|ms| at(&mut staging, ms)).into();
        assert!(steps[0] < 0.1 && (steps[1] - 0.5).abs() < 1e-3 && steps[2] > 0.9, "{steps:?}");
        staging.show(of("three"), Transition::Fade { ms: 100 }, 950 * MS);
        let (before, _) = staging.at(950 * MS).before.unwrap();
        assert!(Arc::ptr_eq(&before, &two), "it starts from the scene that was coming");
    }

    #[test]
    fn the_largest_source_that_delivers_leads() {
        let (host, desk) = (SourceId::new("host").unwrap(), SourceId::new("desk").unwrap());
        let mut staging = Staging::default();
        assert_eq!(staging.lead(|_| true), None, "an empty scene has none");
        staging.show(layers(&Scene::picture_in_picture("x", &host, &desk)), Transition::Cut, 0);
        assert_eq!(staging.lead(|_| true), Some(&host));
        assert_eq!(staging.lead(|id| *id == desk), Some(&desk));
        assert_eq!(staging.lead(|_| false), None);
        staging.show(layers(&Scene::side_by_side("x", &host, &desk)), Transition::Cut, 0);
        assert_eq!(staging.lead(|_| true), Some(&host), "of two halves the lower one");
    }
}
