//! From scores over time to a tag: evidence per track, a calibrated probability, thresholds with hysteresis.
//!
//! Pure and replayable: the same observations at the same times give the same changes. Owns no clock and no pixels.

mod calibration;
mod evidence;
mod print;
mod record;
mod said;
mod spoken;
mod steer;
mod variants;

pub use calibration::{Calibration, Field, Ranked, rank};
pub use evidence::{Decision, Evidence};
pub use record::{Record, Step};
pub use said::Said;
pub use spoken::Spoken;
pub use variants::Variants;

use evidence::{Found, Pool};
use spoken::Heard;
use steer::Steer;
use variants::Families;

use hawker_domain::tag::{Clue, TagState};
use hawker_domain::{ShowMs, Sku};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

use crate::read;
use crate::shot::Shot;

/// A tag that begins, is raised, or is taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TagChange {
    pub track_id: u32,
    pub sku: Sku,
    /// The product has these variants, and which of them it is is not known; `sku` is one of them. Empty: it is `sku`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Sku>,
    pub state: TagState,
    /// Calibrated probability, 0 to 1.
    pub confidence: f32,
    pub why: Vec<Clue>,
    /// Show time of the frame that decided it.
    pub at: ShowMs,
}

/// When something is said, and when it is taken back.
#[derive(Clone, Copy, Debug)]
pub struct TaggerConfig {
    /// Probability from which the host sees a suggestion.
    pub suggest: f32,
    /// Probability from which a product is pinned for everybody.
    pub pin: f32,
    /// The same for a single picture, which nothing later can correct.
    pub pin_still: f32,
    /// A suggestion ends below this, a pin is doubted below it: lower than `suggest`, so that nothing flickers.
    pub drop: f32,
    /// Observations before anything is said, and before something is pinned.
    pub suggest_after: u32,
    pub pin_after: u32,
    /// A pin needs evidence from at least this long.
    pub pin_after_ms: u64,
    /// A pin is taken back after being doubted for this long …
    pub doubt_ms: u64,
    /// … or after something else was sure for this long.
    pub better_ms: u64,
    /// Evidence older than this counts for a third.
    pub memory_ms: f32,
}

impl Default for TaggerConfig {
    fn default() -> Self {
        Self {
            suggest: 0.6,
            // On two clips of the demo's kind what 0.96 was on the curve before; a still has no second look.
            pin: 0.935,
            pin_still: 0.94,
            drop: 0.35,
            suggest_after: 2,
            pin_after: 4,
            pin_after_ms: 400,
            doubt_ms: 1000,
            better_ms: 600,
            memory_ms: 900.0,
        }
    }
}

/// One look at one track.
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    pub track_id: u32,
    /// Units: ms of the frames' own clock, which runs before a show is on air too.
    pub now_ms: u64,
    pub at: ShowMs,
    /// How like each product it is, in the order of the skus.
    pub scores: &'a [f32],
    /// How much this look counts: 1, less while the thing moves.
    pub weight: f32,
    /// The tracks of other boxes of the same thing: what was seen in them speaks here too.
    pub relatives: &'a [u32],
}

/// Decides for every track. Threads: one.
#[derive(Clone, Debug)]
pub struct Tagger {
    skus: Vec<Sku>,
    variants: Variants,
    families: Families,
    /// For each product: its place in the running order makes it likelier by this much (log-odds).
    priors: Vec<f32>,
    /// For each product: whether words and codes may speak for it. Outside the running order they may not.
    may_speak: Vec<bool>,
    heard: Heard,
    steer: Steer,
    calibration: Calibration,
    config: TaggerConfig,
    tracks: BTreeMap<u32, Evidence>,
    /// What the tag of each track was last said to be: it is taken back under the same name, whatever it would be called by then.
    announced: HashMap<u32, (Sku, Vec<Sku>)>,
    /// How many readings were taken in.
    readings: u64,
    /// Of things that left lately, newest last; they may come back.
    left: Vec<(u32, Evidence)>,
}

