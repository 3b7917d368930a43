//! What a person sees of the studio: plain data for the cockpit and the command line, pushed at most ten times a second.

mod claims;
mod conflicts;
mod doctor;
mod installations;
mod offers;
mod orders;
mod rehearsal;
mod rights;
mod run_through;
mod settings;
mod till;

pub use claims::{ClaimRulesView, ClaimView};
pub use conflicts::{ConflictPage, ConflictView};
pub use doctor::{Check, CheckId, CheckStatus, ProviderState, ProviderView, ProviderWhy, ProvidersView};
pub use installations::{HeldGoods, HeldState, HeldView, HeldWhat, HeldWhy, InstallationView};
pub use offers::{NewOffer, OfferState, OfferView};
pub use orders::{BuyerView, OrderDetail, OrderView, RefusedChange};
pub use rehearsal::{AdviceView, LookAlikesView, ReadinessView, RehearsalScope, RehearsalView};
pub use rights::{AsideView, DeviceRightsView, DevicesView, HoldingView, MarketView, MissingView};
pub use run_through::{
    AlikeView, Known, ReportedView, RunThroughPhase, RunThroughReportView, RunThroughSaid, RunThroughView,
    RunThroughWish, ShownView, TroubleView, UnwatchedView, VerdictView,
};
pub use settings::{BOUNDS, Bounds, Canvases, EncoderView, Settings, Theme};
pub use till::{
    MatchedView, NewReturn, NewSale, SaleLine, StatementProblemView, StatementRowView, StatementView, StatementWish,
    TillSetup, TillView, UnclearView, UnverifiedView,
};

