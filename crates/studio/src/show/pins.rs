//! Which product is pinned, and why: the recogniser's opinion, the host's hand, and who wins. Pure: ids and show time
//! are passed in.

mod regroup;

pub(super) use regroup::still_open;

use crate::recognition::Correction;
use hawker_domain::{
    ShowMs, Sku, TagId,
    tag::{Clue, Tag, TagState},
};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the recogniser says of one track.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    pub track_id: u32,
    pub sku: Sku,
    /// See [`Tag::variants`].
    pub variants: Vec<Sku>,
    pub state: TagState,
    pub confidence: f32,
    pub why: Vec<Clue>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum PinEvent {
    Seen(Seen),
    HandPin(Sku),
    HandUnpin,
    /// The host says the pinned (or suggested) product is wrong.
    Undo,
    /// The host says a suggestion is right.
    Confirm(TagId),
    /// The host says what a thing in the picture is.
    Name {
        track_id: u32,
        sku: Sku,
    },
    /// The product is no longer sold.
    Removed(Sku),
    /// Nothing is seen any more: recognition ended, or the camera is lost or another one.
    Blind,
    /// Time passed: a pin that waited for the end of the hold is made.
    Tick,
}

/// What has to be done about it, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum PinEffect {
    Announce(Tag),
    /// The product on the card, or none.
    Card(Option<Pinned>),
    /// Teach the recogniser that this track is this product, or is not.
    Teach(Correction),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Pinned {
    pub tag_id: TagId,
    pub track_id: Option<u32>,
    pub sku: Sku,
    /// All variants of the product, where it is not known which of them it is.
    pub variants: Vec<Sku>,
    /// What the hand left open, while recognition says which of them it is.
    pub left_open: Vec<Sku>,
    pub by_hand: bool,
    /// The recogniser learned that its track is this product.
    pub learned: bool,
    pub since: ShowMs,
}

impl Pinned {
    /// Whether a tag is of this product, as far as is known: the same one, or one of the variants that either leaves open.
    pub fn is_same(&self, sku: &Sku, open: &[Sku]) -> bool {
        self.sku == *sku || open.contains(&self.sku) || self.variants.contains(sku)
    }

    /// Everything that may be shown.
    pub fn skus(&self) -> impl Iterator<Item = &Sku> {
        std::iter::once(&self.sku).chain(self.variants.iter().filter(move |variant| **variant != self.sku))
    }
}

/// The pinned product and the suggestions. Invariant: at most one tag is pinned, and its card is the one shown.
#[derive(Clone, Debug)]
pub struct PinBoard {
    pinned: Option<Pinned>,
    suggested: BTreeMap<u32, Tag>,
    /// How long a pin (or unpin) by hand holds automatic pins off.
    hand_hold_ms: u64,
    /// When the hand did the last thing.
    hand_at: Option<ShowMs>,
    /// The newest automatic pin that came during the hold. The recogniser says it once, so it is kept until the hold ends
    /// or the product leaves.
    waiting: Option<Seen>,
    /// What recognition last named on each track. It takes that back under this name, whatever the tag is called here by then: of
    /// variants one may be no more, or another stand for the product.
    said: BTreeMap<u32, Sku>,
    /// Pins made in this show.
    pub pins: u64,
}

impl PinBoard {
    /// An empty board whose hand wins for so long.
    pub fn new(hand_hold: Duration) -> Self {
        let hand_hold_ms = millis(hand_hold);
        let (suggested, said) = (BTreeMap::new(), BTreeMap::new());
        Self { pinned: None, suggested, hand_hold_ms, hand_at: None, waiting: None, said, pins: 0 }
    }

    /// Another hold, also for one that runs: it counts from what the hand did last.
    pub fn set_hand_hold(&mut self, hand_hold: Duration) {
        self.hand_hold_ms = millis(hand_hold);
    }

    pub fn pinned(&self) -> Option<&Pinned> {
        self.pinned.as_ref()
    }

    /// The tag of a track, pinned or suggested.
    pub fn tag_of(&self, track_id: u32) -> Option<&Tag> {
        self.suggested.get(&track_id)
    }

    /// Every product that is pinned or suggested or waits, and every variant that is left open.
    pub fn skus(&self) -> BTreeSet<Sku> {
        let pinned = self.pinned.iter().flat_map(|pin| std::iter::once(&pin.sku).chain(&pin.variants));
        let suggested = self.suggested.values().flat_map(|tag| std::iter::once(&tag.sku).chain(&tag.variants));
        let waiting = self.waiting.iter().flat_map(|seen| std::iter::once(&seen.sku).chain(&seen.variants));
        pinned.chain(suggested).chain(waiting).cloned().collect()
    }

