//! Words as a layer: wrapped, aligned, set off from the picture.

use super::{Painted, Spot};
use crate::card::{
    fonts::Fonts,
    lines::{self, Type},
    paint,
    svg::{Anchor, Svg},
};
use hawker_domain::overlay::{Colour, TEXT_MAX_CHARS, TextAlign, TextEdge, TextLayer, TextWeight};

/// From baseline to baseline, in letter sizes: Chinese needs more air than Latin.
const LINE: f32 = 1.32;

/// Above the first baseline and below the last, in letter sizes.
const ASCENT: f32 = 0.92;
const DESCENT: f32 = 0.26;

/// Around the words where there is a box, in letter sizes.
const GROUND_PAD: f32 = 0.4;

/// Around the words where there is none: room for outline and shadow.
const EDGE_PAD: f32 = 0.16;

/// Draws a text layer in `spot`: lines are as wide as the spot at most, those that have no room in its height are left out
/// with an ellipsis. None where nothing is left to draw.
///
/// Units: `width` and `height` are the canvas's pixels.
pub fn paint_text(layer: &TextLayer, spot: Spot, width: u32, height: u32) -> Option<Painted> {
    let (x, y, room_width, room_height) = spot.pixels(width, height);
    let setting = Setting::of(layer, height, room_width, room_height, Fonts::system());
    if setting.lines.is_empty() {
        return None;
    }
    let (svg, own_width, own_height) = setting.svg(layer);
    let pixels = paint::draw(&svg, own_width, own_height, setting.fonts)?;
    let spare = room_width as i32 - own_width as i32;
    let left = match layer.align {
        TextAlign::Left => x,
        TextAlign::Centre => x + spare / 2,
        TextAlign::Right => x + spare,
    };
    Some(Painted::from_rgba(pixels, own_width, own_height, (left, y)))
}

/// Lines and their letters.
struct Setting<'a> {
    fonts: &'a Fonts,
    letters: Type,
    pad: f32,
    lines: Vec<String>,
}

impl<'a> Setting<'a> {
    fn of(layer: &TextLayer, canvas_height: u32, room_width: u32, room_height: u32, fonts: &'a Fonts) -> Self {
        let share = if layer.size.is_finite() { layer.size.clamp(0.01, 0.5) } else { TextLayer::default().size };
        let size = (share * canvas_height as f32).max(6.0);
        let letters = Type { size, bold: layer.weight == TextWeight::Bold };
        let pad = size * if layer.ground.is_some() { GROUND_PAD } else { EDGE_PAD };
        let room = room_width as f32 - 2.0 * pad;
        let below_first = room_height as f32 - 2.0 * pad - (ASCENT + DESCENT) * size;
        let most = 1 + (below_first / (LINE * size)).max(0.0) as usize;
        let text: String = layer.text.chars().take(TEXT_MAX_CHARS).collect();
        let mut lines = Vec::new();
        for paragraph in text.trim_end().lines() {
            let words = fonts.drawable(paragraph, TEXT_MAX_CHARS);
            // A line that was left free stays free.
            let wrapped = if words.is_empty() {
                vec![String::new()]
            } else {
                lines::wrap(fonts, &words, letters, room, most + 1)
            };
            lines.extend(wrapped);
        }
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                let more = format!("{last} …");
                *last = if letters.width(fonts, &more) <= room {
                    more
                } else {
                    lines::cut(fonts, &format!("{last}……"), letters, room)
                };
            }
        }
        if lines.iter().all(String::is_empty) {
            lines.clear();
        }
        Self { fonts, letters, pad, lines }
    }

    /// The SVG and its size, pixels.
    fn svg(&self, layer: &TextLayer) -> (String, u32, u32) {
        let size = self.letters.size;
        let widest = self.lines.iter().map(|line| self.letters.width(self.fonts, line)).fold(0.0, f32::max);
        let between = LINE * size * self.lines.len().saturating_sub(1) as f32;
        let width = (widest + 2.0 * self.pad).ceil().max(1.0);
        let height = (between + (ASCENT + DESCENT) * size + 2.0 * self.pad).ceil().max(1.0);
        let mut svg = Svg::new(width as u32, height as u32, self.fonts.family());
        if let Some(ground) = layer.ground {
            let (fill, opacity) = paint_of(ground);
            svg.rect([0.0, 0.0, width, height], size * 0.25, &fill, opacity);
        }
        let (x, anchor) = match layer.align {
            TextAlign::Left => (self.pad, Anchor::Start),
            TextAlign::Centre => (width / 2.0, Anchor::Middle),
            TextAlign::Right => (width - self.pad, Anchor::End),
        };
        let write = |svg: &mut Svg, dy: f32, fill: &str| {
            for (at, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
                let base = self.pad + ASCENT * size + LINE * size * at as f32;
                svg.text(x, base + dy, self.letters, anchor, fill, line);
            }
        };
        let (fill, opacity) = paint_of(layer.colour);
        svg.raw(format_args!("<g opacity=\"{opacity}\">"));
        match layer.edge {
            TextEdge::None => {}
            TextEdge::Outline => {
                let edge = opposite(layer.colour);
                svg.raw(format_args!(
                    "<g stroke=\"{edge}\" stroke-width=\"{:.2}\" stroke-linejoin=\"round\">",
                    size * 0.16
                ));
                write(&mut svg, 0.0, edge);
                svg.raw(format_args!("</g>"));
            }
            TextEdge::Shadow => {
                svg.raw(format_args!(
                    "<filter id=\"soft\" x=\"-10%\" y=\"-20%\" width=\"120%\" height=\"140%\">\
                     <feGaussianBlur stdDeviation=\"{:.2}\"/></filter><g filter=\"url(#soft)\" opacity=\"0.85\">",
                    size * 0.05
                ));
                write(&mut svg, size * 0.05, opposite(layer.colour));
                svg.raw(format_args!("</g>"));
            }
        }
        write(&mut svg, 0.0, &fill);
        svg.raw(format_args!("</g>"));
        (svg.finish(), width as u32, height as u32)
    }
}

