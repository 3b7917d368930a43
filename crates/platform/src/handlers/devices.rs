//! `/api/v1/devices`.

use crate::{
    error::ApiError,
    extract::{AnyDevice, Body, Path, Seller},
    services::devices,
    state::App,
};
use axum::{Json, extract::State};
use hawker_domain::DeviceId;
use hawker_wire::account::{Device, Devices, ListedDevice, RegisterDevice};
use std::sync::Arc;

pub async fn register(
    State(app): State<Arc<App>>,
    AnyDevice { seller, access, .. }: AnyDevice,
    Body(form): Body<RegisterDevice>,
) -> Result<Json<Device>, ApiError> {
    devices::register(&app, seller, access, form).await.map(Json)
}

pub async fn list(State(app): State<Arc<App>>, Seller(seller): Seller) -> Result<Json<Devices>, ApiError> {
    devices::list(&app, seller).await.map(Json)
}

pub async fn revoke(
    State(app): State<Arc<App>>,
    Seller(seller): Seller,
    Path(device): Path<DeviceId>,
) -> Result<Json<ListedDevice>, ApiError> {
    devices::revoke(&app, seller, device).await.map(Json)
}
