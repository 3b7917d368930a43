//! `/api/v1/public/…/reservations` and `…/pay`.

use crate::{
    error::ApiError,
    extract::{Body, Caller, IdempotencyKey, Path},
    limits::Kind,
    services::orders,
    state::App,
};
use axum::{Json, extract::State, http::StatusCode};
use hawker_domain::{ReservationId, ShowId};
use hawker_wire::viewer::{Pay, Receipt, Reservation, Reserve};
use std::sync::Arc;

pub async fn reserve(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(show): Path<ShowId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(form): Body<Reserve>,
) -> Result<(StatusCode, Json<Reservation>), ApiError> {
    caller.spend(&app, Kind::Buy)?;
    Ok((StatusCode::CREATED, Json(orders::reserve(&app, show, key, form).await?)))
}

pub async fn pay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reservation): Path<ReservationId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(form): Body<Pay>,
) -> Result<Json<Receipt>, ApiError> {
    caller.spend(&app, Kind::Buy)?;
    orders::pay(app, reservation, key, form).await.map(Json)
}
