//! Pictures are looked at, not calls.
#![allow(clippy::unwrap_used)]

use super::super::{
    overlay::{Order, Pixels},
    staging::{Layers, Staging},
};
use super::*;
use hawker_domain::scene::{CanvasShape, Crop, Fit, Key, Place, Scene, Transition};

const RED: [u8; 3] = [200, 20, 20];
const GREEN: [u8; 3] = [0, 190, 60];
const BLUE: [u8; 3] = [20, 40, 200];

fn id(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

/// A picture with one colour left and another right.
fn halves(width: u32, height: u32, left: [u8; 3], right: [u8; 3]) -> Look {
    gst::init().unwrap();
    let layout = Layout::new(width, height);
    let mut bytes = vec![0; layout.size];
    let mut picture = I420Mut::new(&mut bytes, &layout).unwrap();
    let (left, right) = (yuv(left, true), yuv(right, true));
    for (index, plane) in picture.planes.iter_mut().enumerate() {
        let middle = plane.width / 2;
        for y in 0..plane.height {
            let width = plane.width;
            let row = plane.row(y, 0, width);
            row[..middle].fill(left[index]);
            row[middle..].fill(right[index]);
        }
    }
    Look { buffer: gst::Buffer::from_mut_slice(bytes), layout }
}

fn layers(scene: &Scene, shape: CanvasShape) -> Layers {
    Arc::new(scene.layers(shape).iter().map(|layer| Prepared { layer: layer.clone(), drawing: None }).collect())
}

fn still(layers: Layers) -> Showing {
    Showing { layers, before: None }
}

struct Canvas(Layout, Vec<u8>);

impl Canvas {
    fn draw(size: (u32, u32), showing: &Showing, sources: Sources<'_>, overlays: &[Arc<Overlay>]) -> Self {
        let mut composer = Composer::new(size.0, size.1, true);
        let layout = *composer.canvas();
        // What was in memory before must not be seen.
        let mut bytes = vec![99; layout.size];
        composer.compose(showing, sources, overlays, &mut bytes);
        Self(layout, bytes)
    }

    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let picture = I420::new(&self.1, &self.0).unwrap();
        let [luma, blue, red] = picture.planes;
        [luma.row(y)[x], blue.row(y / 2)[x / 2], red.row(y / 2)[x / 2]]
    }

    #[track_caller]
    fn is(&self, x: usize, y: usize, colour: [u8; 3]) {
        let (got, want) = (self.at(x, y), yuv(colour, true));
        let near = got.iter().zip(want).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near, "at {x},{y}: {got:?}, wanted {want:?}");
    }
}

fn both(name: &SourceId) -> Option<Look> {
    match name.as_str() {
        "host" => Some(halves(1280, 720, RED, BLUE)),
        "desk" => Some(halves(640, 480, [255; 3], [255; 3])),
        _ => None,
    }
}

#[test]
fn a_source_that_fills_the_canvas_goes_on_as_it_is() {
    let composer = Composer::new(1280, 720, true);
    let look = both(&id("host")).unwrap();
    let pass = |layer: Layer, overlays: &[Arc<Overlay>]| {
        let layers = Arc::new(vec![Prepared { layer, drawing: None }]);
        let sources = |_: &SourceId| Some(look.clone());
        composer.as_it_is(&still(layers), &sources, overlays)
    };
    let full = || Layer::full(Content::Source { id: id("host") });
    assert_eq!(pass(full(), &[]).unwrap().buffer.as_ptr(), look.buffer.as_ptr(), "not one pixel is copied");
    assert!(pass(Layer { opacity: 0.5, ..full() }, &[]).is_none());
    assert!(pass(Layer { key: Some(Key::GREEN), ..full() }, &[]).is_none());
    assert!(pass(Layer { crop: Crop { left: 0.1, ..Crop::default() }, ..full() }, &[]).is_none());
    assert!(pass(Layer { hidden: true, ..full() }, &[]).is_none());
    let pixels = Pixels { data: &[255; 16], width: 2, height: 2, at: (0, 0), order: Order::Rgba };
    assert!(pass(full(), &[Arc::new(Overlay::new(&pixels, (1280, 720), true).unwrap())]).is_none());
}

