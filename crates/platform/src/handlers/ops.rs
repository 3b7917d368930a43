//! `/api/v1/ops`.

use crate::{
    error::ApiError,
    extract::{Body, Seller},
    services::ops,
    state::App,
};
use axum::{Json, extract::State};
use hawker_wire::ops::{OpsApplied, PostOps};
use std::sync::Arc;

pub async fn post(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Body(form): Body<PostOps>,
) -> Result<Json<OpsApplied>, ApiError> {
    ops::apply(&app, seller, form).await.map(Json)
}
