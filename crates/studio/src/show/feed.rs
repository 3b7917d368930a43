//! What comes from the platform: the show's address, orders, chat.

use super::{
    Destination,
    owner::{Owner, connecting},
};
use crate::view::PlatformView;
use hawker_domain::DestinationWay;
use hawker_domain::{
    DestinationId, ShowId, Sku, failure::FailureWhy, order::Order, reason::NoticeWhy, show::DegradedWhy,
};
use hawker_sync::plan::Wedge;
use hawker_wire::{
    ErrorCode, Failure,
    feed::FeedEvent,
    live::{LiveEvent, OrderedLine},
    ops::OpResult,
};
use uuid::Uuid;

use crate::platform::{LinkEvent, RefusedListing};

/// More names than this do not fit into a notice; the rest is a number.
const NAMED: usize = 3;
/// How the platform's own destination is named in events and views.
const PLATFORM_NAME: &str = "hawker";

impl Owner {
    pub(super) async fn on_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Moved(place) => {
                self.own_chat_begins_anew();
                self.platform = connecting(&place);
                self.platform_failure = None;
                self.stale = true;
            }
            LinkEvent::Online => {
                self.platform = PlatformView::Online;
                self.platform_failure = None;
                self.health(DegradedWhy::PlatformDown, true);
            }
            LinkEvent::Offline(failure) => self.platform_offline(failure),
            LinkEvent::ShowReady { show_id, ingest_urls, viewer_url } => {
                if self.show.as_ref().is_some_and(|show| show.show_id == show_id) {
                    self.show_ready(ingest_urls, viewer_url);
                    // A card that leads to the product's page waited for the address.
                    if self.parts.settings.card.qr && self.board.pinned().is_some() {
                        let pinned = self.board.pinned().cloned();
                        self.draw_card(pinned.as_ref()).await;
                    }
                }
            }
            LinkEvent::ShowRefused { show_id, why } => self.show_refused(show_id, &why),
            LinkEvent::ListingsRefused(refused) => self.listings_refused(&refused),
            LinkEvent::Viewers { show_id, count } => {
                if let Some(show) = self.show.as_mut().filter(|show| show.show_id == show_id) {
                    show.viewers = Some(count);
                }
            }
            LinkEvent::Feed(entry) => {
                self.stale = true;
                // Read there, it comes back as a channel's comment.
                let is_read = self.parts.own_chat.as_ref().is_some_and(|chat| chat.told(&entry));
                match entry.event {
                    FeedEvent::OrderPaid { order } => {
                        tracing::info!(order.id = %order.id, "order from the platform");
                        self.order_paid(order).await;
                    }
                    FeedEvent::Chat { .. } if is_read => {}
                    FeedEvent::Chat { show_id, from, text, .. } => self.chat(show_id, from, text),
                    FeedEvent::Reserved { .. }
                    | FeedEvent::Shortfall { .. }
                    | FeedEvent::Granted { .. }
                    | FeedEvent::RightsWithdrawn { .. } => {
                        self.stock_moved().await;
                    }
                    FeedEvent::Op { .. } => {
                        self.orders_heard += 1;
                        self.stock_moved().await;
                    }
                    // The verdict stands on the list of refused changes, or off it.
                    FeedEvent::QuarantineDecided { result, .. } => {
                        self.orders_heard += 1;
                        if let OpResult::Rejected { why, .. } = result {
                            self.change_refused(&[], &why);
                        }
                    }
                    FeedEvent::DeviceKeyReplaced { device_id, name } => {
                        tracing::warn!(device.id = %device_id, name, "a device of this account has another key");
                        let message = format!(
                            "the device \"{name}\" registered with another key: its data were put back or copied, or somebody poses as it"
                        );
                        let failure = Failure::new(ErrorCode::Conflict, message).hint(
                            "where nobody put it back, change the password and revoke it with `hawker platform devices revoke`",
                        );
                        self.notice_of(Some(NoticeWhy::DeviceKeyReplaced), &failure);
                    }
                    FeedEvent::ProductsEdited { .. } => self.has_edits = true,
                    FeedEvent::MoneyTask { order_id, why } => {
                        self.orders_heard += 1;
                        let message = format!("order {order_id}: {}", crate::refused::money_text(why));
                        let failure = Failure::new(ErrorCode::PaymentRefused, message)
                            .hint("it is on the list under Orders until you have seen to it");
                        self.notice_of(Some(NoticeWhy::MoneyByHand), &failure);
                    }
                    // The goods of a claim are told by themselves; it lies in the store, as what the seller offers does. A refusal is told
                    // by an event of its own.
                    FeedEvent::Claim { .. } => self.claims_heard += 1,
                    FeedEvent::OfferSpent { .. } => self.offers_heard += 1,
                    FeedEvent::OpRefused { .. }
                    | FeedEvent::Past { .. }
                    | FeedEvent::Challenged { .. }
                    | FeedEvent::Unknown => {}
                }
            }
            LinkEvent::OpRejected { skus, why } => {
                self.orders_heard += 1;
                self.change_refused(&skus, &why);
            }
            LinkEvent::PlatformRestored { restored } => {
                self.own_chat_begins_anew();
                let message = format!(
                    "the platform was put back to an earlier state; {restored} orders and changes it had lost were given back"
                );
                let failure = Failure::new(ErrorCode::Conflict, message).hint("compare its orders with yours");
                self.notice_of(Some(NoticeWhy::PlatformRestored), &failure);
            }
            LinkEvent::Wedged(wedge) => {
                let (what, hint) = wedged(wedge);
                self.notice_of(Some(what), &Failure::new(ErrorCode::Conflict, wedge.to_string()).hint(hint));
            }
        }
    }

    fn change_refused(&mut self, skus: &[Sku], why: &str) {
        let titled = |sku: &Sku| {
            (
                self.products.get(sku).map_or(String::new(), |product| product.shown_title().trim().to_owned()),
                sku.clone(),
            )
        };
        let about = named(skus.iter().map(titled));
        let of = about.as_ref().map_or(String::new(), |about| format!(" of {about}"));
        let failure = Failure::new(ErrorCode::Conflict, format!("the platform refused a change{of}: {why}"))
            .hint("it is on the list under Orders; correct what it was about");
        self.notice_about(about, Some(NoticeWhy::ChangeRefused), &failure);
    }

    fn listings_refused(&mut self, refused: &[RefusedListing]) {
        let Some(first) = refused.first() else { return };
        let Some(about) = named(refused.iter().map(|one| (one.title.trim().to_owned(), one.sku.clone()))) else {
            return;
        };
        let failure =
            Failure::new(first.why.code, format!("the platform does not take {about}: {}", first.why.message))
                .hint("correct it under Catalogue; everything else is sold");
        self.notice_about(Some(about), Some(NoticeWhy::ListingsRefused), &failure);
    }

    fn platform_offline(&mut self, failure: Failure) {
        let news = self.platform != PlatformView::Offline;
        self.platform = PlatformView::Offline;
        self.platform_failure = Some(failure.clone());
        if let Some(show) = &mut self.show {
            show.viewers = None;
        }
        let wanted = self.show.as_ref().is_some_and(|show| show.to_platform);
        if wanted {
            self.health(DegradedWhy::PlatformDown, false);
        }
        // A platform that is away comes back by itself; a device that was revoked waits for its host, on air or not.
        let by_host = needs_host(&failure);
        if news && (wanted || by_host.is_some()) {
            self.notice_of(by_host, &failure);
        }
    }

    /// The show goes on to the other destinations. Told once: the link does not ask again.
    fn show_refused(&mut self, show_id: ShowId, why: &Failure) {
        if self.show.as_ref().is_none_or(|show| show.show_id != show_id || show.ended_at.is_some()) {
            return;
        }
        self.health(DegradedWhy::ShowRefused, false);
        let (what, hint) = refusal(why.code);
        let failure =
            Failure::new(why.code, format!("the platform does not take this show: {}", why.message)).hint(hint);
        self.notice_of(Some(what), &failure);
    }

    fn show_ready(&mut self, ingest_urls: Vec<String>, viewer_url: String) {
        // A show that is being put down takes no other address.
        let Some(show) = self.show.as_mut().filter(|show| show.ended_at.is_none()) else { return };
        let news = show.viewer_url.as_deref() != Some(viewer_url.as_str());
        show.viewer_url = Some(viewer_url);
        // A platform that came back gave out a new key: the old output can't succeed any more.
        let counted = self.running.as_ref().map(|running| running.program.stats().outputs).unwrap_or_default();
        let former = show.retire_platform_output(&counted);
        if let (Some(running), Some(old)) = (&self.running, former.ids.last()) {
            running.program.remove_output(*old);
        }
        let url = ingest_urls.into_iter().next().map(|url| crate::any_url(&url));
        let url = match url {
            Some(Ok(url)) => url,
            Some(Err(failure)) => return self.notice(&failure),
            None => return,
        };
        let destination = Destination {
            id: DestinationId(Uuid::now_v7()),
            name: PLATFORM_NAME.to_owned(),
            url,
            way: DestinationWay::default(),
            instead: super::Wanted::default(),
        };
        let Some(show) = &mut self.show else { return };
        show.platform_output = Some(destination.id);
        let ended = show.platform_ended;
        let on_air = LiveEvent::OnAir { show_id: show.show_id, viewer_url: show.viewer_url.clone() };
        let was_announced = show.on_air_since.is_some();
        if ended {
            self.rest_output(destination, former)
        } else {
            self.add_output(destination, former)
        }
        if was_announced && news {
            // "On air" was said before the address was known; say it again with the address.
            self.announce(on_air);
        }
    }

    /// What was said in another show, heard late, is no part of this one.
    fn chat(&mut self, show_id: ShowId, from: String, text: String) {
        if self.show.as_ref().is_some_and(|show| show.show_id == show_id) {
            self.announce(LiveEvent::Chat { from, text, channel: None });
        }
    }

    /// The numbers of the feed mean other entries from now on.
    fn own_chat_begins_anew(&self) {
        if let Some(chat) = &self.parts.own_chat {
            chat.begins_anew();
        }
    }

    /// An order of this show is counted and told; one of another show, heard late, is in the store and no part of this one.
    pub(super) async fn order_paid(&mut self, order: Order) {
        self.orders_heard += 1;
        self.stock_moved().await;
        let current = self.show.as_ref().map(|show| show.show_id);
        if current.is_some() && order.show_id != current {
            return;
        }
        if let Some(show) = &mut self.show {
            show.count_order(&order);
        }
        self.announce(LiveEvent::Order {
            id: order.id,
            source: order.source,
            lines: order.lines.iter().map(|line| OrderedLine { sku: line.sku.clone(), qty: line.qty }).collect(),
            total_minor: order.total.minor,
            currency: order.total.currency,
        });
    }

    /// Reads the levels again and redraws the card if its number changed.
    pub(super) async fn stock_moved(&mut self) {
        let Ok(levels) = self.parts.store.levels().await else { return };
        let pinned = self.board.pinned().cloned();
        let has_moved = |sku: &Sku| levels.get(sku) != self.levels.get(sku);
        let changed = pinned.as_ref().is_some_and(|pin| pin.skus().any(has_moved));
        self.levels = levels;
        self.stale = true;
        if changed {
            self.draw_card(pinned.as_ref()).await;
        }
    }
}