use hawker_domain::{
    DestinationId, DestinationWay, LessonId, Money, PhotoId, Rendition, ShowId, ShowMs, Sku, SourceId, TagId, Variant,
    overload::LossWhy,
    reason::{ImportWhy, OutputWhy, RecognitionWhy, RecordingWhy, SourceWhy},
    scene::Scene,
    show::ShowState,
    sound::{InputId, InputSettings, MixSettings},
    sound_change::MonitorOf,
    stock::StockNote,
    tag::{Clue, TagState},
};
use hawker_wire::Failure;
use hawker_wire::live::{Frames, OutputState, SourceState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Everything the live view draws, as one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Snapshot {
    pub show: ShowState,
    pub show_id: Option<ShowId>,
    pub at: ShowMs,
    pub viewer_url: Option<String>,
    #[ts(type = "number | null")]
    pub viewers: Option<u64>,
    pub source: SourceView,
    /// Names of the scenes a host can show, in their order.
    #[serde(default)]
    pub scenes: Vec<String>,
    /// The one that is shown; none while no source runs.
    #[serde(default)]
    pub scene: Option<String>,
    /// The one in the preview of studio mode; none while none waits there.
    #[serde(default)]
    pub staged: Option<String>,
    pub outputs: Vec<OutputView>,
    pub recording: Option<RecordingView>,
    /// Things seen in the picture right now.
    pub boxes: Vec<BoxView>,
    pub pinned: Option<PinView>,
    pub running_order: Vec<RunningItem>,
    #[ts(type = "number")]
    pub orders: u64,
    /// Counts the orders that came in while the studio is open, of whatever show: a list of orders is old when it grows.
    #[serde(default)]
    #[ts(type = "number")]
    pub orders_heard: u64,
    /// Counts what other devices did to the catalogue, and how this one's edits fared: a list of products is old when it grows.
    #[serde(default)]
    #[ts(type = "number")]
    pub edits_heard: u64,
    /// Counts what became of claims from comments: a list of claims is old when it grows.
    #[serde(default)]
    #[ts(type = "number")]
    pub claims_heard: u64,
    /// Counts what was spent of offers, or given back: a list of offers is old when it grows.
    #[serde(default)]
    #[ts(type = "number")]
    pub offers_heard: u64,
    pub revenue: Option<Money>,
    /// Changes that have not reached the platform yet.
    #[ts(type = "number")]
    pub waiting_to_sync: u64,
    pub platform: PlatformView,
    /// Another platform was chosen while on air: it takes over after the show.
    pub platform_after_show: bool,
    pub recognition: RecognitionView,
    /// Products are held up one after another before a show; none: they are not.
    #[serde(default)]
    pub run_through: Option<RunThroughView>,
    /// Meters, renewed five times a second.
    #[serde(default)]
    pub sound: SoundView,
    pub stats: StatsView,
}

impl Snapshot {
    /// Before anything is known.
    pub fn empty() -> Self {
        Self {
            show: ShowState::Idle,
            show_id: None,
            at: ShowMs(0),
            viewer_url: None,
            viewers: None,
            source: SourceView::none(),
            scenes: Vec::new(),
            scene: None,
            staged: None,
            outputs: Vec::new(),
            recording: None,
            boxes: Vec::new(),
            pinned: None,
            running_order: Vec::new(),
            orders: 0,
            orders_heard: 0,
            edits_heard: 0,
            claims_heard: 0,
            offers_heard: 0,
            revenue: None,
            waiting_to_sync: 0,
            platform: PlatformView::None,
            platform_after_show: false,
            recognition: RecognitionView::Loading { learning: None },
            run_through: None,
            sound: SoundView::default(),
            stats: StatsView {
                fps: 0.0,
                frames: Frames::default(),
                cpu_percent: 0.0,
                rss_bytes: 0,
                audio_rms_db: None,
                encoder: String::new(),
                av_offset_ms: None,
                encodes: Vec::new(),
                loss: None,
            },
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceView {
    pub id: String,
    pub name: String,
    pub state: SourceState,
    pub why: Option<String>,
    /// The reason as a code; none where no code fits.
    #[serde(default)]
    pub why_code: Option<SourceWhy>,
}

impl SourceView {
    /// No source runs: none is chosen, or none could be had.
    pub fn none() -> Self {
        Self { id: String::new(), name: String::new(), state: SourceState::Lost, why: None, why_code: None }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct OutputView {
    pub id: DestinationId,
    pub name: String,
    /// Without the key.
    pub url: String,
    pub state: OutputState,
    pub why: Option<String>,
    /// The reason as a code; none where no code fits.
    #[serde(default)]
    pub why_code: Option<OutputWhy>,
    /// Milliseconds until the platform closes the room, while reconnecting.
    #[ts(type = "number | null")]
    pub deadline_ms: Option<u64>,
    #[ts(type = "number")]
    pub bitrate_bps: u64,
    pub reconnects: u32,
    /// What is known of the way there.
    #[serde(default)]
    pub line: LineView,
    /// A smaller picture goes there; none for that of the canvas.
    pub rendition: Option<Rendition>,
    /// Viewers there see the show this much later, milliseconds.
    pub delay_ms: u32,
}

/// Numbers of the way to one destination, since it was added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LineView {
    /// Pictures waiting to be sent, milliseconds; full at 2,000.
    #[ts(type = "number")]
    pub queue_ms: u64,
    /// Round trip, milliseconds, where it is measured.
    pub rtt_ms: Option<f64>,
    #[ts(type = "number")]
    pub sent_pictures: u64,
    /// Pictures left out since the way did not take them in time.
    #[ts(type = "number")]
    pub dropped: u64,
    /// Pictures that came while there was no connection.
    #[ts(type = "number")]
    pub missed: u64,
    /// Time it was wanted and not live, milliseconds.
    #[ts(type = "number")]
    pub down_ms: u64,
    /// Bitrate of the picture that this destination asks for; none where it does not steer.
    pub steered_bps: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RecordingView {
    /// Whose pictures it has: "16:9".
    #[serde(default)]
    pub canvas: String,
    /// The first of its files.
    #[serde(default)]
    pub first: String,
    /// The file that is written now.
    pub path: String,
    /// Of all its files.
    #[serde(default)]
    #[ts(type = "number")]
    pub duration_ms: u64,
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// None while it runs; else why it stopped.
    pub stopped: Option<String>,
    #[serde(default)]
    pub stopped_code: Option<RecordingWhy>,
    /// Files so far.
    #[serde(default)]
    pub parts: u32,
    /// Until the disk has no room for it; none while that is not known.
    #[serde(default)]
    #[ts(type = "number | null")]
    pub minutes_left: Option<u64>,
    /// Pictures that are missing since the disk did not take them.
    #[serde(default)]
    #[ts(type = "number")]
    pub lost_pictures: u64,
    /// How long those last, seconds, rounded up.
    #[serde(default)]
    #[ts(type = "number")]
    pub missing_s: u64,
    /// That of the canvas beside the main one, where both run.
    #[serde(default)]
    pub upright: Option<Box<RecordingView>>,
}

/// One tracked thing. Sides are shares of the canvas, 0..1, origin top left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BoxView {
    pub track_id: u32,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    pub tag: Option<TagView>,
    /// Why it has no tag: "too dark", "blurred", "too far".
    pub abstained: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TagView {
    pub tag_id: TagId,
    pub sku: Sku,
    /// All variants of the product, where it is not known which of them it is.
    #[serde(default)]
    pub variants: Vec<Sku>,
    pub title: String,
    pub state: TagState,
    pub confidence: f32,
    pub why: Vec<Clue>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PinView {
    pub tag_id: TagId,
    pub sku: Sku,
    /// All variants of the product, where it is not known which of them it is.
    #[serde(default)]
    pub variants: Vec<Sku>,
    pub title: String,
    pub price: Money,
    /// From the lowest to the highest, ready to read, where it is not known which variant it is.
    #[serde(default)]
    pub price_range: Option<String>,
    pub by_hand: bool,
    pub since: ShowMs,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunningItem {
    pub sku: Sku,
    pub title: String,
    pub price: Money,
    #[ts(type = "number")]
    pub available: i64,
    /// What buyers are told of it.
    pub note: StockNote,
    #[ts(type = "number")]
    pub seconds_shown: u64,
    #[ts(type = "number")]
    pub sold: u64,
    /// It is the product in the picture.
    pub lit: bool,
    pub photo: Option<PhotoId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlatformView {
    /// No platform is set up.
    None,
    Connecting,
    Online,
    /// It does not answer; orders and pins wait.
    Offline,
}

/// The platform and who the studio is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlatformStatus {
    /// Address; none: the embedded platform on this machine, or none at all.
    pub address: Option<String>,
    /// None: this process does not keep in touch with it.
    pub state: Option<PlatformView>,
    pub account: AccountView,
    /// Why it is out of reach.
    pub trouble: Option<Failure>,
    /// Another address was set while on air: it takes over after the show.
    pub after_show: bool,
    /// Changes that have not reached it.
    #[ts(type = "number")]
    pub waiting_to_sync: u64,
}

/// Whose account it is. Its `Debug` leaves the address out: that is for the person's own eyes, not for a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountView {
    /// The one the studio made for itself.
    Own,
    /// One of a person who signed in.
    Person { email: String },
}

impl std::fmt::Debug for AccountView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Own => "Own",
            Self::Person { .. } => "Person",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RecognitionView {
    Off {
        why: String,
        #[serde(default)]
        why_code: Option<RecognitionWhy>,
    },
    Loading {
        #[serde(default)]
        learning: Option<LearningView>,
    },
    On {
        provider: String,
        /// Why a device it ran on before was given up, in English as the runtime says it; none: none was.
        #[serde(default)]
        lost: Option<String>,
        fps: f32,
        ms_per_frame: f32,
        #[serde(default)]
        learning: Option<LearningView>,
        #[serde(default)]
        idle: Option<IdleShot>,
    },
}

/// A picture in which there is nothing to tag: nothing new is said while it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IdleShot {
    Empty,
    Slate,
}

/// How many of the catalogue's photos that are new to recognition it has looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LearningView {
    pub done: usize,
    pub total: usize,
}

impl RecognitionView {
    /// None: it has looked at all there are, or does not run.
    pub fn learning(&self) -> Option<LearningView> {
        match self {
            Self::Off { .. } => None,
            Self::Loading { learning } | Self::On { learning, .. } => *learning,
        }
    }
}

/// The mixer's desk: every input that there is, and the mix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct SoundView {
    pub inputs: Vec<SoundInputView>,
    pub mix: LevelView,
    /// Of the mix over the last three seconds; none while silent. Units: LUFS.
    pub loudness_lufs: Option<f32>,
    /// How all sound together is set.
    pub set: MixSettings,
    pub monitor: MonitorView,
}

/// What the host hears in the headphones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct MonitorView {
    /// What is to be heard; none for nothing.
    pub of: Option<MonitorOf>,
    /// The device that is chosen; none for the one that the system plays on.
    pub device: Option<String>,
    pub state: MonitorStateView,
    /// Why it does not play.
    pub why: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MonitorStateView {
    #[default]
    Off,
    Playing,
    Failed,
}

/// What moves at the desk while somebody looks, renewed twenty times a second.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SoundMeters {
    #[ts(type = "Record<string, InputMeter>")]
    pub inputs: BTreeMap<InputId, InputMeter>,
    pub mix: LevelView,
    /// Of the mix over the last three seconds; none while silent. Units: LUFS.
    pub loudness_lufs: Option<f32>,
    /// What the loudness target adds now. Units: dB.
    pub loudness_gain_db: f32,
    /// What the limiter takes away now. Units: dB, positive.
    pub limited_db: f32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct InputMeter {
    /// After filters and gain, before the mute.
    pub level: LevelView,
    /// What the compressor takes away. Units: dB, positive.
    pub reduction_db: f32,
    /// What ducking takes away. Units: dB, positive.
    pub ducked_db: f32,
}

/// What an input of the mix is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SoundKind {
    #[default]
    Microphone,
    /// What plays on this computer.
    Computer,
    /// A clip's or a stream's own sound.
    Source,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SoundInputView {
    pub id: InputId,
    /// Its device, or its source.
    pub name: String,
    #[serde(default)]
    pub kind: SoundKind,
    /// It delivers sound now.
    pub present: bool,
    /// Nothing is heard of it now, by hand or by itself.
    pub muted: bool,
    /// After filters and gain, before the mute.
    pub level: LevelView,
    /// At which the device itself delivers, where that is known. Units: Hz.
    pub rate_hz: Option<u32>,
    /// How it is set.
    #[serde(default)]
    pub set: InputSettings,
}

/// How loud something is. Units: dBFS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LevelView {
    pub peak_db: Option<f32>,
    /// Over 400 ms.
    pub rms_db: Option<f32>,
    /// A sample reached full scale within the last two seconds.
    pub clipped: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct StatsView {
    pub fps: f32,
    pub frames: Frames,
    /// CPU of this process in percent of one core.
    pub cpu_percent: f32,
    #[ts(type = "number")]
    pub rss_bytes: u64,
    /// Loudness of the microphone, dBFS RMS; none without sound.
    pub audio_rms_db: Option<f32>,
    pub encoder: String,
    /// How much later the sound is than the picture, milliseconds, as far as the times of capture tell; without the offset
    /// that is set by hand. None while unknown.
    #[serde(default)]
    pub av_offset_ms: Option<f32>,
    /// Every encode that runs, the main one first.
    #[serde(default)]
    pub encodes: Vec<EncodeView>,
    /// Why pictures are being lost, while at least one in a hundred is.
    #[serde(default)]
    pub loss: Option<LossView>,
}

/// One encode that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EncodeView {
    /// "16:9", "16:9 360p", "16:9 recording".
    pub name: String,
    pub encoder: String,
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    /// Asked for now, bits a second.
    pub bitrate_bps: u32,
    /// Time it takes for a picture, smoothed, milliseconds; it has 1000 / `fps`.
    pub picture_ms: f32,
}

/// Pictures are being lost, and this is why.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LossView {
    pub why: LossWhy,
    /// Of the pictures of the last ten seconds, 0.01 to 1.
    pub share: f32,
    /// The only destination that is behind, where others are not.
    pub destination: Option<DestinationId>,
}

/// What "go live" asks for. Absent fields come from the settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct GoLive {
    /// `@CAMERA`, `screen`, a file, a URL or `test`.
    pub source: Option<String>,
    /// Further sources, as `source`; absent: those of the settings.
    pub more_sources: Option<Vec<String>>,
    /// Which canvases are made.
    pub canvas: Option<Canvases>,
    pub mic: Option<String>,
    /// Further microphones, as `mic`; absent: those of the settings, or none where `mic` is given.
    pub more_mics: Option<Vec<String>>,
    pub title: Option<String>,
    pub destinations: Vec<DestinationId>,
    pub record: Option<bool>,
}

/// A camera, screen or microphone, or what sound is played on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    /// Passed as `@ID`; a screen's and a window's as it is.
    pub id: String,
    pub name: String,
    pub kind: DeviceKind,
    /// What it offers; a camera's are passed as `@ID#FORMAT`.
    pub formats: Vec<String>,
    /// A microphone that is what plays on this computer.
    pub is_system_sound: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    Camera,
    Microphone,
    Screen,
    Window,
    /// Headphones or loudspeakers.
    Speaker,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProductView {
    pub sku: Sku,
    /// By which it is told from its other variants.
    pub title: String,
    /// As the seller wrote it, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub own_title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub variant: Option<Variant>,
    pub brand: String,
    pub category: String,
    pub description: String,
    pub price: Money,
    /// What a piece costs the seller; none: nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cost: Option<Money>,
    pub barcode: String,
    #[ts(type = "number")]
    pub on_hand: i64,
    #[ts(type = "number")]
    pub reserved: i64,
    pub photos: Vec<PhotoId>,
}

/// One correction that recognition learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LessonView {
    pub lesson_id: LessonId,
    pub sku: Sku,
    pub title: String,
    /// What was shown is this product; false: it is something else.
    pub is_it: bool,
    /// There is a picture of it; none is kept on which a person may be recognised.
    pub has_crop: bool,
    /// UTC, microseconds since 1970.
    #[ts(type = "number")]
    pub made_at_us: i64,
}

