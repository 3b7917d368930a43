//! Who the studio is at its platform, and how that platform is.

use super::owner::Owner;
use crate::errors::Outcome;
use crate::platform::{AccountChange, Move, Place, PlatformLink, Standing, may_change, moves, session};
use crate::view::{AccountView, PlatformStatus};
use hawker_domain::reason::NoticeWhy;
use hawker_wire::{ErrorCode, Failure};
use tokio::sync::oneshot;

impl Owner {
    /// Lets a change of the account happen, or says why it can't. Does not wait for the platform.
    pub(super) async fn change_account(&mut self, change: AccountChange, reply: oneshot::Sender<Outcome<()>>) {
        if let Err(failure) = self.may_change_account(&change).await {
            let _ = reply.send(Err(failure));
            return;
        }
        if let Some(link) = &self.link {
            return link.change_account(change, reply);
        }
        // Without a link only what needs no network can be done.
        let done = match (change, self.set_place().key()) {
            (AccountChange::Leave, Some(key)) => session::sign_out(&self.parts.store, &key).await,
            _ => Err(Failure::new(ErrorCode::Unreachable, "this process does not keep in touch with a platform")),
        };
        let _ = reply.send(done);
    }

    async fn may_change_account(&self, change: &AccountChange) -> Outcome<()> {
        change.check()?;
        let standing = Standing {
            on_air: self.show.is_some(),
            waiting: self.parts.store.pending_count().await?,
            signed_in: self.signed_in_as().await?,
        };
        may_change(change, &standing)
    }

    /// Goes to the platform that is set, as soon as the show allows and the one that is left has heard of every change, or the
    /// host said that those may go along.
    pub(super) async fn move_platform(&mut self) {
        let Some(here) = self.link.as_ref().map(PlatformLink::place) else { return };
        let has_program = self.parts.config.platform_program.is_some();
        let Ok(wanted) = Place::of(self.parts.settings.platform_url.as_deref(), has_program) else { return };
        let missed = session::missed(&self.parts.store, &here).await.unwrap_or_else(|failure| {
            tracing::warn!("what waits for the platform can't be counted: {failure}");
            self.waiting_to_sync
        });
        let when = moves(&here, &wanted, self.show.is_some(), missed, self.move_with);
        self.platform_after_show = when == Move::AfterShow;
        let waits = when == Move::WhenTold;
        if waits && !self.move_waits {
            let why = format!("the platform is not left yet: it has not heard of {missed} of the changes");
            let failure = Failure::new(ErrorCode::Conflict, why)
                .hint("the new address takes over when it has; to go at once, set the address again with --go-along");
            self.notice_of(Some(NoticeWhy::MoveWaits), &failure);
        }
        self.move_waits = waits;
        if let (Move::Now, Some(link)) = (when, &self.link) {
            link.move_to(wanted);
        }
    }

    pub(super) async fn platform_status(&self) -> Outcome<PlatformStatus> {
        let account = match self.signed_in_as().await? {
            Some(email) => AccountView::Person { email },
            None => AccountView::Own,
        };
        Ok(PlatformStatus {
            address: match self.place() {
                Place::At(url) => Some(url.into()),
                Place::Embedded | Place::Nowhere => None,
            },
            state: self.link.as_ref().map(|_| self.platform),
            account,
            trouble: self.platform_failure.clone(),
            after_show: self.platform_after_show,
            waiting_to_sync: self.parts.store.pending_count().await?,
        })
    }

    async fn signed_in_as(&self) -> Outcome<Option<String>> {
        match self.place().key() {
            Some(key) => session::signed_in_as(&self.parts.store, &key).await,
            None => Ok(None),
        }
    }

    /// Where the link is; without one, what is set.
    fn place(&self) -> Place {
        self.link.as_ref().map_or_else(|| self.set_place(), PlatformLink::place)
    }

    /// The place that is set; what is no address is none.
    fn set_place(&self) -> Place {
        let has_program = self.parts.config.platform_program.is_some();
        Place::of(self.parts.settings.platform_url.as_deref(), has_program).unwrap_or(Place::Nowhere)
    }
}
