//! What the platform tells a seller's devices, as soon as it happens, and what they give back after a restore.

use super::{catalogue::tell_stock, offers};
use crate::{db::FeedRead, error::ApiError, limits::FEED_WAIT, state::App};
use hawker_domain::SellerId;
use hawker_wire::feed::{FeedPage, FeedPosition, FeedReturned, OpsAcked, ReturnFeed};
use std::time::Duration;
use tokio::time::Instant;

/// Entries in one answer.
const PAGE: u32 = 500;
/// Most entries in one return.
const MAX_RETURNED: usize = 200;

/// Entries after `seen`; waits up to `wait_ms` when there are none. Errors: 409 where this is not the feed the device read.
/// `acked`: how far the device's own ops were answered; 409 where such are gone, 403 where the device was revoked.
pub async fn read(
    app: &App,
    seller: SellerId,
    seen: FeedPosition,
    acked: Option<OpsAcked>,
    wait_ms: u64,
) -> Result<FeedPage, ApiError> {
    let deadline = Instant::now() + Duration::from_millis(wait_ms).min(FEED_WAIT);
    let mut bell = app.bus.bell(seller);
    loop {
        bell.mark_unchanged();
        if let Some(OpsAcked { device_id, .. }) = acked
            && app.store.is_revoked(seller, device_id).await?
        {
            return Err(ApiError::revoked());
        }
        let page = match app.store.feed_after(seller, &seen, acked.as_ref(), PAGE).await? {
            FeedRead::Page(page) => page,
            FeedRead::Parted(parted) => return Err(ApiError::feed(parted)),
            FeedRead::Forgotten(forgotten) => return Err(ApiError::forgotten(forgotten)),
        };
        if !page.lines.is_empty() || Instant::now() >= deadline {
            return Ok(page);
        }
        tokio::select! {
            _ = bell.changed() => {}
            () = tokio::time::sleep_until(deadline) => return Ok(page),
            () = app.cancel.cancelled() => return Ok(page),
        }
    }
}

/// What this platform told before it was put back to an earlier state, from a device that heard it.
pub async fn take_back(app: &App, seller: SellerId, form: ReturnFeed) -> Result<FeedReturned, ApiError> {
    if form.entries.len() > MAX_RETURNED {
        return Err(ApiError::bad_input(format!("at most {MAX_RETURNED} entries in one request")));
    }
    let back = app.store.take_back(seller, &form, app.now_us()).await?;
    let (restored, foreign) = (back.restored, back.foreign);
    tracing::warn!(seller.id = %seller, restored, foreign, "a device gave back what this database had lost");
    tell_stock(app, seller, &back.stock);
    offers::tell(app, seller).await;
    app.bus.ring(seller);
    Ok(FeedReturned { restored: back.restored })
}
