//! `/api/v1/public/…/reservations`.

use crate::{
    error::ApiError,
    extract::{Body, Caller, IdempotencyKey, Path, Viewer},
    limits::Kind,
    services::orders,
    state::App,
};
use axum::{Json, extract::State, http::StatusCode};
use hawker_domain::ShowId;
use hawker_wire::viewer::{Reservation, Reserve};
use std::sync::Arc;

pub async fn reserve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Viewer(viewer): Viewer,
    Path(show): Path<ShowId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(form): Body<Reserve>,
) -> Result<(StatusCode, Json<Reservation>), ApiError> {
    caller.spend(&app, Kind::Buy)?;
    Ok((StatusCode::CREATED, Json(orders::reserve(&app, show, viewer.as_deref(), key, form).await?)))
}
