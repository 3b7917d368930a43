//! What the link tells the platform, and in which order: the ends of shows, the catalogue, the show, its order and its pins.
//! The catalogue comes before the show, so that no show opens at prices of before.

use super::catalogue::{RefusedListing, account_of, is_refusal, publish_listings, send_photos};
use super::link::{LinkEvent, Wishes};
use super::task::Link;
use hawker_domain::ShowId;
use hawker_sync::PlatformClient;
use hawker_wire::{
    ErrorCode, Failure,
    show::{CreateShow, PutPin, PutRunningOrder},
};
use std::{pin::Pin, time::Duration};
use tokio::task::AbortHandle;

/// A platform that is there answers within a fraction of this.
const COUNT_WITHIN: Duration = Duration::from_secs(2);

/// The question how many watch a show, on its way.
pub(super) type ViewersAsked = Pin<Box<dyn Future<Output = Option<(ShowId, u64)>> + Send>>;

impl Link {
    /// Brings the platform into step with what the studio wishes.
    pub(super) async fn fulfil(
        &mut self,
        client: &PlatformClient,
        photos: &mut Option<AbortHandle>,
    ) -> Result<(), Failure> {
        let wishes = self.wishes.borrow_and_update().clone();
        self.tell_ends(client, &wishes).await?;
        if self.sent_catalogue != Some(wishes.catalogue) {
            let refused = publish_listings(&self.store, client, &mut self.refusals).await?;
            self.tell_refused(refused).await;
            if let Some(old) = photos.replace(send_photos(&self.store, client)) {
                old.abort();
            }
            self.sent_catalogue = Some(wishes.catalogue);
        }
        let Some(show) = wishes.show else { return Ok(()) };
        if self.refused == Some(show.show_id) {
            return Ok(());
        }
        if self.announced != Some(show.show_id) {
            self.announce(client, &show).await?;
            self.pin.mark_changed();
            return Ok(());
        }
        if self.sent_order != show.running_order {
            let form = PutRunningOrder { running_order: show.running_order };
            go_on(client.put_running_order(show.show_id, &form).await, "the running order")?;
            self.sent_order = form.running_order;
        }
        self.tell_claim_rules(client, show.show_id).await
    }

    /// Tells the host what is not sold, where that is news.
    async fn tell_refused(&mut self, refused: Vec<RefusedListing>) {
        let told = std::mem::replace(&mut self.refused_listings, refused);
        let news: Vec<_> = self.refused_listings.iter().filter(|one| !told.contains(one)).cloned().collect();
        if !news.is_empty() {
            self.tell(LinkEvent::ListingsRefused(news)).await;
        }
    }

    /// Asks how many watch the show; none where no show is announced.
    pub(super) fn ask_viewers(&self, client: &PlatformClient) -> Option<ViewersAsked> {
        let show_id = self.announced?;
        let client = client.clone();
        Some(Box::pin(async move {
            let answer = tokio::time::timeout(COUNT_WITHIN, client.viewers(show_id)).await;
            answer.ok()?.ok().map(|counted| (show_id, counted.viewers))
        }))
    }

    /// Without an answer the last number stands: the sync notices when nobody answers.
    pub(super) async fn tell_viewers(&self, heard: Option<(ShowId, u64)>) {
        let on_air = self.wishes.borrow().show.as_ref().map(|show| show.show_id);
        if let Some((show_id, count)) = heard.filter(|(show_id, _)| on_air == Some(*show_id)) {
            self.tell(LinkEvent::Viewers { show_id, count }).await;
        }
    }

    /// Ends every show that this account was told of and that is not on air: one whose end was not heard, in whichever run
    /// of the studio, and one that a crash left open.
    pub(super) async fn tell_ends(&mut self, client: &PlatformClient, wishes: &Wishes) -> Result<(), Failure> {
        let account = account_of(client)?;
        let on_air = wishes.show.as_ref().map(|show| show.show_id);
        for show_id in self.store.published_shows(account).await? {
            if Some(show_id) != on_air {
                let told = client.end_show(show_id).await;
                if is_over(&told) {
                    self.store.note_end_heard(account, show_id).await?;
                } else {
                    go_on(told, "the end of a show")?;
                }
            }
        }
        self.ended.send_replace(wishes.over);
        Ok(())
    }

