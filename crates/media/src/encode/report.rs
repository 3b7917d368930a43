//! What became of each encoder that was thought of.

use super::{VideoCodec, table::Kind};
use hawker_domain::Words;
use std::time::Duration;

/// Why an encoder is used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EncoderVerdict {
    /// It encoded the test pictures.
    Works,
    /// No plugin on this machine has it.
    NotInstalled,
    /// The plugin is here and found no device that can encode.
    NoDevice,
    /// It exists and does not open.
    DoesNotOpen,
    /// It opens and encodes nothing.
    NoPicture,
    /// It encoded the test pictures wrong: the first is no keyframe, so nobody could begin to watch.
    NoKeyframe,
    /// It worked, and failed during a show since this program was started.
    FailedOnAir,
}

impl EncoderVerdict {
    /// Whether a show can use it.
    pub fn works(self) -> bool {
        self == Self::Works
    }
}

/// One candidate.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct EncoderTried {
    /// Name of its GStreamer element.
    pub name: &'static str,
    /// The hardware it drives, for people; none for software.
    pub hardware: Option<&'static str>,
    pub verdict: EncoderVerdict,
    /// The verdict as a sentence that names it.
    pub words: Words,
    /// How long the trial took, milliseconds.
    pub probe_ms: u64,
}

/// Which encoder pictures get, and what was found on the way there.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EncoderReport {
    /// None where none works.
    pub chosen: Option<&'static str>,
    /// In the order of preference.
    pub tried: Vec<EncoderTried>,
}

impl EncoderReport {
    /// What is said where another encoder stands in for the one that was named: why, and which. None where it was taken, or
    /// none was named.
    pub fn instead_of(&self, wish: &VideoCodec) -> Option<Words> {
        let VideoCodec::Named(name) = wish else { return None };
        let taken = self.chosen.filter(|chosen| chosen != name)?;
        let why = self.tried.iter().find(|tried| tried.name == name).map(|tried| tried.words.clone());
        let why = why.unwrap_or_else(|| Words::new(name.clone(), name.clone()));
        Some(Words::new(
            format!("{}；直播改用 {taken}", why.zh_cn),
            format!("{}; the show uses {taken} instead", why.en),
        ))
    }

    /// One line a candidate, in English.
    pub fn lines(&self) -> Vec<String> {
        self.tried.iter().map(|tried| tried.words.en.clone()).collect()
    }
}

/// A candidate with its words. `why` is the element's own complaint, if it had one.
pub(super) fn tried(kind: &Kind, verdict: EncoderVerdict, why: Option<&str>, took: Duration) -> EncoderTried {
    let words = words(kind, verdict, why);
    EncoderTried {
        name: kind.name,
        hardware: kind.hardware,
        verdict,
        words,
        probe_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }
}

fn words(kind: &Kind, verdict: EncoderVerdict, why: Option<&str>) -> Words {
    let name = kind.name;
    let detail = why.map(|why| format!(" ({why})")).unwrap_or_default();
    match verdict {
        EncoderVerdict::Works => match kind.hardware {
            Some(device) => Words::new(format!("{name}：可用（{device}）"), format!("{name}: works ({device})")),
            None => Words::new(format!("{name}：可用（软件编码）"), format!("{name}: works (software)")),
        },
        EncoderVerdict::NotInstalled => match kind.package {
            Some(package) => Words::new(
                format!("{name}：未安装，软件包 {package}"),
                format!("{name}: not installed; package {package}"),
            ),
            None => Words::new(format!("{name}：本系统没有"), format!("{name}: not on this system")),
        },
        EncoderVerdict::NoDevice => {
            let device = kind.hardware.unwrap_or("encoder");
            Words::new(
                format!("{name}：插件已安装，但没有找到 {device} 设备"),
                format!("{name}: the plugin is here, no {device} device answers"),
            )
        }
        EncoderVerdict::DoesNotOpen => {
            Words::new(format!("{name}：无法打开{detail}"), format!("{name}: does not open{detail}"))
        }
        EncoderVerdict::NoPicture => Words::new(
            format!("{name}：可以打开，但测试画面编码失败{detail}"),
            format!("{name}: opens, but failed to encode a test picture{detail}"),
        ),
        EncoderVerdict::NoKeyframe => Words::new(
            format!("{name}：测试画面没有以关键帧开头"),
            format!("{name}: what it encodes does not begin with a keyframe"),
        ),
        EncoderVerdict::FailedOnAir => Words::new(
            format!("{name}：直播中出错，重启程序前不再使用"),
            format!("{name}: failed during a show; not used again until this program is restarted"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::VIDEO;
    use super::*;

    const ALL: [EncoderVerdict; 7] = [
        EncoderVerdict::Works,
        EncoderVerdict::NotInstalled,
        EncoderVerdict::NoDevice,
        EncoderVerdict::DoesNotOpen,
        EncoderVerdict::NoPicture,
        EncoderVerdict::NoKeyframe,
        EncoderVerdict::FailedOnAir,
    ];

    #[test]
    fn every_verdict_is_said_in_both_languages_and_names_the_encoder() {
        for kind in VIDEO {
            for verdict in ALL {
                let words = words(kind, verdict, Some("no such thing"));
                assert!(words.en.starts_with(kind.name) && words.zh_cn.starts_with(kind.name), "{words:?}");
                assert!(words.en.is_ascii() && !words.zh_cn.is_ascii() && !words.en.ends_with('.'), "{words:?}");
            }
        }
    }

    #[test]
    fn what_is_missing_is_said_plainly() {
        let of = |name: &str, verdict| words(super::super::table::named(name).unwrap(), verdict, None).en;
        assert_eq!(
            of("nvh264enc", EncoderVerdict::NoDevice),
            "nvh264enc: the plugin is here, no NVIDIA device answers"
        );
        assert_eq!(
            of("x264enc", EncoderVerdict::NotInstalled),
            "x264enc: not installed; package gstreamer1.0-plugins-ugly"
        );
        assert_eq!(of("vtenc_h264", EncoderVerdict::NotInstalled), "vtenc_h264: not on this system");
    }
}
