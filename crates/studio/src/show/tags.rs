//! From what recognition sees, and what the host's hand says, to tags, card and pin.

use super::{
    card_words::CardWords,
    owner::Owner,
    pins::{PinEffect, PinEvent, Pinned, Seen, still_open},
};
use crate::errors::{Outcome, not_found};
use crate::recognition::{Progress, RecognitionEvent};
use crate::view::{BoxView, IdleShot, LearningView, RecognitionView, TagView};
use hawker_domain::{
    Product, ShowMs, Sku, TagId,
    card::CardLack,
    failure::FailureWhy,
    reason::{NoticeWhy, RecognitionWhy},
    running_order::{RUNNING_ORDER_MAX, mended},
    show::DegradedWhy,
    tag::{Tag, TagState},
};
use hawker_media::Card;
use hawker_vision::run_through::look::prominence;
use hawker_vision::shot::Shot;
use hawker_vision::{Abstained, FrameReport, TrackReport};
use hawker_wire::{ErrorCode, Failure, live::LiveEvent, show::PutPin};
use std::collections::HashMap;
use uuid::Uuid;

/// A gap between two looks longer than this was a pause, not time on screen.
const LONGEST_LOOK_MS: u64 = 2_000;

impl Owner {
    pub(super) async fn on_recognition(&mut self, event: RecognitionEvent) {
        match event {
            RecognitionEvent::Ready { provider, lost } => {
                let learning = self.recognition_view.learning();
                let (fps, ms_per_frame, idle) = (0.0, 0.0, None);
                self.recognition_view = RecognitionView::On { provider, lost, fps, ms_per_frame, learning, idle };
                self.recognition_failure = None;
                self.health(DegradedWhy::RecognitionOff, true);
            }
            RecognitionEvent::Empty => {
                self.see_nothing().await;
                let why = "no product has a photo yet".to_owned();
                self.recognition_view = RecognitionView::Off { why, why_code: Some(RecognitionWhy::NoPhotos) };
            }
            RecognitionEvent::Off(failure, why_code) => {
                tracing::warn!("recognition is off: {failure}");
                self.recognition_view = RecognitionView::Off { why: failure.to_string(), why_code: Some(why_code) };
                self.see_nothing().await;
                self.health(DegradedWhy::RecognitionOff, false);
                if self.show.is_some() {
                    self.notice(&failure);
                }
                self.recognition_failure = Some(failure);
            }
            RecognitionEvent::Learning(progress) => {
                let view = progress.map(|Progress { done, total }| LearningView { done, total });
                match &mut self.recognition_view {
                    RecognitionView::Loading { learning } | RecognitionView::On { learning, .. } => *learning = view,
                    RecognitionView::Off { .. } => {}
                }
            }
            RecognitionEvent::Learned { lesson_id, sku, is_it } => {
                if let Some(through) = self.through.as_mut().filter(|_| is_it) {
                    through.learned(&sku);
                }
                self.announce(LiveEvent::Learned { lesson_id, sku, is_it });
            }
            RecognitionEvent::NotLearned(failure) => self.notice(&failure),
            RecognitionEvent::EvidenceLost(failure) => {
                tracing::warn!("{failure}");
                self.notice(&failure);
            }
            RecognitionEvent::NotRenewed(failure) => self.notice(&failure),
            // Seen before a camera was lost or another one was chosen.
            RecognitionEvent::Report { age, .. } if age != self.recognition.age() => {}
            RecognitionEvent::Report { report, width, height, fps, .. } => {
                if let RecognitionView::On { fps: shown, ms_per_frame, idle, .. } = &mut self.recognition_view {
                    *shown = fps;
                    *ms_per_frame = report.ms;
                    *idle = report.shot.and_then(|label| idle_of(label.shot));
                }
                self.on_report(&report, width as f32, height as f32).await;
            }
        }
    }

    /// There is nothing in the picture any more that could be named or followed.
    pub(super) async fn see_nothing(&mut self) {
        self.held_up = None;
        self.in_picture.clear();
        self.boxes.clear();
        if self.show.is_some() {
            self.on_pin_event(PinEvent::Blind).await;
        }
    }

