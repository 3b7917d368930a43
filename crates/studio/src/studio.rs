//! The studio as its users hold it: cheap to clone, every use case a method.

use crate::channels::{ChannelNews, Channels, OwnFeed, RecordedChannel};
use crate::clips::PinClips;
use crate::config::{Parts, StudioConfig};
use crate::data_dir::DataDir;
use crate::errors::{Outcome, closing, internal};
use crate::platform::{AccountChange, Place, PlatformLink};
use crate::recognition::RecognitionThread;
use crate::show::mics::{FirstMic, Mics, microphone};
use crate::show::names::Names;
use crate::show::{Destination, Keep, LivePlan, Owner, OwnerParts, Request, ShowOutcome, default_title};
use crate::upkeep::{SystemHours, Upkeep};
use crate::view::{Canvases, GoLive, PlatformStatus, Settings, Snapshot};
use hawker_domain::{
    CanvasShape, DestinationId, DestinationWay, EncodeSpeed, RecordQuality, Rendition, ShowId, ShowMs, Sku, TagId,
    channel::{LedgerRules, recorded::TrafficSpec},
    order::Order,
};
use hawker_media::{
    CanvasConfig, EncoderChoice, FaultPlan, MicSpec, Preview, PreviewJpeg, SavedReplay, SecretUrl, SoundDesk,
    SourceSpec, SplitEvery, VideoCodec,
};
use hawker_store::Store;
use hawker_sync::PlatformClient;
use hawker_wire::live::LiveLine;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use uuid::Uuid;

/// Requests wait here while the owner is busy with another; a full channel makes the caller wait.
const REQUESTS_BOUND: usize = 32;
/// A listener that falls this many events behind loses the oldest and is told so.
const EVENTS_BOUND: usize = 1_024;
/// Ledger lines in flight; at ten events a second this is over a minute of a stalled disk.
const LEDGER_BOUND: usize = 1_024;
/// Comments and alarms that wait for the owner; more stay with their channels, which are asked for them again.
const CHANNELS_BOUND: usize = 512;

/// What one show asks for beyond the settings.
#[derive(Clone, Debug, Default)]
pub struct LiveOptions {
    pub request: GoLive,
    /// Addresses of this machine, given by hand.
    pub urls: Vec<(SecretUrl, Wanted)>,
    /// What stored destinations get, where it is said.
    pub wanted: Vec<(DestinationId, Wanted)>,
    pub record_to: Option<PathBuf>,
    pub no_platform: bool,
    /// Instead of what the settings say.
    pub split: Option<SplitEvery>,
    /// Likewise.
    pub quality: Option<RecordQuality>,
    /// Likewise; zero keeps no replay.
    pub replay: Option<Duration>,
    /// Likewise.
    pub pin_clips: Option<bool>,
    /// Likewise.
    pub encoder: Option<VideoCodec>,
    /// Likewise.
    pub preset: Option<EncodeSpeed>,
    /// What recognition decides on is written here, see `recognise_evidence`.
    pub evidence: Option<PathBuf>,
    /// What is made to fail on purpose.
    pub faults: FaultPlan,
    /// Recorded comments that viewers of another platform seem to write.
    pub comments: Option<TrafficSpec>,
}

/// Which picture goes to a destination.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// None for the one that is stored, or the wide one.
    pub canvas: Option<CanvasShape>,
    /// A smaller encode; none for the one that is stored, or the usual one.
    pub rendition: Option<Rendition>,
}

#[derive(Clone)]
pub struct Studio {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub config: StudioConfig,
    pub store: Store,
    requests: mpsc::Sender<Request>,
    events: broadcast::Sender<LiveLine>,
    /// Somebody listens to the events, or did.
    heard: watch::Sender<bool>,
    snapshots: watch::Receiver<Snapshot>,
    preview: watch::Receiver<Option<Preview>>,
    pub stage: watch::Receiver<Option<Preview>>,
    pub desk: watch::Receiver<Option<SoundDesk>>,
    /// Held by whoever changes the settings: reading, changing, keeping and telling are one step.
    pub settings_turn: tokio::sync::Mutex<()>,
    /// The same of a destination.
    pub destinations_turn: tokio::sync::Mutex<()>,
    clips: Arc<PinClips>,
    /// None where no show is read.
    channels: Option<Channels>,
    /// The owner, the ledger that lives as long as the owner sends, and the upkeep, which does too.
    tasks: std::sync::Mutex<Vec<tokio::task::JoinHandle<()>>>,
    _data_dir: DataDir,
}

