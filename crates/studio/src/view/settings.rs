//! What a host sets, with its bounds, and what there is to choose among.

use hawker_domain::{
    EncodeSpeed, SourceId, Words,
    card::CardChoice,
    encode::{BITRATES_BPS, FRAME_RATES},
    scene::{LONGEST_TRANSITION_MS, Scene},
    sound::{AudioSettings, CEILING_DB, MOST_OFFSET_MS, MOST_PICTURE_DELAY_MS},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// `zh-CN` or `en`; none follows the system.
    pub language: Option<String>,
    pub theme: Theme,
    /// The first camera, screen or clip; nothing lets the studio choose. Counts at once, also on air.
    pub source: String,
    /// Further cameras, screens or clips, written as `source`.
    pub more_sources: Vec<String>,
    /// The first microphone; none lets the studio choose. Counts at once, also on air, where nothing but a choice changes it.
    pub mic: Option<String>,
    /// Further microphones, written as `mic`; all are mixed.
    pub more_mics: Vec<String>,
    /// How much skin is smoothed in what cameras and clips show, 0 (not at all) to 100. Counts at once, also on air.
    pub beauty: u8,
    /// How the sound is mixed: microphones are called "mic", "mic-2" and so on, a source's own sound as the source is: "1",
    /// "2" and so on. Counts at once, also on air.
    pub sound: AudioSettings,
    /// Which canvases are made of them.
    pub canvas: Canvases,
    /// Scenes beside the ready-made ones. Their sources are called "1", "2" and so on, in their order.
    pub scenes: Vec<Scene>,
    pub currency: String,
    pub record: bool,
    /// Folder of the recordings.
    pub recordings_dir: String,
    /// The recording goes on in another file after so much, such as `30m` or `2G`; none keeps one file.
    pub record_split: Option<String>,
    /// The recording is encoded on its own, as `480p`, `8M` or `720p 8M`; none records the picture of the stream, which costs
    /// nothing more.
    pub record_quality: Option<String>,
    /// A clip of each pin is made of the recording after the show.
    pub pin_clips: bool,
    /// Seconds that the replay holds; 0 keeps none.
    pub replay_s: u32,
    /// None: the embedded platform on this machine.
    pub platform_url: Option<String>,
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub video_bitrate_bps: u32,
    /// The encoder of the next show, by its name; none takes the first that works. One that does not work is no obstacle: the
    /// first that works takes its place, and the show says so.
    pub encoder: Option<String>,
    /// How much time it takes for a picture, from the next show on.
    pub preset: EncodeSpeed,
    /// Seconds during which a pin by hand holds automatic pins off; 0 holds nothing off.
    pub hand_hold_s: u32,
    /// The window shows the picture as a mirror does. What goes out never is.
    pub mirror_preview: bool,
    /// A scene is looked at before it is shown: the preview waits beside what goes out.
    pub studio_mode: bool,
    /// What the card of the pinned product shows. Counts at once, also on air.
    pub card: CardChoice,
    /// The source that recognition watches ("1", "2" and so on); none: the first. Counts at once, also on air.
    pub watched: Option<SourceId>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: None,
            theme: Theme::System,
            source: String::new(),
            more_sources: Vec::new(),
            mic: None,
            more_mics: Vec::new(),
            beauty: 0,
            sound: AudioSettings::default(),
            canvas: Canvases::Landscape,
            scenes: Vec::new(),
            currency: "CNY".into(),
            record: true,
            recordings_dir: String::new(),
            record_split: None,
            record_quality: None,
            // Who records wants to show the pieces; they cost a fraction of the recording and are made when nobody waits.
            pin_clips: true,
            // Half a minute holds what just happened, in 10 MB at the usual bitrate.
            replay_s: 30,
            platform_url: None,
            width: 1280,
            height: 720,
            fps: 30,
            video_bitrate_bps: 2_500_000,
            encoder: None,
            preset: EncodeSpeed::default(),
            // Long enough to finish a pitch, short enough to be forgotten safely.
            hand_hold_s: 20,
            mirror_preview: false,
            studio_mode: false,
            card: CardChoice::default(),
            watched: None,
        }
    }
}

/// Which canvases a show is made on, each with an encode of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum Canvases {
    #[default]
    #[serde(rename = "16:9")]
    Landscape,
    #[serde(rename = "9:16")]
    Portrait,
    #[serde(rename = "both")]
    Both,
}

impl std::str::FromStr for Canvases {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "16:9" => Ok(Self::Landscape),
            "9:16" => Ok(Self::Portrait),
            "both" => Ok(Self::Both),
            _ => Err("give 16:9, 9:16 or both".into()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    System,
    Dark,
    Light,
}

/// An encoder of this machine's system, in the order in which a show would take them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EncoderView {
    /// What [`Settings::encoder`] calls it.
    pub name: String,
    /// The hardware it drives; none for software.
    pub hardware: Option<String>,
    pub works: bool,
    /// A show takes this one by itself.
    pub first: bool,
    /// Whether it works, and else why not.
    pub words: Words,
}

/// The bounds of what a person sets, for whoever asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Bounds {
    pub bitrate_bps: (u32, u32),
    pub fps: (u32, u32),
    pub transition_ms: (u32, u32),
    pub ceiling_db: (i32, i32),
    pub offset_ms: (i32, i32),
}

/// Those that the engine has.
pub const BOUNDS: Bounds = Bounds {
    bitrate_bps: (*BITRATES_BPS.start(), *BITRATES_BPS.end()),
    fps: (*FRAME_RATES.start(), *FRAME_RATES.end()),
    transition_ms: (0, LONGEST_TRANSITION_MS),
    ceiling_db: CEILING_DB,
    offset_ms: (-MOST_PICTURE_DELAY_MS, MOST_OFFSET_MS),
};