/// So many things that left are remembered.
const MOST_LEFT: usize = 8;

/// Log-odds for a product of the running order, and against one outside it while there is an order.
const IN_ORDER: f32 = 0.3;
const OUTSIDE_ORDER: f32 = -1.0;

impl Tagger {
    pub fn new(skus: Vec<Sku>, calibration: Calibration, config: TaggerConfig) -> Self {
        let (priors, may_speak) = (vec![0.0; skus.len()], vec![true; skus.len()]);
        let (heard, steer, tracks, left) = (Heard::default(), Steer::default(), BTreeMap::new(), Vec::new());
        let (variants, families) = (Variants::default(), Families::new(&Variants::default(), &skus));
        let (announced, readings) = (HashMap::new(), 0);
        Self {
            skus,
            variants,
            families,
            priors,
            may_speak,
            heard,
            steer,
            calibration,
            config,
            tracks,
            announced,
            readings,
            left,
        }
    }

    /// Other products, or other photos: evidence starts again, tags stay until new evidence contradicts them.
    pub fn set_products(&mut self, skus: Vec<Sku>, calibration: Calibration) {
        self.tracks.values_mut().for_each(|evidence| evidence.leave(&self.families, &self.skus));
        (self.priors, self.may_speak) = (vec![0.0; skus.len()], vec![true; skus.len()]);
        (self.skus, self.calibration) = (skus, calibration);
        self.families = Families::new(&self.variants, &self.skus);
        self.heard.forget();
        self.left.clear();
        self.tracks.values_mut().for_each(Evidence::forget);
    }

    /// These are the products from here on, without an order of the show yet. What was seen, read and heard of those that stay
    /// counts on, of those that are new nothing was.
    pub fn rearrange(&mut self, skus: Vec<Sku>) {
        let places: HashMap<&Sku, usize> = self.skus.iter().enumerate().map(|(place, sku)| (sku, place)).collect();
        let from: Vec<Option<usize>> = skus.iter().map(|sku| places.get(sku).copied()).collect();
        (self.priors, self.may_speak) = (vec![0.0; skus.len()], vec![true; skus.len()]);
        self.heard.rearrange(&from);
        let left = self.left.iter_mut().map(|(_, evidence)| evidence);
        self.tracks.values_mut().chain(left).for_each(|evidence| evidence.rearrange(&from));
        self.skus = skus;
        // Another variant may be the first of its product now.
        let families = Families::new(&self.variants, &self.skus);
        self.tracks.values_mut().for_each(|evidence| evidence.settle(&families, &families, &self.skus));
        self.families = families;
    }

    /// True while a track carries a tag of this product, whichever variant of it is named.
    pub fn is_tagged(&self, sku: &Sku) -> bool {
        self.tracks.values().filter_map(Evidence::decision).any(|tag| self.is_of(tag, sku))
    }

    /// Whether a tag is of this product, whichever variant of it either names.
    fn is_of(&self, tag: &Decision, sku: &Sku) -> bool {
        let product = |sku: &Sku| self.place(sku).map(|place| self.families.product(place));
        tag.sku == *sku
            || tag.variant.as_ref() == Some(sku)
            || product(sku).is_some_and(|own| product(&tag.sku) == Some(own))
    }

    fn place(&self, sku: &Sku) -> Option<usize> {
        self.skus.iter().position(|known| known == sku)
    }

    /// Which products are variants of one. Those that are named and are no products say that not all of them can be seen.
    pub fn set_variants(&mut self, variants: Variants) {
        let families = Families::new(&variants, &self.skus);
        self.tracks.values_mut().for_each(|evidence| evidence.settle(&self.families, &families, &self.skus));
        (self.families, self.variants) = (families, variants);
    }

