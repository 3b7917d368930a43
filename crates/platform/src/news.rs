//! Carries the bells of [`crate::bus`] between platforms of one database, so that who waits at one hears at once what another wrote.
//!
//! Owns: what is done when the way is broken. Invariant: news are a help; who waits asks again by itself, and reads all there is.

use crate::{db::postgres::Between, state::App};
use std::{sync::Arc, time::Duration};

/// Between two messages: a busy sale rings some hundred times a second, and the ear takes this for at once.
const PACE: Duration = Duration::from_millis(20);
/// Before the server is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// Runs until the platform stops.
pub async fn carry(app: Arc<App>, between: Between) {
    tokio::select! {
        () = app.cancel.cancelled() => {}
        // Neither of the two ends by itself.
        () = tell(&app, &between) => {}
        () = hear(&app, &between) => {}
    }
    between.close().await;
}

/// Tells the others what rang here.
async fn tell(app: &App, between: &Between) {
    loop {
        let rung = app.bus.rung().await;
        if let Err(error) = between.tell(&rung).await {
            tracing::warn!(%error, "other platforms were not told of news; next try in two seconds");
            app.bus.not_told(rung);
            tokio::time::sleep(AGAIN).await;
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Rings what the others told.
async fn hear(app: &App, between: &Between) {
    loop {
        if let Err(error) = hear_until_lost(app, between).await {
            tracing::warn!(%error, "what other platforms tell is not heard; next try in two seconds");
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn hear_until_lost(app: &App, between: &Between) -> Result<(), sqlx::Error> {
    let mut listening = between.listen().await?;
    // Nobody heard what was told until now.
    app.bus.ring_all();
    loop {
        match listening.heard().await? {
            Some(rung) => app.bus.ring_here(&rung),
            None => app.bus.ring_all(),
        }
    }
}