/// A product as typed into the editor: amounts as text, checked in one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProductDraft {
    pub sku: String,
    pub title: String,
    pub brand: String,
    pub category: String,
    pub description: String,
    pub price: String,
    /// In the currency of the price; empty: unknown.
    pub cost: String,
    pub currency: String,
    pub barcode: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ProductPage {
    pub products: Vec<ProductView>,
    #[ts(type = "number")]
    pub total: u64,
    /// There may be more than `total`: a search counts so far and no further.
    pub or_more: bool,
}

/// What an import did, or would do, row by row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ImportReport {
    pub dry_run: bool,
    #[ts(type = "number")]
    pub added: u64,
    #[ts(type = "number")]
    pub updated: u64,
    #[ts(type = "number")]
    pub unchanged: u64,
    #[ts(type = "number")]
    pub photos: u64,
    pub problems: Vec<RowProblem>,
    /// The sheet of a workbook that was read. None: the file is no workbook.
    pub sheet: Option<String>,
    /// It was told to stop before the last row.
    pub stopped: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RowProblem {
    /// Line of the file, or row of the sheet, from 1; the header counts.
    #[ts(type = "number")]
    pub row: u64,
    pub sku: Option<String>,
    pub message: String,
    pub code: ImportWhy,
    /// What the code is about: the text that is no amount, the photo that can't be read. Empty where nothing is.
    pub about: String,
}

