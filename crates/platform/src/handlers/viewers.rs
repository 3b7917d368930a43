//! `/api/v1/public/shows/…`: what a viewer's page reads and says.

use crate::{
    error::ApiError,
    extract::{Body, Caller, Path, Viewer},
    limits::Kind,
    services::{shows, updates},
    state::App,
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, StreamExt};
use hawker_domain::ShowId;
use hawker_wire::viewer::{Behaviour, PublicShow, Say, Viewers};
use std::{sync::Arc, time::Duration};

/// Often enough that no proxy in between thinks the connection dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

pub async fn show(State(app): State<Arc<App>>, Path(show): Path<ShowId>) -> Result<Json<PublicShow>, ApiError> {
    shows::public(&app, show).await.map(Json)
}

pub async fn count(State(app): State<Arc<App>>, Path(show): Path<ShowId>) -> Result<Json<Viewers>, ApiError> {
    shows::viewers(&app, show).await.map(Json)
}

pub async fn updates(
    State(app): State<Arc<App>>,
    Path(show): Path<ShowId>,
) -> Result<Sse<impl Stream<Item = Result<Event, axum::Error>>>, ApiError> {
    let updates = updates::listen(app, show).await?;
    let events = updates.map(|update| Event::default().event(updates::kind(&update)).json_data(&update));
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

pub async fn chat(
    State(app): State<Arc<App>>,
    caller: Caller,
    Viewer(viewer): Viewer,
    Path(show): Path<ShowId>,
    Body(said): Body<Say>,
) -> Result<StatusCode, ApiError> {
    caller.spend(&app, Kind::Chat)?;
    shows::say(&app, show, viewer.as_deref(), said).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn behaviour(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(show): Path<ShowId>,
    Body(seen): Body<Behaviour>,
) -> Result<StatusCode, ApiError> {
    caller.spend(&app, Kind::Behaviour)?;
    shows::behaved(&app, show, seen).await?;
    Ok(StatusCode::NO_CONTENT)
}
