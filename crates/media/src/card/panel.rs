//! What price, stock and countdown cards share: the panel, its place on the canvas, photo, QR code and title.
//!
//! A card stands bottom left, inside the area that players leave free, and never in the middle third of the picture.

use super::{
    Ingredients,
    fonts::Fonts,
    lines::{self, Type},
    palette, qr,
    svg::{Anchor, Svg},
};
use hawker_domain::ShowMs;

/// Size of the canvas, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub width: u32,
    pub height: u32,
}

impl Canvas {
    /// What lengths are counted in: a pixel where the shorter side has 720.
    pub fn unit(self) -> f32 {
        self.width.min(self.height) as f32 / 720.0
    }

    /// True for a picture with room at its sides.
    pub fn is_wide(self) -> bool {
        self.width * 2 >= self.height * 3
    }

    /// Free space below a card. Players of upright shows lay their buttons over the lowest tenth.
    pub fn bottom_margin(self) -> f32 {
        if self.height > self.width { self.height as f32 * 0.1 } else { 42.0 * self.unit() }
    }

    pub fn side_margin(self) -> f32 {
        28.0 * self.unit()
    }

    /// Top left of a card of this size; even, as chroma is halved.
    pub fn place(self, height: u32) -> (i32, i32) {
        let top = self.height as f32 - height as f32 - self.bottom_margin();
        ((self.side_margin() as i32) & !1, (top as i32) & !1)
    }

    /// Height of the square that a card keeps for its QR code, pixels.
    pub fn code_side(self) -> u32 {
        even(196.0 * self.unit())
    }
}

/// A card laid out: its SVG, its size, and the place its photo goes.
#[derive(Debug, PartialEq)]
pub(super) struct Layout {
    pub svg: String,
    pub width: u32,
    pub height: u32,
    pub photo: Option<Square>,
    /// Where the card's top left stands on the canvas.
    pub at: (i32, i32),
    /// Show time from which on the card looks different.
    pub next_change: Option<ShowMs>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Square {
    pub x: u32,
    pub y: u32,
    pub side: u32,
    pub radius: u32,
}

/// A panel with its photo and code in place; the rest is for words.
pub(super) struct Panel<'a> {
    pub svg: Svg,
    pub fonts: &'a Fonts,
    /// See [`Canvas::unit`].
    pub unit: f32,
    /// Left and right end of the words.
    pub left: f32,
    pub right: f32,
    pub height: f32,
    size: (u32, u32),
    photo: Option<Square>,
}

/// Nearest even number of pixels, at least two.
pub(super) fn even(v: f32) -> u32 {
    ((v / 2.0).round() as u32 * 2).max(2)
}

/// The ground of a card: dark, with round corners and a line of light that holds its edge against a dark picture.
pub(super) fn ground(svg: &mut Svg, width: u32, height: u32, unit: f32) {
    let (w, h, radius) = (width as f32, height as f32, 18.0 * unit);
    svg.rect([0.0, 0.0, w, h], radius, palette::GROUND, palette::GROUND_OPACITY);
    let line = (1.5 * unit).max(1.0);
    svg.raw(format_args!(
        "<rect x=\"{0:.2}\" y=\"{0:.2}\" width=\"{1:.2}\" height=\"{2:.2}\" rx=\"{3:.2}\" fill=\"none\" stroke=\"#ffffff\" \
         stroke-opacity=\"0.12\" stroke-width=\"{line:.2}\"/>",
        line / 2.0,
        w - line,
        h - line,
        radius - line / 2.0,
    ));
}

impl<'a> Panel<'a> {
    /// Draws the panel of a card that has these ingredients.
    pub fn begin(parts: &Ingredients<'_>, canvas: Canvas, fonts: &'a Fonts) -> Self {
        let unit = canvas.unit();
        let code = parts.code;
        let height = if code.is_some() { canvas.code_side() } else { even(168.0 * unit) };
        let wished = match (&code, canvas.is_wide()) {
            (None, _) => 560.0 * unit,
            (Some(_), true) => 720.0 * unit,
            (Some(_), false) => f32::MAX,
        };
        let width = even(wished.min(canvas.width as f32 * 0.9));
        let mut svg = Svg::new(width, height, fonts.family());
        ground(&mut svg, width, height, unit);
        let mut right = width as f32 - 20.0 * unit;
        if let Some(code) = code {
            let x = width - height;
            end_cap(&mut svg, x as f32, width as f32, height as f32, 18.0 * unit);
            code.draw(&mut svg, x, 0, height);
            right = x as f32 - 18.0 * unit;
        }
        let pad = 14.0 * unit;
        let room = height as f32 - 2.0 * pad;
        // Words that have no room beside a large photo get it from the photo.
        let side = if right - room - pad < 260.0 * unit { room.min(120.0 * unit) } else { room };
        let photo = parts.has_photo.then(|| Square {
            x: pad as u32,
            y: ((height as f32 - side) / 2.0) as u32,
            side: side as u32,
            radius: (10.0 * unit) as u32,
        });
        let left = if photo.is_some() { pad + side + 18.0 * unit } else { 26.0 * unit };
        Self { svg, fonts, unit, left, right, height: height as f32, size: (width, height), photo }
    }

