//! The show: one task owns everything that changes while on air.
//!
//! Requests come in by a bounded channel with a reply each; events go out by broadcast, the picture of it all by watch,
//! at most ten times a second. Decisions are pure ([`pins`], `hawker_domain::show`); this module acts on them.

mod account;
mod begin;
mod card_words;
mod channels;
mod choose;
mod failure;
mod feed;
mod figures;
mod finish;
mod lead;
mod losses;
mod media;
pub(crate) mod mics;
pub(crate) mod names;
mod owner;
pub mod pin_log;
pub mod pins;
mod publish;
mod recording;
mod run;
mod run_through;
mod running_order;
pub(crate) mod scenes;
pub mod shot_log;
mod snapshot;
mod sound;
mod tags;

pub(crate) use begin::now_us;
pub(crate) use failure::media_failure;
pub use owner::{Owner, OwnerParts};
pub use publish::Publish;
pub use run::ShowOutcome;
pub use run_through::RunThroughPlan;
pub(crate) use run_through::on_air;
pub use scenes::Stage;
pub(crate) use sound::meters;

use crate::errors::Outcome;
use crate::platform::{AccountChange, Waiting};
use crate::studio::Wanted;
use crate::view::{GoLive, PlatformStatus, Settings};
use hawker_domain::{
    CanvasShape, ShowId, ShowMs, Sku, SourceId, TagId,
    order::Order,
    scene::{Scene, Transition},
    sound::{AudioSettings, InputId},
    sound_change::MonitorOf,
};
use hawker_domain::{DestinationWay, RecordQuality};
use hawker_media::{
    CanvasConfig, CardLanguage, EncoderChoice, FaultPlan, MediaError, MicSpec, RecordingStats, SavedReplay, SecretUrl,
    SourceSpec, SplitEvery, WaitForMp4s,
};
use hawker_sync::PlatformClient;
use hawker_vision::run_through::{Said, Shown};
use hawker_wire::live::LiveEvent;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// A destination named for this show alone or taken from the store, with its key.
#[derive(Clone, Debug)]
pub struct Destination {
    pub id: hawker_domain::DestinationId,
    pub name: String,
    pub url: SecretUrl,
    pub way: DestinationWay,
    /// What this show was asked to send there in place of what its way says.
    pub instead: Wanted,
}

impl Destination {
    /// As it is kept, with what one show was asked for.
    pub fn with(self, instead: Wanted) -> Self {
        let canvas = instead.canvas.unwrap_or(self.way.canvas);
        let rendition = instead.rendition.or(self.way.rendition);
        Self { way: DestinationWay { canvas, rendition, ..self.way }, instead, ..self }
    }
}

/// Everything "go live" needs, checked and complete.
#[derive(Clone, Debug)]
pub struct LivePlan {
    pub title: String,
    /// The main one first.
    pub sources: Vec<(SourceId, SourceSpec)>,
    /// What is heard: microphones, and whether the main source's own sound is wanted.
    pub mics: mics::Mics,
    /// The main one first.
    pub canvases: Vec<CanvasConfig>,
    /// What encodes them.
    pub encoder: EncoderChoice,
    /// Those a host can choose among; the first is shown first.
    pub scenes: Vec<Scene>,
    /// How much skin is smoothed, 0 to 100.
    pub beauty: u8,
    pub destinations: Vec<Destination>,
    /// Publish to the platform too.
    pub to_platform: bool,
    pub record_to: Option<PathBuf>,
    pub keep: Keep,
    /// What is made to fail on purpose, by show time.
    pub faults: FaultPlan,
    pub fps: u32,
    /// Of the words a card adds itself.
    pub language: CardLanguage,
    /// How the host knows sources and microphones.
    pub(crate) names: names::Names,
}

impl LivePlan {
    /// How the host knows a source.
    pub(crate) fn source_name(&self, id: &SourceId) -> String {
        let spec = self.sources.iter().find(|(name, _)| name == id);
        spec.map_or_else(|| id.to_string(), |(_, spec)| self.names.source(spec))
    }

