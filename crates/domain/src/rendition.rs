//! Smaller pictures of a canvas.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// A smaller encode of a canvas, for a destination whose line or viewers can't take the whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub enum Rendition {
    /// The shorter side 360 pixels, 600 kbit/s.
    #[serde(rename = "360p")]
    P360,
}

impl Rendition {
    /// As the store and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::P360 => "360p",
        }
    }

    /// Of the picture alone, bits a second.
    pub fn bitrate_bps(self) -> u32 {
        match self {
            Self::P360 => 600_000,
        }
    }

    /// Width and height of a canvas in this rendition, pixels, even. A smaller canvas keeps its size.
    pub fn size(self, width: u32, height: u32) -> (u32, u32) {
        let short = match self {
            Self::P360 => 360,
        };
        scaled((width, height), short)
    }
}

/// A canvas with its shorter side brought down to `short`, pixels, even. A smaller canvas keeps its size.
pub(crate) fn scaled((width, height): (u32, u32), short: u32) -> (u32, u32) {
    let shorter = width.min(height).max(1);
    let scaled = |side: u32| {
        let exact = (u64::from(side) * u64::from(short)).div_ceil(u64::from(shorter));
        (exact as u32).next_multiple_of(2)
    };
    if shorter <= short { (width, height) } else { (scaled(width), scaled(height)) }
}

impl fmt::Display for Rendition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Rendition {
    type Err = String;

    /// Errors: a sentence that says what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::P360].into_iter().find(|one| one.as_str() == text.trim());
        found.ok_or_else(|| format!("there is no rendition \"{text}\", only 360p"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendition_keeps_the_shape_of_its_canvas_and_makes_nothing_larger() {
        for (canvas, size) in [
            ((1280, 720), (640, 360)),
            ((1920, 1080), (640, 360)),
            ((720, 1280), (360, 640)),
            ((1000, 720), (500, 360)),
            ((640, 360), (640, 360)),
            ((320, 180), (320, 180)),
        ] {
            assert_eq!(Rendition::P360.size(canvas.0, canvas.1), size, "{canvas:?}");
        }
    }

    #[test]
    fn a_rendition_is_read_as_it_is_written() {
        assert_eq!(Rendition::P360.to_string().parse(), Ok(Rendition::P360));
        assert!("240p".parse::<Rendition>().is_err());
    }
}
