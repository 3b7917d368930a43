//! What the platform does by itself, by the server's clock.

use crate::{db::StoreError, services::catalogue::tell_stock, state::App};
use std::{sync::Arc, time::Duration};

/// How soon after their time goods go back, and viewer counts are told.
const SHORT: Duration = Duration::from_secs(1);
/// Ticks of the short round between two clean-ups of tokens.
const CLEAN_UP_EVERY: u64 = 600;

/// Runs until the platform stops. A round that fails is logged and tried again.
pub async fn run(app: Arc<App>) {
    let mut ticks = tokio::time::interval(SHORT);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for round in 0_u64.. {
        tokio::select! {
            () = app.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        app.bus.count_viewers();
        if let Err(error) = release_expired(&app).await {
            tracing::error!(%error, "reservations could not be released; next try in a second");
        }
        if round % CLEAN_UP_EVERY == 0
            && let Err(error) = app.store.forget_expired_tokens(app.now_us()).await
        {
            tracing::error!(%error, "expired tokens could not be removed; next try in ten minutes");
        }
    }
}

/// Puts goods back whose time ran out, and tells sellers and viewers.
pub async fn release_expired(app: &App) -> Result<usize, StoreError> {
    let released = app.store.release_expired(app.now_us()).await?;
    for (seller, news) in &released {
        tell_stock(app, *seller, std::slice::from_ref(news));
        app.bus.ring(*seller);
    }
    Ok(released.len())
}