    /// Width that words may have.
    pub fn room(&self) -> f32 {
        (self.right - self.left).max(0.0)
    }

    /// The title in at most `most` lines, the first just below `top`. Returns the last baseline.
    pub fn title(&mut self, words: &str, top: f32, size: f32, most: usize) -> f32 {
        let letters = Type::bold(size);
        let mut base = top;
        for (at, line) in lines::wrap(self.fonts, words, letters, self.room(), most).iter().enumerate() {
            base += if at == 0 { size * 0.92 } else { size * 1.2 };
            self.svg.text(self.left, base, letters, Anchor::Start, palette::TEXT, line);
        }
        base
    }

    /// The price with small currency and cents, from `x` on, made smaller or cut where `room` asks for it. Returns where it ends.
    pub fn price(&mut self, words: &str, x: f32, base: f32, size: f32, room: f32, fill: &str) -> f32 {
        let full = price_width(self.fonts, words, size);
        let size = if full > room { size * (room / full).max(0.6) } else { size };
        let words = if price_width(self.fonts, words, size) > room {
            lines::cut(self.fonts, words, Type::bold(size), room)
        } else {
            words.to_owned()
        };
        let mut at = x;
        for (part, share) in price_parts(&words) {
            let letters = Type::bold(size * share);
            self.svg.text(at, base, letters, Anchor::Start, fill, part);
            at += letters.width(self.fonts, part);
        }
        at
    }

    /// The price of before, struck through, from `x` on; left out where it has no room. Returns where it ends.
    pub fn old_price(&mut self, words: &str, x: f32, base: f32, size: f32) -> f32 {
        let letters = Type::regular(size);
        let end = x + letters.width(self.fonts, words);
        if words.is_empty() || end > self.right {
            return x;
        }
        self.svg.struck_text(x, base, letters, palette::QUIET, words);
        end
    }

    pub fn finish(self, canvas: Canvas, next_change: Option<ShowMs>) -> Layout {
        let (width, height) = self.size;
        let at = canvas.place(height);
        Layout { svg: self.svg.finish(), width, height, photo: self.photo, at, next_change }
    }
}

/// A price's currency and cents are drawn at this share of its size.
const SMALL: f32 = 0.62;

pub(super) fn price_width(fonts: &Fonts, words: &str, size: f32) -> f32 {
    price_parts(words).map(|(part, share)| Type::bold(size * share).width(fonts, part)).sum()
}

/// Currency, whole units, cents and what follows, each with its share of the size.
fn price_parts(words: &str) -> impl Iterator<Item = (&str, f32)> {
    let begin = words.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (head, rest) = words.split_at(begin);
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(rest.len());
    let (whole, tail) = rest.split_at(end);
    [(head, SMALL), (whole, 1.0), (tail, SMALL)].into_iter().filter(|(part, _)| !part.is_empty())
}

/// White from `x` to the right end of the panel, with the panel's corners.
fn end_cap(svg: &mut Svg, x: f32, width: f32, height: f32, radius: f32) {
    svg.raw(format_args!(
        "<path fill=\"#ffffff\" d=\"M{x} 0H{0}A{radius} {radius} 0 0 1 {width} {radius}V{1}A{radius} {radius} 0 0 1 {0} {height}H{x}z\"/>",
        width - radius,
        height - radius,
    ));
}

/// A QR code on white at a whole number of pixels.
pub(super) fn white_tile(svg: &mut Svg, code: &qr::Code, x: u32, y: u32, side: u32, radius: f32) {
    svg.rect([x as f32, y as f32, side as f32, side as f32], radius, "#ffffff", 1.0);
    code.draw(svg, x, y, side);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_falls_into_currency_whole_units_and_cents() {
        let table: &[(&str, &[&str])] = &[
            ("¥39.90", &["¥", "39", ".90"]),
            ("¥ 1,299.00", &["¥ ", "1,299", ".00"]),
            ("39.90 CHF", &["39", ".90 CHF"]),
            ("¥500", &["¥", "500"]),
            ("免费", &["免费"]),
            ("", &[]),
        ];
        for (words, parts) in table {
            assert_eq!(price_parts(words).map(|(part, _)| part).collect::<Vec<_>>(), *parts, "{words}");
        }
    }
}
