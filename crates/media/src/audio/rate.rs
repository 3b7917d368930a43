//! Notices a microphone that hears less than it did: Bluetooth headsets fall to 8 or 16 kHz when they are asked to hear
//! and play at once. Pure.

/// At most this is a telephone's sound. Units: Hz.
const NARROW_HZ: u32 = 16_000;
/// From here on it is whole again; between the two nothing is said, so that nothing flaps.
const WIDE_HZ: u32 = 24_000;

/// What is worth saying about a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RateNotice {
    Narrow { rate_hz: u32 },
    Wide,
}

/// The rates a microphone had so far.
#[derive(Debug, Default)]
pub(crate) struct RateHistory {
    said: Option<u32>,
    last_hz: Option<u32>,
}

impl RateHistory {
    /// Takes the rate the device delivers at, before any resampling, and returns what is new about it. A rate of 0 is
    /// none.
    pub(crate) fn on(&mut self, rate_hz: u32) -> Option<RateNotice> {
        if rate_hz == 0 {
            return None;
        }
        self.last_hz = Some(rate_hz);
        if rate_hz <= NARROW_HZ {
            return (self.said.replace(rate_hz) != Some(rate_hz)).then_some(RateNotice::Narrow { rate_hz });
        }
        (rate_hz >= WIDE_HZ && self.said.take().is_some()).then_some(RateNotice::Wide)
    }

    pub(crate) fn last_hz(&self) -> Option<u32> {
        self.last_hz
    }
}

/// The rate of a Bluetooth headset's microphone by the codec it is connected with; none for a codec that carries no
/// microphone, or is not known. The sound server resamples before anybody sees it, so its own rate says nothing.
pub(crate) fn headset_rate(codec: &str) -> Option<u32> {
    match codec.to_ascii_lowercase().replace('-', "_").as_str() {
        "cvsd" => Some(8_000),
        "msbc" => Some(16_000),
        "lc3_swb" => Some(32_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{RateNotice::*, *};

    #[test]
    fn each_fall_and_each_return_is_said_once() {
        let narrow = |rate_hz| Some(Narrow { rate_hz });
        let table: [&[(u32, Option<RateNotice>)]; 6] = [
            &[(48_000, None), (44_100, None)],
            &[(48_000, None), (16_000, narrow(16_000)), (16_000, None), (48_000, Some(Wide)), (48_000, None)],
            &[(8_000, narrow(8_000)), (16_000, narrow(16_000)), (44_100, Some(Wide))],
            &[(16_000, narrow(16_000)), (22_050, None), (16_000, None), (32_000, Some(Wide))],
            &[(22_050, None), (48_000, None)],
            &[(16_000, narrow(16_000)), (0, None), (16_000, None)],
        ];
        for rates in table {
            let mut history = RateHistory::default();
            for (n, (rate, want)) in rates.iter().enumerate() {
                assert_eq!(history.on(*rate), *want, "step {n} of {rates:?}");
            }
        }
    }

    #[test]
    fn a_headset_is_as_wide_as_its_codec() {
        let table = [
            ("cvsd", Some(8_000)),
            ("mSBC", Some(16_000)),
            ("lc3-swb", Some(32_000)),
            ("lc3_swb", Some(32_000)),
            ("aptx", None),
            ("", None),
        ];
        for (codec, want) in table {
            assert_eq!(headset_rate(codec), want, "{codec}");
        }
    }
}
