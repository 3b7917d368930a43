//! A run-through before a show: the host is asked for one product after another, holds it up, and hears what it is taken for.
//!
//! Owns: what is asked for, when something is said about it, and what is said. Must not know: where looks come from, who asks.
//! Enter by [`RunThrough::new`], [`RunThrough::look`] and [`RunThrough::on`]; [`report`] says what came of it all. Pure: time comes
//! in from outside, in milliseconds of whatever clock that never goes back.

mod asked;
pub mod look;
pub mod report;
#[cfg(test)]
mod tests;

use asked::Asked;
use hawker_domain::Sku;

pub use look::{Look, Tags, Thing};
pub use report::{Alike, Expected, HeldUp, Report, report};

use crate::Abstained;

/// Something that was held up for so long without a pin would have stayed without a card on air for as long: twice what a pin
/// may take.
pub const UNSURE_AFTER_MS: u64 = 3_000;

/// Nothing that could be a product was seen for so long: longer than it takes to reach for the next thing.
pub const NOTHING_AFTER_MS: u64 = 8_000;

/// The next product is asked for so long after one was recognised: the host has to see that it was.
const GOES_ON_AFTER_MS: u64 = 1_200;

/// Who goes on to the next product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoesOn {
    /// The host alone.
    WhenTold,
    /// The run-through, once a product is recognised: a host has both hands full.
    ByItself,
    /// A clip, of which is known when what is held up: what was not seen by then will not be.
    WithTruth,
}

/// What a product was taken for. It may get better while the product is still asked for: something that was not known after
/// three seconds is after four.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Pinned, and rightly, so long after something was first seen.
    Recognised { after_ms: u64 },
    /// Pinned as another product. It stays so: on air viewers would have seen that one's card.
    TakenFor { sku: Sku, after_ms: u64 },
    /// Seen and not pinned; what it is suggested as.
    Unsure { suggested: Option<Sku> },
    /// Not seen; why, where the picture tells. Where it does not, nothing may have been held up at all.
    NotSeen { why: Option<Abstained> },
}

/// One product and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub sku: Sku,
    /// None: it was not asked for yet, was left out, or the host went on before anything was seen.
    pub verdict: Option<Verdict>,
    /// The host said "this is it", and it was learned: [`RunThrough::learned`].
    pub taught: bool,
    pub skipped: bool,
}

/// Where the run-through is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// For something to be held up.
    Waiting,
    /// Something is, and nothing can be said of it yet.
    Seen,
    Judged,
    /// Every product was asked for.
    Over,
}

/// What a host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Next,
    /// Once more; the product before, where nothing was said of this one yet.
    Back,
    /// This one is not here.
    Skip,
    /// What is held up is the product asked for.
    ThisIsIt,
}

/// What recognition has to learn: this track is this product, or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub track_id: u32,
    pub sku: Sku,
    /// Further variants of the product that it is about.
    pub variants: Vec<Sku>,
    pub is_it: bool,
}

/// Nothing is in the picture that could be learned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NothingHeld;

#[derive(Clone, Debug)]
pub struct RunThrough {
    products: Vec<Shown>,
    goes_on: GoesOn,
    at: usize,
    asked: Asked,
    /// The newest; none before the first.
    last: Option<Look>,
    /// Something was looked at for an answer.
    begun: bool,
}

impl RunThrough {
    /// Asks for these products in this order.
    pub fn new(products: Vec<Sku>, goes_on: GoesOn) -> Self {
        let products = products.into_iter().map(Shown::new).collect();
        Self { products, goes_on, at: 0, asked: Asked::default(), last: None, begun: false }
    }

    pub fn products(&self) -> &[Shown] {
        &self.products
    }

    /// Place of the product that is asked for; the number of products when it is over.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The product that is asked for.
    pub fn asked_for(&self) -> Option<&Sku> {
        self.products.get(self.at).map(|shown| &shown.sku)
    }

    pub fn phase(&self) -> Phase {
        match self.products.get(self.at) {
            None => Phase::Over,
            Some(shown) if shown.verdict.is_some() => Phase::Judged,
            Some(_) if self.asked.is_seen() => Phase::Seen,
            Some(_) => Phase::Waiting,
        }
    }

    /// Why nothing can be said of what is in the picture now, where that can be told before time is up.
    pub fn trouble(&self) -> Option<Abstained> {
        (self.phase() == Phase::Waiting).then(|| self.asked.trouble()).flatten()
    }

