//! How pictures are to be encoded: chosen by the host, once for a canvas and once for a recording of its own quality.

use super::table::{VIDEO, named};
use hawker_domain::{EncodeSpeed, encode::BITRATES_BPS};
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

impl VideoCodec {
    /// What a setting means by its text: nothing and `auto` leave the choice to the program. Errors: a sentence that says
    /// which encoders there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" | "auto" => Ok(Self::Auto),
            name if named(name).is_some() => Ok(Self::Named(name.to_owned())),
            name => {
                let known: Vec<_> = VIDEO.iter().map(|kind| kind.name).collect();
                Err(format!("there is no encoder \"{name}\"; use auto, {}", known.join(", ")))
            }
        }
    }
}

/// What all encodes of a show have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncoderChoice {
    pub codec: VideoCodec,
    pub speed: EncodeSpeed,
}

impl EncoderChoice {
    /// One encode of them.
    pub(crate) fn at(&self, bitrate_bps: u32, fps: u32) -> VideoEncode {
        VideoEncode { codec: self.codec.clone(), speed: self.speed, bitrate_bps, fps }
    }
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
        EncoderChoice::default().at(bitrate_bps, fps)
    }

    /// Pictures from one keyframe to the next.
    pub fn keyframe_frames(&self) -> u32 {
        self.fps.max(1).saturating_mul(KEYFRAME_SECONDS)
    }
}

/// A bitrate that an encoder takes.
pub(super) fn sane_bitrate(bps: u32) -> u32 {
    bps.clamp(*BITRATES_BPS.start(), *BITRATES_BPS.end())
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
    fn an_encoder_is_named_as_gstreamer_does_and_one_that_nobody_knows_is_refused() {
        let named = |name: &str| Ok(VideoCodec::Named(name.into()));
        for (text, want) in [
            ("", Ok(VideoCodec::Auto)),
            (" auto ", Ok(VideoCodec::Auto)),
            ("x264enc", named("x264enc")),
            // Of another system: a show there is not lost over it, and neither is one here.
            ("vtenc_h264", named("vtenc_h264")),
            ("mfh264enc", named("mfh264enc")),
        ] {
            assert_eq!(VideoCodec::parse(text), want, "{text}");
        }
        let refused = VideoCodec::parse("nvenc").unwrap_err();
        assert!(refused.contains("\"nvenc\"") && refused.contains("nvh264enc"), "{refused}");
    }

    #[test]
    fn settings_are_kept_as_plain_words() {
        let named = VideoEncode { codec: VideoCodec::Named("openh264enc".into()), ..VideoEncode::live(2_500_000, 30) };
        let text = serde_json::to_string(&named).unwrap();
        assert_eq!(text, r#"{"codec":{"named":"openh264enc"},"speed":"superfast","bitrate_bps":2500000,"fps":30}"#);
        assert_eq!(serde_json::from_str::<VideoEncode>(&text).unwrap(), named);
    }
}
