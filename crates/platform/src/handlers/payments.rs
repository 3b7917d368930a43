//! `/api/v1/public/…/pay` and `…/payment`, and `/api/v1/payments/webhook`.

use crate::{
    error::ApiError,
    extract::{Body, Caller, IdempotencyKey, Path},
    limits::Kind,
    payment::signature,
    services::payments,
    state::App,
};
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
};
use hawker_domain::ReservationId;
use hawker_wire::{
    ErrorCode,
    viewer::{AskPayment, Pay, Payment},
};
use std::sync::Arc;

pub async fn pay(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reservation): Path<ReservationId>,
    IdempotencyKey(key): IdempotencyKey,
    Body(form): Body<Pay>,
) -> Result<(StatusCode, Json<Payment>), ApiError> {
    caller.spend(&app, Kind::Buy)?;
    let payment = payments::pay(app, reservation, key, form).await?;
    let status = if matches!(payment, Payment::Paid(_)) { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(payment)))
}

pub async fn look(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(reservation): Path<ReservationId>,
    Body(form): Body<AskPayment>,
) -> Result<Json<Payment>, ApiError> {
    // A page asks every few seconds: counted with what pages do by themselves, so that it costs nobody a purchase.
    caller.spend(&app, Kind::Behaviour)?;
    payments::look(&app, reservation, &form.secret).await.map(Json)
}

/// Not counted by address: providers send bursts from few, and a stranger costs one hash of a small body.
pub async fn webhook(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, ApiError> {
    let body = body.map_err(|refused| {
        let message = "the event is larger than 16 KiB, or broke off on the way";
        ApiError::new(refused.status(), ErrorCode::BadInput, message)
    })?;
    let signed = headers.get(signature::HEADER).and_then(|value| value.to_str().ok());
    payments::heard(&app, signed, &body).await?;
    Ok(StatusCode::ACCEPTED)
}