/// What a refused show is told as, and what helps.
fn refusal(code: ErrorCode) -> (NoticeWhy, &'static str) {
    match code {
        ErrorCode::Conflict | ErrorCode::NotLive => {
            (NoticeWhy::ShowTaken, "nobody can order on its page; to sell there, end this show and go live again")
        }
        ErrorCode::BadInput => (
            NoticeWhy::ShowInvalid,
            "nobody can order on its page; to sell there, end this show, correct its title or running order and go live again",
        ),
        ErrorCode::Forbidden => (
            NoticeWhy::ShowForbidden,
            "nobody can order on its page; sign in with an account that may sell, after the show",
        ),
        _ => (NoticeWhy::ShowRefused, "nobody can order on its page; ask whoever runs the platform"),
    }
}

/// What the host has to do something about before there is a platform again, as it is told.
fn needs_host(failure: &Failure) -> Option<NoticeWhy> {
    let why = failure.reason.as_ref().map(|reason| reason.why);
    (why == Some(FailureWhy::DeviceRevoked)).then_some(NoticeWhy::SyncRevoked)
}

/// What a sync that stands still is told as, and what helps.
fn wedged(wedge: Wedge) -> (NoticeWhy, &'static str) {
    match wedge {
        Wedge::SignedOut => (NoticeWhy::SyncSignedOut, "sign in again under Settings; what waits is kept"),
        // Nothing is sent to a platform that lacks what came before.
        Wedge::Refused | Wedge::FeedParted => (
            NoticeWhy::SyncRefused,
            "start Hawker again; if it stays, ask whoever runs the platform; what waits is kept",
        ),
        Wedge::BadSignature => (
            NoticeWhy::SyncNotSigned,
            "see that no other machine works with a copy of these data, then start Hawker again; what waits is kept",
        ),
        Wedge::Revoked => (
            NoticeWhy::SyncRevoked,
            "what is sold here waits at the platform for a person; to go on, begin anew in another folder with --data-dir",
        ),
        Wedge::OpsLost { .. } | Wedge::GapStays { .. } => {
            (NoticeWhy::SyncChangesLost, "compare the stock at the platform with yours; orders still come in")
        }
        Wedge::FeedGapStays => {
            (NoticeWhy::SyncFeedBroken, "look up new orders at the platform; changes are still sent")
        }
    }
}