    /// How the show's events name a source: the same in every language.
    pub(crate) fn source_in_events(&self, id: &SourceId) -> String {
        let spec = self.sources.iter().find(|(name, _)| name == id);
        spec.map_or_else(|| id.to_string(), |(_, spec)| spec.to_string())
    }

    /// How the host knows the camera that is this source; none where another thing is.
    pub(crate) fn camera(&self, id: &SourceId) -> Option<String> {
        self.sources.iter().find(|(name, _)| name == id).and_then(|(_, spec)| match spec {
            SourceSpec::Camera { .. } => Some(self.names.source(spec)),
            _ => None,
        })
    }

    /// None in a plan without a picture.
    pub(crate) fn main_source_id(&self) -> Option<&SourceId> {
        self.sources.first().map(|(id, _)| id)
    }

    /// How the mixer names an input: by its device or its source.
    pub(crate) fn input_name(&self, input: &InputId) -> String {
        let mut devices = self.mics.heard().iter().filter(|mic| matches!(mic, MicSpec::Device(_) | MicSpec::TestTone));
        let index = (0..self.mics.heard().len()).find(|index| hawker_media::mic_input(*index) == *input);
        let microphone = index.and_then(|index| devices.nth(index)).map(|mic| self.names.mic(mic));
        let own = || self.sources.iter().find(|(id, _)| id.as_str() == input.0);
        microphone.or_else(|| own().map(|(_, spec)| self.names.source(spec))).unwrap_or_else(|| input.to_string())
    }

    /// How messages name a microphone by its input; none for one that is the show's only one.
    pub(crate) fn mic_name(&self, input: &InputId) -> Option<String> {
        let mut devices = self.mics.heard().iter().filter(|mic| matches!(mic, MicSpec::Device(_) | MicSpec::TestTone));
        let several = devices.clone().nth(1).is_some();
        let index = (0..self.mics.heard().len()).find(|index| hawker_media::mic_input(*index) == *input)?;
        devices.nth(index).filter(|_| several).map(|mic| self.names.mic(mic))
    }

    /// The canvas that a destination gets: the main one where the show has not what it wants.
    pub(crate) fn canvas_of(&self, destination: &Destination) -> CanvasShape {
        let wanted = self.canvases.iter().find(|canvas| canvas.shape == destination.way.canvas);
        wanted.map_or_else(|| self.main_canvas(), |canvas| canvas.shape)
    }

    /// The shape of the canvas that is previewed and recorded.
    pub(crate) fn main_canvas(&self) -> CanvasShape {
        self.canvases.first().map(|canvas| canvas.shape).unwrap_or_default()
    }
}

/// How a show is kept beside its recording as a whole.
#[derive(Clone, Debug, Default)]
pub struct Keep {
    /// The recording goes on in another file after so much.
    pub split: Option<SplitEvery>,
    /// The recording has pictures of its own; none for those of the stream.
    pub quality: Option<RecordQuality>,
    /// How much of the past is kept for a replay; zero for none.
    pub replay: Duration,
    /// A clip of each pin is made after the show.
    pub pin_clips: bool,
    /// What recognition decides on is written here, without a picture; none: nowhere.
    pub evidence: Option<PathBuf>,
}

/// What was recorded until it was ended, and how to wait for the MP4s of it.
pub type EndedRecordings = (Vec<RecordingStats>, WaitForMp4s);

/// Writes a replay that was taken; blocks as long as the disk takes.
pub type WriteReplay = Box<dyn FnOnce() -> Result<SavedReplay, MediaError> + Send>;

