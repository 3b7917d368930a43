//! SVG and photo to pixels.

use super::{
    Card, Ingredients,
    fonts::Fonts,
    layout,
    panel::{Canvas, Layout, Square},
    qr,
    svg::{Anchor, Svg},
};
use crate::{card::lines::Type, overlay::picture};
use bytes::Bytes;
use hawker_domain::ShowMs;
use image::{RgbaImage, imageops};
use resvg::{tiny_skia, usvg};

/// A drawn overlay. Shape: rows from the top, four bytes a pixel, blue, green, red, alpha; straight, not premultiplied.
#[derive(Clone, PartialEq, Eq)]
pub struct Painted {
    pub bgra: Vec<u8>,
    pub width: u32,
    pub height: u32,
    /// Where its top left stands, canvas pixels; below zero where a part is beyond the edge.
    pub at: (i32, i32),
}

impl std::fmt::Debug for Painted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{} at {:?}", self.width, self.height, self.at)
    }
}

impl Painted {
    /// From straight RGBA.
    pub(crate) fn from_rgba(mut rgba: Vec<u8>, width: u32, height: u32, at: (i32, i32)) -> Self {
        for pixel in rgba.as_chunks_mut::<4>().0 {
            pixel.swap(0, 2);
        }
        Self { bgra: rgba, width, height, at }
    }
}

/// A card as it looks at one moment.
#[derive(Debug)]
pub struct Drawn {
    /// None only if the canvas is absurd.
    pub picture: Option<Painted>,
    /// Show time from which on it looks different; none for ever.
    pub next_change: Option<ShowMs>,
}

/// Draws a card once, as it looks at show time `now` on a canvas of this size, pixels. A show draws on a thread of its own,
/// see [`crate::Program::set_card`].
pub fn paint_card(card: &Card, now: ShowMs, width: u32, height: u32) -> Drawn {
    Painter::new(width, height).paint(card, now)
}

/// Draws cards for one canvas. Photo and code of the last card are kept: a clock is drawn every second.
pub(crate) struct Painter {
    canvas: Canvas,
    fonts: &'static Fonts,
    photo: Option<(Bytes, Option<RgbaImage>)>,
    code: Option<(String, Option<qr::Code>)>,
}

impl Painter {
    /// For a canvas of this size, pixels.
    pub fn new(width: u32, height: u32) -> Self {
        Self { canvas: Canvas { width, height }, fonts: Fonts::system(), photo: None, code: None }
    }

    /// Draws `card` as it looks at show time `now`.
    pub fn paint(&mut self, card: &Card, now: ShowMs) -> Drawn {
        self.prepare(card);
        let photo = self.photo.as_ref().and_then(|(_, photo)| photo.as_ref());
        let code = self.code.as_ref().and_then(|(_, code)| code.as_ref());
        let parts = Ingredients::of(card, photo.is_some(), code, self.fonts);
        let layout = layout::lay_out(&parts, &card.template, now, self.canvas, self.fonts);
        let picture = draw(&layout.svg, layout.width, layout.height, self.fonts).map(|mut pixels| {
            if let (Some(square), Some(photo)) = (layout.photo, photo) {
                place(&mut pixels, &layout, square, photo);
            }
            Painted::from_rgba(pixels, layout.width, layout.height, layout.at)
        });
        Drawn { picture, next_change: layout.next_change }
    }

    /// Photo and code, read once per card; what can't be had is said once.
    fn prepare(&mut self, card: &Card) {
        let side = super::panel::even(168.0 * self.canvas.unit());
        if self.photo.as_ref().map(|(bytes, _)| bytes) != card.photo_jpeg.as_ref() {
            self.photo = card.photo_jpeg.clone().map(|bytes| {
                let photo = picture::decode(&bytes).map(|photo| square(&photo, side));
                let photo = photo.map_err(|error| {
                    tracing::warn!(%error, title = card.title, "the photo of a card cannot be shown");
                });
                (bytes, photo.ok())
            });
        }
        let link = card.link.as_ref().filter(|link| !link.is_empty());
        if self.code.as_ref().map(|(link, _)| link) != link {
            self.code = link.cloned().map(|link| {
                let code = qr::Code::of(&link, self.canvas.code_side());
                let code = code.map_err(|error| tracing::warn!(%error, title = card.title, "a card has no QR code"));
                (link, code.ok())
            });
        }
    }
}

