//! `/api/v1/accounts`, `/sessions`.

use crate::{
    error::ApiError,
    extract::{Body, Caller},
    limits::Kind,
    services::accounts,
    state::App,
};
use axum::{Json, extract::State, http::StatusCode};
use hawker_wire::account::{ChangePassword, LogIn, Refresh, SignUp, Tokens};
use std::sync::Arc;

pub async fn sign_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<SignUp>,
) -> Result<(StatusCode, Json<Tokens>), ApiError> {
    caller.spend(&app, Kind::LogIn)?;
    Ok((StatusCode::CREATED, Json(accounts::sign_up(&app, form).await?)))
}

pub async fn change_password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<ChangePassword>,
) -> Result<Json<Tokens>, ApiError> {
    caller.spend(&app, Kind::LogIn)?;
    accounts::change_password(&app, form).await.map(Json)
}

pub async fn log_in(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<LogIn>,
) -> Result<Json<Tokens>, ApiError> {
    caller.spend(&app, Kind::LogIn)?;
    accounts::log_in(&app, form).await.map(Json)
}

pub async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(form): Body<Refresh>,
) -> Result<Json<Tokens>, ApiError> {
    caller.spend(&app, Kind::LogIn)?;
    accounts::refresh(&app, form).await.map(Json)
}
