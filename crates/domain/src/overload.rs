//! What a studio gives up when its computer is too busy, and why: codes and words. When it does so is decided elsewhere.
//!
//! Invariant: a code is never renamed.

use crate::words::Words;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What can be lowered, in the order in which it is given up: what viewers would miss comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Lever {
    Recognition,
    Preview,
    Beauty,
    FrameRate,
    Resolution,
}

impl Lever {
    /// Whether viewers see it when it is lowered.
    pub fn is_seen_by_viewers(self) -> bool {
        matches!(self, Self::FrameRate | Self::Resolution)
    }
}

/// A lever and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", tag = "lever")]
pub enum LeverSetting {
    /// Pictures a second that are searched for products.
    Recognition { per_second: u32 },
    /// Pictures a second in the host's window.
    Preview { per_second: u32 },
    /// Whether skin may be smoothed.
    Beauty { allowed: bool },
    /// Pictures a second that viewers get.
    FrameRate { per_second: u32 },
    /// Shorter side of the picture that viewers get, pixels ("720p").
    Resolution { short_side: u32 },
}

impl LeverSetting {
    /// Which lever it is of.
    pub fn lever(self) -> Lever {
        match self {
            Self::Recognition { .. } => Lever::Recognition,
            Self::Preview { .. } => Lever::Preview,
            Self::Beauty { .. } => Lever::Beauty,
            Self::FrameRate { .. } => Lever::FrameRate,
            Self::Resolution { .. } => Lever::Resolution,
        }
    }

    /// "pictures per second lowered to 20".
    pub fn lowered(self) -> Words {
        match self {
            Self::Recognition { per_second } => Words::new(
                format!("商品识别降到每秒 {per_second} 次"),
                format!("products are looked for {per_second} times per second"),
            ),
            Self::Preview { per_second } => Words::new(
                format!("本机预览降到每秒 {per_second} 帧（观众不受影响）"),
                format!("the preview here is lowered to {per_second} pictures per second (viewers see no change)"),
            ),
            Self::Beauty { .. } => Words::new("美颜已暂停", "skin smoothing is paused"),
            Self::FrameRate { per_second } => Words::new(
                format!("帧率降到每秒 {per_second} 帧"),
                format!("pictures per second lowered to {per_second}"),
            ),
            Self::Resolution { short_side } => {
                Words::new(format!("清晰度降到 {short_side}p"), format!("resolution lowered to {short_side}p"))
            }
        }
    }

    /// "pictures per second back at 30".
    pub fn raised(self) -> Words {
        match self {
            Self::Recognition { per_second } => Words::new(
                format!("商品识别恢复到每秒 {per_second} 次"),
                format!("products are looked for {per_second} times per second again"),
            ),
            Self::Preview { per_second } => Words::new(
                format!("本机预览恢复到每秒 {per_second} 帧"),
                format!("the preview here is back at {per_second} pictures per second"),
            ),
            Self::Beauty { .. } => Words::new("美颜已恢复", "skin smoothing is back"),
            Self::FrameRate { per_second } => Words::new(
                format!("帧率恢复到每秒 {per_second} 帧"),
                format!("pictures per second back at {per_second}"),
            ),
            Self::Resolution { short_side } => {
                Words::new(format!("清晰度恢复到 {short_side}p"), format!("resolution back at {short_side}p"))
            }
        }
    }
}

/// Why something was lowered or raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OverloadWhy {
    /// Pictures were lost on their way into the encoder.
    FramesDropped,
    /// The encoder needs nearly all the time, or more, that a picture has.
    EncoderSlow,
    /// Work waits for the processor most of the time.
    ProcessorBusy,
    /// The load is gone.
    LoadGone,
}

