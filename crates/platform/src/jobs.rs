//! What the platform does by itself, by the server's clock.

use crate::{
    clock::DAY_US,
    db::StoreError,
    services::{catalogue::tell_stock, claims, offers, payments},
    state::App,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// How soon after their time goods go back, and viewer counts are told.
const SHORT: Duration = Duration::from_secs(1);
/// Ticks of the short round between two clean-ups of tokens.
const CLEAN_UP_EVERY: u64 = 600;

/// Between two rounds of questions about payments. A round finds what was not asked about for `check_after_us`.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// Providers send a webhook again for some days; after that its id is of no use.
const EVENTS_KEPT_US: i64 = 30 * DAY_US;

/// Between two looks for what is kept no longer.
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// Chat: no backup that anybody would still put back is older, and no device that comes back after longer misses it.
const CHAT_KEPT_US: i64 = 90 * DAY_US;
/// What viewers looked at half a year ago says little of what they like now.
const BEHAVIOUR_KEPT_US: i64 = 180 * DAY_US;
/// Rows that go in one transaction: some milliseconds of the writer.
const FORGOTTEN_AT_ONCE: u32 = 500;

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
        let released = release_expired(&app).await;
        app.metrics.round("release", released.is_ok());
        if let Err(error) = released {
            tracing::error!(%error, "reservations could not be released; next try in a second");
        }
        let told = offers::tell_turned(&app).await;
        app.metrics.round("offers", told.is_ok());
        if let Err(error) = told {
            tracing::error!(%error, "the pages could not be told of offers; next try in a second");
        }
        if round % CLEAN_UP_EVERY == 0 {
            let cleaned = clean_up(&app).await;
            app.metrics.round("clean_up", cleaned.is_ok());
            if let Err(error) = cleaned {
                tracing::error!(%error, "what ran out could not be removed; next try in ten minutes");
            }
        }
    }
}

/// Asks about payments from the start on, also about those a former process left, until the platform stops.
pub async fn check_payments(app: Arc<App>) {
    let mut ticks = tokio::time::interval(CHECK_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let checked = tokio::select! {
            // What was asked and not heard is asked again at the next start.
            () = app.cancel.cancelled() => return,
            checked = payments::check(&app) => checked,
        };
        app.metrics.round("payments", checked.is_ok());
        if let Err(error) = checked {
            tracing::error!(%error, "payments could not be checked; next try in five seconds");
        }
    }
}

/// Forgets what is kept no longer, at the start and every hour, until the platform stops.
pub async fn forget(app: Arc<App>) {
    let mut ticks = tokio::time::interval(FORGET_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = app.cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let forgotten = forget_old(&app).await;
        app.metrics.round("forget", forgotten.is_ok());
        if let Err(error) = forgotten {
            tracing::error!(%error, "what is kept no longer could not be forgotten; next try in an hour");
        }
    }
}

/// In steps, between which the writer is everybody's; how many steps and rows there were. A platform that stops leaves the
/// rest for the next start.
pub async fn forget_old(app: &App) -> Result<u64, StoreError> {
    let now_us = app.now_us();
    let mut gone = 0;
    while !app.cancel.is_cancelled() && app.store.thin_feed(now_us - CHAT_KEPT_US).await? {
        gone += 1;
    }
    while !app.cancel.is_cancelled() {
        let chat = app.store.forget_chat(now_us - CHAT_KEPT_US, FORGOTTEN_AT_ONCE).await?;
        let seen = app.store.forget_behaviour(now_us - BEHAVIOUR_KEPT_US, FORGOTTEN_AT_ONCE).await?;
        if chat + seen == 0 {
            break;
        }
        gone += chat + seen;
    }
    Ok(gone)
}

/// Tokens that ran out, and webhooks that nobody sends again.
async fn clean_up(app: &App) -> Result<(), StoreError> {
    let now_us = app.now_us();
    app.store.forget_expired_tokens(now_us).await?;
    app.store.forget_payment_events(now_us - EVENTS_KEPT_US).await?;
    Ok(())
}

/// Puts goods back whose time ran out, gives them to who waits for them, and tells sellers and viewers.
pub async fn release_expired(app: &App) -> Result<usize, StoreError> {
    app.store.end_invitations(app.now_us()).await?;
    let released = app.store.release_expired(app.now_us()).await?;
    for (seller, news) in &released {
        tell_stock(app, *seller, std::slice::from_ref(news));
        app.bus.ring(*seller);
    }
    let moved: BTreeSet<_> = released.iter().filter(|(_, news)| news.offer_moved).map(|(seller, _)| *seller).collect();
    for seller in moved {
        offers::tell(app, seller).await;
    }
    claims::follow_all(app).await?;
    Ok(released.len())
}