    /// Applies `event` at show time `now`; `fresh` names the tag if a new one is made.
    pub fn on(&mut self, event: PinEvent, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        if let PinEvent::Seen(seen) = &event
            && seen.state != TagState::Retracted
        {
            self.said.insert(seen.track_id, seen.sku.clone());
        }
        match event {
            PinEvent::Seen(seen) => match seen.state {
                TagState::Retracted => self.gone(&seen, now),
                TagState::Suggested => self.suggest(seen, now, fresh),
                // The hand chose the product; which variant it is, or that it is not known any more, contradicts nothing.
                TagState::Pinned if self.is_narrower(&seen) => {
                    self.waiting = self.waiting.take().filter(|waiting| waiting.track_id != seen.track_id);
                    self.narrow(seen.sku, seen.variants, seen.why, now, fresh)
                }
                TagState::Pinned if self.held(now) => {
                    self.waiting = Some(seen.clone());
                    self.suggest(seen, now, fresh)
                }
                TagState::Pinned => self.pin_seen(seen, now, fresh),
            },
            PinEvent::HandPin(sku) => {
                self.hand_at = Some(now);
                let track_id = self.track_of(&sku);
                let tag = Tag {
                    tag_id: fresh,
                    track_id,
                    sku,
                    variants: Vec::new(),
                    state: TagState::Pinned,
                    confidence: 1.0,
                    why: vec![Clue::Hand],
                    at: now,
                };
                self.pin(tag, true, now)
            }
            PinEvent::HandUnpin => {
                self.hand_at = Some(now);
                self.unpin(now)
            }
            PinEvent::Undo => self.undo(now),
            PinEvent::Removed(sku) => self.removed(&sku, now, fresh),
            PinEvent::Blind => self.blind(now),
            PinEvent::Tick if self.held(now) => Vec::new(),
            PinEvent::Tick => match self.waiting.take() {
                Some(seen) => self.pin_seen(seen, now, fresh),
                None => Vec::new(),
            },
            PinEvent::Confirm(tag_id) => {
                let Some(tag) = self.suggested.values().find(|tag| tag.tag_id == tag_id).cloned() else {
                    return Vec::new();
                };
                self.hand_at = Some(now);
                let mut why = tag.why.clone();
                why.push(Clue::Hand);
                // That it is the product says nothing of which variant it is, and lessons are of variants.
                let told = tag.track_id.filter(|_| tag.variants.is_empty());
                let teach = told.map(|track_id| right(track_id, tag.sku.clone()));
                let mut effects = self.pin(Tag { state: TagState::Pinned, why, at: now, ..tag }, true, now);
                if told.is_some() {
                    self.note_learned();
                }
                effects.extend(teach);
                effects
            }
            PinEvent::Name { track_id, sku } => self.name(track_id, sku, now, fresh),
        }
    }

    fn held(&self, now: ShowMs) -> bool {
        self.hand_at.is_some_and(|at| now.0 < at.0.saturating_add(self.hand_hold_ms))
    }

    /// Where a product is in the picture, or the one it is a variant of while it is not known which.
    fn track_of(&self, sku: &Sku) -> Option<u32> {
        let known = self.suggested.values().find(|tag| tag.sku == *sku);
        let suggested = known.or_else(|| self.suggested.values().find(|tag| tag.variants.contains(sku)));
        let pinned = self.pinned.as_ref().filter(|pin| pin.is_same(sku, &[]));
        suggested.and_then(|tag| tag.track_id).or(pinned.and_then(|pin| pin.track_id))
    }

    fn suggest(&mut self, seen: Seen, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        let is_same = |pin: &Pinned| pin.sku == seen.sku || (pin.by_hand && seen.variants.contains(&pin.sku));
        let pinned_here = |pin: &Pinned| pin.track_id == Some(seen.track_id) && is_same(pin);
        if self.pinned.as_ref().is_some_and(pinned_here) {
            return Vec::new();
        }
        if let Some(known) = self.suggested.get_mut(&seen.track_id)
            && known.sku == seen.sku
            && known.variants == seen.variants
        {
            known.confidence = seen.confidence;
            return Vec::new();
        }
        let mut effects = self.drop_suggestion(seen.track_id, now);
        let tag = Tag {
            tag_id: fresh,
            track_id: Some(seen.track_id),
            sku: seen.sku,
            variants: seen.variants,
            state: TagState::Suggested,
            confidence: seen.confidence,
            why: seen.why,
            at: now,
        };
        self.suggested.insert(seen.track_id, tag.clone());
        effects.push(PinEffect::Announce(tag));
        effects
    }