#[test]
fn an_upright_canvas_shows_the_middle_and_a_wide_one_all_of_the_same_source() {
    let scene = Scene::of_source("host", &id("host"));
    let wide = Canvas::draw((1280, 720), &still(layers(&scene, CanvasShape::Landscape)), &both, &[]);
    wide.is(10, 300, RED);
    wide.is(1270, 300, BLUE);
    let tall = Canvas::draw((720, 1280), &still(layers(&scene, CanvasShape::Portrait)), &both, &[]);
    tall.is(100, 10, RED);
    tall.is(620, 1270, BLUE);
    let desk = Scene::of_source("desk", &id("desk"));
    let boxed = Canvas::draw((1280, 720), &still(layers(&desk, CanvasShape::Landscape)), &both, &[]);
    boxed.is(640, 360, [255; 3]);
    assert_eq!(boxed.at(80, 360), BLACK, "beside a narrower picture nothing of what was there before is seen");
}

#[test]
fn a_small_picture_lies_over_the_large_one_and_opacity_lets_it_through() {
    let mut scene = Scene::picture_in_picture("both", &id("host"), &id("desk"));
    let draw = |scene: &Scene| Canvas::draw((1280, 720), &still(layers(scene, CanvasShape::Landscape)), &both, &[]);
    let canvas = draw(&scene);
    canvas.is(1100, 130, [255; 3]);
    canvas.is(1100, 400, BLUE);
    scene.landscape[1].opacity = 0.25;
    let [luma, ..] = draw(&scene).at(1100, 130);
    let [blue, ..] = yuv(BLUE, true);
    let want = f32::from(blue) + (235.0 - f32::from(blue)) * 0.25;
    assert!((f32::from(luma) - want).abs() < 2.0, "{luma}, wanted {want}");
}

#[test]
fn the_cloth_is_seen_through_and_what_stands_before_it_is_not() {
    let actor = |_: &SourceId| Some(halves(640, 360, GREEN, RED));
    let mut keyed = Layer::full(Content::Source { id: id("actor") });
    keyed.key = Some(Key::GREEN);
    let ground = Layer::full(Content::Colour { red: 250, green: 220, blue: 60 });
    let all = [ground, keyed].map(|layer| Prepared { layer, drawing: None });
    let canvas = Canvas::draw((1280, 720), &still(Arc::new(all.to_vec())), &actor, &[]);
    canvas.is(100, 100, [250, 220, 60]);
    canvas.is(1200, 600, RED);
}

#[test]
fn a_card_keeps_its_transparency_over_whatever_lies_below() {
    let data = [255, 255, 255, 128].repeat(200 * 100);
    let pixels = Pixels { data: &data, width: 200, height: 100, at: (100, 500), order: Order::Bgra };
    let card = Arc::new(Overlay::new(&pixels, (1280, 720), true).unwrap());
    let scene = Scene::of_source("host", &id("host"));
    let canvas = Canvas::draw((1280, 720), &still(layers(&scene, CanvasShape::Landscape)), &both, &[card]);
    let [red, ..] = yuv(RED, true);
    let [luma, ..] = canvas.at(150, 550);
    assert!(luma.abs_diff(((u16::from(red) + 235) / 2) as u8) <= 2, "half white, half red: {luma}");
    canvas.is(99, 550, RED);
    canvas.is(301, 550, RED);
}

