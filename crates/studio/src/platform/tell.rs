//! What the link tells the platform, and in which order: the catalogue, the ends of shows, the show, its order and its pins.

use super::catalogue::{RefusedListing, account_of, is_refusal, publish_listings, send_photos};
use super::link::{LinkEvent, Wishes};
use super::task::Link;
use hawker_sync::PlatformClient;
use hawker_wire::{
    Failure,
    show::{CreateShow, PutRunningOrder},
};
use std::time::Duration;
use tokio::task::AbortHandle;

/// A platform that is there answers within a fraction of this.
const COUNT_WITHIN: Duration = Duration::from_secs(1);

impl Link {
    /// Brings the platform into step with what the studio wishes.
    pub(super) async fn fulfil(
        &mut self,
        client: &PlatformClient,
        photos: &mut Option<AbortHandle>,
    ) -> Result<(), Failure> {
        let wishes = self.wishes.borrow_and_update().clone();
        if self.sent_catalogue != Some(wishes.catalogue) {
            let refused = publish_listings(&self.store, client).await?;
            self.tell_refused(refused).await;
            if let Some(old) = photos.replace(send_photos(&self.store, client)) {
                old.abort();
            }
            self.sent_catalogue = Some(wishes.catalogue);
        }
        self.tell_ends(client, &wishes).await?;
        let Some(show) = wishes.show else { return Ok(()) };
        if self.refused == Some(show.show_id) {
            return Ok(());
        }
        if self.announced != Some(show.show_id) {
            self.announce(client, &show).await?;
            self.pin.mark_changed();
        } else if self.sent_order != show.running_order {
            let form = PutRunningOrder { running_order: show.running_order };
            go_on(client.put_running_order(show.show_id, &form).await, "the running order")?;
            self.sent_order = form.running_order;
        }
        Ok(())
    }

    /// Tells the host what is not sold, where that is news.
    async fn tell_refused(&mut self, refused: Vec<RefusedListing>) {
        let told = std::mem::replace(&mut self.refused_listings, refused);
        let news: Vec<_> = self.refused_listings.iter().filter(|one| !told.contains(one)).cloned().collect();
        if !news.is_empty() {
            self.tell(LinkEvent::ListingsRefused(news)).await;
        }
    }

    /// Asks how many watch the show. Without an answer the last number stands: the sync notices when nobody answers.
    pub(super) async fn count_viewers(&self, client: &PlatformClient) {
        let Some(show_id) = self.wishes.borrow().show.as_ref().map(|show| show.show_id) else { return };
        if self.announced != Some(show_id) {
            return;
        }
        // Pins wait behind this question, so it does not wait long.
        if let Ok(Ok(page)) = tokio::time::timeout(COUNT_WITHIN, client.public_show(show_id)).await {
            self.tell(LinkEvent::Viewers { show_id, count: page.viewers }).await;
        }
    }

    /// Ends every show that this account was told of and that is not on air: one whose end was not heard, in whichever run
    /// of the studio, and one that a crash left open.
    pub(super) async fn tell_ends(&mut self, client: &PlatformClient, wishes: &Wishes) -> Result<(), Failure> {
        let account = account_of(client)?;
        let on_air = wishes.show.as_ref().map(|show| show.show_id);
        for show_id in self.store.published_shows(account).await? {
            if Some(show_id) != on_air {
                go_on(client.end_show(show_id).await, "the end of a show")?;
                self.store.note_end_heard(account, show_id).await?;
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
        self.sent_order.clone_from(&show.running_order);
        let event = LinkEvent::ShowReady {
            show_id: created.show_id,
            ingest_urls: created.ingest_urls,
            viewer_url: created.viewer_url,
        };
        self.tell(event).await;
        Ok(())
    }

    pub(super) async fn send_pin(&mut self, client: &PlatformClient) -> Result<(), Failure> {
        let newest = self.pin.borrow_and_update().clone();
        match newest.filter(|(show_id, _)| self.announced == Some(*show_id)) {
            Some((show_id, pin)) => go_on(client.put_pin(show_id, &pin).await, "the pin"),
            None => Ok(()),
        }
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