    fn pin_seen(&mut self, seen: Seen, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        let is_same = |pin: &&mut Pinned| match pin.by_hand {
            // The host said which variant it is; that recognition does not know it is no news.
            true => pin.sku == seen.sku || seen.variants.contains(&pin.sku),
            false => pin.sku == seen.sku && pin.variants == seen.variants,
        };
        if let Some(pin) = self.pinned.as_mut().filter(is_same) {
            // The same product under a new track: the pin stands, only what it follows changes, and what is known of it there.
            pin.track_id = Some(seen.track_id);
            return match self.is_narrower(&seen) {
                true => self.narrow(seen.sku, seen.variants, seen.why, now, fresh),
                false => Vec::new(),
            };
        }
        let known = self.suggested.get(&seen.track_id).filter(|tag| tag.sku == seen.sku).map(|tag| tag.tag_id);
        let tag = Tag {
            tag_id: known.unwrap_or(fresh),
            track_id: Some(seen.track_id),
            sku: seen.sku,
            variants: seen.variants,
            state: TagState::Pinned,
            confidence: seen.confidence,
            why: seen.why,
            at: now,
        };
        self.pin(tag, false, now)
    }

    /// It is known now which variant it is that the hand pinned, or another one, or again none.
    fn is_narrower(&self, seen: &Seen) -> bool {
        let is_of = |pin: &Pinned| pin.variants.contains(&seen.sku) || pin.left_open.contains(&seen.sku);
        let is_news = |pin: &Pinned| match seen.variants.is_empty() {
            true => pin.sku != seen.sku || !pin.variants.is_empty(),
            false => pin.variants.is_empty(),
        };
        let pin = self.pinned.as_ref().filter(|pin| pin.by_hand && pin.track_id == Some(seen.track_id));
        pin.is_some_and(|pin| is_of(pin) && is_news(pin))
    }

    /// The pin stays what it was, and says more or other things of which variant it is.
    fn narrow(&mut self, sku: Sku, open: Vec<Sku>, why: Vec<Clue>, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        let Some(pin) = self.pinned.clone() else { return Vec::new() };
        let mut effects = self.announce_unpinned(now);
        let (state, track_id, confidence) = (TagState::Pinned, pin.track_id, 1.0);
        let (tag_sku, variants) = (sku.clone(), open.clone());
        let tag = Tag { tag_id: fresh, track_id, sku: tag_sku, variants, state, confidence, why, at: now };
        let left_open = if open.is_empty() && !pin.variants.is_empty() { pin.variants } else { pin.left_open };
        let pinned = Pinned { tag_id: fresh, sku, variants: open, left_open, ..pin };
        self.pinned = Some(pinned.clone());
        effects.extend([PinEffect::Announce(tag), PinEffect::Card(Some(pinned))]);
        effects
    }

    fn pin(&mut self, tag: Tag, by_hand: bool, now: ShowMs) -> Vec<PinEffect> {
        let mut effects = self.announce_unpinned(now);
        if let Some(track_id) = tag.track_id
            && let Some(other) = self.suggested.remove(&track_id)
            && other.tag_id != tag.tag_id
        {
            effects.push(retracted(other, now));
        }
        let (tag_id, track_id, sku, variants) = (tag.tag_id, tag.track_id, tag.sku.clone(), tag.variants.clone());
        let (left_open, learned, since) = (Vec::new(), false, now);
        let pinned = Pinned { tag_id, track_id, sku, variants, left_open, by_hand, learned, since };
        // What the hand chose answers every question about that product.
        let covered = |tag: &&Tag| by_hand && pinned.is_same(&tag.sku, &tag.variants);
        let covered: Vec<u32> = self.suggested.values().filter(covered).filter_map(|tag| tag.track_id).collect();
        effects.extend(covered.into_iter().flat_map(|track_id| self.drop_suggestion(track_id, now)));
        self.pins += 1;
        self.pinned = Some(pinned.clone());
        effects.push(PinEffect::Announce(tag));
        effects.push(PinEffect::Card(Some(pinned)));
        effects
    }