/// The titles of the first few, and how many more there are; none of nothing.
fn named(things: impl ExactSizeIterator<Item = (String, Sku)>) -> Option<String> {
    let more = things.len().saturating_sub(NAMED);
    let name =
        |(title, sku): (String, Sku)| if title.is_empty() { sku.to_string() } else { format!("{title} ({sku})") };
    let names: Vec<String> = things.take(NAMED).map(name).collect();
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    (!names.is_empty()).then(|| format!("{}{more}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_few_are_named_and_the_rest_counted() {
        let things = |skus: &[&str], title: &str| -> Vec<(String, Sku)> {
            skus.iter().map(|sku| (title.to_owned(), Sku::new(sku).unwrap())).collect()
        };
        for (things, want) in [
            (things(&[], "tea"), None),
            (things(&["A"], "tea"), Some("tea (A)")),
            (things(&["A"], ""), Some("A")),
            (things(&["A", "B", "C"], "tea"), Some("tea (A), tea (B), tea (C)")),
            (things(&["A", "B", "C", "D", "E"], "tea"), Some("tea (A), tea (B), tea (C) +2")),
        ] {
            assert_eq!(named(things.into_iter()).as_deref(), want);
        }
    }

    #[test]
    fn going_live_again_is_advised_only_where_it_helps() {
        for (code, what, again) in [
            (ErrorCode::Conflict, NoticeWhy::ShowTaken, true),
            (ErrorCode::NotLive, NoticeWhy::ShowTaken, true),
            (ErrorCode::BadInput, NoticeWhy::ShowInvalid, true),
            (ErrorCode::Forbidden, NoticeWhy::ShowForbidden, false),
            (ErrorCode::NotFound, NoticeWhy::ShowRefused, false),
        ] {
            let (told, hint) = refusal(code);
            assert_eq!((told, hint.contains("go live again")), (what, again), "{code:?}");
        }
    }

    #[test]
    fn a_platform_that_is_away_is_waited_for_and_a_revoked_device_is_its_hosts_matter() {
        let away = Failure::new(ErrorCode::Unreachable, "the platform does not answer");
        let foreign = Failure::new(ErrorCode::Forbidden, "this platform is reached as localhost only");
        for (failure, want) in [(away, None), (foreign, None), (hawker_sync::revoked(), Some(NoticeWhy::SyncRevoked))] {
            assert_eq!(needs_host(&failure), want, "{failure}");
        }
    }

    #[test]
    fn a_sync_that_stands_still_is_no_matter_of_the_stock() {
        for (wedge, want) in [
            (Wedge::SignedOut, NoticeWhy::SyncSignedOut),
            (Wedge::Refused, NoticeWhy::SyncRefused),
            (Wedge::OpsLost { wanted: 1, oldest: 2 }, NoticeWhy::SyncChangesLost),
            (Wedge::GapStays { wanted: 1 }, NoticeWhy::SyncChangesLost),
            (Wedge::FeedParted, NoticeWhy::SyncRefused),
            (Wedge::BadSignature, NoticeWhy::SyncNotSigned),
            (Wedge::Revoked, NoticeWhy::SyncRevoked),
            (Wedge::FeedGapStays, NoticeWhy::SyncFeedBroken),
        ] {
            assert_eq!(wedged(wedge).0, want, "{wedge:?}");
        }
    }
}
