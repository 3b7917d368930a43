//! Where a layer lies on the canvas, and which part of its content is seen there. Pure.

use hawker_domain::scene::{Crop, Fit, Layer, Place};

/// A rectangle of the content, in its pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Window {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// A rectangle of the canvas, in its pixels; all four numbers are even, because chroma has half the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub x: usize,
    pub y: usize,
    pub width: usize,
    pub height: usize,
}

/// A layer that is to be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fitted {
    pub window: Window,
    pub area: Area,
}

impl Fitted {
    /// Where a point of the content lies on the canvas, both in pixels.
    pub(crate) fn on_canvas(&self, x: f64, y: f64) -> (f64, f64) {
        let Self { window, area } = self;
        let across = (x - window.x) * area.width as f64 / window.width;
        let down = (y - window.y) * area.height as f64 / window.height;
        (area.x as f64 + across, area.y as f64 + down)
    }
}

/// Places content of this size, in pixels, on a canvas of that size. None if nothing of it is seen.
pub(crate) fn fitted(layer: &Layer, content: (usize, usize), canvas: (usize, usize)) -> Option<Fitted> {
    let window = cropped(content, layer.crop)?;
    let place = in_pixels(layer.place, canvas);
    let (window, place) = match layer.fit {
        Fit::Stretch => (window, place),
        Fit::Contain => (window, inside(window, place)),
        Fit::Cover => (narrowed(window, place), place),
    };
    clipped(window, place, canvas)
}

fn cropped((width, height): (usize, usize), crop: Crop) -> Option<Window> {
    let (width, height) = (width as f64, height as f64);
    let Crop { left, top, right, bottom } = crop;
    let window = Window {
        x: width * f64::from(left),
        y: height * f64::from(top),
        width: width * f64::from(1.0 - left - right),
        height: height * f64::from(1.0 - top - bottom),
    };
    (window.width > 0.0 && window.height > 0.0).then_some(window)
}

fn in_pixels(place: Place, (width, height): (usize, usize)) -> Window {
    let (width, height) = (width as f64, height as f64);
    Window {
        x: width * f64::from(place.x),
        y: height * f64::from(place.y),
        width: width * f64::from(place.width),
        height: height * f64::from(place.height),
    }
}

/// The largest rectangle of the content's shape in the middle of `place`.
fn inside(content: Window, place: Window) -> Window {
    let scale = (place.width / content.width).min(place.height / content.height);
    let (width, height) = (content.width * scale, content.height * scale);
    Window { x: place.x + (place.width - width) / 2.0, y: place.y + (place.height - height) / 2.0, width, height }
}

/// The largest rectangle of the place's shape in the middle of `content`.
fn narrowed(content: Window, place: Window) -> Window {
    if place.width <= 0.0 || place.height <= 0.0 { content } else { inside(place, content) }
}

