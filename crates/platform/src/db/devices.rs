//! What is kept of a seller's installations.

use super::{Hash, StockNews, StoreError};
use async_trait::async_trait;
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::account::ListedDevice;

/// An Ed25519 public key.
pub type PublicKey = [u8; 32];

/// Who stands behind an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedIn {
    pub seller: SellerId,
    /// The log-in belongs to a device that was revoked.
    pub is_revoked: bool,
}

/// A device that says who it is.
pub struct NewDevice {
    pub device: DeviceId,
    pub name: String,
    /// None: it signs nothing.
    pub public_key: Option<PublicKey>,
    /// Its database is an older copy.
    pub restored: bool,
    /// The token it asks with.
    pub access: Hash,
    pub now_us: i64,
}

/// What a registration came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registered {
    pub epoch: u32,
    pub is_revoked: bool,
    /// Another key took the place of the one it had.
    pub is_rekeyed: bool,
}

/// A device that was revoked, and what viewers see changed by what it had for itself.
pub struct Revoked {
    pub device: ListedDevice,
    pub stock: Vec<StockNews>,
}

#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// The token came to another device, which was revoked.
    #[error("this log-in belongs to a device that was revoked")]
    Revoked,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[async_trait]
pub trait DeviceStore {
    /// The epoch the device's ops carry. A device that forked, is an older copy or has another key than before gets the next one
    /// and counts from 1 again; its rights go to the pool. A revoked one stays as it is.
    async fn register_device(&self, seller: SellerId, new: NewDevice) -> Result<Registered, RegisterError>;
    /// The newest first.
    async fn devices(&self, seller: SellerId) -> Result<Vec<ListedDevice>, StoreError>;
    /// Revokes a device and the log-in it came with; for good. What it had for itself goes to the pool. None: there is no such
    /// device.
    async fn revoke_device(
        &self,
        seller: SellerId,
        device: DeviceId,
        now_us: i64,
    ) -> Result<Option<Revoked>, StoreError>;
    /// False for a device that is not known.
    async fn is_revoked(&self, seller: SellerId, device: DeviceId) -> Result<bool, StoreError>;
}
