//! `/api/v1/shows`.

use crate::{
    error::ApiError,
    extract::{Body, Path, Seller},
    services::shows,
    state::App,
};
use axum::{Json, extract::State, http::StatusCode};
use hawker_domain::ShowId;
use hawker_wire::show::{CreateShow, PutPin, PutRunningOrder, ShowCreated};
use std::sync::Arc;

pub async fn create(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<CreateShow>,
) -> Result<(StatusCode, Json<ShowCreated>), ApiError> {
    Ok((StatusCode::CREATED, Json(shows::create(&app, seller, form).await?)))
}

pub async fn end(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(show): Path<ShowId>,
) -> Result<StatusCode, ApiError> {
    shows::end(&app, seller, show).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn running_order(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(show): Path<ShowId>,
    Body(form): Body<PutRunningOrder>,
) -> Result<StatusCode, ApiError> {
    shows::put_running_order(&app, seller, show, form).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn pin(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(show): Path<ShowId>,
    Body(form): Body<PutPin>,
) -> Result<StatusCode, ApiError> {
    shows::pin(&app, seller, show, form).await?;
    Ok(StatusCode::NO_CONTENT)
}
