//! `/healthz`, `/readyz`, `/metrics`, and what is not there.

use crate::{error::ApiError, metrics, state::App};
use axum::{
    extract::State,
    http::{Method, StatusCode, header},
    response::IntoResponse,
};
use hawker_wire::ErrorCode;
use std::sync::Arc;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// The database answers, and the platform is not on its way out.
pub async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    if app.draining.is_cancelled() || app.cancel.is_cancelled() {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(ApiError::new(status, ErrorCode::Unreachable, "the platform is stopping"));
    }
    app.store.photo("").await?;
    Ok("ready")
}

/// What the platform counts of itself.
pub async fn metrics(State(app): State<Arc<App>>) -> Result<impl IntoResponse, ApiError> {
    let text = app.metrics.text(&app).map_err(|error| ApiError::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text))
}

pub async fn nothing_here() -> ApiError {
    ApiError::not_found("there is nothing at this address")
}

pub async fn wrong_method(method: Method) -> ApiError {
    let message = format!("{method} is not possible here");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadInput, message)
}
