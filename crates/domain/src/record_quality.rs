//! What a recording is encoded as, where it is not to be the picture of the stream.

use crate::rendition::scaled;
use std::{fmt, str::FromStr};

/// A size, a bitrate, or both; what is left out is the canvas's, or follows from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordQuality {
    /// Shorter side, pixels.
    pub short_side: Option<u32>,
    /// Of the picture alone, bits a second.
    pub bitrate_bps: Option<u32>,
}

/// Why a text is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no quality of a recording; write 8M, 480p, or both as \"720p 8M\": 144p to 2160p, 200k to 50M")]
pub struct BadQuality(pub String);

/// An encode of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordEncode {
    /// Pixels, even.
    pub width: u32,
    pub height: u32,
    pub bitrate_bps: u32,
}

const SHORT_SIDES: std::ops::RangeInclusive<u32> = 144..=2160;
const BITRATES_BPS: std::ops::RangeInclusive<u32> = 200_000..=50_000_000;

impl RecordQuality {
    /// What it comes to on a canvas of this size, whose stream has `shared_bps`; none where that is what the stream has. The
    /// canvas's picture is all there is, so a size above it is the canvas's.
    pub fn on(self, (width, height): (u32, u32), shared_bps: u32) -> Option<RecordEncode> {
        let (w, h) = self.short_side.map_or((width, height), |short| scaled((width, height), short));
        let area = |w: u32, h: u32| u64::from(w) * u64::from(h);
        let by_size = u64::from(shared_bps) * area(w, h) / area(width, height).max(1);
        let least = u64::from(*BITRATES_BPS.start()).min(u64::from(shared_bps));
        let bitrate_bps = self.bitrate_bps.unwrap_or(u32::try_from(by_size.max(least)).unwrap_or(u32::MAX));
        let own = RecordEncode { width: w, height: h, bitrate_bps };
        (own != RecordEncode { width, height, bitrate_bps: shared_bps }).then_some(own)
    }
}

impl FromStr for RecordQuality {
    type Err = BadQuality;

    fn from_str(text: &str) -> Result<Self, BadQuality> {
        let bad = || BadQuality(text.to_owned());
        let mut quality = Self { short_side: None, bitrate_bps: None };
        for word in text.split([' ', ',', '@']).filter(|word| !word.is_empty()) {
            let (number, unit) = word.split_at(word.len() - word.chars().next_back().map_or(0, char::len_utf8));
            let known = match unit {
                "p" => quality.short_side.replace(whole(number, 1, SHORT_SIDES).ok_or_else(bad)?),
                "M" => quality.bitrate_bps.replace(whole(number, 1_000_000, BITRATES_BPS).ok_or_else(bad)?),
                "k" => quality.bitrate_bps.replace(whole(number, 1_000, BITRATES_BPS).ok_or_else(bad)?),
                _ => return Err(bad()),
            };
            if known.is_some() {
                return Err(bad());
            }
        }
        if quality.short_side.is_none() && quality.bitrate_bps.is_none() { Err(bad()) } else { Ok(quality) }
    }
}

/// "1.5" of a million is 1,500,000. None outside of `bounds`, and for what is no plain number.
fn whole(number: &str, unit: u32, bounds: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let plain =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    let value = number.parse::<f64>().ok().filter(|_| plain)? * f64::from(unit);
    let exact = value.fract() == 0.0 && value <= f64::from(u32::MAX);
    exact.then_some(value as u32).filter(|value| bounds.contains(value))
}

impl fmt::Display for RecordQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.short_side.map(|short| format!("{short}p"));
        let rate = self.bitrate_bps.map(|bps| match (bps % 1_000_000, bps % 1_000) {
            (0, _) => format!("{}M", bps / 1_000_000),
            (_, 0) => format!("{}k", bps / 1_000),
            _ => format!("{}k", f64::from(bps) / 1_000.0),
        });
        f.write_str(&size.into_iter().chain(rate).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_quality_is_read_as_people_write_it_and_shown_as_it_is_read() {
        let of = |short_side, bitrate_bps| Some(RecordQuality { short_side, bitrate_bps });
        for (text, want) in [
            ("8M", of(None, Some(8_000_000))),
            ("480p", of(Some(480), None)),
            ("720p 8M", of(Some(720), Some(8_000_000))),
            (" 1.5M,360p ", of(Some(360), Some(1_500_000))),
            ("1080p@2500k", of(Some(1080), Some(2_500_000))),
            ("", None),
            ("p", None),
            ("8", None),
            ("100p", None),
            ("60M", None),
            ("-8M", None),
            ("1e1M", None),
            ("8M 9M", None),
            ("720.5p", None),
            ("NaNM", None),
            ("八M", None),
        ] {
            assert_eq!(text.parse::<RecordQuality>().ok(), want, "{text}");
            if let Some(quality) = want {
                assert_eq!(quality.to_string().parse(), Ok(quality), "{text}");
            }
        }
    }

    #[test]
    fn it_is_never_larger_than_the_canvas_and_none_where_the_stream_has_it_already() {
        let on = |text: &str, size| text.parse::<RecordQuality>().unwrap().on(size, 2_500_000);
        let of = |width, height, bitrate_bps| Some(RecordEncode { width, height, bitrate_bps });
        for (text, size, want) in [
            ("8M", (1280, 720), of(1280, 720, 8_000_000)),
            ("1080p 8M", (1280, 720), of(1280, 720, 8_000_000)),
            ("360p", (1280, 720), of(640, 360, 625_000)),
            ("360p 1M", (720, 1280), of(360, 640, 1_000_000)),
            ("144p", (1280, 720), of(256, 144, 200_000)),
            ("720p", (1280, 720), None),
            ("2500k", (1280, 720), None),
            ("1080p 2500k", (1280, 720), None),
        ] {
            assert_eq!(on(text, size), want, "{text} on {size:?}");
        }
    }
}
