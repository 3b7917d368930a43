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

/// A tag of the product asked for before stands for so long after it has gone, on whatever box of it.
const BEFORE_MS: u64 = 2_000;

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
    /// The host said "this is it": what it is taken for from then on is what it was told.
    pub is_told: bool,
    /// What was taken for another product when it was asked for: the product before, in the host's hand or put down beside.
    left_over: Vec<(u32, Sku)>,
    /// What was asked for before.
    before: Option<Sku>,
    /// Where it was pinned itself then: held up already, or lying about.
    own: Vec<u32>,
    /// What was seen before anything was said of it: what comes later may be the next product, raised early.
    held_up: Vec<u32>,
    /// What that was suggested as last.
    suggested: Option<Sku>,
    /// When it was looked at last.
    looked_ms: u64,
    looks: u32,
    /// Those of them at which nothing could be said, by cause.
    abstained: [u32; 3],
}

impl Asked {
    /// Asked for first, while this is in the picture: what is sure may lie about, what is not may be held up already.
    pub fn beside(look: &Look, sku: &Sku) -> Self {
        let pins = look.things.iter().filter_map(|thing| Some((thing.track_id, thing.pinned()?.clone())));
        let (own, left_over): (Vec<_>, Vec<_>) = pins.partition(|(_, pinned)| pinned == sku);
        Self { left_over, own: own.into_iter().map(|(track_id, _)| track_id).collect(), ..Self::default() }
    }

    /// Asked for after another one, while this is in the picture: what is taken for another product, sure or not, was shown
    /// before.
    pub fn after(look: &Look, sku: &Sku) -> Self {
        let shown = look.things.iter().filter(|thing| looks_like_a_product(thing));
        let shown = shown.filter_map(|thing| Some((thing.track_id, taken_for(thing)?.clone())));
        Self { left_over: shown.filter(|(_, other)| other != sku).collect(), ..Self::beside(look, sku) }
    }

    /// The same after this product was asked for.
    pub fn following(self, before: Option<Sku>) -> Self {
        Self { before, ..self }
    }

    pub fn is_seen(&self) -> bool {
        self.seen_ms.is_some()
    }

    /// What keeps things from being seen.
    pub fn trouble(&self) -> Option<Abstained> {
        let most = TROUBLES.into_iter().zip(self.abstained).max_by_key(|(_, count)| *count);
        most.filter(|(_, count)| self.looks >= LOOKS_FOR_TROUBLE && count * 2 > self.looks).map(|(why, _)| why)
    }

    /// What can be said when the host goes on before time was up.
    pub fn settled(&self) -> Option<Verdict> {
        self.is_seen().then(|| Verdict::Unsure { suggested: self.suggested.clone() })
    }

    /// Takes in a look. `judged`: something was said already of what is held up.
    pub fn see(&mut self, look: &Look, sku: &Sku, judged: bool, now_ms: u64) {
        self.since_ms.get_or_insert(now_ms);
        self.looked_ms = now_ms;
        if let Some(thing) = look.things.first() {
            self.looks += 1;
            let cause = TROUBLES.iter().position(|why| Some(*why) == thing.abstained);
            if let Some(count) = cause.and_then(|cause| self.abstained.get_mut(cause)) {
                *count += 1;
            }
        }
        let held_up = |thing: &&Thing| self.counts(thing, now_ms) && looks_like_a_product(thing);
        let tracks: Vec<u32> = look.things.iter().filter(held_up).map(|thing| thing.track_id).collect();
        let seen = !tracks.is_empty();
        self.seen_ms = match self.seen_ms {
            Some((first, _)) if seen => Some((first, now_ms)),
            None if seen => Some((now_ms, now_ms)),
            Some((_, last)) if !judged && now_ms.saturating_sub(last) >= LOST_AFTER_MS => None,
            as_before => as_before,
        };
        if self.seen_ms.is_none() {
            self.held_up.clear();
            self.suggested = None;
        } else if !judged {
            let new: Vec<u32> = tracks.into_iter().filter(|id| !self.held_up.contains(id)).collect();
            self.held_up.extend(new);
            self.suggested = self.suggestion(look, sku, now_ms).or_else(|| self.suggested.take());
        }
    }

    /// What is held up is suggested as, or the product asked for, wherever that is.
    fn suggestion(&self, look: &Look, sku: &Sku, now_ms: u64) -> Option<Sku> {
        let counting = look.things.iter().filter(|thing| self.counts(thing, now_ms));
        let tags = counting.filter_map(|thing| Some((thing.track_id, &thing.tag.as_ref()?.0)));
        let mut said = tags.filter(|(track_id, tag)| *tag == sku || self.held_up.contains(track_id));
        said.next().map(|(_, tag)| tag.clone())
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
        if let Some((_, other)) = pins.find(|(thing, pinned)| *pinned != sku && self.counts(thing, now_ms)) {
            return Some(Verdict::TakenFor { sku: other.clone(), after_ms });
        }
        if self.is_seen() {
            let unsure = || Verdict::Unsure { suggested: self.suggestion(look, sku, now_ms) };
            return (after_ms >= UNSURE_AFTER_MS).then(unsure);
        }
        match self.trouble() {
            Some(why) => (waited_ms >= UNSURE_AFTER_MS).then_some(Verdict::NotSeen { why: Some(why) }),
            None => (waited_ms >= NOTHING_AFTER_MS).then_some(Verdict::NotSeen { why: None }),
        }
    }

    /// What is held up: of what could be learned from, what a host holds up first. None where that does not look like a product
    /// and something behind it does: it can't be told which of them is meant.
    pub fn held<'a>(&self, look: &'a Look) -> Option<&'a Thing> {
        let is_new = |thing: &&Thing| thing.likeliest.is_some() && !self.was_shown(thing, self.looked_ms);
        let mut known = look.things.iter().filter(is_new);
        let first = known.next()?;
        (looks_like_a_product(first) || !known.any(looks_like_a_product)).then_some(first)
    }

    /// Not what was shown before or lay about, as long as that goes on being taken for what it was.
    fn counts(&self, thing: &Thing, now_ms: u64) -> bool {
        !self.was_shown(thing, now_ms) && !self.own.contains(&thing.track_id)
    }

    /// It is the product before, where it was or on its way from there.
    fn was_shown(&self, thing: &Thing, now_ms: u64) -> bool {
        let is_put_away = self.since_ms.is_none_or(|since| now_ms.saturating_sub(since) < PUT_AWAY_MS);
        let Some(likeliest) = taken_for(thing) else { return false };
        let waited_ms = self.since_ms.map_or(0, |since| now_ms.saturating_sub(since));
        if self.before.as_ref() == Some(likeliest) && waited_ms < BEFORE_MS {
            return true;
        }
        let is_left = |(track_id, left): &(u32, Sku)| left == likeliest && (is_put_away || *track_id == thing.track_id);
        self.left_over.iter().any(is_left)
    }
}

/// Its tag, or what it would be tagged as.
fn taken_for(thing: &Thing) -> Option<&Sku> {
    thing.tag.as_ref().map(|(sku, _)| sku).or(thing.likeliest.as_ref().map(|(sku, _)| sku))
}

fn looks_like_a_product(thing: &Thing) -> bool {
    thing.tag.is_some() || thing.likeliest.as_ref().is_some_and(|(_, probability)| *probability >= SEEN)
}
