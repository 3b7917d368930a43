//! What speaks for each product on one track, and the tag that follows from it.

use hawker_domain::Sku;
use hawker_domain::tag::TagState;

use super::TaggerConfig;
use super::calibration::{self, Calibration, Field, Ranked};
use super::print::{Print, renew};
use super::spoken::moved;
use super::variants::Families;
use crate::read;

/// How much log-odds grow with sustained evidence, and the weight beyond which more of it adds nothing: that of eight looks a
/// second at one box. It comes to 1.6 then, however many boxes of a thing are looked at.
const SUSTAIN: f32 = 0.3;
const MOST_WEIGHT: f32 = 7.7;

/// Looks at a thing that has come back before it is pinned again.
const LOOKS_AGAIN: u32 = 2;

/// The tag a track carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The product, by the first of its variants where it has several.
    pub sku: Sku,
    /// Which of them it is; none: there is but one, or it is not known.
    pub variant: Option<Sku>,
    pub state: TagState,
    pub probability: f32,
}

impl Decision {
    /// The one sku it is shown by.
    pub fn shown(&self) -> &Sku {
        self.variant.as_ref().unwrap_or(&self.sku)
    }

    /// Whether it may be this product, in this variant where one is known: two that are known and differ are two things.
    fn may_be(&self, sku: &Sku, variant: Option<&Sku>) -> bool {
        let is_other = self.variant.as_ref().zip(variant).is_some_and(|(own, other)| own != other);
        self.sku == *sku && !is_other
    }
}

/// What a decision rests on.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The variant of the best product, where it is as sure as a pin has to be.
    pub variant: Option<Sku>,
    /// The variant that the tag names is still the likeliest by far: it stays named while none is surer.
    pub still_told: bool,
    /// Of the best product, and of the tag the track carries by now.
    pub probability: f32,
    pub held: Option<f32>,
    /// See [`Pool::looks`].
    pub looks: f32,
    /// The shot is one in which nothing new is said.
    pub is_idle: bool,
}

/// What all boxes of one thing say together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pool {
    means: Vec<f32>,
    /// What was read on the thing, and the priors it adds to; see [`Field`].
    said: Vec<f32>,
    priors: Vec<f32>,
    /// The same between variants of one product; see [`super::Said::told`].
    told: Vec<f32>,
    weight: f32,
    /// How many looks it rests on; those at another box fade, those that contradict are taken off.
    pub looks: f32,
}

impl Pool {
    pub fn field(&self) -> Field<'_> {
        Field { scores: &self.means, priors: &self.priors, said: &self.said, ..Field::default() }
    }

    /// Whether it is this variant and no other of its product, as surely as `pin`.
    pub fn is_variant(&self, index: usize, (families, calibration): (&Families, &Calibration), pin: f32) -> bool {
        // Half a word and half a look are no evidence: either has to do by itself.
        let is_said = families.is_said(index, &self.told);
        let field = Field { said: if is_said { &self.told } else { &[] }, ..self.field() };
        let sure = || self.sustained(calibration::probability_of(index, &field, calibration, &|_| false));
        // What its sibling is called stands on it: looks alone do not say otherwise.
        let is_denied = || families.siblings(index).iter().any(|sibling| families.is_said(*sibling, &self.told));
        (is_said || (families.is_pictured(index) && !is_denied())) && sure() >= pin
    }

    /// What many looks agree on is surer than what one look says: the log-odds grow with the logarithm of their weight. Looks at
    /// one thing are alike, so they count far less than independent ones would.
    fn sustained(&self, probability: f32) -> f32 {
        let gain = 1.0 + SUSTAIN * self.weight.clamp(1.0, MOST_WEIGHT).ln();
        let bounded = probability.clamp(1e-6, 1.0 - 1e-6);
        calibration::logistic((bounded / (1.0 - bounded)).ln() * gain)
    }
}

/// Index of the highest score among those not barred.
fn first(means: &[f32], barred: impl Fn(usize) -> bool) -> Option<usize> {
    let free = means.iter().enumerate().filter(|(index, _)| !barred(*index));
    free.max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index)
}

/// What is left of evidence after some time.
fn faded(age_ms: u64, memory_ms: f32) -> f32 {
    (-(age_ms as f32) / memory_ms.max(1.0)).exp()
}

/// Evidence of one track.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Weighted sums of scores, faded by age.
    sums: Vec<f32>,
    weight: f32,
    looks: u32,
    first_ms: u64,
    last_ms: u64,
    decision: Option<Decision>,
    rejected: Vec<Sku>,
    relatives: Vec<u32>,
    print: Print,
    /// Which reading of all it was that this was last read by.
    reading: u64,
    doubted_since: Option<u64>,
    better_since: Option<u64>,
    /// Since when it is another variant of the same product, or nothing speaks for the one that is named.
    variant_since: Option<u64>,
    /// The tag left open which variant it is when other products came.
    left_open: bool,
}