    fn gone(&mut self, seen: &Seen, now: ShowMs) -> Vec<PinEffect> {
        // A track that changed from one product to another says both in one breath: only the old one goes. Where this is what was
        // named last, everything goes that came of it.
        let is_last = self.said.get(&seen.track_id) == Some(&seen.sku);
        if is_last {
            self.said.remove(&seen.track_id);
        }
        let is_it = |sku: &Sku| is_last || *sku == seen.sku;
        if self.waiting.as_ref().is_some_and(|waiting| waiting.track_id == seen.track_id && is_it(&waiting.sku)) {
            self.waiting = None;
        }
        let suggested = self.suggested.get(&seen.track_id).is_some_and(|tag| is_it(&tag.sku));
        let mut effects = if suggested { self.drop_suggestion(seen.track_id, now) } else { Vec::new() };
        let follows = |pin: &Pinned| !pin.by_hand && pin.track_id == Some(seen.track_id) && is_it(&pin.sku);
        if self.pinned.as_ref().is_some_and(follows) {
            effects.extend(self.unpin(now));
        }
        effects
    }

    fn undo(&mut self, now: ShowMs) -> Vec<PinEffect> {
        // What waits for the end of the hold was seen before the host spoke.
        self.waiting = None;
        // As the host reads it: the likeliest suggestion of another product is asked about before what is pinned.
        let is_same = |tag: &Tag| self.pinned.as_ref().is_some_and(|pin| pin.is_same(&tag.sku, &tag.variants));
        let asked = self.suggested.iter().filter(|(_, tag)| !is_same(tag));
        let asked = asked.max_by(|a, b| a.1.confidence.total_cmp(&b.1.confidence)).map(|(track_id, _)| *track_id);
        if let Some((track_id, tag)) = asked.and_then(|id| self.suggested.remove_entry(&id)) {
            let wrong = wrong(track_id, &tag.sku, &tag.variants);
            return vec![retracted(tag, now), wrong];
        }
        if let Some(pin) = self.pinned.clone() {
            let mut effects = self.unpin(now);
            // A pin out of the list says nothing about what is in the picture.
            if let Some(track_id) = pin.track_id.filter(|_| pin.learned || !pin.by_hand) {
                effects.push(wrong(track_id, &pin.sku, &pin.variants));
            }
            return effects;
        }
        Vec::new()
    }

    fn note_learned(&mut self) {
        if let Some(pin) = &mut self.pinned {
            pin.learned = true;
        }
    }

    /// What the thing was taken for until now is learned to be wrong, too.
    fn name(&mut self, track_id: u32, sku: Sku, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        self.hand_at = Some(now);
        self.waiting = self.waiting.take().filter(|waiting| waiting.track_id != track_id);
        let on_track =
            self.pinned.as_ref().filter(|pin| (pin.learned || !pin.by_hand) && pin.track_id == Some(track_id));
        let on_track = on_track.map(|pin| (&pin.sku, &pin.variants));
        let taken_for = on_track.or(self.suggested.get(&track_id).map(|tag| (&tag.sku, &tag.variants)));
        // One of the variants that were left open is no other thing.
        let other = taken_for.filter(|(taken_for, open)| **taken_for != sku && !open.contains(&sku));
        let wrong = other.map(|(taken_for, open)| wrong(track_id, taken_for, open));
        let is_same = |pin: &&mut Pinned| pin.sku == sku && pin.variants.is_empty();
        let mut effects = if let Some(pin) = self.pinned.as_mut().filter(is_same) {
            // The host's word now, which stays when the thing leaves.
            (pin.track_id, pin.by_hand) = (Some(track_id), true);
            pin.left_open.clear();
            self.drop_suggestion(track_id, now)
        } else {
            let (state, why, sku) = (TagState::Pinned, vec![Clue::Hand], sku.clone());
            let (track_id, variants) = (Some(track_id), Vec::new());
            let tag = Tag { tag_id: fresh, track_id, sku, variants, state, confidence: 1.0, why, at: now };
            self.pin(tag, true, now)
        };
        self.note_learned();
        effects.extend(wrong);
        effects.push(right(track_id, sku));
        effects
    }