impl Studio {
    /// Takes the data directory, opens its store and starts the owner. Errors: `data_dir_in_use`, `wrong_key`,
    /// `future_database`, `damaged`, `disk_full`, `internal`.
    pub async fn open(config: StudioConfig) -> Outcome<Self> {
        let data_dir = DataDir::take(&config.data_dir)?;
        hawker_media::init().map_err(crate::show_failure)?;
        let store = Store::open(data_dir.path(), crate::backups::key_policy(&config)).await?;
        let (settings, (channels, own_chat, channel_news)) = match read_kept(&store, &config).await {
            Ok(found) => found,
            Err(failure) => {
                // Whoever tries again is to be alone with the database.
                store.close().await;
                return Err(failure);
            }
        };
        let link = (config.parts != Parts::Store).then(|| platform_link(&config, &store, &settings));
        let recognition = RecognitionThread::start(&config, store.clone());
        let (requests, request_rx) = mpsc::channel(REQUESTS_BOUND);
        let (events, _) = broadcast::channel(EVENTS_BOUND);
        let (heard, hears) = watch::channel(false);
        let (snapshot_tx, snapshots) = watch::channel(Snapshot::empty());
        let (preview_tx, preview) = watch::channel(None);
        let (stage_tx, stage) = watch::channel(None);
        let (desk_tx, desk) = watch::channel(None);
        let (ledger, ledger_task) = start_ledger(store.clone());
        let clips = Arc::new(PinClips::default());
        let parts = OwnerParts {
            config: config.clone(),
            store: store.clone(),
            settings,
            requests: request_rx,
            events: events.clone(),
            snapshots: snapshot_tx,
            preview: preview_tx,
            stage: stage_tx,
            desk: desk_tx,
            ledger,
            clips: clips.clone(),
            own_chat,
            channel_news,
        };
        let owner = tokio::spawn(Owner::new(parts, link, recognition).run());
        let mut tasks = vec![owner, ledger_task];
        // A command that ends at once is not to wait for a copy of everything.
        if config.parts == Parts::All {
            crate::recordings::recover(&config, events.clone(), hears.clone());
            let upkeep =
                Upkeep { store: store.clone(), events: events.clone(), heard: hears, snapshots: snapshots.clone() };
            tasks.push(upkeep.start(SystemHours::new()));
        }
        let studio = Self {
            inner: Arc::new(Inner {
                config,
                store,
                requests,
                events,
                heard,
                snapshots,
                preview,
                stage,
                desk,
                settings_turn: tokio::sync::Mutex::default(),
                destinations_turn: tokio::sync::Mutex::default(),
                clips,
                channels,
                tasks: std::sync::Mutex::new(tasks),
                _data_dir: data_dir,
            }),
        };
        studio.catalogue_changed(false).await;
        Ok(studio)
    }

    pub(crate) fn store(&self) -> &Store {
        &self.inner.store
    }

    pub fn config(&self) -> &StudioConfig {
        &self.inner.config
    }

    /// Events of the show from now on, in order; the first listener hears what the start found as well.
    pub fn events(&self) -> broadcast::Receiver<LiveLine> {
        let listener = self.inner.events.subscribe();
        self.inner.heard.send_replace(true);
        listener
    }

    /// The newest snapshot; changes at most five times a second.
    pub fn snapshots(&self) -> watch::Receiver<Snapshot> {
        self.inner.snapshots.clone()
    }

    /// The next preview picture after `after`: JPEG with its number. None when no source runs.
    pub async fn next_preview(&self, after: u64) -> Option<PreviewJpeg> {
        let mut preview = self.inner.preview.borrow().clone()?;
        preview.next(after).await
    }

    /// Starts a show. Returns once the pipelines run; `on_air` follows as an event.
    /// Errors: `already_live`, `source_unavailable`, `bad_input`, `not_found`.
    pub async fn go_live(&self, options: LiveOptions) -> Outcome<()> {
        // A file that is none is said before anything is on air.
        let comments = options.comments.as_ref().map(RecordedChannel::read).transpose()?;
        let plan = Box::new(self.plan(options).await?);
        self.ask(|reply| Request::GoLive(plan, reply)).await??;
        match (comments, &self.inner.channels) {
            (Some(comments), Some(channels)) => channels.open(Box::new(comments)).await,
            _ => Ok(()),
        }
    }

