//! The words of the command line.

mod backup;
mod channels;
mod claims;
mod comments;
mod conflicts;
mod models;
mod offers;
mod orders;
mod platform;
mod rehearse;
mod sound;
mod stock;
mod till;

use clap::{ArgGroup, Args, Parser, Subcommand};
use hawker_domain::{
    CanvasShape, DestinationWay, EncodeSpeed, LessonId, RecordQuality, Rendition, Sku, channel::recorded::TrafficSpec,
    scene::Side,
};
use hawker_studio::{FaultPlan, Pre, SplitEvery, VideoCodec, view::Canvases};
use std::ffi::OsString;
use std::path::PathBuf;

pub use backup::{Backup, Code, Key};
pub use channels::Channels;
pub use claims::{ClaimCommand, ClaimRulesArgs, Claims};
pub use comments::Comments;
pub use conflicts::{Conflicts, ConflictsCommand, LISTED};
pub use models::Models;
pub use offers::{NewOffer, Offers};
pub use orders::{AddSale, Orders, Statement};
pub use platform::{Platform, PlatformDevices, Quarantine};
pub use rehearse::Rehearse;
pub use sound::{MuteWord, OnOff, SoundCommand, SoundInput, SoundMix, SoundMonitor};
pub use stock::Stock;
pub use till::{Paper, Till, TillSetupArgs};

