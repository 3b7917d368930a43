//! What the platform tells a seller's devices, as soon as it happens.

use crate::{error::ApiError, limits::FEED_WAIT, state::App};
use hawker_domain::SellerId;
use hawker_wire::feed::FeedPage;
use std::time::Duration;
use tokio::time::Instant;

/// Entries in one answer.
const PAGE: u32 = 500;

/// Entries after `after`; waits up to `wait_ms` when there are none.
pub async fn read(app: &App, seller: SellerId, after: u64, wait_ms: u64) -> Result<FeedPage, ApiError> {
    let deadline = Instant::now() + Duration::from_millis(wait_ms).min(FEED_WAIT);
    let mut bell = app.bus.bell(seller);
    loop {
        bell.mark_unchanged();
        let page = app.store.feed_after(seller, after, PAGE).await?;
        if !page.entries.is_empty() || Instant::now() >= deadline {
            return Ok(page);
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Ok(page),
            () = app.cancel.cancelled() => return Ok(page),
        }
    }
}