/// What is known of the recovery code, which opens the store and its backups where keychain or passphrase are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryState {
    /// None was made.
    None,
    /// One was made, and nobody has shown to have it on paper.
    Unconfirmed,
    Confirmed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DestinationView {
    pub id: DestinationId,
    pub name: String,
    /// Without the key.
    pub url: String,
    #[serde(flatten)]
    pub way: DestinationWay,
}

#[derive(Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct NewDestination {
    pub name: String,
    /// With the key. Goes into the encrypted store, never comes back out to the view.
    pub url: String,
    #[serde(flatten)]
    pub way: DestinationWay,
}

/// What a destination becomes.
#[derive(Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DestinationChange {
    /// With the key; none keeps the one there is.
    pub url: Option<String>,
    #[serde(flatten)]
    pub way: DestinationWay,
}

/// The key stays out of it.
impl std::fmt::Debug for NewDestination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDestination").field("name", &self.name).field("way", &self.way).finish_non_exhaustive()
    }
}

/// The key stays out of it.
impl std::fmt::Debug for DestinationChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DestinationChange").field("way", &self.way).finish_non_exhaustive()
    }
}

/// The scenes there are, for whoever changes them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SceneBook {
    /// What every show has, made of its sources.
    pub ready: Vec<Scene>,
    /// The host's own; one that has the name of a ready-made one takes its place.
    pub own: Vec<Scene>,
    pub sources: Vec<SourceName>,
}

/// A picture that can stand in a scene.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceName {
    pub id: SourceId,
    /// What it is: a camera, a file.
    pub name: String,
}
