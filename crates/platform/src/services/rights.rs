//! What the seller's devices have for themselves.

use super::{catalogue::tell_stock, claims};
use crate::{error::ApiError, state::App};
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::rights::RightsReport;

pub async fn read(app: &App, seller: SellerId) -> Result<RightsReport, ApiError> {
    Ok(app.store.rights(seller).await?)
}

/// A device does not come back: what it had may be sold by others. Errors: 404, there is no such device.
pub async fn declare_lost(app: &App, seller: SellerId, device: DeviceId) -> Result<RightsReport, ApiError> {
    let Some(news) = app.store.declare_lost(seller, device, app.now_us()).await? else {
        return Err(ApiError::not_found(format!("you have no device {device}")));
    };
    tracing::warn!(seller.id = %seller, device.id = %device, "a device was declared lost");
    tell_stock(app, seller, &news);
    app.bus.ring(seller);
    // Somebody may wait for what it had.
    claims::follow(app, seller).await?;
    read(app, seller).await
}
