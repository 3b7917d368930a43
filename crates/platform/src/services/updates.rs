//! What a viewer's page hears: first how things are, then every change, and how things are again after falling behind.

use super::offers;
use crate::{error::ApiError, state::App};
use futures_util::{Stream, stream};
use hawker_domain::{ShowId, ShowMs};
use hawker_wire::{
    ErrorCode,
    viewer::{PublicPin, ShowUpdate},
};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, broadcast};

/// The updates of one show for one page. Ends when the platform stops.
pub async fn listen(app: Arc<App>, show: ShowId) -> Result<impl Stream<Item = ShowUpdate> + Send, ApiError> {
    let turn = Arc::clone(&app.listeners).try_acquire_owned().map_err(|_| {
        ApiError::new(
            axum::http::StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::RateLimited,
            "too many viewers listen on this platform",
        )
    })?;
    let (seller, _) = app.store.show_owner(show).await?.ok_or_else(no_show)?;
    // Listening before looking: a change between the two comes twice rather than never.
    let updates = app.bus.listen(show, seller);
    let pending = snapshot(&app, show).await?;
    let page = Page { app, show, updates, pending, _turn: turn };
    Ok(stream::unfold(page, |mut page| async move { page.next().await.map(|update| (update, page)) }))
}

pub fn no_show() -> ApiError {
    ApiError::not_found("there is no such show").hint("check the link")
}

struct Page {
    app: Arc<App>,
    show: ShowId,
    updates: broadcast::Receiver<ShowUpdate>,
    pending: VecDeque<ShowUpdate>,
    _turn: OwnedSemaphorePermit,
}

impl Page {
    async fn next(&mut self) -> Option<ShowUpdate> {
        loop {
            if let Some(update) = self.pending.pop_front() {
                return Some(update);
            }
            tokio::select! {
                () = self.app.cancel.cancelled() => return None,
                update = self.updates.recv() => match update {
                    Ok(update) => return Some(update),
                    Err(broadcast::error::RecvError::Closed) => return None,
                    Err(broadcast::error::RecvError::Lagged(missed)) => self.catch_up(missed).await?,
                },
            }
        }
    }

    /// A page that could not keep up skips what it missed and sees how things are now.
    async fn catch_up(&mut self, missed: u64) -> Option<()> {
        tracing::debug!(show.id = %self.show, missed, "a viewer's page fell behind");
        self.updates = self.updates.resubscribe();
        self.pending = snapshot(&self.app, self.show).await.ok()?;
        Some(())
    }
}

/// The pin, the shelf, its stock and offers, and whether the picture runs.
async fn snapshot(app: &App, show: ShowId) -> Result<VecDeque<ShowUpdate>, ApiError> {
    let page = app.store.show_page(show).await?.ok_or_else(no_show)?;
    let pin = page.pin.unwrap_or(PublicPin { sku: None, variants: Vec::new(), at: ShowMs(0) });
    let skus = page.shelf.iter().map(|product| product.sku.clone()).collect();
    let mut updates = VecDeque::from([ShowUpdate::Pin(pin), ShowUpdate::Shelf { skus }]);
    updates.extend(page.shelf.into_iter().map(|product| ShowUpdate::stock(product.sku, product.available)));
    updates.push_back(offers::open(app, page.seller).await?);
    updates.push_back(ShowUpdate::Live { live: app.bus.is_live(show) && !page.ended });
    updates.push_back(ShowUpdate::Viewers { count: app.bus.viewers(show) });
    if page.ended {
        updates.push_back(ShowUpdate::Ended);
    }
    Ok(updates)
}

/// The event's name on the wire: the same word as `kind` in its JSON.
pub fn kind(update: &ShowUpdate) -> &'static str {
    match update {
        ShowUpdate::Pin(_) => "pin",
        ShowUpdate::Shelf { .. } => "shelf",
        ShowUpdate::Stock { .. } => "stock",
        ShowUpdate::Offers { .. } => "offers",
        ShowUpdate::Chat { .. } => "chat",
        ShowUpdate::Live { .. } => "live",
        ShowUpdate::Viewers { .. } => "viewers",
        ShowUpdate::Ended => "ended",
    }
}