impl OverloadWhy {
    /// The reason alone.
    pub fn words(self) -> Words {
        match self {
            Self::FramesDropped => {
                Words::new("电脑太忙，来不及处理画面", "this computer is too busy and loses pictures")
            }
            Self::EncoderSlow => Words::new("电脑太忙，编码跟不上", "this computer is busy: encoding takes too long"),
            Self::ProcessorBusy => {
                Words::new("电脑太忙，其他程序占用了处理器", "this computer is busy: other programs take the processor")
            }
            Self::LoadGone => Words::new("电脑已空闲", "this computer has time again"),
        }
    }
}

/// What made a show lose pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LossWhy {
    /// Every destination takes too little: what they share is the way out.
    Network,
    /// One destination takes too little and others do not.
    Destination,
    /// The computer has too little time.
    Computer,
    /// The camera delivers too late.
    Source,
}

impl LossWhy {
    /// The sentence for the host. `share` of the pictures is lost, 0 to 1; `name` is that of the destination.
    pub fn words(self, share: f32, name: Option<&str>) -> Words {
        let percent = (share * 100.0).round().max(1.0);
        let name = name.unwrap_or_default();
        match self {
            Self::Network => Words::new(
                format!("丢失了 {percent}% 的画面：是网络的问题，不是电脑的问题"),
                format!("{percent} % of the frames are lost: your network, not your computer"),
            ),
            Self::Destination => Words::new(
                format!("发往 {name} 的画面丢失了 {percent}%：是该平台或到该平台的线路的问题，其他平台正常"),
                format!(
                    "{percent} % of the frames to {name} are lost: that platform or the way to it; the others are fine"
                ),
            ),
            Self::Computer => Words::new(
                format!("丢失了 {percent}% 的画面：这台电脑太忙，不是网络的问题"),
                format!("{percent} % of the frames are lost: this computer is too busy, not your network"),
            ),
            Self::Source => Words::new(
                format!("{percent}% 的画面来得太晚：是摄像头的问题（光线不足、USB 带宽不够或驱动），不是网络的问题"),
                format!(
                    "{percent} % of the frames come too late: the camera delivers late (too little light, a shared USB \
                     port, its driver), not your network"
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: [LeverSetting; 5] = [
        LeverSetting::Recognition { per_second: 1 },
        LeverSetting::Preview { per_second: 5 },
        LeverSetting::Beauty { allowed: false },
        LeverSetting::FrameRate { per_second: 20 },
        LeverSetting::Resolution { short_side: 540 },
    ];

    #[test]
    fn what_viewers_miss_is_given_up_last() {
        let order = SETTINGS.map(LeverSetting::lever);
        assert!(order.is_sorted());
        assert_eq!(order.map(Lever::is_seen_by_viewers), [false, false, false, true, true]);
    }

    #[test]
    fn every_change_is_said_in_both_languages_with_its_number() {
        for setting in SETTINGS {
            let number = match setting {
                LeverSetting::Beauty { .. } => String::new(),
                LeverSetting::Recognition { per_second }
                | LeverSetting::Preview { per_second }
                | LeverSetting::FrameRate { per_second } => per_second.to_string(),
                LeverSetting::Resolution { short_side } => short_side.to_string(),
            };
            for words in [setting.lowered(), setting.raised()] {
                assert!(words.en.contains(&number) && words.zh_cn.contains(&number), "{words:?}");
                assert!(words.en.is_ascii() && !words.zh_cn.is_ascii(), "{words:?}");
            }
            assert_ne!(setting.lowered(), setting.raised());
        }
    }

    #[test]
    fn a_loss_names_its_cause_and_how_much() {
        for why in [LossWhy::Network, LossWhy::Destination, LossWhy::Computer, LossWhy::Source] {
            let words = why.words(0.034, Some("Douyin"));
            assert!(words.en.contains("3 %") && words.zh_cn.contains("3%"), "{words:?}");
            assert_eq!(words.en.contains("Douyin"), why == LossWhy::Destination);
        }
        let network = LossWhy::Network.words(0.01, None);
        assert_eq!(network.en, "1 % of the frames are lost: your network, not your computer");
    }
}