    /// Takes in a look.
    pub fn look(&mut self, look: Look, now_ms: u64) {
        let Some(shown) = self.products.get_mut(self.at) else { return };
        if !std::mem::replace(&mut self.begun, true) {
            // What lies about is no answer to what was asked only now.
            self.asked = match &self.last {
                Some(before) => Asked::after(&before.of(&shown.sku), &shown.sku),
                None => Asked::beside(&look.of(&shown.sku), &shown.sku),
            };
        }
        let look = &self.last.insert(look).of(&shown.sku);
        let is_judged = shown.verdict.as_ref().is_some_and(|verdict| !matches!(verdict, Verdict::NotSeen { .. }));
        self.asked.see(look, &shown.sku, is_judged, now_ms);
        if !self.asked.is_told
            && let Some(verdict) = self.asked.verdict(look, &shown.sku, now_ms)
            && gets_better(&shown.sku, shown.verdict.as_ref(), &verdict)
        {
            if matches!(verdict, Verdict::Recognised { .. }) {
                self.asked.recognised_ms = Some(now_ms);
            }
            shown.verdict = Some(verdict);
        }
        let known = self.asked.recognised_ms.is_some_and(|ms| now_ms.saturating_sub(ms) >= GOES_ON_AFTER_MS);
        if known && self.goes_on == GoesOn::ByItself {
            self.ask(self.at + 1);
        }
    }

    /// Takes in a look at what is no answer: nothing is held up for this.
    pub fn glance(&mut self, look: Look) {
        self.last = Some(look);
    }

    /// Does what the host says; what recognition has to learn from it, in order. Errors: there is nothing to learn from.
    pub fn on(&mut self, said: Said) -> Result<Vec<Lesson>, NothingHeld> {
        match said {
            Said::Next => {
                self.settle();
                self.ask(self.at + 1);
            }
            Said::Skip => {
                if let Some(shown) = self.products.get_mut(self.at) {
                    *shown = Shown { skipped: true, ..Shown::new(shown.sku.clone()) };
                }
                self.ask(self.at + 1);
            }
            Said::Back => {
                let is_judged = self.phase() == Phase::Judged;
                let at = if is_judged { self.at } else { self.at.saturating_sub(1) };
                if let Some(shown) = self.products.get_mut(at) {
                    *shown = Shown::new(shown.sku.clone());
                }
                self.ask(at);
                // It is tried again as it is held: whatever it is taken for counts.
                self.asked = Asked::default();
            }
            Said::ThisIsIt => return self.teach(),
        }
        Ok(Vec::new())
    }

    /// What the host said of a product was learned.
    pub fn learned(&mut self, sku: &Sku) {
        self.products.iter_mut().filter(|shown| shown.sku == *sku).for_each(|shown| shown.taught = true);
    }

    /// Says what can be said of a product that nobody waits for any longer. Without a truth, what was not seen in so short a time
    /// may not have been held up: nothing is said of it.
    fn settle(&mut self) {
        let Some(shown) = self.products.get_mut(self.at).filter(|shown| shown.verdict.is_none()) else { return };
        let not_seen = || Verdict::NotSeen { why: self.asked.trouble() };
        shown.verdict = self.asked.settled().or_else(|| (self.goes_on == GoesOn::WithTruth).then(not_seen));
    }

    fn ask(&mut self, at: usize) {
        let before = self.asked_for().cloned();
        self.at = at.min(self.products.len());
        let before = before.filter(|before| self.asked_for() != Some(before));
        let asked = self.asked_for().zip(self.last.as_ref()).map(|(sku, look)| Asked::after(&look.of(sku), sku));
        self.asked = asked.unwrap_or_default().following(before);
    }

    /// What is held up is the product asked for, and not what it was taken for.
    fn teach(&mut self) -> Result<Vec<Lesson>, NothingHeld> {
        let shown = self.products.get_mut(self.at).ok_or(NothingHeld)?;
        let look = self.last.as_ref().map(|look| look.of(&shown.sku)).ok_or(NothingHeld)?;
        let held = self.asked.held(&look).ok_or(NothingHeld)?;
        let lesson = |sku: &Sku, variants, is_it| Lesson { track_id: held.track_id, sku: sku.clone(), variants, is_it };
        let other = held.tag.as_ref().filter(|(sku, _)| *sku != shown.sku);
        let wrong = other.map(|(sku, _)| lesson(sku, held.variants.clone(), false));
        self.asked.is_told = true;
        shown.verdict.get_or_insert(Verdict::Unsure { suggested: None });
        Ok(wrong.into_iter().chain([lesson(&shown.sku, Vec::new(), true)]).collect())
    }
}

impl Shown {
    fn new(sku: Sku) -> Self {
        Self { sku, verdict: None, taught: false, skipped: false }
    }
}

/// Something that was not seen may be seen yet, and what was not sure may be known yet, or suggested as what it is; what was said
/// beyond that stands. A product that was put away for the next one is not taken for that.
fn gets_better(own: &Sku, before: Option<&Verdict>, now: &Verdict) -> bool {
    match before {
        None => true,
        Some(Verdict::NotSeen { .. }) => !matches!(now, Verdict::NotSeen { .. }),
        Some(Verdict::Unsure { suggested: before }) => match now {
            Verdict::Recognised { .. } => true,
            Verdict::Unsure { suggested: Some(now) } => {
                before.as_ref().is_none_or(|before| before != own && now == own)
            }
            Verdict::Unsure { suggested: None } | Verdict::TakenFor { .. } | Verdict::NotSeen { .. } => false,
        },
        Some(Verdict::Recognised { .. } | Verdict::TakenFor { .. }) => false,
    }
}
