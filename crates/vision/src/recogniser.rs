//! One frame in, tags out: detect, track, embed, score, decide.

use hawker_av::{Rect, VideoFrame};
use hawker_domain::Sku;
use hawker_domain::tag::TagState;
use hawker_infer::{Manifest, Provider, Runtime, SessionConfig};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use crate::attention::{Thing, worth_a_look, worth_reading};
use crate::detect::{DetectConfig, Detector, Proposal, middle};
use crate::embed::{Embedder, Look, whole_of, widened};
use crate::gallery::{Behind, Gallery, Lesson, Supply};
use crate::learn::{Seen, Small, shows_a_head};
use crate::lineup::Lineup;
use crate::pre::Pre;
use crate::promoted::{Promoted, Room};
use crate::quality::{Abstained, Quality, QualityLimits};
use crate::read::{Line, Names, Reading, Words};
use crate::shot::{ShotClues, ShotLabel, Shots, Sight};
use crate::tagger::{Calibration, Observation, Record, Spoken, Step, TagChange, Tagger, TaggerConfig};
use crate::track::{Left, NestConfig, Track, TrackConfig, Tracker, relatives};
use crate::words::WordsBeside;
use crate::{PhotoVectors, VisionError, runs_on};

/// How the recogniser uses the machine and when it speaks.
#[derive(Clone, Debug)]
pub struct RecogniserConfig {
    /// Threads inside one operation of a model.
    pub threads: usize,
    /// Providers to try, in order; the CPU always last.
    pub providers: Vec<Provider>,
    /// Most crops looked at in one frame.
    pub crops: usize,
    /// The detector runs on every n-th frame; a thing held still stays where it was.
    pub detect_every: u32,
    pub detect: DetectConfig,
    pub track: TrackConfig,
    pub nest: NestConfig,
    pub quality: QualityLimits,
    pub tagger: TaggerConfig,
    /// Whether words and codes are read, and where.
    pub words: Words,
    /// What is done to a picture before the models.
    pub pre: Pre,
}

impl Default for RecogniserConfig {
    fn default() -> Self {
        Self {
            threads: 1,
            providers: Provider::ORDER.to_vec(),
            crops: 3,
            detect_every: 2,
            detect: DetectConfig::default(),
            track: TrackConfig::default(),
            nest: NestConfig::default(),
            quality: QualityLimits::default(),
            tagger: TaggerConfig::default(),
            words: Words::Beside,
            pre: Pre::default(),
        }
    }
}

/// What one frame gave.
#[derive(Clone, Debug, Default)]
pub struct FrameReport {
    /// Things in this frame, goods or not.
    pub tracks: Vec<TrackReport>,
    /// What began, was raised or was taken back.
    pub changes: Vec<TagChange>,
    /// What was read on a thing and counts from the next look on.
    pub read: Option<(u32, Reading)>,
    /// Products of the catalogue behind these that something may be, likeliest first. Taken in by [`Recogniser::promote`], they
    /// are decided about like any other.
    pub candidates: Vec<Sku>,
    /// The kind of shot; none before the first seconds have told.
    pub shot: Option<ShotLabel>,
    /// From decoded pixels to decision; words are read beside and are not in it.
    pub ms: f32,
}

/// A product of the catalogue behind a show, for [`Recogniser::promote_all`].
#[derive(Clone, Debug)]
pub struct Found {
    pub sku: Sku,
    pub photos: Vec<PhotoVectors>,
    /// What was taught of it.
    pub lessons: Vec<Lesson>,
}

/// One thing in the picture.
#[derive(Clone, Debug)]
pub struct TrackReport {
    pub track_id: u32,
    /// Pixels of the frame.
    pub rect: Rect,
    /// The likeliest product and its probability, tagged or not.
    pub best: Option<(Sku, f32)>,
    /// All variants of it, where it is not known which of them it is.
    pub variants: Vec<Sku>,
    /// The tag it carries.
    pub state: Option<TagState>,
    /// Why nothing is said about it.
    pub abstained: Option<Abstained>,
}

