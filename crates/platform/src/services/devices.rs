//! A seller's installations: who they are, and who is one no more.

use super::{catalogue::tell_stock, claims, text};
use crate::{
    db::{Hash, NewDevice, PublicKey, Revoked},
    device_key::DeviceKey,
    error::ApiError,
    state::App,
};
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::account::{Device, Devices, ListedDevice, RegisterDevice};

/// Answers the epoch the device's ops carry. `access`: the token it asks with.
pub async fn register(app: &App, seller: SellerId, access: Hash, form: RegisterDevice) -> Result<Device, ApiError> {
    let name = text("name", &form.name, 1, 80)?;
    let public_key = form.public_key.as_deref().map(public_key).transpose()?;
    let (device, restored, now_us) = (form.device_id, form.restored, app.now_us());
    let new = NewDevice { device, name, public_key, restored, access, now_us };
    let registered = app.store.register_device(seller, new).await?;
    if registered.is_rekeyed {
        tracing::warn!(seller.id = %seller, device.id = %device, "another key took the place of a device's");
        app.bus.ring(seller);
    }
    Ok(Device { device_id: device, epoch: registered.epoch, is_revoked: registered.is_revoked })
}

pub async fn list(app: &App, seller: SellerId) -> Result<Devices, ApiError> {
    Ok(Devices { devices: app.store.devices(seller).await? })
}

/// From now on the device's changes are held for a person, and it hears nothing; what it had for itself may be sold by others.
pub async fn revoke(app: &App, seller: SellerId, device: DeviceId) -> Result<ListedDevice, ApiError> {
    let revoked = app.store.revoke_device(seller, device, app.now_us()).await?;
    let Revoked { device: revoked, stock } =
        revoked.ok_or_else(|| ApiError::not_found(format!("there is no device {device}")))?;
    tracing::warn!(seller.id = %seller, device.id = %device, "a device was revoked");
    tell_stock(app, seller, &stock);
    // One that waits for news is told at once.
    app.bus.ring(seller);
    // Somebody may wait for what it had.
    claims::follow(app, seller).await?;
    Ok(revoked)
}

fn public_key(text: &str) -> Result<PublicKey, ApiError> {
    let key = DeviceKey::from_hex(text);
    key.map(|key| key.bytes()).ok_or_else(|| ApiError::bad_input("\"public_key\" is no Ed25519 key of 32 bytes in hex"))
}
