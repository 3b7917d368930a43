//! What speaks for each product on one track, and the tag that follows from it.

use hawker_domain::Sku;
use hawker_domain::tag::TagState;

use super::TaggerConfig;
use super::calibration::{self, Calibration, Ranked};

/// How much log-odds grow with sustained evidence; at eight looks a second it comes to 1.6 at most.
const SUSTAIN: f32 = 0.3;

/// The tag a track carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    pub sku: Sku,
    pub state: TagState,
    pub probability: f32,
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
    doubted_since: Option<u64>,
    better_since: Option<u64>,
}

impl Evidence {
    pub fn decision(&self) -> Option<&Decision> {
        self.decision.as_ref()
    }

    pub(super) fn forget(&mut self) {
        self.sums.clear();
        (self.weight, self.looks) = (0.0, 0);
        (self.doubted_since, self.better_since) = (None, None);
    }

    pub(super) fn reject(&mut self, sku: &Sku) {
        if !self.rejected.contains(sku) {
            self.rejected.push(sku.clone());
        }
        // The host has taken the tag back; saying so again would be noise.
        if self.decision.as_ref().is_some_and(|decision| decision.sku == *sku) {
            self.decision = None;
        }
    }

    pub(super) fn add(&mut self, scores: &[f32], weight: f32, now_ms: u64, memory_ms: f32) {
        if self.sums.len() != scores.len() {
            self.sums = vec![0.0; scores.len()];
            (self.weight, self.looks, self.first_ms, self.last_ms) = (0.0, 0, now_ms, now_ms);
        }
        let fade = (-(now_ms.saturating_sub(self.last_ms) as f32) / memory_ms.max(1.0)).exp();
        for (sum, score) in self.sums.iter_mut().zip(scores) {
            *sum = *sum * fade + score * weight;
        }
        self.weight = self.weight * fade + weight;
        self.looks += 1;
        self.last_ms = now_ms;
    }

    fn means(&self) -> Vec<f32> {
        self.sums.iter().map(|sum| sum / self.weight.max(f32::EPSILON)).collect()
    }

    /// The likeliest product that was not rejected.
    pub fn ranked(&self, skus: &[Sku], priors: &[f32], calibration: &Calibration) -> Option<Ranked> {
        if self.looks == 0 {
            return None;
        }
        let barred = |index: usize| skus.get(index).is_none_or(|sku| self.rejected.contains(sku));
        let ranked = calibration::rank(&self.means(), priors, calibration, barred)?;
        Some(Ranked { probability: self.sustained(ranked.probability), ..ranked })
    }

    /// What many looks agree on is surer than what one look says: the log-odds grow with the logarithm of their weight. Looks at
    /// one thing are alike, so they count far less than independent ones would.
    fn sustained(&self, probability: f32) -> f32 {
        let gain = 1.0 + SUSTAIN * self.weight.max(1.0).ln();
        let bounded = probability.clamp(1e-6, 1.0 - 1e-6);
        calibration::logistic((bounded / (1.0 - bounded)).ln() * gain)
    }

    /// How likely the tag it carries is by now.
    pub(super) fn probability_of_tag(&self, skus: &[Sku], priors: &[f32], calibration: &Calibration) -> Option<f32> {
        let decision = self.decision.as_ref()?;
        let index = skus.iter().position(|sku| *sku == decision.sku)?;
        let means = self.means();
        let score = *means.get(index)?;
        Some(self.sustained(calibration::probability_of(index, score, &means, priors, calibration, &|_| false)))
    }

    /// Takes the tag away if it is only suggested: another track is sure of that product.
    pub(super) fn give_up_suggestion(&mut self, sku: &Sku) -> Option<Decision> {
        let weaker = |decision: &mut Decision| decision.sku == *sku && decision.state == TagState::Suggested;
        let decision = self.decision.take_if(weaker)?;
        Some(Decision { state: TagState::Retracted, ..decision })
    }

    /// What changes, given the best product, the probability of the tag it carries, and the tag that another track has put on
    /// the product already: one that is only suggested there can still be pinned here.
    pub(super) fn decide(
        &mut self,
        best: &Sku,
        ranked: &Ranked,
        held: Option<f32>,
        elsewhere: Option<TagState>,
        now_ms: u64,
        config: &TaggerConfig,
    ) -> Vec<Decision> {
        let wanted = self.wanted(ranked.probability, now_ms, config).filter(|wanted| match elsewhere {
            None => true,
            Some(TagState::Suggested) => *wanted == TagState::Pinned,
            Some(_) => false,
        });
        let Some(current) = self.decision.clone() else {
            return self.begin(best, wanted, ranked.probability).into_iter().collect();
        };
        let same = current.sku == *best;
        let held = held.unwrap_or(0.0);
        if let Some(decision) = self.decision.as_mut() {
            decision.probability = if same { ranked.probability } else { held };
        }
        if same && current.state == TagState::Suggested && wanted == Some(TagState::Pinned) {
            return self.begin(best, wanted, ranked.probability).into_iter().collect();
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
        let next = if same { None } else { self.begin(best, wanted, ranked.probability) };
        std::iter::once(retracted).chain(next).collect()
    }

    fn begin(&mut self, sku: &Sku, state: Option<TagState>, probability: f32) -> Option<Decision> {
        let decision = Decision { sku: sku.clone(), state: state?, probability };
        self.decision = Some(decision.clone());
        Some(decision)
    }

    /// The state this much evidence is good for.
    fn wanted(&self, probability: f32, now_ms: u64, config: &TaggerConfig) -> Option<TagState> {
        let long_enough = now_ms.saturating_sub(self.first_ms) >= config.pin_after_ms && self.looks >= config.pin_after;
        if probability >= config.pin && long_enough && self.rejected.is_empty() {
            Some(TagState::Pinned)
        } else if probability >= config.suggest && self.looks >= config.suggest_after {
            Some(TagState::Suggested)
        } else {
            None
        }
    }
}