    /// Of a product whose variant was left open the others are still sold.
    fn removed(&mut self, sku: &Sku, now: ShowMs, fresh: TagId) -> Vec<PinEffect> {
        if let Some(mut waiting) = self.waiting.take() {
            (waiting.sku, waiting.variants) = without(sku, &waiting.sku, &waiting.variants);
            self.waiting = Some(waiting).filter(|waiting| waiting.sku != *sku);
        }
        let tracks: Vec<u32> = self.suggested.keys().copied().collect();
        let mut effects: Vec<PinEffect> = tracks.iter().flat_map(|id| self.removed_from(*id, sku, now)).collect();
        let Some(pin) = &mut self.pinned else { return effects };
        pin.left_open.retain(|variant| variant != sku);
        let (left, open) = without(sku, &pin.sku, &pin.variants);
        if left == *sku {
            effects.extend(self.unpin(now));
        } else if open != pin.variants {
            let why = if pin.by_hand { vec![Clue::Hand] } else { vec![Clue::Image] };
            effects.extend(self.narrow(left, open, why, now, fresh));
        }
        effects
    }

    fn removed_from(&mut self, track_id: u32, gone: &Sku, now: ShowMs) -> Vec<PinEffect> {
        let Some(tag) = self.suggested.get_mut(&track_id) else { return Vec::new() };
        let (sku, variants) = without(gone, &tag.sku, &tag.variants);
        if sku == *gone {
            return self.drop_suggestion(track_id, now);
        }
        let is_news = (&sku, &variants) != (&tag.sku, &tag.variants);
        (tag.sku, tag.variants) = (sku, variants);
        is_news.then(|| PinEffect::Announce(tag.clone())).into_iter().collect()
    }

    /// Nobody would notice a product leave, so what recognition said is taken back, and nothing that it saw comes later. What the
    /// host pinned stays; the track it lay on is gone.
    fn blind(&mut self, now: ShowMs) -> Vec<PinEffect> {
        self.waiting = None;
        self.said.clear();
        let suggested = std::mem::take(&mut self.suggested).into_values();
        let mut effects: Vec<PinEffect> = suggested.map(|tag| retracted(tag, now)).collect();
        if let Some(pin) = self.pinned.as_mut().filter(|pin| pin.by_hand) {
            pin.track_id = None;
        } else {
            effects.extend(self.unpin(now));
        }
        effects
    }

    fn unpin(&mut self, now: ShowMs) -> Vec<PinEffect> {
        let mut effects = self.announce_unpinned(now);
        if !effects.is_empty() {
            effects.push(PinEffect::Card(None));
        }
        effects
    }

    fn announce_unpinned(&mut self, now: ShowMs) -> Vec<PinEffect> {
        let Some(pin) = self.pinned.take() else { return Vec::new() };
        let why = if pin.by_hand { vec![Clue::Hand] } else { vec![Clue::Image] };
        let tag = Tag {
            tag_id: pin.tag_id,
            track_id: pin.track_id,
            sku: pin.sku,
            variants: pin.variants,
            state: TagState::Retracted,
            confidence: 0.0,
            why,
            at: now,
        };
        vec![PinEffect::Announce(tag)]
    }

    fn drop_suggestion(&mut self, track_id: u32, now: ShowMs) -> Vec<PinEffect> {
        self.suggested.remove(&track_id).map(|tag| vec![retracted(tag, now)]).unwrap_or_default()
    }
}

fn right(track_id: u32, sku: Sku) -> PinEffect {
    PinEffect::Teach(Correction { track_id, sku, variants: Vec::new(), is_it: true })
}

/// What is learned from a tag that was wrong: of a product whose variant was left open, that it is none of them.
fn wrong(track_id: u32, sku: &Sku, open: &[Sku]) -> PinEffect {
    PinEffect::Teach(Correction { track_id, sku: sku.clone(), variants: open.to_vec(), is_it: false })
}

/// What a tag names when `gone` is no longer sold: the product by another of its variants, and those that are left open. That one
/// alone is left says nothing of what is shown, so it stays open. `gone` itself: nothing is left of it.
fn without(gone: &Sku, sku: &Sku, open: &[Sku]) -> (Sku, Vec<Sku>) {
    let left: Vec<Sku> = open.iter().filter(|variant| *variant != gone).cloned().collect();
    let sku = if sku == gone { left.first().unwrap_or(sku) } else { sku }.clone();
    (sku, left)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn retracted(tag: Tag, now: ShowMs) -> PinEffect {
    PinEffect::Announce(Tag { state: TagState::Retracted, confidence: 0.0, at: now, ..tag })
}

#[cfg(test)]
#[path = "pins_tests.rs"]
mod tests;
