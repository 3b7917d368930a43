//! Scenes that need nobody to make them.

use super::{Content, Fit, Layer, Place, Scene, SourceId};

impl Scene {
    /// One source on the whole canvas: all of it on the wide one, filling the upright one.
    pub fn of_source(name: &str, id: &SourceId) -> Self {
        let source = || Content::Source { id: id.clone() };
        let upright = Layer { fit: Fit::Cover, ..Layer::full(source()) };
        Self { name: name.to_owned(), landscape: vec![Layer::full(source())], portrait: vec![upright] }
    }

    /// One source on the whole canvas and another in a corner of it.
    pub fn picture_in_picture(name: &str, id: &SourceId, small: &SourceId) -> Self {
        let mut scene = Self::of_source(name, id);
        let corner =
            |place: Place| Layer { place, fit: Fit::Cover, ..Layer::full(Content::Source { id: small.clone() }) };
        // Up on the right: cards lie at the bottom.
        scene.landscape.push(corner(Place { x: 0.70, y: 0.05, width: 0.27, height: 0.27 }));
        scene.portrait.push(corner(Place { x: 0.60, y: 0.05, width: 0.36, height: 0.16 }));
        scene
    }

    /// Two sources beside each other on the wide canvas, one above the other on the upright one.
    pub fn side_by_side(name: &str, first: &SourceId, second: &SourceId) -> Self {
        let half = |id: &SourceId, place: Place| Layer {
            place,
            fit: Fit::Cover,
            ..Layer::full(Content::Source { id: id.clone() })
        };
        let at = |x: f32, y: f32, width: f32, height: f32| Place { x, y, width, height };
        Self {
            name: name.to_owned(),
            landscape: vec![half(first, at(0.0, 0.0, 0.5, 1.0)), half(second, at(0.5, 0.0, 0.5, 1.0))],
            portrait: vec![half(first, at(0.0, 0.0, 1.0, 0.5)), half(second, at(0.0, 0.5, 1.0, 0.5))],
        }
    }
}