    /// A show that is refused is told to the host and not asked for again: the link goes on for everything else.
    async fn announce(&mut self, client: &PlatformClient, show: &CreateShow) -> Result<(), Failure> {
        self.store.note_show_published(account_of(client)?, show.show_id).await?;
        let created = match client.create_show(show).await {
            Ok(created) => created,
            Err(failure) if is_refusal(&failure) => {
                tracing::warn!(show.id = %show.show_id, code = ?failure.code, "the platform refused the show: {failure}");
                self.refused = Some(show.show_id);
                self.tell(LinkEvent::ShowRefused { show_id: show.show_id, why: failure }).await;
                return Ok(());
            }
            Err(failure) => return Err(failure),
        };
        self.announced = Some(show.show_id);
        self.asks_variants = created.asks_variants;
        self.sent_order.clone_from(&show.running_order);
        self.sent_rules = None;
        self.tell_claim_rules(client, show.show_id).await?;
        let event = LinkEvent::ShowReady {
            show_id: created.show_id,
            ingest_urls: created.ingest_urls,
            viewer_url: created.viewer_url,
        };
        self.tell(event).await;
        Ok(())
    }

    /// How comments of the show buy, with what its products are called, where that is another than it was told. An older platform, which
    /// takes none, refuses them.
    async fn tell_claim_rules(&mut self, client: &PlatformClient, show_id: ShowId) -> Result<(), Failure> {
        let rules = crate::claims::claim_rules(&self.store).await?;
        if self.sent_rules.as_ref() != Some(&rules) {
            go_on(client.put_claim_rules(show_id, &rules).await, "the rules for comments")?;
            self.sent_rules = Some(rules);
        }
        Ok(())
    }

    pub(super) async fn send_pin(&mut self, client: &PlatformClient) -> Result<(), Failure> {
        let newest = self.pin.borrow_and_update().clone();
        match newest.filter(|(show_id, _)| self.announced == Some(*show_id)) {
            Some((show_id, pin)) => {
                let pin = understood(pin, self.asks_variants);
                go_on(client.put_pin(show_id, &pin).await, "the pin")
            }
            None => Ok(()),
        }
    }
}

/// A page that does not ask which variant a buyer means would sell the first one, whichever is shown: it gets no card then.
fn understood(pin: PutPin, asks_variants: bool) -> PutPin {
    if asks_variants || pin.variants.is_empty() { pin } else { PutPin { sku: None, variants: Vec::new(), ..pin } }
}

/// The show is over at the platform, or is none of its shows. Whatever else it says, the end is told again.
fn is_over(told: &Result<(), Failure>) -> bool {
    match told {
        Ok(()) => true,
        Err(why) => !why.retryable && matches!(why.code, ErrorCode::NotFound | ErrorCode::NotLive),
    }
}

/// A refusal of one thing is no reason to leave: it is logged, and the link goes on. Errors: what another try may mend.
fn go_on(result: Result<(), Failure>, what: &str) -> Result<(), Failure> {
    match result {
        Err(failure) if is_refusal(&failure) => {
            tracing::warn!(code = ?failure.code, "the platform refused {what}: {failure}");
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{ShowMs, Sku, TagId};

    #[test]
    fn a_page_that_can_t_ask_is_not_told_to_sell_the_first_variant() {
        let sku = |name: &str| Sku::new(name).unwrap();
        let known =
            PutPin { tag_id: TagId(uuid::Uuid::nil()), sku: Some(sku("RED")), variants: Vec::new(), at: ShowMs(7) };
        let open = PutPin { variants: vec![sku("RED"), sku("BLUE")], ..known.clone() };
        let none = PutPin { sku: None, ..known.clone() };
        for (given, asks, want) in
            [(&known, false, &known), (&known, true, &known), (&open, true, &open), (&open, false, &none)]
        {
            assert_eq!(understood(given.clone(), asks), *want, "{given:?} {asks}");
        }
    }

    #[test]
    fn an_end_is_told_until_the_platform_itself_says_that_the_show_is_over() {
        let bare = Failure { retryable: true, ..Failure::new(ErrorCode::NotFound, "back soon") };
        for (told, over) in [
            (Ok(()), true),
            (Err(Failure::new(ErrorCode::NotFound, "there is no such show")), true),
            (Err(Failure::new(ErrorCode::NotLive, "this show has ended")), true),
            (Err(bare), false),
            (Err(Failure::new(ErrorCode::Unreachable, "away")), false),
            (Err(Failure::new(ErrorCode::Forbidden, "not yours")), false),
            (Err(Failure::new(ErrorCode::BadInput, "no number of a show")), false),
        ] {
            assert_eq!(is_over(&told), over, "{told:?}");
        }
    }
}