/// Recognises the products of a gallery. Threads: one at a time; may be moved.
#[derive(Debug)]
pub struct Recogniser {
    pub(crate) detector: Detector,
    pub(crate) embedder: Embedder,
    pub(crate) gallery: Gallery,
    /// The rest of the catalogue; none: these products are all there are.
    behind: Option<Behind>,
    promoted: Promoted,
    tracker: Tracker,
    tagger: Tagger,
    notes: HashMap<u32, Notes>,
    left: Left,
    running_order: Vec<Sku>,
    pub(crate) words: WordsBeside,
    /// What the tagger and the words know products by.
    lineup: Lineup,
    record: Record,
    /// Boxes of the last frame the detector ran on, and how many frames there were.
    proposals: Vec<Proposal>,
    /// People in it.
    people: Vec<Rect>,
    shots: Shots,
    frames: u64,
    pub(crate) config: RecogniserConfig,
}

/// What is remembered of a track beside its box and its evidence.
#[derive(Debug, Default)]
struct Notes {
    look: Option<Look>,
    unlike: u32,
    looked_ms: Option<u64>,
    /// When the catalogue behind the show was searched for it.
    searched_ms: Option<u64>,
    abstained: Option<Abstained>,
    /// The newest look and the crop it was made of.
    seen: Option<(Seen, Look)>,
}

/// Below this likeness a track shows something else than before, if it happens [`UNLIKE_LOOKS`] times in a row.
const UNLIKE: f32 = 0.45;
const UNLIKE_LOOKS: u32 = 2;

/// Share of the newest look in the one a track is remembered by.
const LOOK_FOLLOW: f32 = 0.3;

/// How often the catalogue behind the show is searched for a thing, how like it must be, and how many are named.
const SEARCHED_EVERY_MS: u64 = 700;
const CANDIDATE: f32 = 0.35;
const CANDIDATES: usize = 4;

/// A look at a moving thing counts this much: it is blurred and half out of its box.
const MOVING_WEIGHT: f32 = 0.5;

impl Recogniser {
    /// Loads detector and embedder. Errors: missing, damaged or unfit models.
    pub fn load(
        models_dir: &Path,
        runtime: &Runtime,
        config: RecogniserConfig,
        gallery: Gallery,
    ) -> Result<Self, VisionError> {
        let manifest = Manifest::load(models_dir)?;
        let session =
            SessionConfig { threads: config.threads, providers: config.providers.clone(), ..SessionConfig::default() };
        // Kept, the detector's memory is 30 MB between its frames and saves it nothing that can be measured.
        let given_back = SessionConfig { keeps_memory: false, ..session.clone() };
        let detector = Detector::load(&manifest, runtime, &given_back, config.detect)?;
        let embedder = Embedder::from_manifest(&manifest, runtime, &session)?.with_pre(config.pre);
        let tagger = Tagger::new(gallery.skus().to_vec(), calibration(&gallery), config.tagger);
        let tracker = Tracker::new(config.track);
        let mut words = WordsBeside::load((config.words, config.pre), &manifest, runtime, &session);
        let lineup = lineup(&gallery, &words);
        words.set_products(lineup.skus());
        let (notes, running_order, proposals, people, frames) = (HashMap::new(), Vec::new(), Vec::new(), Vec::new(), 0);
        Ok(Self {
            detector,
            embedder,
            gallery,
            behind: None,
            promoted: Promoted::default(),
            tracker,
            tagger,
            notes,
            left: Left::default(),
            running_order,
            words,
            lineup,
            record: Record::OFF,
            proposals,
            people,
            shots: Shots::default(),
            frames,
            config,
        })
    }

    /// Where the models run: "CPU", or "CUDA, CPU" where each has one of its own. Another one than before after a frame in which a
    /// device was lost.
    pub fn provider(&self) -> String {
        runs_on::names(self.detector.provider(), self.embedder.provider())
    }