    /// Shows the source in the cockpit before the show. Errors: `source_unavailable`, `bad_input`.
    pub async fn preview(&self) -> Outcome<()> {
        let plan = Box::new(self.plan(LiveOptions::default()).await?);
        self.ask(|reply| Request::Preview(plan, reply)).await?
    }

    /// Ends the show. Errors: `not_live`.
    pub async fn end(&self) -> Outcome<()> {
        self.ask(Request::End).await?
    }

    /// Waits for the end of the running show. Errors: `not_live`.
    pub async fn wait_end(&self) -> Outcome<ShowOutcome> {
        self.ask(Request::WaitEnd).await?
    }

    /// Pins a product by hand. Errors: `not_live`, `not_found`.
    pub async fn pin(&self, sku: Sku) -> Outcome<()> {
        self.ask(|reply| Request::Pin(sku, reply)).await?
    }

    pub async fn unpin(&self) -> Outcome<()> {
        self.ask(Request::Unpin).await?
    }

    /// Takes the pinned or suggested product back: it was wrong.
    pub async fn undo(&self) -> Outcome<()> {
        self.ask(Request::Undo).await?
    }

    /// Says what a thing in the picture is; without its track, what is held up. It is pinned, and recognition learns it.
    /// Errors: `not_live`, `not_found`.
    pub async fn name(&self, track_id: Option<u32>, sku: Sku) -> Outcome<()> {
        self.ask(|reply| Request::Name(track_id, sku, reply)).await?
    }

    /// Pins a suggestion.
    pub async fn confirm(&self, tag_id: TagId) -> Outcome<()> {
        self.ask(|reply| Request::Confirm(tag_id, reply)).await?
    }

    /// The numbers of the running show or preview, as Prometheus reads them. Errors: `not_live`.
    pub async fn metrics(&self) -> Outcome<String> {
        self.ask(Request::Metrics).await?
    }

    /// Sets which products the show means to present, in order. Errors: `not_found`.
    pub async fn set_running_order(&self, order: Vec<Sku>) -> Outcome<()> {
        self.ask(|reply| Request::RunningOrder(order, reply)).await?
    }

    pub(crate) async fn ask_account(&self, change: AccountChange) -> Outcome<()> {
        self.ask(|reply| Request::Account(change, reply)).await?
    }

    pub(crate) async fn ask_client(&self) -> Outcome<Option<watch::Receiver<Option<PlatformClient>>>> {
        self.ask(Request::Client).await
    }

    pub(crate) async fn ask_platform_status(&self) -> Outcome<PlatformStatus> {
        self.ask(Request::Platform).await?
    }

    /// While nothing is on air the preview follows the settings.
    pub(crate) async fn preview_follows(&self) {
        if self.inner.config.preview_when_idle
            && let Err(failure) = self.preview().await
        {
            tracing::warn!("no preview: {failure}");
        }
    }

    /// Tells the show that products, photos or stock changed.
    pub(crate) async fn catalogue_changed(&self, photos: bool) {
        let _ = self.inner.requests.send(Request::CatalogueChanged { photos }).await;
    }

    /// Tells the show that lessons were taken back.
    pub(crate) async fn lessons_changed(&self) {
        let _ = self.inner.requests.send(Request::LessonsChanged).await;
    }

    /// Tells the show that stock changed.
    pub(crate) async fn stock_moved(&self) {
        let _ = self.inner.requests.send(Request::StockMoved).await;
    }

    /// Tells the show about a sale that the store has.
    pub(crate) async fn sold(&self, order: Order) {
        let _ = self.inner.requests.send(Request::Sold(Box::new(order))).await;
    }

    /// The show that is on air and its time.
    pub(crate) async fn moment(&self) -> Option<(ShowId, ShowMs)> {
        self.ask(Request::Moment).await.ok().flatten()
    }

    /// Ends a running show and closes everything; further calls answer an error.
    pub async fn close(&self) {
        let _ = self.ask(Request::Close).await;
        if let Some(channels) = &self.inner.channels {
            channels.stop().await;
        }
        self.inner.clips.stop().await;
        let tasks = self.inner.tasks.lock().map(|mut tasks| std::mem::take(&mut *tasks)).unwrap_or_default();
        for task in tasks {
            let _ = task.await;
        }
        // SQLCipher's threads must be gone before the process tears its crypto library down.
        self.inner.store.close().await;
    }

