//! When a recording goes on in another file. Pure.

use std::{fmt, str::FromStr, time::Duration};

/// A recording goes on in another file after so much; the next file begins with the next keyframe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitEvery {
    Time(Duration),
    /// Bytes.
    Size(u64),
}

/// Why a text is no such amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is no length or size of a file; write 30m, 1h, 90s, 500M or 2G, at least 5s or 1M, at most 24h or 1000G"
)]
pub struct BadSplit(pub String);

const SHORTEST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// Units of 1,000, as disks are sold; a file of "4G" fits where 4 GiB are the limit.
const MEGA: u64 = 1_000_000;
const LARGEST: u64 = 1_000_000 * MEGA;

impl SplitEvery {
    /// True once a file of this length and size has enough.
    pub(super) fn is_due(self, part_ms: u64, part_bytes: u64) -> bool {
        match self {
            Self::Time(length) => u128::from(part_ms) >= length.as_millis(),
            Self::Size(bytes) => part_bytes >= bytes,
        }
    }
}

impl FromStr for SplitEvery {
    type Err = BadSplit;

    fn from_str(text: &str) -> Result<Self, BadSplit> {
        let bad = || BadSplit(text.to_owned());
        let trimmed = text.trim();
        let (at, unit) = trimmed.char_indices().next_back().ok_or_else(bad)?;
        let (number, _) = trimmed.split_at(at);
        let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = number.parse().ok().filter(|_| plain).ok_or_else(bad)?;
        let split = match unit {
            's' | 'm' | 'h' => {
                let unit_s = if unit == 's' {
                    1
                } else if unit == 'm' {
                    60
                } else {
                    3_600
                };
                Self::Time(Duration::from_secs(number.checked_mul(unit_s).ok_or_else(bad)?))
            }
            'M' | 'G' => {
                let unit = if unit == 'M' { MEGA } else { 1_000 * MEGA };
                Self::Size(number.checked_mul(unit).ok_or_else(bad)?)
            }
            _ => return Err(bad()),
        };
        let sane = match split {
            Self::Time(length) => (SHORTEST..=LONGEST).contains(&length),
            Self::Size(bytes) => (MEGA..=LARGEST).contains(&bytes),
        };
        if sane { Ok(split) } else { Err(bad()) }
    }
}

impl fmt::Display for SplitEvery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(length) => write!(f, "{}s", length.as_secs()),
            Self::Size(bytes) => write!(f, "{}M", bytes / MEGA),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_length_or_a_size_is_read_as_it_is_written() {
        let time = |seconds| Some(SplitEvery::Time(Duration::from_secs(seconds)));
        for (text, want) in [
            ("30m", time(1_800)),
            (" 1h ", time(3_600)),
            ("5s", time(5)),
            ("24h", time(86_400)),
            ("2G", Some(SplitEvery::Size(2_000_000_000))),
            ("1M", Some(SplitEvery::Size(1_000_000))),
            ("4s", None),
            ("25h", None),
            ("0M", None),
            ("", None),
            ("m", None),
            ("30", None),
            ("-3m", None),
            ("1.5h", None),
            ("3 m", None),
            ("2K", None),
            ("99999999999999999999G", None),
            ("18446744073709551615h", None),
            ("三m", None),
            ("3分", None),
        ] {
            assert_eq!(text.parse().ok(), want, "{text}");
        }
        for split in [time(90).unwrap(), SplitEvery::Size(5_000_000)] {
            assert_eq!(split.to_string().parse(), Ok(split), "what is shown can be typed");
        }
    }

    #[test]
    fn a_file_is_full_at_its_length_or_its_size() {
        let (time, size) = (SplitEvery::Time(Duration::from_secs(10)), SplitEvery::Size(1_000));
        for (split, ms, bytes, want) in [
            (time, 9_999, u64::MAX, false),
            (time, 10_000, 0, true),
            (size, u64::MAX, 999, false),
            (size, 0, 1_000, true),
        ] {
            assert_eq!(split.is_due(ms, bytes), want, "{split} at {ms} ms and {bytes} bytes");
        }
    }
}