impl Evidence {
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    pub(super) fn forget(&mut self) {
        self.sums.clear();
        // What was rejected is in the lessons, and so is what was taken back.
        self.rejected.clear();
        self.print = Print::default();
        (self.weight, self.looks) = (0.0, 0);
        (self.doubted_since, self.better_since, self.variant_since) = (None, None, None);
    }

    /// What still counts if the thing comes back: what it looked like, as far as that has not faded. A look-alike may be taken up
    /// in its place, so what was read on it is read again, and two looks more are needed for a pin. Of a thing the host said no
    /// to nothing is kept: it was seen before that was learned.
    pub(super) fn put_by(mut self, config: &TaggerConfig) -> Self {
        if !self.rejected.is_empty() {
            return Self::default();
        }
        self.relatives.clear();
        self.print = Print::default();
        (self.doubted_since, self.better_since, self.variant_since) = (None, None, None);
        self.decision = None;
        self.looks = self.looks.min(config.pin_after.saturating_sub(LOOKS_AGAIN));
        self
    }

    /// `is_tag`: it is the product of the tag.
    pub(super) fn reject(&mut self, sku: &Sku, is_tag: bool) {
        if !self.rejected.contains(sku) {
            self.rejected.push(sku.clone());
        }
        // The host has taken the tag back; saying so again would be noise.
        if is_tag {
            self.decision = None;
        }
    }

    pub(super) fn accept(&mut self) {
        self.forget();
    }

    /// The products have other places; `from` is where each was. Of one that is new nothing was seen: 0 is what an unknown
    /// thing scores.
    pub(super) fn rearrange(&mut self, from: &[Option<usize>]) {
        if !self.sums.is_empty() {
            self.sums = moved(&self.sums, from);
        }
        self.print.rearrange(from);
    }

    /// Other products are variants of each other than were: the tag stays, and names what it named.
    pub(super) fn settle(&mut self, was: &Families, now: &Families, skus: &[Sku]) {
        let Some(decision) = &mut self.decision else { return };
        let shown = decision.shown().clone();
        let Some(index) = skus.iter().position(|sku| *sku == shown) else { return };
        let is_open = decision.variant.is_none() && (was.has_variants(index) || self.left_open);
        decision.variant = (now.has_variants(index) && !is_open).then_some(shown);
        if let Some(first) = skus.get(now.product(index)) {
            decision.sku = first.clone();
        }
    }

    /// Other products come: the one of the tag may be among them later, and is then named as it was.
    pub(super) fn leave(&mut self, was: &Families, skus: &[Sku]) {
        let Some(decision) = &self.decision else { return };
        if let Some(index) = skus.iter().position(|sku| *sku == decision.sku) {
            self.left_open = decision.variant.is_none() && was.has_variants(index);
        }
    }

    pub(super) fn add(&mut self, scores: &[f32], families: &Families, weight: f32, now_ms: u64, memory_ms: f32) {
        if self.sums.len() != scores.len() {
            self.sums = vec![0.0; scores.len()];
            (self.weight, self.looks, self.first_ms, self.last_ms) = (0.0, 0, now_ms, now_ms);
        }
        let fade = faded(now_ms.saturating_sub(self.last_ms), memory_ms);
        for (sum, score) in self.sums.iter_mut().zip(scores) {
            *sum = *sum * fade + score * weight;
        }
        self.weight = self.weight * fade + weight;
        self.looks += 1;
        self.last_ms = now_ms;
        self.print.look(scores, families, now_ms);
    }

    /// Takes in what was read on the thing; `number`: each reading has a higher one than those before.
    pub(super) fn take_reading(&mut self, read: &read::Evidence, families: &Families, number: u64) {
        self.reading = number;
        self.print.read(read, families);
    }

    /// What is read on the thing.
    pub(super) fn print(&mut self) -> &mut Print {
        &mut self.print
    }

    /// Whether it is known by its label.
    pub(super) fn is_labelled(&self) -> bool {
        self.print.counts().is_some_and(|read| read.label.of().is_some())
    }