    /// Tells the owner something that nobody waits for.
    pub(crate) async fn tell(&self, request: Request) {
        let _ = self.inner.requests.send(request).await;
    }

    pub(crate) async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Outcome<T> {
        let (reply, answer) = oneshot::channel();
        self.inner.requests.send(request(reply)).await.map_err(|_| closing())?;
        answer.await.map_err(|_| closing())
    }

    /// The request completed by the settings, with every destination's key taken from the store.
    pub(crate) async fn plan(&self, options: LiveOptions) -> Outcome<LivePlan> {
        let settings = self.settings().await?;
        let request = &options.request;
        let source_text = request.source.clone().unwrap_or_else(|| settings.source.clone());
        let source = match source_text.trim() {
            "" => crate::devices::own_camera().await?,
            text => SourceSpec::parse(text).map_err(crate::show_failure)?,
        };
        let mut specs = vec![source.clone()];
        for text in request.more_sources.as_ref().unwrap_or(&settings.more_sources) {
            specs.push(SourceSpec::parse(text).map_err(crate::show_failure)?);
        }
        let seen = specs.clone();
        let sources = crate::show::scenes::named(specs)?;
        let scenes = crate::show::scenes::offered(&sources, &settings.scenes);
        let mut destinations = Vec::new();
        for id in &request.destinations {
            let wanted = options.wanted.iter().find(|(wanted, _)| wanted == id).map(|(_, it)| *it).unwrap_or_default();
            destinations.push(self.destination(*id).await?.with(wanted));
        }
        for (index, (url, Wanted { canvas, rendition })) in options.urls.into_iter().enumerate() {
            let name = if index == 0 { "url".to_owned() } else { format!("url-{}", index + 1) };
            let way = DestinationWay { canvas: canvas.unwrap_or_default(), rendition, ..DestinationWay::default() };
            let instead = Wanted::default();
            destinations.push(Destination { id: DestinationId(Uuid::now_v7()), name, url, way, instead });
        }
        let chosen = request.mic.clone().or_else(|| settings.mic.clone()).filter(|mic| !mic.trim().is_empty());
        let by_itself = chosen.is_none();
        let mic = match (&source, chosen) {
            (SourceSpec::Camera { .. }, None) => crate::devices::own_microphone().await,
            (_, chosen) => microphone(chosen, &source),
        };
        let stored = if request.mic.is_some() { &[][..] } else { &settings.more_mics };
        let more = request.more_mics.as_deref().unwrap_or(stored).iter().map(|text| MicSpec::parse(text));
        let mics = Mics::of(FirstMic { mic, by_itself }, more.collect())?;
        let language = crate::language::language(&settings);
        let names = Names::found(&seen, mics.heard(), language).await;
        let record = request.record.unwrap_or(settings.record);
        let record_to = options.record_to.or_else(|| record.then(|| self.recording_path(&settings.recordings_dir)));
        if let Some(evidence) = &options.evidence {
            crate::evidence_file::check(evidence, record_to.as_deref())?;
        }
        Ok(LivePlan {
            title: default_title(request),
            sources,
            mics,
            beauty: settings.beauty,
            canvases: canvases(&settings, request.canvas.unwrap_or(settings.canvas)),
            encoder: EncoderChoice {
                codec: options.encoder.unwrap_or_else(|| codec(&settings)),
                speed: options.preset.unwrap_or(settings.preset),
            },
            scenes,
            destinations,
            to_platform: !options.no_platform,
            record_to,
            keep: Keep {
                quality: options.quality.or_else(|| settings.record_quality.as_deref()?.parse().ok()),
                split: options.split.or_else(|| settings.record_split.as_deref()?.parse().ok()),
                replay: options.replay.unwrap_or(Duration::from_secs(u64::from(settings.replay_s))),
                pin_clips: options.pin_clips.unwrap_or(settings.pin_clips),
                evidence: options.evidence,
            },
            faults: options.faults,
            fps: settings.fps,
            language,
            names,
        })
    }

