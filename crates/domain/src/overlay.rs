//! Words and pictures laid over the camera's picture, as scenes keep them.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use ts_rs::TS;

/// Most characters of a text that are drawn: a picture is no page.
pub const TEXT_MAX_CHARS: usize = 500;

/// Words over the picture. Where they stand is the scene's business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct TextLayer {
    /// Lines are broken where the text has them, and where they would be too wide.
    pub text: String,
    /// Height of the letters. Units: share of the canvas's height, 0.01 to 0.5.
    pub size: f32,
    pub colour: Colour,
    pub weight: TextWeight,
    pub align: TextAlign,
    pub edge: TextEdge,
    /// A box behind the words; none lets the picture through.
    pub ground: Option<Colour>,
}

impl Default for TextLayer {
    fn default() -> Self {
        Self {
            text: String::new(),
            size: 0.05,
            colour: Colour::WHITE,
            weight: TextWeight::Bold,
            align: TextAlign::Left,
            edge: TextEdge::Shadow,
            ground: None,
        }
    }
}

/// How heavy the letters are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TextWeight {
    Regular,
    #[default]
    Bold,
}

/// Which edge the lines share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TextAlign {
    #[default]
    Left,
    Centre,
    Right,
}

/// What sets letters off from a picture that may have their colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TextEdge {
    None,
    /// A line around each letter, dark around light letters and light around dark ones.
    Outline,
    /// A soft shadow below.
    #[default]
    Shadow,
}

/// A colour in sRGB with straight alpha. Written "#rrggbb", or "#rrggbbaa" where something shines through.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(as = "String")]
pub struct Colour {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
    /// 0 is invisible, 255 lets nothing through.
    pub alpha: u8,
}

impl Colour {
    pub const WHITE: Self = Self::opaque(255, 255, 255);
    pub const BLACK: Self = Self::opaque(0, 0, 0);

    /// A colour that lets nothing through.
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue, alpha: 255 }
    }

    /// Relative luminance without alpha, 0 to 1. Source: WCAG 2.2, "relative luminance".
    pub fn luminance(self) -> f32 {
        let linear = |v: u8| {
            let v = f32::from(v) / 255.0;
            if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast of two opaque colours, 1 to 21. Source: WCAG 2.2, "contrast ratio".
    pub fn contrast(self, other: Self) -> f32 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// A text that names no colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no colour; write it like #ff8800, or #ff880080 for one that lets the picture through")]
pub struct BadColour(pub String);

impl FromStr for Colour {
    type Err = BadColour;
    fn from_str(text: &str) -> Result<Self, BadColour> {
        let bad = || BadColour(text.to_owned());
        let digits =
            text.trim().strip_prefix('#').filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit())).ok_or_else(bad)?;
        let byte = |at: usize| digits.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok()).ok_or_else(bad);
        match digits.len() {
            6 => Ok(Self::opaque(byte(0)?, byte(2)?, byte(4)?)),
            8 => Ok(Self { red: byte(0)?, green: byte(2)?, blue: byte(4)?, alpha: byte(6)? }),
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for Colour {
    type Error = BadColour;
    fn try_from(text: String) -> Result<Self, BadColour> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)?;
        if self.alpha == 255 { Ok(()) } else { write!(f, "{:02x}", self.alpha) }
    }
}

impl fmt::Debug for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_written_alike() {
        for text in ["#ff8800", "#000000", "#ff880080"] {
            assert_eq!(text.parse::<Colour>().unwrap().to_string(), text);
        }
        for bad in ["", "ff8800", "#ff88", "#ff880", "#gg0000", "#ff88000", "#é0000", "red", "#ff8800801"] {
            assert_eq!(bad.parse::<Colour>(), Err(BadColour(bad.into())), "{bad}");
        }
    }

    #[test]
    fn contrast_runs_from_one_to_twenty_one() {
        assert!((Colour::WHITE.contrast(Colour::BLACK) - 21.0).abs() < 0.01);
        assert!((Colour::WHITE.contrast(Colour::WHITE) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_text_layer_is_read_with_what_it_leaves_out_as_usual() {
        let layer: TextLayer = serde_json::from_str(r##"{"text":"今晚八点","colour":"#ffd166"}"##).unwrap();
        assert_eq!(layer.colour, Colour::opaque(0xff, 0xd1, 0x66));
        assert_eq!(layer, TextLayer { text: "今晚八点".into(), colour: layer.colour, ..TextLayer::default() });
        let all = TextLayer { ground: Some("#00000080".parse().unwrap()), ..layer };
        assert_eq!(
            serde_json::to_string(&all).unwrap(),
            r##"{"text":"今晚八点","size":0.05,"colour":"#ffd166","weight":"bold","align":"left","edge":"shadow","ground":"#00000080"}"##
        );
    }
}