/// Live-commerce studio: recognises the product in the host's hand and turns the show into orders.
#[derive(Debug, Parser)]
#[command(name = "hawker", version, arg_required_else_help = true)]
pub struct Cli {
    /// Where everything the seller owns lies.
    #[arg(long, global = true, env = "HAWKER_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print JSON instead of sentences.
    #[arg(long, global = true)]
    pub json: bool,
    /// Show more of the log on stderr.
    #[arg(long, short, global = true)]
    pub verbose: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// For a program with a window: the data directory if the words name nothing else, so that the window is meant; none if
/// they are a command.
pub fn window_data_dir(mut words: impl Iterator<Item = OsString>) -> Option<Option<PathBuf>> {
    let Some(first) = words.next() else { return Some(None) };
    let named = match first.to_str()?.split_once('=') {
        Some(("--data-dir", path)) => PathBuf::from(path),
        None if first == "--data-dir" => PathBuf::from(words.next()?),
        _ => return None,
    };
    words.next().is_none().then_some(Some(named))
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Go live without a window.
    Live(Live),
    /// List cameras, screens and microphones.
    Devices,
    /// Say what works on this machine, what is missing and how to get it.
    Doctor,
    /// Products: import, list, search.
    Catalog {
        #[command(subcommand)]
        command: Catalog,
    },
    /// Orders: list, add a sale.
    Orders {
        #[command(subcommand)]
        command: Orders,
    },
    /// Goods that this device alone sells, where there is no network; goods put aside; what is missing.
    #[command(subcommand)]
    Stock(Stock),
    /// The till of this device: open it, count it, set it up.
    #[command(subcommand)]
    Till(Till),
    /// Where comments and orders come from beside the platform's own page.
    Channels {
        #[command(subcommand)]
        command: Channels,
    },
    /// Offers: so many pieces of a product at a price of their own.
    #[command(subcommand)]
    Offers(Offers),
    /// Comments of a show: what each is taken for.
    Comments {
        #[command(subcommand)]
        command: Comments,
    },
    /// Encrypted copies of the store: make, list, verify, restore.
    #[command(subcommand)]
    Backup(Backup),
    /// The store's key: a recovery code on paper, a way back by it, another key.
    #[command(subcommand)]
    Key(Key),
    /// Places to publish to.
    Destinations {
        #[command(subcommand)]
        command: Destinations,
    },
    /// The platform shows go to, and the seller's account there.
    Platform {
        #[command(subcommand)]
        command: Platform,
    },
    /// What the Settings page keeps.
    Settings {
        #[command(subcommand)]
        command: SettingsCommand,
    },
    /// The last show, from its ledger, or a replay of the one on air.
    Show(Show),
    /// What the running show shows.
    Scene {
        #[command(subcommand)]
        command: SceneCommand,
    },
    /// What the card of the pinned product shows, from now on and on air at once.
    Card(CardWish),
    /// What is heard, and how loud. Counts at once, also on air, and is kept.
    Sound {
        #[command(subcommand)]
        command: SoundCommand,
    },
    /// Recordings: cut a piece out of one.
    Recording {
        #[command(subcommand)]
        command: Recording,
    },
    /// The models of recognition: which are there, and fetching those that did not come along.
    Models {
        #[command(subcommand)]
        command: Models,
    },
    /// Measure recognition on labelled pictures or on a clip with its truth.
    Recognise(Recognise),
}

#[derive(Debug, Args)]
pub struct Live {
    /// @CAMERA (id or name, and of the formats that `hawker devices` lists one, as @CAMERA#mjpeg-1280x720-30), screen, screen:MONITOR (on macOS its number from 0), window:PROGRAM/TITLE, a file, a URL, or test; "-" reads it from stdin, for an address with a password in it.
    /// Several make a show of several: recognition watches the first, `hawker scene` changes between them.
    #[arg(long)]
    pub source: Vec<String>,
    /// Microphone (id or name), or silence, source (the clip's own sound) or tone. Several are mixed.
    #[arg(long)]
    pub mic: Vec<String>,
    /// Shape of the picture: 16:9, 9:16, or both, each with its own layout and its own encode. Usually that of the settings.
    #[arg(long, value_name = "SHAPE", value_parser = clap::value_parser!(Canvases))]
    pub canvas: Option<Canvases>,
    /// @NAME of a stored destination, "-" to read an address from stdin (after that of --source), or an address on this
    /// machine. "9:16=" before it sends the upright picture there, "360p=" a small one, "9:16=360p=" both.
    #[arg(long)]
    pub to: Vec<String>,
    /// Record to this .mkv; an .mp4 takes its place at the end. A file that is there is never written over: the new one gets
    /// a number. With both canvases the upright one is recorded beside it, to NAME-9x16.
    #[arg(long)]
    pub record: Option<PathBuf>,
    /// Go on in another file after so much: 30m, 1h, 500M, 2G. The next file begins with a keyframe, and no picture is lost
    /// between them.
    #[arg(long, value_name = "TIME|SIZE", requires = "record")]
    pub record_split: Option<SplitEvery>,
    /// Encode the recording on its own, as 480p, 8M or "720p 8M"; usually it has the picture of the stream, which costs nothing
    /// more. When the computer gets busy it goes on with that one, in another file if its size or form differs.
    #[arg(long, value_name = "SIZE|BITRATE", requires = "record")]
    pub record_quality: Option<RecordQuality>,
    /// Encode with this one instead of what the settings say: auto, or a name that `hawker doctor` lists. One that does not work
    /// is no obstacle: the first that works takes its place, and the show says so.
    #[arg(long, value_name = "NAME", value_parser = VideoCodec::parse)]
    pub encoder: Option<VideoCodec>,
    /// How much time an encoder in software takes for a picture: ultrafast, superfast or veryfast, which looks best. Usually that
    /// of the settings.
    #[arg(long, value_name = "NAME", value_parser = clap::value_parser!(EncodeSpeed))]
    pub preset: Option<EncodeSpeed>,
    /// Make no clip of each pin after the show.
    #[arg(long)]
    pub no_pin_clips: bool,
    /// Write down what recognition decides on, one JSON line each, without a picture, for `hawker recognise --evidence`. Former
    /// evidence is written over, any other file is refused. It grows with the number of products, to 4 GB at most.
    #[arg(long, value_name = "FILE")]
    pub record_evidence: Option<PathBuf>,
    /// Keep so many seconds for `hawker show replay`, 0 to 300, of 80 MB at most; usually what the settings say.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=300))]
    pub replay: Option<u32>,
    /// Import this catalogue (folder or CSV) first.
    #[arg(long)]
    pub catalog: Option<PathBuf>,
    /// End by itself after this many seconds on air, at most a week.
    #[arg(long, value_parser = seconds)]
    pub seconds: Option<f64>,
    /// Make parts fail on purpose, to see what becomes of the show: WHAT@WHEN[:HOW LONG], several with commas between. WHAT is
    /// camera-lost, network-stall, network-drop, bandwidth, disk-full, disk-stall, encoder-lost, canvas-lost (with the canvas, as
    /// canvas-lost@10s:9:16) or cpu; WHEN counts from on air.
    #[arg(long, value_name = "SPEC", value_parser = clap::value_parser!(FaultPlan))]
    pub fault: Option<FaultPlan>,
    #[arg(long)]
    pub title: Option<String>,
    /// Pin this product by hand as soon as the show is on air.
    #[arg(long, value_name = "SKU", value_parser = sku)]
    pub pin: Option<Sku>,
    /// Don't publish to the platform.
    #[arg(long)]
    pub no_platform: bool,
    /// Play recorded comments into the show, for trials: recorded:FILE.jsonl, a line each as
    /// {"at_ms":1500,"viewer":"v","text":"+1"}. Behind it ",seed=7" loses, repeats and delays some, and begins the numbers anew;
    /// lose=0.1, repeat=0.1, delay=0.2, restart=100 and speed=2 say how.
    #[arg(long, value_name = "SPEC", value_parser = clap::value_parser!(TrafficSpec))]
    pub comments: Option<TrafficSpec>,
}

/// Longer shows are ended by hand; beyond it the number is a slip.
const SECONDS_MAX: f64 = 7.0 * 24.0 * 3600.0;

fn seconds(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(seconds) if (0.0..=SECONDS_MAX).contains(&seconds) => Ok(seconds),
        _ => Err(format!("give a number of seconds from 0 to {SECONDS_MAX}")),
    }
}

