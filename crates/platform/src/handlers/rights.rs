//! `/api/v1/rights`, `/api/v1/devices/{device_id}/lost`.

use crate::{
    error::ApiError,
    extract::{Path, Seller},
    services::rights,
    state::App,
};
use axum::{Json, extract::State};
use hawker_domain::DeviceId;
use hawker_wire::rights::RightsReport;
use std::sync::Arc;

pub async fn read(State(app): State<Arc<App>>, Seller(seller): Seller) -> Result<Json<RightsReport>, ApiError> {
    rights::read(&app, seller).await.map(Json)
}

pub async fn declare_lost(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(device): Path<DeviceId>,
) -> Result<Json<RightsReport>, ApiError> {
    rights::declare_lost(&app, seller, device).await.map(Json)
}