    /// What was read in any of the boxes of a thing and counts now. Which variant it is the newest reading says.
    pub(super) fn read_with<'a>(
        &'a self,
        others: impl Iterator<Item = &'a Self>,
        families: &Families,
    ) -> read::Evidence {
        let fresh = others.filter(|other| self.print.takes(other.last_ms));
        let mut boxes: Vec<&Self> = std::iter::once(self).chain(fresh).collect();
        boxes.sort_by_key(|one| one.reading);
        let mut all = read::Evidence::default();
        boxes.into_iter().filter_map(|one| one.print.counts()).for_each(|read| renew(&mut all, read, families));
        // A wider box holds what is behind the thing, too: of its words few are heard, of its label nothing.
        all.label = self.print.counts().map(|read| read.label).unwrap_or_default();
        all
    }

    /// When it was looked at last. Units: ms of the frames' own clock.
    pub(super) fn last_ms(&self) -> u64 {
        self.last_ms
    }

    /// The other boxes of the same thing, as of the last look.
    pub(super) fn relatives(&self) -> &[u32] {
        &self.relatives
    }

    pub(super) fn set_relatives(&mut self, relatives: &[u32]) {
        self.relatives.clear();
        self.relatives.extend_from_slice(relatives);
    }

    /// This evidence as other boxes of the same thing confirm or contradict it. A wider crop is diluted by what is around the
    /// thing, so scores are not averaged: each box keeps its own, and what the others found decides how much it is worth. One
    /// that finds something else by chance says nothing, one that is sure of it speaks against this one.
    /// Boxes of a product that was undone confirm nothing. None before the first look.
    pub(super) fn pool<'a>(
        &self,
        others: impl Iterator<Item = &'a Self>,
        (skus, families): (&[Sku], &Families),
        (said, priors, told): (Vec<f32>, Vec<f32>, Vec<f32>),
        (tagger, calibration): (&TaggerConfig, &Calibration),
    ) -> Option<Pool> {
        if self.looks == 0 {
            return None;
        }
        let means = self.means();
        let leader = |means: &[f32], barred: &dyn Fn(usize) -> bool| {
            let mixed = Field { scores: means, said: &said, ..Field::default() }.mixed(calibration);
            first(&mixed, barred).map(|index| families.product(index))
        };
        let sure = |means: &[f32]| {
            let field = Field { scores: means, priors: &priors, said: &said, ..Field::default() };
            families.rank(&field, calibration, &|_| false).map_or(0.0, |ranked| ranked.probability)
        };
        let barred = self.barred(skus, families);
        let best = leader(&means, &|index| barred.contains(&families.product(index)));
        let (mut weight, mut looks) = (self.weight, self.looks as f32);
        for other in others.filter(|other| other.sums.len() == means.len() && other.looks > 0) {
            let fade = faded(self.last_ms.saturating_sub(other.last_ms), tagger.memory_ms);
            let theirs = other.means();
            if leader(&theirs, &|_| false) == best {
                weight += other.weight * fade;
                looks += (other.looks as f32).min(other.weight) * fade;
            } else if sure(&theirs) >= tagger.suggest {
                weight -= other.weight * fade;
                looks -= other.weight * fade;
            }
        }
        let weight = weight.max(self.weight.min(1.0));
        Some(Pool { means, said, priors, told, weight, looks })
    }

    fn means(&self) -> Vec<f32> {
        self.sums.iter().map(|sum| sum / self.weight.max(f32::EPSILON)).collect()
    }

    /// Products that were rejected, whichever of their variants was named.
    fn barred(&self, skus: &[Sku], families: &Families) -> Vec<usize> {
        let place = |sku: &Sku| skus.iter().position(|other| other == sku);
        self.rejected.iter().filter_map(place).map(|index| families.product(index)).collect()
    }

    /// The likeliest product that was not rejected, by the likeliest of its variants.
    pub(super) fn ranked(
        &self,
        pool: &Pool,
        (skus, families): (&[Sku], &Families),
        calibration: &Calibration,
    ) -> Option<Ranked> {
        let barred = self.barred(skus, families);
        let is_barred = |index: usize| index >= skus.len() || barred.contains(&families.product(index));
        let ranked = families.rank(&pool.field(), calibration, &is_barred)?;
        Some(Ranked { probability: pool.sustained(ranked.probability), ..ranked })
    }

    /// How likely the tag it carries is by now.
    pub(super) fn probability_of_tag(
        &self,
        pool: &Pool,
        (skus, families): (&[Sku], &Families),
        calibration: &Calibration,
    ) -> Option<f32> {
        let decision = self.decision.as_ref()?;
        let product = families.product(skus.iter().position(|sku| *sku == decision.sku)?);
        let index = families.likeliest(product, &pool.field(), calibration)?;
        Some(pool.sustained(families.probability(index, &pool.field(), calibration, &|_| false)))
    }

    /// The state of its tag if that is of this product; `variant`: see [`Decision::may_be`].
    pub(super) fn tagged(&self, sku: &Sku, variant: Option<&Sku>) -> Option<TagState> {
        self.decision.as_ref().filter(|decision| decision.may_be(sku, variant)).map(|decision| decision.state)
    }

    /// Takes the tag away if it is only suggested: another track is sure of that product.
    pub(super) fn give_up_suggestion(&mut self, sku: &Sku, variant: Option<&Sku>) -> Option<Decision> {
        let weaker = |decision: &mut Decision| decision.may_be(sku, variant) && decision.state == TagState::Suggested;
        let decision = self.decision.take_if(weaker)?;
        Some(Decision { state: TagState::Retracted, ..decision })
    }

    /// What changes, given the best product, what was found, and the tag that another track has put on
    /// the product already: one that is only suggested there can still be pinned here.
    pub(super) fn decide(
        &mut self,
        best: &Sku,
        found: &Found,
        elsewhere: Option<TagState>,
        now_ms: u64,
        config: &TaggerConfig,
    ) -> Vec<Decision> {
        let wanted = self.wanted(found, now_ms, config).filter(|wanted| match elsewhere {
            None => true,
            Some(TagState::Suggested) => *wanted == TagState::Pinned,
            Some(_) => false,
        });
        let Some(current) = self.decision.clone() else {
            return self.begin(best, wanted, found).into_iter().collect();
        };
        let same = current.sku == *best;
        let held = found.held.unwrap_or(0.0);
        if let Some(decision) = self.decision.as_mut() {
            decision.probability = if same { found.probability } else { held };
        }
        if same && current.state == TagState::Suggested && wanted == Some(TagState::Pinned) {
            return self.begin(best, wanted, found).into_iter().collect();
        }
        if same && let Some(changed) = self.change_variant(&current, found, now_ms, config) {
            return changed;
        }
        // A suggestion gives way at once, a pin only to what has been sure for a while.
        let better =
            !same && wanted.is_some_and(|state| state == TagState::Pinned || current.state == TagState::Suggested);
        let doubted = held < config.drop;
        self.better_since = if better { self.better_since.or(Some(now_ms)) } else { None };
        self.doubted_since = if doubted { self.doubted_since.or(Some(now_ms)) } else { None };
        let lasted = |since: Option<u64>, least: u64| since.is_some_and(|since| now_ms.saturating_sub(since) >= least);
        let over = match current.state {
            TagState::Pinned => {
                lasted(self.better_since, config.better_ms) || lasted(self.doubted_since, config.doubt_ms)
            }
            _ => better || doubted,
        };
        if !over {
            return Vec::new();
        }
        (self.better_since, self.doubted_since, self.decision) = (None, None, None);
        let retracted = Decision { state: TagState::Retracted, probability: held, ..current };
        let next = if same { None } else { self.begin(best, wanted, found) };
        std::iter::once(retracted).chain(next).collect()
    }

    /// The product stays and another variant of it is named: at once where none was, after a while where one was. After the
    /// same while without anything that speaks for the named one it is open again: the thing may have been swapped for its
    /// sibling. None: it stays as it is.
    fn change_variant(
        &mut self,
        current: &Decision,
        found: &Found,
        now_ms: u64,
        config: &TaggerConfig,
    ) -> Option<Vec<Decision>> {
        let is_lost = found.variant.is_none() && !found.still_told && current.variant.is_some();
        let is_other = found.variant.is_some() && found.variant != current.variant;
        if found.is_idle || !(is_lost || is_other) {
            self.variant_since = None;
            return None;
        }
        let since = *self.variant_since.get_or_insert(now_ms);
        if current.variant.is_some() && now_ms.saturating_sub(since) < config.better_ms {
            return None;
        }
        (self.variant_since, self.left_open) = (None, false);
        let decision = self.decision.as_mut()?;
        decision.variant.clone_from(&found.variant);
        let retracted = Decision { state: TagState::Retracted, ..current.clone() };
        let was_other = (current.shown() != decision.shown()).then_some(retracted);
        Some(was_other.into_iter().chain([decision.clone()]).collect())
    }

    fn begin(&mut self, sku: &Sku, state: Option<TagState>, found: &Found) -> Option<Decision> {
        let (variant, probability) = (found.variant.clone(), found.probability);
        let decision = Decision { sku: sku.clone(), variant, state: state?, probability };
        (self.variant_since, self.left_open) = (None, false);
        self.decision = Some(decision.clone());
        Some(decision)
    }

    /// The state this much evidence is good for.
    fn wanted(&self, found: &Found, now_ms: u64, config: &TaggerConfig) -> Option<TagState> {
        let (probability, looks) = (found.probability, found.looks);
        let seen_twice = self.looks >= config.suggest_after;
        let long_enough = seen_twice
            && now_ms.saturating_sub(self.first_ms) >= config.pin_after_ms
            && looks >= config.pin_after as f32;
        if found.is_idle {
            None
        } else if probability >= config.pin && long_enough && self.rejected.is_empty() {
            Some(TagState::Pinned)
        } else if probability >= config.suggest && seen_twice {
            Some(TagState::Suggested)
        } else {
            None
        }
    }
}