fn sku(text: &str) -> Result<Sku, String> {
    Sku::try_from(text.to_owned()).map_err(|error| error.to_string())
}

#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// Read products and photos from a CSV, TSV or XLSX, or a folder with catalog.csv.
    Import {
        path: PathBuf,
        /// Say what would happen, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Write the whole catalogue to a new CSV that `import` reads back to the same. Photos are not in it.
    Export { file: PathBuf },
    List {
        #[arg(long, default_value_t = 100)]
        limit: u32,
    },
    Search {
        query: String,
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
    /// What the show means to present, in this order: SKUs, or --all for the whole catalogue. Counts at once, also on air.
    #[command(group(clap::ArgGroup::new("which").required(true).args(["skus", "all"])))]
    Order {
        skus: Vec<String>,
        #[arg(long)]
        all: bool,
    },
    /// No longer sell a product: it leaves the catalogue and, as soon as the platform can be reached, its shelf.
    Remove { sku: String },
    /// How well products will be recognised, which are taken for each other, and what to photograph: every photo is judged by all
    /// the others. Without SKUs those of the running order. With --source each product is held up before the camera, too.
    Rehearse(Rehearse),
    /// What recognition learned from corrections during shows, newest first.
    Lessons {
        /// Write the pictures it learned from into this folder.
        #[arg(long)]
        pictures: Option<PathBuf>,
    },
    /// Take lessons back, by their ids or --all of them: they count no more, and their pictures are erased.
    #[command(group(clap::ArgGroup::new("which").required(true).args(["ids", "all"])))]
    Forget {
        ids: Vec<LessonId>,
        #[arg(long)]
        all: bool,
    },
    /// Edits that did not count, since another of your devices had changed the same before; without a command, the list of them.
    Conflicts(Conflicts),
    /// Goods came in, came back or were counted: SKU and the change.
    Stock {
        sku: String,
        #[arg(allow_negative_numbers = true)]
        delta: i64,
    },
    /// Compare what was counted on the shelves (CSV or XLSX of barcode or SKU and number, or a line for each scan) with the stock.
    StockTake {
        file: PathBuf,
        /// When it was counted: now, or like 2026-01-31T18:00:00+08:00. What was sold since then stays sold.
        #[arg(long, value_name = "TIME")]
        counted_at: Option<String>,
        /// Correct the stock of every product that differs. Without it nothing changes.
        #[arg(long, requires = "counted_at")]
        apply: bool,
    },
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("say yes or no".to_owned()),
    }
}

