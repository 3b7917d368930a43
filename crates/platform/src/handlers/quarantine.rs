//! `/api/v1/quarantine`.

use crate::{
    error::ApiError,
    extract::{Body, Path, Seller},
    services::quarantine,
    state::App,
};
use axum::{Json, extract::State};
use hawker_domain::OpId;
use hawker_wire::quarantine::{Decide, HeldChange, Quarantine};
use std::sync::Arc;

pub async fn list(State(app): State<Arc<App>>, Seller(seller): Seller) -> Result<Json<Quarantine>, ApiError> {
    quarantine::list(&app, seller).await.map(Json)
}

pub async fn decide(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(op_id): Path<OpId>,
    Body(form): Body<Decide>,
) -> Result<Json<HeldChange>, ApiError> {
    quarantine::decide(&app, seller, op_id, form).await.map(Json)
}