    async fn on_report(&mut self, report: &FrameReport, width: f32, height: f32) {
        self.held_up = held_up(report, width, height);
        if let Some(through) = &mut self.through {
            through.look(report, width, height);
        }
        self.in_picture = report.tracks.iter().map(|track| track.track_id).collect();
        if self.show.is_some() && self.state.is_running() {
            // What comes before what goes: a product that moves from one track to another stays pinned in between.
            let (going, coming): (Vec<_>, Vec<_>) =
                report.changes.iter().partition(|change| change.state == TagState::Retracted);
            for change in coming.into_iter().chain(going) {
                let seen = Seen {
                    track_id: change.track_id,
                    sku: change.sku.clone(),
                    // It was seen by products that may be grouped otherwise meanwhile.
                    variants: still_open(&change.sku, &change.variants, &self.products),
                    state: change.state,
                    confidence: change.confidence,
                    why: change.why.clone(),
                };
                self.on_pin_event(PinEvent::Seen(seen)).await;
            }
            self.count_time_on_screen();
        }
        let (shown, now) = (self.watched_on_canvas(), self.now());
        if let Some(show) = self.show.as_mut().filter(|show| show.on_air_since.is_some()) {
            show.shot_log.note(report.shot.filter(|_| shown.is_some()), now);
        }
        // Boxes belong to a picture; where it is not shown, there is nothing to draw them on.
        let Some(shown) = shown else { return self.boxes.clear() };
        self.boxes = report
            .tracks
            .iter()
            .map(|track| BoxView {
                track_id: track.track_id,
                x: shown.left + track.rect.x / width * (shown.right - shown.left),
                y: shown.top + track.rect.y / height * (shown.bottom - shown.top),
                width: track.rect.width / width * (shown.right - shown.left),
                height: track.rect.height / height * (shown.bottom - shown.top),
                tag: self.tag_view(track),
                abstained: track.abstained.map(|why| abstained_text(why).to_owned()),
            })
            .collect();
    }

    fn tag_view(&self, track: &TrackReport) -> Option<TagView> {
        let (state, (sku, confidence)) = track.state.zip(track.best.clone())?;
        let is_here = |pin: &&Pinned| pin.track_id == Some(track.track_id) && pin.is_same(&sku, &track.variants);
        let pinned = self.board.pinned().filter(is_here);
        let tag = self.board.tag_of(track.track_id);
        // What is open is asked of who names the product: the board may hold another one of this thing.
        let open = pinned.map_or(&track.variants, |pin| &pin.variants);
        let sku = pinned.map_or(sku, |pin| pin.sku.clone());
        Some(TagView {
            tag_id: pinned.map(|pin| pin.tag_id).or(tag.map(|tag| tag.tag_id)).unwrap_or(TagId(Uuid::nil())),
            title: CardWords::new(&sku, open, &self.products, &self.levels)
                .map(|words| words.title)
                .unwrap_or_default(),
            state: if pinned.is_some() { TagState::Pinned } else { state },
            confidence,
            why: tag.map(|tag| tag.why.clone()).unwrap_or_default(),
            variants: open.clone(),
            sku,
        })
    }

    /// Adds the time since the last look to the product that is pinned, in every variant that it may be.
    fn count_time_on_screen(&mut self) {
        let now = self.now();
        let Some(show) = &mut self.show else { return };
        let since = now.0.saturating_sub(show.last_report.0);
        show.last_report = now;
        if let Some(pin) = self.board.pinned()
            && since <= LONGEST_LOOK_MS
        {
            for sku in pin.skus() {
                *show.shown_ms.entry(sku.clone()).or_default() += since;
            }
        }
    }

    /// A pin, unpin, undo or confirmation by the host. Errors: `not_live`.
    pub(super) async fn hand(&mut self, event: PinEvent) -> Outcome<()> {
        if self.show.is_none() {
            return Err(super::finish::not_live());
        }
        self.on_pin_event(event).await;
        Ok(())
    }