    /// The show's running order; empty: every product is as likely as the others.
    pub fn set_running_order(&mut self, order: &[Sku]) {
        let prior = |sku: &Sku| match order.contains(sku) {
            _ if order.is_empty() => 0.0,
            true => IN_ORDER,
            false => OUTSIDE_ORDER,
        };
        self.priors = self.skus.iter().map(prior).collect();
        self.may_speak = self.skus.iter().map(|sku| order.is_empty() || order.contains(sku)).collect();
    }

    /// The host says: this is not that product. It is not tagged so again, and nothing else is pinned by itself on the track,
    /// as the recogniser has just shown that it does not know it.
    pub fn reject(&mut self, track_id: u32, sku: &Sku) {
        let is_tag = self.decision(track_id).is_some_and(|tag| self.is_of(tag, sku));
        self.tracks.entry(track_id).or_default().reject(sku, is_tag);
    }

    /// The host says what it is. What was seen on the track before is forgotten, as it was seen without knowing that.
    pub fn accept(&mut self, track_id: u32) {
        self.tracks.entry(track_id).or_default().accept();
    }

    /// The newest picture of a track is being read; [`Tagger::read`] will tell what stands there.
    pub fn begin_reading(&mut self, track_id: u32) {
        if let Some(evidence) = self.tracks.get_mut(&track_id) {
            evidence.print().begin();
        }
    }

    /// Takes in what was read on a track, in the order of the skus. It counts from the next look on, until the track shows
    /// something else. A track that is not followed any more, or a reading made for other products, says nothing.
    pub fn read(&mut self, track_id: u32, read: &read::Evidence) {
        if let Some(evidence) = self.tracks.get_mut(&track_id).filter(|_| read.words.len() == self.skus.len()) {
            self.readings += 1;
            evidence.take_reading(read, &self.families, self.readings);
        }
    }

    /// Products are called something else: what was read and heard spoke of their former names.
    pub fn unread(&mut self) {
        self.heard.forget();
        self.tracks.values_mut().for_each(|evidence| evidence.print().unread());
    }

    /// Whether words of a track were forgotten since this was asked last: what it shows now was never read.
    pub fn take_forgotten(&mut self, track_id: u32) -> bool {
        self.tracks.get_mut(&track_id).is_some_and(|evidence| evidence.print().take_forgotten())
    }

    /// Takes in what was said between two moments of the frames' clock: for each product, in the order of the skus, the
    /// log-odds that the same words would have in print. It counts for whatever is held up then and soon after. Words that
    /// were heard for other products say nothing.
    pub fn hear(&mut self, t0_ms: u64, t1_ms: u64, said: &read::Evidence) {
        if said.words.len() == self.skus.len() {
            self.heard.add(t0_ms, t1_ms, said);
        }
    }

    /// The kind of shot from here on, and the track of its largest thing. In an idle one nothing new is tagged.
    pub fn set_shot(&mut self, shot: Option<Shot>, main: Option<u32>) {
        self.steer = Steer { shot, main };
    }

    /// The curve decisions are made by.
    pub(crate) fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// What the track is held to be at the moment.
    pub fn decision(&self, track_id: u32) -> Option<&Decision> {
        self.tracks.get(&track_id).and_then(Evidence::decision)
    }

    /// True while the track carries a pin.
    pub fn is_pinned(&self, track_id: u32) -> bool {
        self.decision(track_id).is_some_and(|tag| tag.state == TagState::Pinned)
    }

    /// True while the track carries a pin of which nothing is open: there is but one variant, or it is known which it is. One known by
    /// its label is read on, as its looks say too little to tell that it was put down for another.
    pub fn is_settled(&self, track_id: u32) -> bool {
        if self.tracks.get(&track_id).is_some_and(Evidence::is_labelled) {
            return false;
        }
        let is_open = |tag: &Decision| {
            tag.variant.is_none() && self.place(&tag.sku).is_some_and(|place| self.families.has_variants(place))
        };
        self.decision(track_id).is_some_and(|tag| tag.state == TagState::Pinned && !is_open(tag))
    }