    /// Why devices the models ran on were given up, a sentence a model; none: none ever was.
    pub fn lost(&self) -> Option<String> {
        let lost: Vec<&str> = [self.detector.lost(), self.embedder.lost()].into_iter().flatten().collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// Names model and recipe of the vectors; see [`Embedder::model_id`].
    pub fn model_id(&self) -> &str {
        self.embedder.model_id()
    }

    /// Writes down from now on what the tagger is told and what it says; see [`Step`]. Before the first frame, or what was
    /// seen until now is missing when it is decided again.
    pub fn record(&mut self, record: Record) {
        self.record = record;
        self.record_products();
        self.record_names();
        let order = &self.running_order;
        self.record.step(|| Step::Order { skus: order.clone() });
    }

    /// Ends the record. Errors: its end can't be written.
    pub fn end_record(&mut self) -> std::io::Result<()> {
        self.record.finish()
    }

    fn record_products(&mut self) {
        let (gallery, lineup) = (&self.gallery, &self.lineup);
        self.record.step(|| Step::Products { skus: lineup.skus().to_vec(), calibration: calibration(gallery) });
        self.record.step(|| lineup.variants().into());
    }

    /// Of the products looked for alone: a large catalogue's would be a line of tens of megabytes.
    fn record_names(&mut self) {
        let (names, skus) = (self.words.names(), self.lineup.skus());
        self.record.step(|| Step::names(skus.iter().filter_map(|sku| names.get_key_value(sku))));
    }

    /// Other products or photos. Tags stay until new evidence contradicts them. Takes a fraction of a second at most. Answers what
    /// had been taken in from the catalogue behind and is not among these, the longest unseen first: what is taken in again before
    /// the next look keeps its tag, and only that.
    pub fn set_gallery(&mut self, gallery: Gallery) -> Vec<Sku> {
        self.gallery = gallery;
        let mut left = self.promoted.clear();
        left.retain(|sku| !self.gallery.holds(sku));
        self.hide_shown();
        self.lineup = lineup(&self.gallery, &self.words);
        self.tagger.set_products(self.lineup.skus().to_vec(), calibration(&self.gallery));
        self.tagger.set_variants(self.lineup.variants().clone());
        self.tagger.set_running_order(&self.running_order);
        self.words.set_products(self.lineup.skus());
        self.record_products();
        self.record_names();
        left
    }

    /// What the rest of a catalogue is put into, for [`Recogniser::set_behind`].
    pub fn behind(&self) -> Behind {
        self.gallery.behind()
    }

    /// The rest of the catalogue, which is searched for what none of these products is; none: there is no more.
    pub fn set_behind(&mut self, behind: Option<Behind>) {
        self.behind = behind;
        self.hide_shown();
    }

    /// What is in the gallery is not searched for behind it.
    fn hide_shown(&mut self) {
        if let Some(behind) = &mut self.behind {
            behind.hide_only(self.gallery.skus());
        }
    }

    /// Puts a product behind the show, in place of what was known of it there; nothing where the show has no catalogue behind it.
    pub fn put_behind(&mut self, sku: &Sku, photos: &[PhotoVectors]) {
        if let Some(behind) = &mut self.behind {
            behind.put(sku.clone(), photos);
        }
    }

    /// Takes a product of the catalogue behind into the gallery, with what was taught of it. It counts from the next look on.
    /// Where many were taken in, the one that nothing was like for longest goes back behind. One without photos is seen by what was
    /// taught of it. False: it is there already, there is nothing to know it by, or all that were taken in are tagged.
    pub fn promote(&mut self, sku: &Sku, photos: &[PhotoVectors], lessons: &[Lesson]) -> bool {
        let is_in = self.take_in(sku, photos, lessons);
        if is_in {
            self.line_up();
        }
        is_in
    }

    /// As [`Recogniser::promote`] for several. How many of them were taken in.
    pub fn promote_all(&mut self, found: &[Found]) -> usize {
        let count = found.iter().filter(|one| self.take_in(&one.sku, &one.photos, &one.lessons)).count();
        if count > 0 {
            self.line_up();
        }
        count
    }

    /// Tells everybody which products there are by now, and which of them are variants. Nothing that was seen of those that
    /// stay is forgotten.
    fn line_up(&mut self) {
        let lineup = lineup(&self.gallery, &self.words);
        if lineup.skus() != self.lineup.skus() {
            let known: HashSet<&Sku> = self.lineup.skus().iter().collect();
            let names = self.words.names();
            let fresh = lineup.skus().iter().filter(|sku| !known.contains(sku));
            self.record.step(|| Step::Lineup { skus: lineup.skus().to_vec() });
            self.record.step(|| Step::names(fresh.filter_map(|sku| names.get_key_value(sku))));
            self.tagger.rearrange(lineup.skus().to_vec());
            self.tagger.set_running_order(&self.running_order);
        }
        if lineup.variants() != self.lineup.variants() {
            self.record.step(|| lineup.variants().into());
            self.tagger.set_variants(lineup.variants().clone());
        }
        self.words.arrange(lineup.skus());
        self.lineup = lineup;
    }

    /// A product could be taken in: there is room, or one that was gives way.
    pub fn has_room(&self) -> bool {
        !matches!(self.promoted.room(|sku| self.tagger.is_tagged(sku)), Room::Nowhere)
    }

    fn take_in(&mut self, sku: &Sku, photos: &[PhotoVectors], lessons: &[Lesson]) -> bool {
        let in_place_of = match self.promoted.room(|sku| self.tagger.is_tagged(sku)) {
            Room::Free => None,
            Room::InPlaceOf(other) => Some(other),
            Room::Nowhere => return false,
        };
        let product = (sku, photos, lessons);
        if self.gallery.take_in(product, in_place_of.as_ref()).is_none() {
            return false;
        }
        if let Some(behind) = &mut self.behind {
            behind.hide(sku);
            in_place_of.iter().for_each(|other| behind.show(other));
        }
        self.promoted.add(sku.clone(), in_place_of.as_ref());
        true
    }

    /// What the products are called and what stands on them; products without names can't be read. Takes milliseconds.
    pub fn set_names(&mut self, names: HashMap<Sku, Names>) {
        if self.words.set_names(names, self.lineup.skus()) {
            self.record.step(|| Step::Unread);
            self.tagger.unread();
        }
        self.record_names();
        self.line_up();
    }

    /// Takes in what somebody said. It counts for what is held up then and soon after.
    pub fn hear(&mut self, spoken: &Spoken) {
        self.record.step(|| Step::Spoken(spoken.clone()));
        self.tagger.hear(spoken.t0, spoken.t1, &self.words.spoken(&spoken.words));
    }

    /// What stands on a catalogue photo, for [`Names::printed`]; nothing where words are not read inline.
    pub fn read_photo(&mut self, photo: &VideoFrame) -> Result<Vec<Line>, VisionError> {
        self.words.read_photo(photo)
    }

    /// Names the reader of [`Recogniser::read_photo_beside`]; what another one has read may be something else. None: nobody reads
    /// beside.
    pub fn reader_id(&self) -> Option<&str> {
        self.words.reader_id()
    }

    /// Has what stands on a catalogue photo read on the thread that reads words, for [`Names::printed`]; one photo at a time.
    /// `done` hears the lines on that thread; it is dropped where the thread ends before. False: nobody reads words beside.
    pub fn read_photo_beside(
        &mut self,
        photo: VideoFrame,
        done: impl FnOnce(Result<Vec<Line>, VisionError>) + Send + 'static,
    ) -> bool {
        self.words.read_photo_beside(photo, Box::new(|reading| done(reading.map(|reading| reading.lines))))
    }

    /// Forgets everything seen so far, for another source or a new show: times may begin anew, and a product that is held
    /// up already is said again. Products and models stay.
    pub fn start_over(&mut self) {
        self.record.step(|| Step::StartOver);
        self.tracker = Tracker::new(self.config.track);
        // Products taken in since, which changed nothing for what was seen then, count for the curve from here on.
        let calibration = calibration(&self.gallery);
        if calibration != *self.tagger.calibration() {
            self.record_products();
        }
        self.tagger = Tagger::new(self.lineup.skus().to_vec(), calibration, self.config.tagger);
        self.tagger.set_variants(self.lineup.variants().clone());
        self.tagger.set_running_order(&self.running_order);
        self.words.start_over();
        self.notes.clear();
        self.left.clear();
        self.proposals.clear();
        self.people.clear();
        self.shots = Shots::default();
        self.frames = 0;
    }

    /// The show's running order; empty: every product is as likely as the others.
    pub fn set_running_order(&mut self, order: &[Sku]) {
        self.record.step(|| Step::Order { skus: order.to_vec() });
        self.running_order = order.to_vec();
        self.tagger.set_running_order(order);
    }

    pub(crate) fn reject(&mut self, track_id: u32, sku: &Sku) {
        self.record.step(|| Step::Reject { track_id, sku: sku.clone() });
        self.tagger.reject(track_id, sku);
    }

    pub(crate) fn accept(&mut self, track_id: u32) {
        self.record.step(|| Step::Accept { track_id });
        self.tagger.accept(track_id);
        self.words.read_again(track_id);
    }

    /// A track, and the other boxes of the thing it shows.
    pub(crate) fn boxes_of_thing(&self, track_id: u32) -> Vec<u32> {
        let tracks = self.tracker.tracks();
        let own = tracks.iter().find(|track| track.id == track_id);
        let others = own.map(|track| relatives(track, tracks, track.last_ms, &self.config.nest)).unwrap_or_default();
        std::iter::once(track_id).chain(others).collect()
    }

    /// A track, and every box that holds its middle, whether it shows the same thing or more: what a thing is not, none of
    /// them shows there either.
    pub(crate) fn boxes_around(&self, track_id: u32) -> Vec<u32> {
        let tracks = self.tracker.tracks();
        let Some(own) = tracks.iter().find(|track| track.id == track_id) else { return vec![track_id] };
        let holds = |rect: Rect, (x, y): (f32, f32)| {
            (rect.x..rect.x + rect.width).contains(&x) && (rect.y..rect.y + rect.height).contains(&y)
        };
        let around = |other: &&Track| other.id != own.id && holds(other.rect, own.rect.centre());
        let others = tracks.iter().filter(around).map(|track| track.id);
        std::iter::once(track_id).chain(others).collect()
    }

    /// What a track looked like last.
    pub(crate) fn seen(&self, track_id: u32) -> Option<(&Seen, &Look)> {
        self.notes.get(&track_id)?.seen.as_ref().map(|(seen, look)| (seen, look))
    }

    /// Takes in what a host has taught, now or in an earlier show. False: the product is not among those of the gallery.
    pub fn teach(&mut self, lesson: &Lesson) -> bool {
        self.gallery.teach(lesson)
    }

    /// The vectors of a photo, made with the models that are loaded already.
    pub fn embed_photo(&mut self, photo: &VideoFrame) -> Result<PhotoVectors, VisionError> {
        self.embedder.embed_photo(photo)
    }

    /// The look of a crop as [`Recogniser::correct`] keeps it.
    pub fn embed_crop(&mut self, crop: &VideoFrame) -> Result<PhotoVectors, VisionError> {
        let patch = self.embedder.patch(crop, whole_of(crop))?;
        let looks = self.embedder.embed(&[patch])?;
        Ok(PhotoVectors::new(self.embedder.model_id(), looks))
    }

    /// True for a product with photos; see [`Gallery::has_photos`].
    pub fn has_photos(&self, sku: &Sku) -> bool {
        self.gallery.has_photos(sku)
    }

    /// True while a track is followed.
    pub(crate) fn follows(&self, track_id: u32) -> bool {
        self.tracker.tracks().iter().any(|track| track.id == track_id)
    }

    /// Takes in one frame. Time is the frame's own `running_time_ns`; frames must come in its order.
    /// Errors: empty frame, or a model failed; the state stays usable.
    pub fn observe(&mut self, frame: &VideoFrame) -> Result<FrameReport, VisionError> {
        let begun = Instant::now();
        if frame.width == 0 || frame.height == 0 {
            return Err(VisionError::EmptyFrame { width: frame.width, height: frame.height });
        }
        let now_ms = frame.running_time_ns / 1_000_000;
        let mut sight = None;
        if self.proposals.is_empty() || self.frames.is_multiple_of(u64::from(self.config.detect_every.max(1))) {
            sight = Some(self.propose(frame)?);
        }
        self.frames += 1;
        let (mut changes, mut candidates) = (Vec::new(), Vec::new());
        for id in self.tracker.update(&self.proposals, now_ms) {
            self.end(id, frame, now_ms, &mut changes);
        }
        if let Some((clues, largest)) = sight {
            self.label_shot(clues, largest, frame);
        }
        if !self.gallery.is_empty() {
            self.look(frame, now_ms, &mut changes, &mut candidates)?;
        }
        let tracks = self.tracker.tracks().iter().filter(|track| track.last_ms == now_ms);
        let tracks: Vec<TrackReport> = tracks.map(|track| self.report(track)).collect();
        let ms = begun.elapsed().as_secs_f32() * 1000.0;
        let (shot, read) = (self.shots.label(), self.read(frame, now_ms, &tracks));
        Ok(FrameReport { tracks, changes, candidates, shot, read, ms })
    }

    /// Hands over what was read by now, and lets the next thing be read that looks are not enough for.
    fn read(&mut self, frame: &VideoFrame, now_ms: u64, reports: &[TrackReport]) -> Option<(u32, Reading)> {
        let thing = |report: &TrackReport| {
            let track = self.tracker.tracks().iter().find(|track| track.id == report.track_id)?;
            let promise = report.best.as_ref().map_or(0.0, |(_, probability)| *probability);
            let (is_pinned, is_settled) = (self.tagger.is_pinned(track.id), self.tagger.is_settled(track.id));
            Some(Thing { track, promise, looked_ms: None, is_pinned, is_settled })
        };
        let things = worth_reading(reports.iter().filter_map(thing).collect()).into_iter();
        let tracks: Vec<(&Track, bool, bool)> =
            things.map(|thing| (thing.track, self.tracker.is_still(thing.track), thing.is_settled)).collect();
        let turn = self.words.turn(frame, now_ms, &tracks);
        // In this order: what is begun now is another reading than the one that is done.
        let read = turn.read.map(|(track_id, evidence, reading)| {
            self.record.step(|| Step::Read { track_id, reading: reading.clone() });
            self.tagger.read(track_id, &evidence);
            (track_id, reading)
        });
        if let Some(track_id) = turn.begun {
            self.record.step(|| Step::Reading { track_id });
            self.tagger.begin_reading(track_id);
        }
        read
    }

    /// Where to look in a frame: what the detector finds, what stands out, and the windows in the middle. Answers what tells
    /// the kind of shot, and the largest thing.
    fn propose(&mut self, frame: &VideoFrame) -> Result<(ShotClues, Option<Rect>), VisionError> {
        let (found, small) = self.detector.detect(frame)?;
        let size = (frame.width, frame.height);
        let standing_out = middle::standing_out(&small, size);
        let rect = standing_out.map(|proposal| proposal.rect);
        let sight = Sight { found: &found, standing_out: rect, small: &small, frame: size };
        let (clues, largest) = (self.shots.measure(&sight), sight.largest());
        self.people = found.people;
        self.proposals = found.proposals;
        for other in standing_out.into_iter().chain(middle::windows(size)) {
            if self.proposals.iter().all(|known| known.rect.iou(other.rect) < SAME_PLACE) {
                self.proposals.push(other);
            }
        }
        Ok((clues, largest))
    }

    /// Says what kind of shot this is, and tells the tagger. The tracks are those of this frame.
    fn label_shot(&mut self, clues: ShotClues, largest: Option<Rect>, frame: &VideoFrame) {
        let (now_ms, at) = (frame.running_time_ns / 1_000_000, frame.show_ms);
        let shot = self.shots.take(&clues, now_ms, at).map(|label| label.shot);
        let near = |rect: Rect| {
            let overlaps = self.tracker.tracks().iter().map(|track| (track.id, track.rect.iou(rect)));
            overlaps.filter(|(_, iou)| *iou > 0.0).max_by(|a, b| a.1.total_cmp(&b.1))
        };
        let main = largest.and_then(near).map(|(id, _)| id);
        self.record.step(|| Step::Shot { now_ms, at, clues, main, shot });
        self.tagger.set_shot(shot, main);
    }

    /// Embeds the crops that matter most and hands their scores to the tagger.
    fn look(
        &mut self,
        frame: &VideoFrame,
        now_ms: u64,
        changes: &mut Vec<TagChange>,
        candidates: &mut Vec<Sku>,
    ) -> Result<(), VisionError> {
        let mut chosen = Vec::new();
        let mut patches = Vec::new();
        for track in self.by_importance(frame, now_ms) {
            if chosen.len() >= self.config.crops {
                break;
            }
            let patch = self.embedder.patch(frame, track.rect.padded(0.05, whole_of(frame)))?;
            let quality = Quality::of(&patch, track.rect.width.min(track.rect.height));
            let abstained = quality.abstain(&self.config.quality, self.embedder.side());
            let notes = self.notes.entry(track.id).or_default();
            (notes.abstained, notes.looked_ms) = (abstained, Some(now_ms));
            if abstained.is_none() {
                chosen.push(track);
                patches.push(patch);
            }
        }
        let looks = self.embedder.embed(&patches)?;
        for ((mut track, look), patch) in chosen.into_iter().zip(looks).zip(&patches) {
            let track_id = self.same_thing(&track, &look, frame, now_ms, changes);
            let crop = widened(track.rect.padded(0.05, whole_of(frame)));
            let seen = Seen { patch: Small::of(patch), is_private: shows_a_head(crop, &self.people) };
            self.notes.entry(track_id).or_default().seen = Some((seen, look.clone()));
            // Under its new number, so that the box is not taken for a relative of itself.
            track.id = track_id;
            let weight = if self.tracker.is_still(&track) { 1.0 } else { MOVING_WEIGHT };
            let seen = self.gallery.scores(&look);
            let scores = self.lineup.scores(&seen);
            let relatives = relatives(&track, self.tracker.tracks(), now_ms, &self.config.nest);
            let (at, relatives) = (frame.show_ms, relatives.as_slice());
            let observation = Observation { track_id, now_ms, at, scores: &scores, weight, relatives };
            let said = self.tagger.observe(&observation);
            self.record.step(|| observation.into());
            said.iter().for_each(|change| self.record.step(|| Step::Tag(change.clone())));
            if self.tagger.take_forgotten(track_id) {
                self.words.ended(track_id);
            }
            self.note_seen(&seen);
            if candidates.is_empty() && weight >= 1.0 && !self.tagger.is_pinned(track_id) {
                let best = scores.iter().copied().fold(0.0, f32::max);
                candidates.extend(self.search(track_id, &look, best, now_ms));
            }
            changes.extend(said);
        }
        Ok(())
    }

    /// Something was most like this one of the products, if it is like any. `scores` are the gallery's own.
    fn note_seen(&mut self, scores: &[f32]) {
        let best =
            scores.iter().enumerate().filter(|(_, score)| **score >= CANDIDATE).max_by(|a, b| a.1.total_cmp(b.1));
        if let Some(sku) = best.and_then(|(place, _)| self.gallery.skus().get(place)) {
            self.promoted.seen(sku);
        }
    }

    /// Products behind the show that a thing is more like than any of the show's, whose likeness is `best`. One thing a frame,
    /// and each now and then: it takes milliseconds.
    fn search(&mut self, track_id: u32, look: &Look, best: f32, now_ms: u64) -> Vec<Sku> {
        let Some(behind) = self.behind.as_mut() else { return Vec::new() };
        let notes = self.notes.entry(track_id).or_default();
        if notes.searched_ms.is_some_and(|ms| now_ms.saturating_sub(ms) < SEARCHED_EVERY_MS) {
            return Vec::new();
        }
        notes.searched_ms = Some(now_ms);
        let found = behind.nearest(look, CANDIDATES).into_iter();
        found.filter(|(_, likeness)| *likeness >= best.max(CANDIDATE)).map(|(sku, _)| sku).collect()
    }

    /// A track has left the picture, or shows something else.
    fn end(&mut self, track_id: u32, frame: &VideoFrame, now_ms: u64, changes: &mut Vec<TagChange>) {
        let at = frame.show_ms;
        if let Some(look) = self.notes.remove(&track_id).and_then(|notes| notes.look) {
            self.left.add(track_id, look, now_ms);
        }
        self.words.ended(track_id);
        let said = self.tagger.end(track_id, at);
        self.record.step(|| Step::End { track_id, at });
        said.iter().for_each(|change| self.record.step(|| Step::Tag(change.clone())));
        changes.extend(said);
    }

    /// Tracks of this frame worth a look, most important first.
    fn by_importance(&self, frame: &VideoFrame, now_ms: u64) -> Vec<Track> {
        let any_pinned = self.tracker.tracks().iter().any(|track| self.tagger.is_pinned(track.id));
        let current = self.tracker.tracks().iter().filter(|track| track.last_ms == now_ms && track.hits >= 2);
        let things = current.map(|track| Thing {
            track,
            promise: self.tagger.best(track.id).map_or(0.0, |(_, probability)| probability),
            looked_ms: self.notes.get(&track.id).and_then(|notes| notes.looked_ms),
            is_pinned: self.tagger.is_pinned(track.id),
            is_settled: self.tagger.is_settled(track.id),
        });
        worth_a_look(things.collect(), whole_of(frame), any_pinned, now_ms)
    }

    /// The id under which a look counts: a new one when another thing has taken the track's place, that of before when the
    /// thing had left for a moment.
    fn same_thing(
        &mut self,
        track: &Track,
        look: &Look,
        frame: &VideoFrame,
        now_ms: u64,
        changes: &mut Vec<TagChange>,
    ) -> u32 {
        let is_new = self.notes.get(&track.id).is_none_or(|notes| notes.look.is_none());
        if is_new && let Some(id) = self.again(track.id, look, now_ms) {
            return id;
        }
        let notes = self.notes.entry(track.id).or_default();
        let likeness = notes.look.as_ref().map_or(1.0, |known| known.likeness(look));
        tracing::trace!(track.id = track.id, likeness, "look");
        if likeness >= UNLIKE {
            notes.unlike = 0;
            notes.look = Some(notes.look.as_ref().map_or_else(|| look.clone(), |known| known.blend(look, LOOK_FOLLOW)));
            return track.id;
        }
        notes.unlike += 1;
        if notes.unlike < UNLIKE_LOOKS {
            return track.id;
        }
        let Some(id) = self.tracker.replace(track.id, now_ms) else { return track.id };
        self.end(track.id, frame, now_ms, changes);
        self.notes.insert(id, Notes { looked_ms: Some(now_ms), ..Notes::default() });
        if let Some(id) = self.again(id, look, now_ms) {
            return id;
        }
        self.notes.entry(id).or_default().look = Some(look.clone());
        id
    }

    /// The number that a thing seen for the first time had before it left; none for what was not there lately.
    fn again(&mut self, track_id: u32, look: &Look, now_ms: u64) -> Option<u32> {
        let (before, known) = self.left.take(look, now_ms)?;
        if !self.tracker.rename(track_id, before) {
            return None;
        }
        let notes = self.notes.remove(&track_id).unwrap_or_default();
        self.notes.insert(before, Notes { look: Some(known.blend(look, LOOK_FOLLOW)), ..notes });
        self.words.ended(track_id);
        self.record.step(|| Step::Back { track_id: before });
        self.tagger.back(before);
        Some(before)
    }

    fn report(&self, track: &Track) -> TrackReport {
        TrackReport {
            track_id: track.id,
            rect: track.rect,
            best: self.tagger.best(track.id),
            variants: self.tagger.open(track.id),
            state: self.tagger.decision(track.id).map(|decision| decision.state),
            abstained: self.notes.get(&track.id).and_then(|notes| notes.abstained),
        }
    }
}

/// Overlap from which a box adds nothing to one that is there already.
const SAME_PLACE: f32 = 0.6;

fn lineup(gallery: &Gallery, words: &WordsBeside) -> Lineup {
    Lineup::new(gallery.skus(), |place| gallery.is_photographed(place), words.names())
}

/// The curve for boxes of a clip.
pub(crate) fn calibration(gallery: &Gallery) -> Calibration {
    fitted(gallery, Calibration::MANY)
}

/// The curve for a picture that is decided by itself.
pub(crate) fn calibration_of_still(gallery: &Gallery) -> Calibration {
    fitted(gallery, Calibration::MANY_STILL)
}

fn fitted(gallery: &Gallery, many: Calibration) -> Calibration {
    let fitted = match gallery.supply() {
        Supply::Many => many,
        Supply::Few => Calibration::FEW,
    };
    fitted.for_products(gallery.skus().len()).with_twins(gallery.twins())
}