    /// Saves the last moments of the show as an MP4: to `file`, or beside the recordings under a name of its own.
    /// Errors: `not_live`, `bad_input` where no replay is kept, `disk_full`, `internal`.
    pub async fn save_replay(&self, file: Option<PathBuf>) -> Outcome<SavedReplay> {
        let path = match file {
            Some(file) => file,
            None => {
                let folder = self.recordings_folder(&self.settings().await?.recordings_dir);
                crate::data_dir::create_private(&folder)?;
                folder.join(format!("replay-{}.mp4", moment_of_day()))
            }
        };
        let write = self.ask(|reply| Request::Replay(path, reply)).await??;
        let saved = tokio::task::spawn_blocking(write).await;
        let saved =
            saved.map_err(|error| internal("the replay was not written", error))?.map_err(crate::show_failure)?;
        let _ = self.inner.requests.send(Request::Announce(Box::new(crate::clips::saved(&saved)))).await;
        Ok(saved)
    }

    /// Waits until the clips of the shows so far are made.
    pub async fn pin_clips_made(&self) {
        self.inner.clips.wait().await;
    }

    pub(crate) fn recordings_folder(&self, set: &str) -> PathBuf {
        if set.is_empty() { self.inner.config.recordings_dir() } else { PathBuf::from(set) }
    }

    pub(crate) fn recording_path(&self, folder: &str) -> PathBuf {
        self.recordings_folder(folder).join(format!("show-{}.mkv", moment_of_day()))
    }
}

/// Date and time for the name of a file, UTC.
fn moment_of_day() -> String {
    let now = time::OffsetDateTime::now_utc();
    let (date, clock) = (now.date(), now.time());
    format!("{date}-{:02}{:02}{:02}", clock.hour(), clock.minute(), clock.second())
}

/// What is made of the settings' size: the wide canvas has it as it is, the upright one has it turned.
fn canvases(settings: &Settings, wanted: Canvases) -> Vec<CanvasConfig> {
    let (long, short) = (settings.width.max(settings.height), settings.width.min(settings.height));
    let bitrate_bps = settings.video_bitrate_bps;
    let wide = CanvasConfig { shape: CanvasShape::Landscape, width: long, height: short, bitrate_bps };
    let tall = CanvasConfig { shape: CanvasShape::Portrait, width: short, height: long, bitrate_bps };
    match wanted {
        Canvases::Landscape => vec![wide],
        Canvases::Portrait => vec![tall],
        Canvases::Both => vec![wide, tall],
    }
}

/// The encoder that is set. One that nobody knows was never kept; should it be there all the same, the show has another.
fn codec(settings: &Settings) -> VideoCodec {
    VideoCodec::parse(settings.encoder.as_deref().unwrap_or_default()).unwrap_or_default()
}

type LinkParts = (PlatformLink, mpsc::Receiver<crate::platform::LinkEvent>);

fn platform_link(config: &StudioConfig, store: &Store, settings: &Settings) -> LinkParts {
    // An address that is none is never kept. Should one be there all the same, the studio opens, so that it can be mended.
    let place =
        Place::of(settings.platform_url.as_deref(), config.platform_program.is_some()).unwrap_or_else(|failure| {
            tracing::error!("no platform: {failure}");
            Place::Nowhere
        });
    PlatformLink::start(config.clone(), store.clone(), place, "Hawker".to_owned())
}

/// The channels with the platform's own, where its chat goes in, and where all of it comes out.
type ChannelParts = (Option<Channels>, Option<OwnFeed>, Option<mpsc::Receiver<ChannelNews>>);

/// What the store keeps that a studio begins with: its settings, and the channels with what was read of them.
async fn read_kept(store: &Store, config: &StudioConfig) -> Outcome<(Settings, ChannelParts)> {
    let settings = crate::settings::read(store, config).await?;
    let channels = match config.parts {
        Parts::All => start_channels(store).await?,
        Parts::Store | Parts::StoreAndPlatform => (None, None, None),
    };
    Ok((settings, channels))
}

async fn start_channels(store: &Store) -> Outcome<ChannelParts> {
    let (news, channel_news) = mpsc::channel(CHANNELS_BOUND);
    let channels = Channels::start(store.clone(), LedgerRules::default(), news);
    let now_s = u64::try_from(crate::show_now_us() / 1_000_000).unwrap_or(0);
    let (own_chat, chat) = OwnFeed::new(now_s, channels.show_over());
    channels.open(Box::new(chat)).await?;
    Ok((Some(channels), Some(own_chat), Some(channel_news)))
}

/// The task that writes the show's events down, and where to send them.
fn start_ledger(store: Store) -> (mpsc::Sender<(ShowId, LiveLine)>, tokio::task::JoinHandle<()>) {
    let (sender, lines) = mpsc::channel(LEDGER_BOUND);
    (sender, tokio::spawn(crate::ledger::write_down(store, lines)))
}