    /// Lets a pin that waited for the end of a hold happen.
    pub(super) async fn tick_pins(&mut self) {
        if self.show.is_some() && self.state.is_running() {
            self.on_pin_event(PinEvent::Tick).await;
        }
    }

    /// Errors: `not_found` for a product that is not in the catalogue, `not_live`.
    pub(super) async fn hand_pin(&mut self, sku: Sku) -> Outcome<()> {
        if !self.products.contains_key(&sku) {
            return Err(not_found("product", sku.as_str()));
        }
        self.hand(PinEvent::HandPin(sku)).await
    }

    /// The host says what is held up, or what a given thing in the picture is. Errors: `not_found` for a product that is not
    /// in the catalogue, or where nothing is in the picture, `not_live`.
    pub(super) async fn hand_name(&mut self, track_id: Option<u32>, sku: Sku) -> Outcome<()> {
        if !self.products.contains_key(&sku) {
            return Err(not_found("product", sku.as_str()));
        }
        let track_id = track_id.or(self.held_up).filter(|id| self.in_picture.contains(id));
        self.hand(PinEvent::Name { track_id: track_id.ok_or_else(nothing_in_picture)?, sku }).await
    }

    async fn on_pin_event(&mut self, event: PinEvent) {
        let now = self.now();
        let effects = self.board.on(event, now, TagId(Uuid::now_v7()));
        self.act_on_pins(effects, now).await;
    }

    async fn act_on_pins(&mut self, effects: Vec<PinEffect>, now: ShowMs) {
        for effect in effects {
            match effect {
                PinEffect::Announce(tag) => self.announce_tag(tag),
                PinEffect::Card(pinned) => self.show_card(pinned, now).await,
                PinEffect::Teach(correction) => self.recognition.teach(correction),
            }
        }
    }

    fn announce_tag(&mut self, tag: Tag) {
        let sku = Some(&tag.sku).filter(|_| tag.variants.is_empty());
        let link = self.show.as_ref().and_then(|show| show.link(sku, tag.at));
        self.announce(LiveEvent::Tag {
            tag_id: tag.tag_id,
            track_id: tag.track_id,
            sku: tag.sku,
            variants: tag.variants,
            state: tag.state,
            confidence: tag.confidence,
            why: tag.why,
            link,
        });
    }

    async fn show_card(&mut self, pinned: Option<Pinned>, at: ShowMs) {
        self.draw_card(pinned.as_ref()).await;
        let Some(show) = &self.show else { return };
        if let (Some(link), true) = (&self.link, show.to_platform) {
            let tag_id = pinned.as_ref().map(|pin| pin.tag_id).unwrap_or(TagId(Uuid::now_v7()));
            let (sku, variants) = pinned.map_or((None, Vec::new()), |pin| (Some(pin.sku), pin.variants));
            link.pin(show.show_id, PutPin { tag_id, sku, variants, at });
        }
    }

