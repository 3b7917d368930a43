//! How pictures are to be encoded: chosen by the host, once for a canvas and once for a recording of its own quality.

use serde::{Deserialize, Serialize};

/// Which encoder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// The first that works: hardware, then x264, then openh264.
    #[default]
    Auto,
    /// This one by its GStreamer name if it works, else as `Auto`: a show is not lost over a setting.
    Named(String),
}

/// How much time a software encoder takes for a picture. Faster looks a little worse at the same bitrate; hardware
/// takes it as a hint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EncodeSpeed {
    /// For old machines and two canvases at once.
    Ultrafast,
    #[default]
    Superfast,
    /// The best picture; for a machine with time to spare.
    Veryfast,
}

/// One encode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VideoEncode {
    pub codec: VideoCodec,
    pub speed: EncodeSpeed,
    pub bitrate_bps: u32,
    /// Pictures a second; sets how many lie between keyframes.
    pub fps: u32,
}

/// Below it nothing can be recognised, above it no platform listens.
const BITRATE_LEAST_BPS: u32 = 100_000;
const BITRATE_MOST_BPS: u32 = 50_000_000;

/// Seconds between keyframes: what platforms ask for, and the longest a late viewer waits.
const KEYFRAME_SECONDS: u32 = 2;

/// Where a picture's time falls on the border, rounding must not put the keyframe one picture later.
const KEYFRAME_EARLY_NS: u64 = 4_000_000;

/// Whether the next picture has to be a keyframe when the last one was so long ago, nanoseconds.
pub(crate) fn keyframe_is_due(since_last_ns: u64) -> bool {
    since_last_ns + KEYFRAME_EARLY_NS >= u64::from(KEYFRAME_SECONDS) * 1_000_000_000
}

impl VideoEncode {
    /// The usual for a show.
    pub fn live(bitrate_bps: u32, fps: u32) -> Self {
        Self { codec: VideoCodec::Auto, speed: EncodeSpeed::default(), bitrate_bps, fps }
    }

    /// Pictures from one keyframe to the next.
    pub fn keyframe_frames(&self) -> u32 {
        self.fps.max(1).saturating_mul(KEYFRAME_SECONDS)
    }
}

/// A bitrate that an encoder takes.
pub(super) fn sane_bitrate(bps: u32) -> u32 {
    bps.clamp(BITRATE_LEAST_BPS, BITRATE_MOST_BPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keyframes_are_two_seconds_apart_at_any_rate() {
        for (fps, frames) in [(30, 60), (25, 50), (15, 30), (60, 120), (0, 2)] {
            assert_eq!(VideoEncode::live(1_000_000, fps).keyframe_frames(), frames, "{fps}");
        }
    }

    #[test]
    fn a_keyframe_is_due_after_two_seconds_and_not_a_picture_later_for_rounding() {
        let frame = |fps: u64| 1_000_000_000 / fps;
        for (since, due) in [(0, false), (1_900_000_000, false), (frame(30) * 60, true), (frame(60) * 119, false)] {
            assert_eq!(keyframe_is_due(since), due, "{since}");
        }
    }

    #[test]
    fn settings_are_kept_as_plain_words() {
        let named = VideoEncode { codec: VideoCodec::Named("openh264enc".into()), ..VideoEncode::live(2_500_000, 30) };
        let text = serde_json::to_string(&named).unwrap();
        assert_eq!(text, r#"{"codec":{"named":"openh264enc"},"speed":"superfast","bitrate_bps":2500000,"fps":30}"#);
        assert_eq!(serde_json::from_str::<VideoEncode>(&text).unwrap(), named);
    }
}