/// Rounds to even pixels and leaves out what lies over the canvas's edge, in the content as well.
fn clipped(window: Window, place: Window, canvas: (usize, usize)) -> Option<Fitted> {
    let axis = |from: f64, length: f64, start: f64, span: f64, limit: usize| -> Option<(usize, usize, f64, f64)> {
        let even = |v: f64| (v / 2.0).round() as i64 * 2;
        let (first, last) = (even(from), even(from + length));
        let whole = last - first;
        let (low, high) = (first.max(0), last.min(limit as i64 & !1));
        if whole <= 0 || high <= low {
            return None;
        }
        let step = span / whole as f64;
        let start = start + (low - first) as f64 * step;
        Some((low as usize, (high - low) as usize, start, (high - low) as f64 * step))
    };
    let (x, width, left, across) = axis(place.x, place.width, window.x, window.width, canvas.0)?;
    let (y, height, top, down) = axis(place.y, place.height, window.y, window.height, canvas.1)?;
    Some(Fitted { window: Window { x: left, y: top, width: across, height: down }, area: Area { x, y, width, height } })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{SourceId, scene::Content};

    fn layer(place: Place, fit: Fit) -> Layer {
        Layer { place, fit, ..Layer::full(Content::Source { id: SourceId::main() }) }
    }

    fn at(x: f32, y: f32, width: f32, height: f32) -> Place {
        Place { x, y, width, height }
    }

    fn area(x: usize, y: usize, width: usize, height: usize) -> Area {
        Area { x, y, width, height }
    }

    fn window(x: f64, y: f64, width: f64, height: f64) -> Window {
        Window { x, y, width, height }
    }

    #[test]
    fn content_lands_where_its_layer_says() {
        const WIDE: (usize, usize) = (1280, 720);
        const TALL: (usize, usize) = (720, 1280);
        let table = [
            (
                "the same shape fills the canvas",
                layer(Place::FULL, Fit::Contain),
                (1920, 1080),
                WIDE,
                Some((window(0.0, 0.0, 1920.0, 1080.0), area(0, 0, 1280, 720))),
            ),
            (
                "a narrower picture stands in the middle",
                layer(Place::FULL, Fit::Contain),
                (640, 480),
                WIDE,
                Some((window(0.0, 0.0, 640.0, 480.0), area(160, 0, 960, 720))),
            ),
            (
                "an upright canvas shows the middle of a wide picture",
                layer(Place::FULL, Fit::Cover),
                (1280, 720),
                TALL,
                Some((window(437.5, 0.0, 405.0, 720.0), area(0, 0, 720, 1280))),
            ),
            (
                "stretched, nothing is lost",
                layer(Place::FULL, Fit::Stretch),
                (100, 100),
                WIDE,
                Some((window(0.0, 0.0, 100.0, 100.0), area(0, 0, 1280, 720))),
            ),
            (
                "half over the left edge, the left half is not seen",
                layer(at(-0.25, 0.0, 0.5, 1.0), Fit::Stretch),
                (200, 100),
                WIDE,
                Some((window(100.0, 0.0, 100.0, 100.0), area(0, 0, 320, 720))),
            ),
            (
                "odd pixels become even ones",
                layer(at(0.1004, 0.1, 0.1, 0.1), Fit::Stretch),
                (10, 10),
                (1282, 722),
                Some((window(0.0, 0.0, 10.0, 10.0), area(128, 72, 128, 72))),
            ),
            ("beyond the canvas there is nothing", layer(at(1.0, 0.0, 0.5, 0.5), Fit::Contain), (10, 10), WIDE, None),
            ("without a size there is nothing", layer(at(0.0, 0.0, 0.0, 1.0), Fit::Cover), (10, 10), WIDE, None),
            ("a picture without pixels is none", layer(Place::FULL, Fit::Contain), (0, 10), WIDE, None),
            (
                "one pixel can fill a canvas",
                layer(Place::FULL, Fit::Cover),
                (1, 1),
                WIDE,
                Some((window(0.0, 0.21875, 1.0, 0.5625), area(0, 0, 1280, 720))),
            ),
        ];
        for (what, layer, content, canvas, want) in table {
            let got = fitted(&layer, content, canvas).map(|f| (f.window, f.area));
            assert_eq!(got, want, "{what}");
        }
    }

    #[test]
    fn a_crop_is_taken_before_the_fit() {
        let mut wide = layer(Place::FULL, Fit::Contain);
        wide.crop = Crop { left: 0.25, right: 0.25, ..Crop::default() };
        let got = fitted(&wide, (1280, 720), (1280, 720)).unwrap();
        assert_eq!(got.window, window(320.0, 0.0, 640.0, 720.0));
        assert_eq!(got.area, area(320, 0, 640, 720), "half as wide, it stands in the middle");
    }

    #[test]
    fn a_point_of_the_source_is_found_on_the_canvas() {
        let upright = fitted(&layer(Place::FULL, Fit::Cover), (1280, 720), (720, 1280)).unwrap();
        let (x, y) = upright.on_canvas(640.0, 360.0);
        assert!((x - 360.0).abs() < 0.01 && (y - 640.0).abs() < 0.01, "the middle stays in the middle: {x} {y}");
        let (x, _) = upright.on_canvas(437.5, 0.0);
        assert!(x.abs() < 0.01, "what is cut off on the left ends at the edge: {x}");
    }
}