    /// Puts the card of the pinned product on the canvas, with the stock of this moment.
    pub(super) async fn draw_card(&mut self, pinned: Option<&Pinned>) {
        let (mut missing, mut title) = (None, String::new());
        let words = pinned.and_then(|pin| CardWords::of(pin, &self.products, &self.levels));
        let card = match pinned.and_then(|pin| self.products.get(&pin.sku)).zip(words) {
            None => None,
            Some((product, words)) => {
                let choice = self.parts.settings.card;
                let stock_left = words.stock_left;
                let pinned_at = pinned.map(|pin| pin.since).unwrap_or_default();
                let (template, lack) =
                    choice.template(&product.description, stock_left, pinned_at.max(self.card_chosen_at));
                let show = self.show.as_ref();
                let link = show.filter(|_| choice.qr).and_then(|show| show.link(words.known.as_ref(), pinned_at));
                missing = lack.map(|lack| match lack {
                    CardLack::Stock => NoticeWhy::CardNoStock,
                    CardLack::SizeChart => NoticeWhy::CardNoSizeChart,
                });
                let has_page = show.is_some_and(|show| show.to_platform);
                // The page's address comes a moment after the show's begin; only one that never comes is told.
                missing = missing.or((choice.qr && link.is_none() && !has_page).then_some(NoticeWhy::CardNoLink));
                // Which variants can be had changes with every sale, and is no reason to say again what the card lacks.
                title = if words.known.is_some() { words.title.clone() } else { product.common_title().into_owned() };
                let photo = match self.thumbnails.get(&product.sku) {
                    Some(id) => self.parts.store.thumbnail(*id).await.ok(),
                    None => None,
                };
                Some(Card {
                    title: words.title,
                    price: words.price,
                    template,
                    stock_left,
                    link,
                    photo_jpeg: photo.map(Into::into),
                    language: self.running.as_ref().map(|running| running.plan.language).unwrap_or_default(),
                    ..Card::default()
                })
            }
        };
        if let Some(running) = &self.running {
            running.program.set_card(card);
        }
        self.tell_card(title, missing);
    }

    /// Says once per product what its card lacks.
    fn tell_card(&mut self, title: String, missing: Option<NoticeWhy>) {
        let news = missing.map(|why| (title, why));
        if news == self.card_told {
            return;
        }
        self.card_told.clone_from(&news);
        let Some((title, why)) = news else { return };
        let (what, hint) = match why {
            NoticeWhy::CardNoStock => ("no counted stock", "count it in the catalogue, or choose another card"),
            NoticeWhy::CardNoSizeChart => {
                ("no size chart", "write one into its description, a line a size with | between the cells")
            }
            _ => ("no page with an address", "publish the show to the platform, or leave the QR code out"),
        };
        let failure = Failure::new(ErrorCode::NotFound, format!("{title} has {what} for its card")).hint(hint);
        self.notice_about(Some(title), Some(why), &failure);
    }

    /// The host chose another card: it counts from now on.
    pub(super) async fn card_chosen(&mut self) {
        self.card_chosen_at = self.now();
        self.card_told = None;
        let pinned = self.board.pinned().cloned();
        self.draw_card(pinned.as_ref()).await;
    }

    /// Products, stock and photos as the show needs them.
    pub(super) async fn load_catalogue(&mut self) -> Outcome<()> {
        let store = &self.parts.store;
        let products = store.all_products().await?;
        self.levels = store.levels().await?;
        self.thumbnails = store.first_photos().await?;
        let saved: Option<Vec<Sku>> = store.setting(crate::settings::RUNNING_ORDER).await?;
        let whole = products.iter().take(RUNNING_ORDER_MAX).map(|product| product.sku.clone()).collect();
        self.products = products.into_iter().map(|product| (product.sku.clone(), product)).collect();
        let chosen = saved.unwrap_or_default().into_iter();
        // An order of an older version may be too long, or name a product twice.
        self.chosen_order = mended(chosen.filter(|sku| self.products.contains_key(sku)));
        self.running_order = if self.chosen_order.is_empty() { whole } else { self.chosen_order.clone() };
        self.recognition.running_order(self.chosen_order.clone());
        self.stale = true;
        Ok(())
    }

    pub(super) async fn catalogue_changed(&mut self, photos: bool) {
        let before = self.products.iter().map(|(sku, product)| (sku.clone(), variant_of(product).to_owned())).collect();
        if let Err(failure) = self.load_catalogue().await {
            tracing::error!("{failure}");
        }
        // Which photos may look alike depends on which products are variants of one.
        if photos || is_regrouped(&before, &self.products) {
            self.recognition.reload();
        } else {
            self.recognition.rename();
        }
        if let Some(link) = &self.link {
            link.catalogue_changed();
        }
        self.publish_order();
        let gone: Vec<Sku> = self.board.skus().into_iter().filter(|sku| !self.products.contains_key(sku)).collect();
        for sku in gone {
            self.on_pin_event(PinEvent::Removed(sku)).await;
        }
        let now = self.now();
        let effects = self.board.regroup(&self.products, now, TagId(Uuid::now_v7()));
        self.act_on_pins(effects, now).await;
        let pinned = self.board.pinned().cloned();
        if pinned.is_some() {
            self.draw_card(pinned.as_ref()).await;
        }
    }
}