/// As SVG takes it: the colour, and how much of it is there.
fn paint_of(colour: Colour) -> (String, f32) {
    (Colour { alpha: 255, ..colour }.to_string(), f32::from(colour.alpha) / 255.0)
}

/// Black or white, whichever sets `colour` off better.
fn opposite(colour: Colour) -> &'static str {
    if colour.contrast(Colour::BLACK) >= colour.contrast(Colour::WHITE) { "#000000" } else { "#ffffff" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WHOLE: Spot = Spot { x: 0.1, y: 0.1, width: 0.5, height: 0.5 };

    fn layer(text: &str) -> TextLayer {
        TextLayer { text: text.into(), edge: TextEdge::None, ..TextLayer::default() }
    }

    fn painted(layer: &TextLayer) -> Painted {
        paint_text(layer, WHOLE, 1280, 720).unwrap()
    }

    fn lines(text: &str, size: f32) -> Vec<String> {
        let layer = TextLayer { size, ..layer(text) };
        Setting::of(&layer, 720, 640, 360, Fonts::system()).lines
    }

    #[test]
    fn lines_break_where_the_text_and_the_spot_say() {
        assert_eq!(lines("今晚八点\n\nTonight", 0.05), ["今晚八点", "", "Tonight"], "a free line stays");
        assert_eq!(lines("  \u{0}\n\u{202e} ", 0.05), [""; 0], "nothing to see is no layer");
        let long = lines(&"特级初榨橄榄油 Extra virgin ".repeat(40), 0.1);
        assert_eq!(long.len(), 3, "as many as the spot is high: {long:?}");
        assert!(long[2].ends_with('…'), "{long:?}");
        let letters = Type::bold(72.0);
        assert!(long.iter().all(|line| letters.width(Fonts::system(), line) <= 640.0), "{long:?}");
        let bounded = lines(&"长".repeat(100_000), 0.01).concat();
        assert!(bounded.chars().count() <= TEXT_MAX_CHARS, "a picture is no page");
    }

    #[test]
    fn words_stand_at_the_side_they_are_aligned_to() {
        let at = |align| {
            let painted = painted(&TextLayer { align, ..layer("短 short") });
            (painted.at.0, painted.at.0 + painted.width as i32)
        };
        let (left, centre, right) = (at(TextAlign::Left), at(TextAlign::Centre), at(TextAlign::Right));
        assert_eq!((left.0, right.1), (128, 768));
        assert!(((centre.0 + centre.1) / 2 - 448).abs() <= 1, "{centre:?}");
    }

    #[test]
    fn letters_have_their_colour_and_what_sets_them_off() {
        let yellow = Colour { alpha: 128, ..Colour::opaque(255, 209, 102) };
        let count = |edge, ground, wanted: fn(&[u8; 4]) -> bool| {
            let painted = painted(&TextLayer { edge, ground, colour: yellow, ..layer("橄榄油") });
            painted.bgra.as_chunks::<4>().0.iter().filter(|pixel| wanted(pixel)).count()
        };
        let is_yellow: fn(&[u8; 4]) -> bool =
            |[b, g, r, a]| *r > 245 && (200..220).contains(g) && *b < 115 && a.abs_diff(128) < 3;
        let is_black: fn(&[u8; 4]) -> bool = |[b, g, r, a]| *r < 8 && *g < 8 && *b < 8 && *a > 40;
        let is_ground: fn(&[u8; 4]) -> bool = |[b, g, r, a]| *r < 3 && *g < 3 && *b > 252 && a.abs_diff(64) < 3;
        assert!(count(TextEdge::None, None, is_yellow) > 300, "half of the colour is there");
        assert_eq!(count(TextEdge::None, None, is_black), 0);
        assert!(count(TextEdge::Outline, None, is_black) > 300, "light letters get a dark line");
        assert!(count(TextEdge::Shadow, None, is_black) > 300, "or a dark shadow");
        let blue = Some(Colour { alpha: 64, ..Colour::opaque(0, 0, 255) });
        assert!(count(TextEdge::None, blue, is_ground) > 2_000);
        assert_eq!(count(TextEdge::None, None, is_ground), 0);
    }

    #[test]
    fn markup_is_written_out_and_sizes_of_nonsense_are_drawn_as_usual() {
        let markup = painted(&layer("<tspan fill=\"red\">x</tspan>&amp;"));
        assert!(markup.width > painted(&layer("x")).width * 4, "every character is there");
        for size in [f32::NAN, f32::INFINITY, -3.0, 0.0, 900.0] {
            let painted = painted(&TextLayer { size, ..layer("橄榄油") });
            assert!(painted.width <= 640 && painted.height <= 720, "{size}: {painted:?}");
        }
    }
}