fn canvas_shape(text: &str) -> Result<CanvasShape, String> {
    let known = [CanvasShape::Landscape, CanvasShape::Portrait].into_iter().find(|shape| shape.as_str() == text);
    known.ok_or_else(|| "a canvas is 16:9 or 9:16".to_owned())
}

#[derive(Debug, Subcommand)]
pub enum Destinations {
    List,
    /// The address, with its key, is read from stdin.
    Add {
        name: String,
        /// Seconds after which the platform closes the room.
        #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
        deadline: Option<u32>,
        /// The address outlives a closed room: it is tried on past the deadline. Otherwise you are told to get another one.
        #[arg(long, requires = "deadline")]
        keeps_address: bool,
        /// Viewers see the show so many seconds later, at most 60.
        #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
        delay: u32,
        /// The canvas it gets, where the show has it.
        #[arg(long, value_name = "SHAPE", value_parser = canvas_shape, default_value = "16:9")]
        canvas: CanvasShape,
        /// Send a smaller picture there: 360p (600 kbit/s), an encode of its own that all who want it share.
        #[arg(long)]
        rendition: Option<Rendition>,
        /// Its line decides the bitrate that all who get the same picture share; another one that did no longer does.
        #[arg(long)]
        primary: bool,
    },
    /// Change one that is there; a show that goes there follows at once. What is not named stays.
    #[command(group = ArgGroup::new("change").required(true).multiple(true))]
    Set {
        name: String,
        #[command(flatten)]
        change: DestinationArgs,
    },
    Remove {
        name: String,
    },
    /// See whether something answers there.
    Test {
        name: String,
    },
}

/// What of a destination is changed.
#[derive(Debug, Args)]
pub struct DestinationArgs {
    /// Read another address, with its key, from stdin.
    #[arg(long, group = "change")]
    pub address: bool,
    /// Seconds after which the platform closes the room, or none.
    #[arg(long, group = "change", value_name = "SECONDS|none", value_parser = or_none::<u32>)]
    pub deadline: Option<OrNone<u32>>,
    /// Whether the address outlives a closed room.
    #[arg(long, group = "change", value_name = "yes|no", value_parser = yes_or_no, default_missing_value = "yes", num_args = 0..=1)]
    pub keeps_address: Option<bool>,
    /// Viewers see the show so many seconds later, at most 60.
    #[arg(long, group = "change", value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(0..=60))]
    pub delay: Option<u32>,
    /// The canvas it gets, where the show has it.
    #[arg(long, group = "change", value_name = "SHAPE", value_parser = canvas_shape)]
    pub canvas: Option<CanvasShape>,
    /// Send a smaller picture there: 360p, or none for that of the canvas.
    #[arg(long, group = "change", value_name = "360p|none", value_parser = or_none::<Rendition>)]
    pub rendition: Option<OrNone<Rendition>>,
    /// Whether its line decides the bitrate that all who get the same picture share.
    #[arg(long, group = "change", value_name = "yes|no", value_parser = yes_or_no, default_missing_value = "yes", num_args = 0..=1)]
    pub primary: Option<bool>,
}

impl DestinationArgs {
    /// The way of a destination that was `kept`, changed.
    pub fn change(&self, kept: &DestinationWay) -> DestinationWay {
        DestinationWay {
            deadline_s: self.deadline.map_or(kept.deadline_s, |OrNone(deadline)| deadline),
            one_show: self.keeps_address.map_or(kept.one_show, |keeps| !keeps),
            delay_ms: self.delay.map_or(kept.delay_ms, |seconds| seconds * 1_000),
            canvas: self.canvas.unwrap_or(kept.canvas),
            rendition: self.rendition.map_or(kept.rendition, |OrNone(rendition)| rendition),
            primary: self.primary.unwrap_or(kept.primary),
        }
    }
}