/// What a product is a variant of; empty: it is none.
fn variant_of(product: &Product) -> &str {
    product.variant.as_ref().map_or("", |variant| variant.of.as_str())
}

/// Whether products that were there are variants of something else now. `before`: see [`variant_of`].
fn is_regrouped(before: &HashMap<Sku, String>, now: &HashMap<Sku, Product>) -> bool {
    now.values().any(|product| before.get(&product.sku).is_some_and(|of| of != variant_of(product)))
}

/// Nothing is in the picture that could be named.
pub(super) fn nothing_in_picture() -> Failure {
    Failure::new(ErrorCode::NotFound, "nothing is recognised in the picture at the moment")
        .hint("hold the product up to the camera and say it again")
        .because(FailureWhy::NothingInPicture)
}

/// The thing a host means who names none: of the larger ones the nearest to the middle.
fn held_up(report: &FrameReport, width: f32, height: f32) -> Option<u32> {
    let weight = |track: &TrackReport| prominence(track, width, height);
    // Only what was looked at can be learned from.
    let seen = report.tracks.iter().filter(|track| track.best.is_some());
    seen.max_by(|a, b| weight(a).total_cmp(&weight(b))).map(|track| track.track_id)
}

/// The shot where nothing new is tagged in it; none in any other.
fn idle_of(shot: Shot) -> Option<IdleShot> {
    match shot {
        Shot::Empty => Some(IdleShot::Empty),
        Shot::Slate => Some(IdleShot::Slate),
        Shot::CloseUp | Shot::Host | Shot::Table => None,
    }
}

fn abstained_text(why: Abstained) -> &'static str {
    match why {
        Abstained::TooDark => "too_dark",
        Abstained::Blurred => "blurred",
        Abstained::TooFar => "too_far",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, Money, ProductId, Variant};

    #[test]
    fn variants_that_are_put_together_or_apart_are_recognised_anew_and_others_are_not() {
        let product = |sku: &str, of: &str| Product {
            id: ProductId(Uuid::nil()),
            sku: Sku::new(sku).unwrap(),
            title: "T".into(),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(1_000, Currency::CNY),
            cost: None,
            barcode: String::new(),
            aliases: Vec::new(),
            variant: Variant::new(of, sku),
        };
        let products = |all: &[(&str, &str)]| -> HashMap<Sku, Product> {
            let all = all.iter().map(|(sku, of)| product(sku, of));
            all.map(|product| (product.sku.clone(), product)).collect()
        };
        let before: HashMap<Sku, String> = products(&[("A", "mug"), ("B", "mug"), ("C", "")])
            .into_iter()
            .map(|(sku, product)| (sku, variant_of(&product).to_owned()))
            .collect();
        let table: [(&[(&str, &str)], bool); 5] = [
            (&[("A", "mug"), ("B", "mug"), ("C", "")], false),
            (&[("A", "mug"), ("B", "cup"), ("C", "")], true),
            (&[("A", "mug"), ("B", "mug"), ("C", "mug")], true),
            (&[("A", "mug"), ("B", "")], true),
            (&[("A", "mug"), ("D", "mug")], false),
        ];
        for (now, want) in table {
            assert_eq!(is_regrouped(&before, &products(now)), want, "{now:?}");
        }
    }

    #[test]
    fn what_keeps_tags_back_is_told_and_nothing_else() {
        for shot in [Shot::CloseUp, Shot::Host, Shot::Table, Shot::Empty, Shot::Slate] {
            assert_eq!(idle_of(shot).is_some(), shot.is_idle(), "{shot:?}");
        }
        assert_eq!((idle_of(Shot::Slate), idle_of(Shot::Empty)), (Some(IdleShot::Slate), Some(IdleShot::Empty)));
    }
}
