//! SVG as text: shapes, and words that can never become markup.

use super::{
    fonts::Fonts,
    lines::{Type, cut},
};
use std::fmt::Write;

/// An SVG that grows by shapes and words. Lengths are pixels.
pub(crate) struct Svg {
    out: String,
}

/// Size of a pill's letters, and what is free beside them, as shares of its height.
const PILL_LETTERS: f32 = 0.64;
const PILL_PAD: f32 = 0.42;

/// Which end of a text stands at its x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty picture whose texts are set in `family`.
    pub fn new(width: u32, height: u32, family: &str) -> Self {
        let family = escape(family);
        let out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\">\
             <g font-family=\"{family}\" xml:space=\"preserve\">"
        );
        Self { out }
    }

    /// Adds SVG that this crate wrote itself.
    pub fn raw(&mut self, svg: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(svg);
    }

    /// A rectangle with round corners.
    pub fn rect(&mut self, [x, y, width, height]: [f32; 4], radius: f32, fill: &str, opacity: f32) {
        self.raw(format_args!(
            "<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{width:.2}\" height=\"{height:.2}\" rx=\"{radius:.2}\" \
             fill=\"{fill}\" fill-opacity=\"{opacity}\"/>"
        ));
    }

    /// One line of words; `y` is its baseline.
    pub fn text(&mut self, x: f32, y: f32, letters: Type, anchor: Anchor, fill: &str, words: &str) {
        self.styled_text(x, y, letters, anchor, fill, "", words);
    }

    /// A line of words that is struck through, for a price that no longer counts.
    pub fn struck_text(&mut self, x: f32, y: f32, letters: Type, fill: &str, words: &str) {
        self.styled_text(x, y, letters, Anchor::Start, fill, " text-decoration=\"line-through\"", words);
    }

    #[allow(clippy::too_many_arguments)]
    fn styled_text(&mut self, x: f32, y: f32, letters: Type, anchor: Anchor, fill: &str, style: &str, words: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (size, weight) = (letters.size, if letters.bold { 700 } else { 400 });
        let words = escape(words);
        self.raw(format_args!(
            "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.2}\" font-weight=\"{weight}\" text-anchor=\"{anchor}\" \
             fill=\"{fill}\"{style}>{words}</text>"
        ));
    }

    /// A word on a pill of height `height` at `x`, cut to `room`. Returns the pill's width, 0 where there was no room.
    #[allow(clippy::too_many_arguments)]
    pub fn pill(&mut self, fonts: &Fonts, x: f32, y: f32, height: f32, room: f32, look: Pill, words: &str) -> f32 {
        let letters = Type::bold(height * PILL_LETTERS);
        let pad = height * PILL_PAD;
        let words = cut(fonts, words, letters, room - 2.0 * pad);
        if words.is_empty() {
            return 0.0;
        }
        let width = letters.width(fonts, &words) + 2.0 * pad;
        self.rect([x, y, width, height], height / 2.0, look.ground, 1.0);
        self.text(x + width / 2.0, y + height * 0.73, letters, Anchor::Middle, look.ink, &words);
        width
    }

    /// Width of a pill of this height around `words`.
    pub fn pill_width(fonts: &Fonts, height: f32, words: &str) -> f32 {
        Type::bold(height * PILL_LETTERS).width(fonts, words) + 2.0 * height * PILL_PAD
    }

    /// The finished document.
    pub fn finish(mut self) -> String {
        self.out.push_str("</g></svg>");
        self.out
    }
}

/// Colours of a pill.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pill {
    pub ground: &'static str,
    pub ink: &'static str,
}

/// XML text: markup becomes characters, and characters XML cannot hold become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
