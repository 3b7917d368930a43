//! How much a show's picture may cost this computer, as a person sets it.

use serde::{Deserialize, Serialize};
use std::{fmt, ops::RangeInclusive, str::FromStr};
use ts_rs::TS;

/// What a canvas may be sent at: below it nothing can be recognised, above it no platform listens. Units: bits a second.
pub const BITRATES_BPS: RangeInclusive<u32> = 100_000..=50_000_000;

/// Pictures a second that a show may have: fewer are a slide show, and more no platform takes.
pub const FRAME_RATES: RangeInclusive<u32> = 5..=60;

/// How much time an encoder in software takes for a picture. Faster looks a little worse at the same bitrate; hardware
/// takes it as a hint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EncodeSpeed {
    /// For old machines and two canvases at once.
    Ultrafast,
    #[default]
    Superfast,
    /// The best picture; for a machine with time to spare.
    Veryfast,
}

impl EncodeSpeed {
    /// The quickest first.
    pub const ALL: [Self; 3] = [Self::Ultrafast, Self::Superfast, Self::Veryfast];

    /// As settings and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ultrafast => "ultrafast",
            Self::Superfast => "superfast",
            Self::Veryfast => "veryfast",
        }
    }
}

impl fmt::Display for EncodeSpeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EncodeSpeed {
    type Err = String;

    /// Errors: a sentence that says what there is.
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text.trim());
        found.ok_or_else(|| format!("there is no preset \"{text}\"; use {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_preset_is_written_as_it_is_kept() {
        for speed in EncodeSpeed::ALL {
            assert_eq!(serde_json::to_value(speed).unwrap(), speed.as_str());
            assert_eq!(speed.to_string().parse(), Ok(speed));
        }
        let refused = "placebo".parse::<EncodeSpeed>().unwrap_err();
        assert!(refused.contains("placebo") && refused.contains("ultrafast, superfast, veryfast"), "{refused}");
    }
}
