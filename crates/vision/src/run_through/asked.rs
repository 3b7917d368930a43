//! What was seen since a product was asked for, and what can be said of it.

use hawker_domain::Sku;

use super::{Look, NOTHING_AFTER_MS, Thing, UNSURE_AFTER_MS, Verdict};
use crate::Abstained;

/// A thing that may be a product with this probability is held up; what stands in a room has less.
const SEEN: f32 = 0.25;

/// What was seen for so long no more was not held up.
const LOST_AFTER_MS: u64 = 1_000;

/// What was shown for the product before is put away in this time, and may be tracked anew on its way.
const PUT_AWAY_MS: u64 = 1_000;

/// So many looks tell what keeps things from being seen: one second at a show's rate.
const LOOKS_FOR_TROUBLE: u32 = 8;

const TROUBLES: [Abstained; 3] = [Abstained::TooDark, Abstained::Blurred, Abstained::TooFar];

#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    /// None: no look yet. Time runs from the first one, so that models may load and a camera may open first.
    since_ms: Option<u64>,
    /// When something was seen first and last.
    seen_ms: Option<(u64, u64)>,
    pub recognised_ms: Option<u64>,
    /// What was pinned when it was asked for: the product before, in the host's hand or put down beside.
    left_over: Vec<(u32, Sku)>,
    /// Where it was pinned itself then: held up already, or lying about.
    own: Vec<u32>,
    looks: u32,
    /// Those of them at which nothing could be said, by cause.
    abstained: [u32; 3],
}

impl Asked {
    /// Asked for while this is in the picture.
    pub fn beside(look: &Look, sku: &Sku) -> Self {
        let pins = look.things.iter().filter_map(|thing| Some((thing.track_id, thing.pinned()?.clone())));
        let (own, left_over): (Vec<_>, Vec<_>) = pins.partition(|(_, pinned)| pinned == sku);
        Self { left_over, own: own.into_iter().map(|(track_id, _)| track_id).collect(), ..Self::default() }
    }

    pub fn is_seen(&self) -> bool {
        self.seen_ms.is_some()
    }

    /// What keeps things from being seen.
    pub fn trouble(&self) -> Option<Abstained> {
        let most = TROUBLES.into_iter().zip(self.abstained).max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| self.looks >= LOOKS_FOR_TROUBLE && count * 2 > self.looks).map(|(why, _)| why)
    }

    /// Takes in a look. `judged`: something was said already.
    pub fn see(&mut self, look: &Look, sku: &Sku, judged: bool, now_ms: u64) {
        self.since_ms.get_or_insert(now_ms);
        if let Some(thing) = look.things.first() {
            self.looks += 1;
            let cause = TROUBLES.iter().position(|why| Some(*why) == thing.abstained);
            if let Some(count) = cause.and_then(|cause| self.abstained.get_mut(cause)) {
                *count += 1;
            }
        }
        let seen = look.things.iter().any(|thing| self.counts(thing, sku, now_ms) && looks_like_a_product(thing));
        self.seen_ms = match self.seen_ms {
            Some((first, _)) if seen => Some((first, now_ms)),
            None if seen => Some((now_ms, now_ms)),
            Some((_, last)) if !judged && now_ms.saturating_sub(last) >= LOST_AFTER_MS => None,
            as_before => as_before,
        };
    }

    /// What can be said now.
    pub fn verdict(&self, look: &Look, sku: &Sku, now_ms: u64) -> Option<Verdict> {
        let after_ms = now_ms.saturating_sub(self.seen_ms.map_or(now_ms, |(first, _)| first));
        let waited_ms = now_ms.saturating_sub(self.since_ms.unwrap_or(now_ms));
        let mut pins = look.things.iter().filter_map(|thing| Some((thing, thing.pinned()?)));
        // One that was pinned before it was asked for has to be the one that is held up.
        let is_pinned = if self.own.is_empty() {
            pins.clone().any(|(_, pinned)| pinned == sku)
        } else {
            pins.clone().next().is_some_and(|(_, pinned)| pinned == sku)
        };
        if is_pinned {
            return Some(Verdict::Recognised { after_ms });
        }
        if let Some((_, other)) = pins.find(|(thing, pinned)| *pinned != sku && self.counts(thing, sku, now_ms)) {
            return Some(Verdict::TakenFor { sku: other.clone(), after_ms });
        }
        if self.is_seen() {
            let counting = look.things.iter().filter(|thing| self.counts(thing, sku, now_ms));
            let suggested = counting.filter_map(|thing| thing.tag.as_ref()).map(|(sku, _)| sku.clone()).next();
            return (after_ms >= UNSURE_AFTER_MS).then_some(Verdict::Unsure { suggested });
        }
        match self.trouble() {
            Some(why) => (waited_ms >= UNSURE_AFTER_MS).then_some(Verdict::NotSeen { why: Some(why) }),
            None => (waited_ms >= NOTHING_AFTER_MS).then_some(Verdict::NotSeen { why: None }),
        }
    }

    /// What is held up: what is taken for something before what is not.
    pub fn held<'a>(&self, look: &'a Look) -> Option<&'a Thing> {
        let known = || look.things.iter().filter(|thing| thing.likeliest.is_some() && !self.is_left_over(thing));
        known().find(|thing| thing.tag.is_some()).or_else(|| known().next())
    }

    /// Not what was shown before or lay about, as long as that goes on being taken for what it was.
    fn counts(&self, thing: &Thing, sku: &Sku, now_ms: u64) -> bool {
        let is_put_away = self.since_ms.is_none_or(|since| now_ms.saturating_sub(since) < PUT_AWAY_MS);
        let likeliest = thing.tag.as_ref().map(|(sku, _)| sku).or(thing.likeliest.as_ref().map(|(sku, _)| sku));
        let was_shown = |likeliest: &Sku| likeliest != sku && self.left_over.iter().any(|(_, left)| left == likeliest);
        let is_on_its_way = is_put_away && likeliest.is_some_and(was_shown);
        let lay_about = self.own.contains(&thing.track_id);
        !self.is_left_over(thing) && !is_on_its_way && !lay_about
    }

    fn is_left_over(&self, thing: &Thing) -> bool {
        let same = |(track_id, sku): &(u32, Sku)| *track_id == thing.track_id && Some(sku) == thing.pinned();
        self.left_over.iter().any(same)
    }
}

fn looks_like_a_product(thing: &Thing) -> bool {
    thing.tag.is_some() || thing.likeliest.as_ref().is_some_and(|(_, probability)| *probability >= SEEN)
}