    /// The likeliest product of a track with its probability, tagged or not. Of one with variants the one it is tagged as, or
    /// the first.
    pub fn best(&self, track_id: u32) -> Option<(Sku, f32)> {
        let ranked = self.ranked(track_id, &self.pool(track_id)?)?;
        let product = self.skus.get(self.families.product(ranked.index))?;
        let tagged = self.decision(track_id).filter(|tag| tag.sku == *product);
        Some((tagged.map_or(product, Decision::shown).clone(), ranked.probability))
    }

    /// All variants of the product [`Tagger::best`] names, where it is not known which of them it is.
    pub fn open(&self, track_id: u32) -> Vec<Sku> {
        let best = self.best(track_id).and_then(|(sku, _)| self.place(&sku));
        let named = self.decision(track_id).and_then(|tag| tag.variant.as_ref()).and_then(|sku| self.place(sku));
        let open = best.filter(|best| named != Some(*best)).and_then(|best| self.families.members(best));
        open.unwrap_or_default().to_vec()
    }

    /// Takes in one look. Answers what changes: retractions, then at most one new tag.
    pub fn observe(&mut self, observation: &Observation<'_>) -> Vec<TagChange> {
        if observation.scores.len() != self.skus.len() || self.skus.is_empty() {
            return Vec::new();
        }
        let evidence = self.tracks.entry(observation.track_id).or_default();
        let (scores, weight) = (observation.scores, observation.weight);
        evidence.add(scores, &self.families, weight, observation.now_ms, self.config.memory_ms);
        evidence.set_relatives(observation.relatives);
        let Some(pool) = self.pool(observation.track_id) else { return Vec::new() };
        let Some(ranked) = self.ranked(observation.track_id, &pool) else { return Vec::new() };
        let Some(sku) = self.skus.get(self.families.product(ranked.index)).cloned() else { return Vec::new() };
        let evidence = self.tracks.get(&observation.track_id);
        let products = (self.skus.as_slice(), &self.families);
        let held = evidence.and_then(|own| own.probability_of_tag(&pool, products, &self.calibration));
        let is_known = pool.is_variant(ranked.index, (&self.families, &self.calibration), self.config.pin);
        let variant = self.skus.get(ranked.index).filter(|_| is_known).cloned();
        // What is named stays so down to what a suggestion needs, so that it does not flicker.
        let named = evidence.and_then(Evidence::decision).and_then(|tag| tag.variant.as_ref());
        let named = named.and_then(|sku| self.place(sku));
        let still_told =
            named.is_some_and(|index| pool.is_variant(index, (&self.families, &self.calibration), self.config.suggest));
        let is_idle = self.steer.is_idle();
        let found = Found { probability: ranked.probability, held, looks: pool.looks, is_idle, variant, still_told };
        let mut why = vec![Clue::Image];
        why.extend(self.said(observation.track_id).clues(ranked.index));
        // A product is tagged on one track at a time.
        let elsewhere = self.elsewhere(observation.track_id, &sku, found.variant.as_ref());
        let Some(evidence) = self.tracks.get_mut(&observation.track_id) else { return Vec::new() };
        let steps = evidence.decide(&sku, &found, elsewhere, observation.now_ms, &self.config);
        if self.priors.get(ranked.index).is_some_and(|prior| *prior > 0.0) {
            why.push(Clue::Order);
        }
        let pinned = steps.iter().find(|step| step.state == TagState::Pinned);
        let others = self.tracks.iter_mut().filter(|(id, _)| pinned.is_some() && **id != observation.track_id);
        let given_up = others.filter_map(|(id, evidence)| {
            let is_same_thing = observation.relatives.contains(id);
            let variant = pinned.and_then(|step| step.variant.as_ref()).filter(|_| !is_same_thing);
            Some((*id, evidence.give_up_suggestion(&sku, variant)?))
        });
        let given_up: Vec<_> = given_up.collect();
        let own = steps.into_iter().map(|step| (observation.track_id, step));
        let all = given_up.into_iter().chain(own);
        let all: Vec<_> = all.collect();
        all.into_iter().map(|(track_id, step)| self.change(track_id, &step, why.clone(), observation.at)).collect()
    }