/// What people ask of the owner. Every request is answered, also when the studio closes.
pub enum Request {
    GoLive(Box<LivePlan>, oneshot::Sender<Outcome<()>>),
    End(oneshot::Sender<Outcome<()>>),
    /// Answers when the running show is over.
    WaitEnd(oneshot::Sender<Outcome<ShowOutcome>>),
    Pin(Sku, oneshot::Sender<Outcome<()>>),
    Unpin(oneshot::Sender<Outcome<()>>),
    Undo(oneshot::Sender<Outcome<()>>),
    /// What a thing in the picture is; without its track, what is held up.
    Name(Option<u32>, Sku, oneshot::Sender<Outcome<()>>),
    /// Recognition learns anew from what is in the store.
    LessonsChanged,
    /// Takes the last moments, to be written to this file.
    Replay(PathBuf, oneshot::Sender<Outcome<WriteReplay>>),
    /// Records to this file from now on; the file that is written.
    Record(PathBuf, oneshot::Sender<Outcome<PathBuf>>),
    StopRecording(oneshot::Sender<Outcome<EndedRecordings>>),
    /// Tells everybody something that was found out beside the owner.
    Announce(Box<LiveEvent>),
    Confirm(TagId, oneshot::Sender<Outcome<()>>),
    /// Show the scene of this name.
    Scene(String, Transition, oneshot::Sender<Outcome<()>>),
    /// Put this into the preview of studio mode.
    Stage(Stage, oneshot::Sender<Outcome<()>>),
    /// The sources that run, and their names; none while none runs.
    Sources(oneshot::Sender<Vec<(SourceId, SourceSpec)>>),
    /// Show what is there.
    Take(Transition, oneshot::Sender<Outcome<()>>),
    RunningOrder(Vec<Sku>, oneshot::Sender<Outcome<()>>),
    /// Where the show goes.
    Publish(Box<Publish>, oneshot::Sender<Outcome<()>>),
    /// Products, photos or stock changed; `photos` when the gallery has to be rebuilt.
    CatalogueChanged {
        photos: bool,
    },
    /// Stock changed, and nothing else.
    StockMoved,
    /// Which show is on air, and its time; none when nothing is.
    Moment(oneshot::Sender<Option<(ShowId, ShowMs)>>),
    /// The engine's numbers as Prometheus reads them.
    Metrics(oneshot::Sender<Outcome<String>>),
    /// A sale that did not come through the platform, and that the store has.
    Sold(Box<Order>),
    /// Who the studio is at its platform. The answer comes from the platform, not from the owner.
    Account(AccountChange, oneshot::Sender<Outcome<()>>),
    /// The platform, to be asked something; none where nothing is published anywhere.
    Client(oneshot::Sender<Option<watch::Receiver<Option<PlatformClient>>>>),
    /// How the platform is, and who the studio is there.
    Platform(oneshot::Sender<Outcome<PlatformStatus>>),
    /// On air, other microphones or another first source are taken from now on; else nothing happens.
    Choose(Box<choose::Choice>, oneshot::Sender<Outcome<()>>),
    /// What is set now, and what is to become of changes that a platform which is left has not heard of.
    SettingsChanged(Box<Settings>, Waiting),
    /// How sound is mixed from now on.
    SoundChanged(Box<AudioSettings>),
    /// What the host hears from now on; none for nothing.
    Monitor(Option<MonitorOf>, oneshot::Sender<Outcome<()>>),
    /// Start or change the source that is previewed while nothing is on air.
    Preview(Box<LivePlan>, oneshot::Sender<Outcome<()>>),
    /// Ask for products to be held up.
    RunThrough(Box<RunThroughPlan>, oneshot::Sender<Outcome<()>>),
    /// What the host says of the product at this place.
    RunThroughSay(Said, usize, oneshot::Sender<Outcome<()>>),
    /// What came of it.
    EndRunThrough(oneshot::Sender<Outcome<Vec<Shown>>>),
    Close(oneshot::Sender<()>),
}

/// The platform refuses longer titles.
const TITLE_CHARS: usize = 200;

/// The show's title in one line that every platform takes; a name for a show nobody named.
pub fn default_title(request: &GoLive) -> String {
    let given = request.title.as_deref().unwrap_or_default();
    let line: String = given.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let title: String = line.trim().chars().take(TITLE_CHARS).collect();
    if title.is_empty() { "Hawker".to_owned() } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_that_the_platform_takes() {
        let of = |title: Option<&str>| default_title(&GoLive { title: title.map(str::to_owned), ..GoLive::default() });
        assert_eq!((of(None), of(Some("  "))), ("Hawker".to_owned(), "Hawker".to_owned()));
        assert_eq!(of(Some("晚市\n开播")), "晚市 开播");
        assert_eq!(of(Some(&"长".repeat(300))).chars().count(), TITLE_CHARS);
    }
}