#[test]
fn a_fade_mixes_both_scenes_and_a_slide_pushes_one_out() {
    let mut staging = Staging::default();
    let (host, desk) = (Scene::of_source("host", &id("host")), Scene::of_source("desk", &id("desk")));
    let of = |scene: &Scene| layers(scene, CanvasShape::Landscape);
    staging.show(of(&host), Transition::Cut, 0);
    staging.show(of(&desk), Transition::Fade { ms: 1_000 }, 0);
    let canvas = Canvas::draw((1280, 720), &staging.at(500_000_000), &both, &[]);
    let [red, ..] = yuv(RED, true);
    let [luma, ..] = canvas.at(300, 300);
    assert!(luma.abs_diff(((u16::from(red) + 235) / 2) as u8) <= 2, "half way: {luma}");
    staging.show(of(&host), Transition::Cut, 0);
    staging.show(of(&desk), Transition::Slide { ms: 1_000, from: Side::Right }, 0);
    let canvas = Canvas::draw((1280, 720), &staging.at(500_000_000), &both, &[]);
    canvas.is(300, 300, BLUE);
    canvas.is(1000, 300, [255; 3]);
    staging.show(of(&host), Transition::Cut, 0);
    staging.show(of(&desk), Transition::Slide { ms: 1_000, from: Side::Left }, 0);
    let canvas = Canvas::draw((1280, 720), &staging.at(500_000_000), &both, &[]);
    canvas.is(300, 300, [255; 3]);
    canvas.is(1000, 300, RED);
}

#[test]
fn a_slide_from_above_or_below_takes_whole_rows() {
    let mut staging = Staging::default();
    let (host, desk) = (Scene::of_source("host", &id("host")), Scene::of_source("desk", &id("desk")));
    let of = |scene: &Scene| layers(scene, CanvasShape::Landscape);
    // The host is red on the left and blue on the right, the desk is white.
    for (from, white, host_at) in [(Side::Top, 100, 600), (Side::Bottom, 600, 100)] {
        staging.show(of(&host), Transition::Cut, 0);
        staging.show(of(&desk), Transition::Slide { ms: 1_000, from }, 0);
        let canvas = Canvas::draw((1280, 720), &staging.at(500_000_000), &both, &[]);
        for (x, of_host) in [(300, RED), (1000, BLUE)] {
            canvas.is(x, white, [255; 3]);
            canvas.is(x, host_at, of_host);
        }
        // At the end nothing is left of it.
        let canvas = Canvas::draw((1280, 720), &staging.at(999_999_000), &both, &[]);
        for y in [10, 360, 716] {
            canvas.is(640, y, [255; 3]);
        }
    }
}

#[test]
fn pictures_of_any_size_and_sources_nobody_knows_harm_nothing() {
    for (width, height) in [(1, 1), (2, 2), (3, 5), (17, 1), (4096, 2)] {
        let look = halves(width, height, RED, RED);
        let sources = |name: &SourceId| (name.as_str() == "host").then(|| look.clone());
        let mut scene = Scene::picture_in_picture("both", &id("host"), &id("nobody"));
        for layer in scene.landscape.iter_mut().chain(&mut scene.portrait) {
            layer.fit = Fit::Stretch;
        }
        scene.landscape.push(Layer {
            place: Place { x: -3.0, y: 0.99, width: 8.0, height: 0.3 },
            ..Layer::full(Content::Source { id: id("host") })
        });
        for (size, shape) in [((1280, 720), CanvasShape::Landscape), ((64, 126), CanvasShape::Portrait)] {
            Canvas::draw(size, &still(layers(&scene, shape)), &sources, &[]).is(size.0 as usize / 2, 20, RED);
        }
    }
    let short = Look { buffer: gst::Buffer::with_size(10).unwrap(), layout: Layout::new(64, 64) };
    let sources = |_: &SourceId| Some(short.clone());
    let scene = Scene::of_source("host", &id("host"));
    let canvas = Canvas::draw((64, 64), &still(layers(&scene, CanvasShape::Landscape)), &sources, &[]);
    assert_eq!(canvas.at(10, 10), BLACK, "bytes that are no picture are not drawn");
}