/// A value, or the word "none". A type of its own, as clap takes an `Option` for an argument that may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrNone<T>(pub Option<T>);

fn or_none<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<OrNone<T>, String> {
    if text == "none" {
        return Ok(OrNone(None));
    }
    text.parse().map(|value| OrNone(Some(value))).map_err(|error| format!("{error}; or say none"))
}

#[derive(Debug, Subcommand)]
pub enum SettingsCommand {
    List,
    /// A value of "-" is read from stdin, for an address with a password in it.
    Set {
        name: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
        /// Change the platform's address although changes have not reached the old one. They go to the new one, and to the
        /// old one when you come back to it.
        #[arg(long)]
        go_along: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum SceneCommand {
    /// The scenes that can be shown; * marks the one that is shown, > the one in the preview.
    List,
    /// Change to a scene: at once, or over a while.
    Show {
        name: String,
        #[command(flatten)]
        change: SceneChange,
    },
    /// Put a scene into the preview, where the host sees it before it is shown; without a name take away what is there.
    Preview { name: Option<String> },
    /// Show what is in the preview, and put into the preview what was shown.
    Take {
        #[command(flatten)]
        change: SceneChange,
    },
}

#[derive(Debug, Args)]
pub struct CardWish {
    /// A size chart stands in the product's description: a line a size, | between the cells.
    #[arg(value_enum)]
    pub kind: CardTemplateName,
    /// Show the product's page as a QR code too.
    #[arg(long)]
    pub qr: bool,
    /// How long a countdown runs, 1 to 600; usually as long as the last one.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=600))]
    pub minutes: Option<u32>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum CardTemplateName {
    Price,
    /// The number of pieces left.
    Stock,
    Countdown,
    SizeChart,
}

/// How one scene becomes the next; a cut where nothing is said.
#[derive(Clone, Copy, Debug, Args)]
pub struct SceneChange {
    /// Fade over this many milliseconds.
    #[arg(long, value_name = "MS", conflicts_with = "slide", value_parser = clap::value_parser!(u32).range(..=5_000))]
    pub fade: Option<u32>,
    /// Push the next scene in over this many milliseconds.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(..=5_000))]
    pub slide: Option<u32>,
    /// The side it comes from: left, right, top or bottom.
    #[arg(long, value_name = "SIDE", requires = "slide", default_value = "right", value_parser = clap::value_parser!(Side))]
    pub from: Side,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Show {
    /// List shows instead of the last one's events.
    #[arg(long)]
    pub list: bool,
    #[command(subcommand)]
    pub command: Option<ShowCommand>,
}

#[derive(Debug, Subcommand)]
pub enum ShowCommand {
    /// Save the last seconds of the show on air as an MP4: to this file, or beside the recordings.
    Replay { file: Option<PathBuf> },
    /// Record the show on air: to this file, or to the folder of the recordings. A recording that stopped by itself begins
    /// anew.
    Record {
        #[arg(conflicts_with = "stop")]
        file: Option<PathBuf>,
        /// End the recording; the show goes on, and an MP4 is made of it meanwhile.
        #[arg(long)]
        stop: bool,
    },
    /// Send the show that is on air to one more destination, or anew to one that failed or ended.
    Publish {
        /// @NAME of a stored destination; hawker is the platform's own.
        name: String,
    },
    /// End one destination of the show that is on air; the others go on.
    Unpublish {
        /// As it is called while on air.
        name: String,
    },
    /// The pinned or suggested product is wrong: it is taken back, and recognition learns that.
    Undo,
    /// What is held up is this product: it is pinned, and recognition learns it.
    Name {
        #[arg(value_parser = sku)]
        sku: Sku,
        /// Another thing in the picture, by the track of its tag.
        #[arg(long)]
        track: Option<u32>,
    },
    /// Orders from comments: what viewers asked for, and what became of it.
    Claims(Claims),
    /// The numbers of the show on air, in the text format that Prometheus reads.
    Metrics,
}

#[derive(Debug, Subcommand)]
pub enum Recording {
    /// Copy a piece of a recording, finished or still being written, into a new MP4. Nothing is encoded again, so it begins
    /// with the keyframe before --from. Where FILE goes on in FILE-part2 and so on, positions count through all of them.
    Clip {
        file: PathBuf,
        /// Seconds (90, 12.5) or clock (1:30, 1:02:03.5) in the recording.
        #[arg(long, value_parser = position)]
        from: u64,
        /// As --from.
        #[arg(long, value_parser = position)]
        to: u64,
        out: PathBuf,
    },
}

/// A position in a recording, milliseconds.
fn position(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no position; write it like 90, 12.5, 1:30 or 1:02:03.5");
    let mut fields = text.trim().rsplit(':');
    let seconds = fields.next().unwrap_or_default();
    let plain = !seconds.is_empty() && seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let mut ms = seconds.parse::<f64>().ok().filter(|_| plain).ok_or_else(wrong)? * 1_000.0;
    for (field, unit_ms) in fields.by_ref().take(2).zip([60_000.0, 3_600_000.0]) {
        ms += f64::from(field.parse::<u16>().map_err(|_| wrong())?) * unit_ms;
    }
    let day = 24.0 * 3_600_000.0 * 7.0;
    if fields.next().is_none() && ms <= day { Ok(ms.round() as u64) } else { Err(wrong()) }
}

#[derive(Clone, Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["images", "video", "evidence"])))]
pub struct Recognise {
    /// Folder with catalog.csv, or the CSV.
    #[arg(long, required_unless_present = "evidence", conflicts_with = "evidence")]
    pub catalog: Option<PathBuf>,
    /// CSV with path,sku (sku empty: none of the catalogue's products).
    #[arg(long)]
    pub images: Option<PathBuf>,
    #[arg(long, requires = "truth")]
    pub video: Option<PathBuf>,
    /// Evidence that --record-evidence wrote: it is decided again, and compared with what was said then.
    #[arg(long)]
    pub evidence: Option<PathBuf>,
    /// When which product is in the clip: a JSON list of {sku, from_ms, to_ms}.
    #[arg(long)]
    pub truth: Option<PathBuf>,
    /// What is said in the clip: a JSON list of {words, t0, t1}, in ms.
    #[arg(long, requires = "video")]
    pub spoken: Option<PathBuf>,
    /// Write down what the decisions on the clip rest on, one JSON line each, without a picture.
    #[arg(long, requires = "video")]
    pub record_evidence: Option<PathBuf>,
    /// Write every decision here, one JSON line each.
    #[arg(long)]
    pub per_image: Option<PathBuf>,
    /// Write the figures of each stratum here as JSON: kinds of goods, look-alikes, sharpness, light, size, or what the truth of a clip
    /// says, with the edges between them; and how often each probability was right. Whether something covers a product no picture tells:
    /// that is known of a clip, by its truth.
    #[arg(long, value_name = "FILE", conflicts_with = "evidence")]
    pub report: Option<PathBuf>,
    /// Draw how often each probability was right, as SVG: of each picture, or of the likeliest thing in each picture of a clip.
    #[arg(long, value_name = "FILE.svg", conflicts_with = "evidence")]
    pub reliability: Option<PathBuf>,
    /// Judge by looks alone: read no words and no codes.
    #[arg(long)]
    pub no_words: bool,
    /// What is done to a picture before the models instead of what is usual: none, or some of denoise, low-light,
    /// white-balance, gray-words with commas between.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(Pre), conflicts_with = "evidence")]
    pub pre: Option<Pre>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_words_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn times_that_are_none_are_bad_usage() {
        let read = |text: &str| Cli::try_parse_from(["hawker", "live", &format!("--seconds={text}")]);
        for text in ["-1", "NaN", "inf", "1e20", "604801", "ten", ""] {
            assert_eq!(read(text).unwrap_err().exit_code(), 2, "{text}");
        }
        for text in ["0", "2.5", "604800"] {
            assert!(read(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_position_is_seconds_or_a_clock() {
        for (text, want) in [
            ("90", Some(90_000)),
            ("12.5", Some(12_500)),
            ("1:30", Some(90_000)),
            ("1:02:03.5", Some(3_723_500)),
            ("0", Some(0)),
            ("", None),
            ("-1", None),
            ("1e3", None),
            ("1:2:3:4", None),
            (":", None),
            ("NaN", None),
            ("999999999", None),
        ] {
            assert_eq!(position(text).ok(), want, "{text}");
        }
    }

    #[test]
    fn a_split_needs_a_recording_and_a_sane_size() {
        let read = |words: &[&str]| Cli::try_parse_from([&["hawker", "live"], words].concat()).is_ok();
        assert!(read(&["--record", "a.mkv", "--record-split", "30m", "--replay", "0"]));
        assert!(!read(&["--record-split", "30m"]));
        assert!(read(&["--record", "a.mkv", "--record-quality", "720p 8M"]));
        assert!(!read(&["--record", "a.mkv", "--record-quality", "best"]));
        assert!(!read(&["--record-quality", "8M"]));
        assert!(!read(&["--record", "a.mkv", "--record-split", "often"]));
        assert!(!read(&["--replay", "301"]));
    }

    #[test]
    fn an_encoder_and_a_preset_are_ones_that_exist() {
        let live = |words: &[&str]| match Cli::try_parse_from([&["hawker", "live"], words].concat()) {
            Ok(Cli { command: Command::Live(live), .. }) => Ok((live.encoder, live.preset)),
            Ok(_) => Ok((None, None)),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(live(&[]), Ok((None, None)), "as the settings say");
        assert_eq!(live(&["--encoder", "auto"]), Ok((Some(VideoCodec::Auto), None)), "whatever the settings say");
        let named = Some(VideoCodec::Named("openh264enc".into()));
        let both = live(&["--encoder", "openh264enc", "--preset", "veryfast"]);
        assert_eq!(both, Ok((named, Some(EncodeSpeed::Veryfast))));
        assert!(live(&["--encoder", "nvenc"]).unwrap_err().contains("nvh264enc"), "it says which there are");
        assert!(live(&["--preset", "placebo"]).unwrap_err().contains("superfast"));
    }

    #[test]
    fn a_slide_comes_from_a_side_and_nothing_else_does() {
        let change = |words: &[&str]| match Cli::try_parse_from([&["hawker", "scene", "take"], words].concat()) {
            Ok(Cli { command: Command::Scene { command: SceneCommand::Take { change } }, .. }) => Some(change),
            _ => None,
        };
        assert_eq!(change(&["--slide", "400"]).unwrap().from, Side::Right);
        assert_eq!(change(&["--slide", "400", "--from", "bottom"]).unwrap().from, Side::Bottom);
        assert!(change(&["--from", "left"]).is_none(), "a cut comes from nowhere");
        assert!(change(&["--slide", "400", "--from", "up"]).is_none());
        assert!(change(&["--slide", "5001"]).is_none());
    }

    #[test]
    fn a_fault_that_is_none_is_bad_usage() {
        let read = |text: &str| Cli::try_parse_from(["hawker", "live", "--fault", text]);
        assert_eq!(read("fire@3s").unwrap_err().exit_code(), 2);
        assert!(read("camera-lost@10s:3s,network-drop@30s").is_ok());
    }

    #[test]
    fn only_a_data_directory_or_nothing_means_the_window() {
        let of = |words: &[&str]| window_data_dir(words.iter().map(OsString::from));
        assert_eq!(of(&[]), Some(None));
        assert_eq!(of(&["--data-dir", "x"]), Some(Some("x".into())));
        assert_eq!(of(&["--data-dir=x"]), Some(Some("x".into())));
        for command in [&["live"][..], &["--data-dir", "x", "live"], &["--data-dir"], &["--help"], &["--json"]] {
            assert_eq!(of(command), None, "{command:?}");
        }
    }
}