    fn change(&mut self, track_id: u32, decision: &Decision, why: Vec<Clue>, at: ShowMs) -> TagChange {
        let named = || self.families.named(decision, &self.skus);
        let (sku, variants) = if decision.state == TagState::Retracted {
            self.announced.remove(&track_id).unwrap_or_else(named)
        } else {
            let named = named();
            self.announced.insert(track_id, named.clone());
            named
        };
        TagChange { track_id, sku, variants, state: decision.state, confidence: decision.probability, why, at }
    }

    /// What a track and the other boxes of its thing say together.
    fn pool(&self, track_id: u32) -> Option<Pool> {
        let own = self.tracks.get(&track_id)?;
        let heard = self.said(track_id);
        let (said, mut priors) = heard.weighed(&self.priors);
        let told = heard.told(self.skus.len());
        let main = self.steer.prior(track_id, own.relatives());
        priors.iter_mut().for_each(|prior| *prior += main);
        let products = (self.skus.as_slice(), &self.families);
        own.pool(self.relatives(own), products, (said, priors, told), (&self.config, &self.calibration))
    }

    fn relatives<'a>(&'a self, own: &'a Evidence) -> impl Iterator<Item = &'a Evidence> {
        own.relatives().iter().filter_map(|id| self.tracks.get(id))
    }

    /// What was read on the thing and said about it, as far as it may be heard.
    fn said(&self, track_id: u32) -> Said {
        let Some(own) = self.tracks.get(&track_id) else { return Said::default() };
        let spoken = self.heard.at(own.last_ms(), self.skus.len());
        Said::new(own.read_with(self.relatives(own), &self.families), spoken, &self.may_speak)
    }

    fn ranked(&self, track_id: u32, pool: &Pool) -> Option<Ranked> {
        self.tracks.get(&track_id)?.ranked(pool, (&self.skus, &self.families), &self.calibration)
    }

    /// The tag that another track has put on a product. Another variant of it there is another product where both are known,
    /// except in another box of the same thing.
    fn elsewhere(&self, track_id: u32, sku: &Sku, variant: Option<&Sku>) -> Option<TagState> {
        let relatives = self.tracks.get(&track_id).map(Evidence::relatives).unwrap_or_default();
        let others = self.tracks.iter().filter(|(id, _)| **id != track_id);
        let states =
            others.filter_map(|(id, evidence)| evidence.tagged(sku, variant.filter(|_| !relatives.contains(id))));
        states.max_by_key(|state| *state == TagState::Pinned)
    }

    /// The track has left the picture: its tag is taken back. Its evidence is put by for [`Tagger::back`].
    pub fn end(&mut self, track_id: u32, at: ShowMs) -> Option<TagChange> {
        let evidence = self.tracks.remove(&track_id)?;
        let decision = evidence.decision().cloned();
        if decision.is_none() {
            self.announced.remove(&track_id);
        }
        if self.left.len() >= MOST_LEFT {
            self.left.remove(0);
        }
        self.left.push((track_id, evidence.put_by(&self.config)));
        let decision = Decision { state: TagState::Retracted, ..decision? };
        Some(self.change(track_id, &decision, vec![Clue::Image], at))
    }

    /// What had left is in the picture again, under the number it had.
    pub fn back(&mut self, track_id: u32) {
        if let Some(place) = self.left.iter().position(|(id, _)| *id == track_id) {
            let (_, evidence) = self.left.remove(place);
            self.tracks.insert(track_id, evidence);
        }
    }
}

#[cfg(test)]
mod tests;