/// The slate, opaque RGBA.
pub(crate) fn slate_picture(width: u32, height: u32) -> Option<Vec<u8>> {
    let fonts = Fonts::system();
    let size = width.min(height) as f32 / 11.0;
    let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut svg = Svg::new(width, height, fonts.family());
    svg.rect([0.0, 0.0, width as f32, height as f32], 0.0, "#1b2430", 1.0);
    let (chinese, english) = (fonts.drawable("马上回来", 20), "Back in a moment");
    svg.text(x, y, Type::bold(size), Anchor::Middle, "#f2f4f7", &chinese);
    svg.text(x, y + size, Type::regular(size * 0.5), Anchor::Middle, "#aeb8c4", english);
    draw(&svg.finish(), width, height, fonts)
}

/// SVG to straight RGBA.
pub(crate) fn draw(svg: &str, width: u32, height: u32, fonts: &Fonts) -> Option<Vec<u8>> {
    let tree = usvg::Tree::from_str(svg, &fonts.options())
        .map_err(|error| tracing::error!(%error, "a card has no valid layout"))
        .ok()?;
    let mut pixmap = tiny_skia::Pixmap::new(width, height)?;
    resvg::render(&tree, tiny_skia::Transform::identity(), &mut pixmap.as_mut());
    let mut out = Vec::with_capacity(width as usize * height as usize * 4);
    for pixel in pixmap.pixels() {
        let c = pixel.demultiply();
        out.extend_from_slice(&[c.red(), c.green(), c.blue(), c.alpha()]);
    }
    Some(out)
}

/// The middle of a photo as a square, on white where it is see-through.
fn square(photo: &image::DynamicImage, side: u32) -> RgbaImage {
    let mut photo = photo.resize_to_fill(side, side, imageops::FilterType::Triangle).to_rgba8();
    for pixel in photo.pixels_mut() {
        let [r, g, b, a] = pixel.0.map(u32::from);
        let over = |v: u32| ((v * a + 255 * (255 - a) + 127) / 255) as u8;
        pixel.0 = [over(r), over(g), over(b), 255];
    }
    photo
}

/// Puts the photo into its square, corners rounded.
fn place(pixels: &mut [u8], layout: &Layout, square: Square, photo: &RgbaImage) {
    let side = square.side.max(1);
    let photo = imageops::resize(photo, side, side, imageops::FilterType::Triangle);
    for (x, y, colour) in photo.enumerate_pixels() {
        let covered = coverage(x, y, side, square.radius);
        let at = ((square.y + y) as usize * layout.width as usize + (square.x + x) as usize) * 4;
        if let Some([r, g, b, a]) = pixels.get_mut(at..at + 4) {
            let below = (1.0 - covered) * f32::from(*a) / 255.0;
            let alpha = covered + below;
            let [red, green, blue, _] = colour.0;
            for (target, own) in [(r, red), (g, green), (b, blue)] {
                let mixed = (f32::from(own) * covered + f32::from(*target) * below) / alpha.max(0.001);
                *target = mixed.round() as u8;
            }
            *a = (alpha * 255.0).round() as u8;
        }
    }
}

/// How much of a pixel lies in a square with round corners, 0 to 1.
fn coverage(x: u32, y: u32, side: u32, radius: u32) -> f32 {
    let (side, radius) = (side as f32, radius as f32);
    let beyond = |v: u32| {
        let v = v as f32 + 0.5;
        (radius - v).max(v - (side - radius)).max(0.0)
    };
    (radius + 0.5 - beyond(x).hypot(beyond(y))).clamp(0.0, 1.0)
}
