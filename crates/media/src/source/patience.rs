//! How long a source is waited for. Pure.

use std::time::Duration;

/// Opening a source for the first time: a camera warms up, a far server answers late.
pub(super) const FIRST_PICTURE: Duration = Duration::from_secs(10);
/// A person is asked what to share, and looks for it.
const ANSWER: Duration = Duration::from_secs(60);
/// A camera that failed in one format has warmed up: what comes in another comes soon.
pub(super) const OTHER_FORMAT: Duration = Duration::from_secs(3);
/// A device that comes back is there or not; one that was opened a moment too early never delivers and is opened again.
const BACK: Duration = Duration::from_millis(1_500);
/// A device that has just appeared is left alone for so long. A camera that `pipewiresink` of PipeWire 0.3.65 provides and
/// that is opened the moment it is listed may never deliver to anybody: 16 of 40 plugs at once, 1 of 20 after half a second,
/// none of 40 after one second and more.
const SETTLE: Duration = Duration::from_secs(1);
/// A device that is opened again at once waits so long for its old pipeline to let go: V4L2 refuses a second one.
pub(super) const CLOSED: Duration = Duration::from_millis(500);
/// A device delivers 5 to 60 times a second.
const DEVICE_SILENCE: Duration = Duration::from_millis(800);
/// Streams come in bursts.
const STREAM_SILENCE: Duration = Duration::from_secs(1);

/// How much longer a device is left alone that is listed for so long; none: it may be opened.
pub(super) fn unsettled(listed_for: Duration) -> Option<Duration> {
    SETTLE.checked_sub(listed_for).filter(|rest| !rest.is_zero())
}

/// How long a source is waited for that is opened the first time; `asked`: a person says first what to share.
pub(super) fn first(asked: bool) -> Duration {
    if asked { ANSWER } else { FIRST_PICTURE }
}

/// A source that delivers nothing for longer is lost.
pub(super) fn silence(is_steady: bool) -> Duration {
    if is_steady { DEVICE_SILENCE } else { STREAM_SILENCE }
}

/// How long the first picture is waited for when a lost source is opened again, after so many tries in vain.
pub(super) fn back(is_steady: bool, tries: u32) -> Duration {
    let doubled = BACK.saturating_mul(1_u32.checked_shl(tries).unwrap_or(u32::MAX));
    if is_steady { doubled.min(FIRST_PICTURE) } else { FIRST_PICTURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_gets_more_time_with_every_try_and_a_stream_all_of_it_at_once() {
        for (is_device, tries, want_ms) in [
            (true, 0, 1_500),
            (true, 1, 3_000),
            (true, 2, 6_000),
            (true, 3, 10_000),
            (true, 40, 10_000),
            (false, 0, 10_000),
        ] {
            assert_eq!(back(is_device, tries).as_millis(), want_ms, "{is_device} {tries}");
        }
    }

    #[test]
    fn a_device_that_has_just_appeared_is_left_alone_for_a_moment() {
        for (listed_ms, rest_ms) in [(0, Some(1_000)), (120, Some(880)), (1_000, None), (90_000, None)] {
            let rest = unsettled(Duration::from_millis(listed_ms));
            assert_eq!(rest.map(|rest| rest.as_millis()), rest_ms, "{listed_ms} ms");
        }
    }

    #[test]
    fn a_silent_device_is_noticed_within_a_second() {
        assert!(
            silence(true) < Duration::from_secs(1) && silence(true) > Duration::from_millis(600),
            "5 a second miss 3"
        );
    }
}
