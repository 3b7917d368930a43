//! `/healthz`, `/readyz`, and what is not there.

use crate::{error::ApiError, state::App};
use axum::{
    extract::State,
    http::{Method, StatusCode},
};
use hawker_wire::ErrorCode;
use std::sync::Arc;

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok"
}

/// The database answers, and the platform is not on its way out.
pub async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    if app.cancel.is_cancelled() {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return Err(ApiError::new(status, ErrorCode::Unreachable, "the platform is stopping"));
    }
    app.store.photo("").await?;
    Ok("ready")
}

pub async fn nothing_here() -> ApiError {
    ApiError::not_found("there is nothing at this address")
}

pub async fn wrong_method(method: Method) -> ApiError {
    let message = format!("{method} is not possible here");
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::BadInput, message)
}
