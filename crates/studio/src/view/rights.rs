//! What this device has for itself, and what is missing.

use super::OrderView;
use hawker_domain::{DeviceId, Sku, rights::RightsLine};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Stock as far as devices without a network are concerned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MarketView {
    /// Goods that come in stay this device's own.
    pub keeps_stock: bool,
    /// What it may sell and promise without the platform.
    pub own: Vec<HoldingView>,
    /// Asked for, and not answered by the platform yet.
    pub asked: Vec<RightsLine>,
    /// Sold and not there, as the platform says: find it, or give the money back.
    pub missing: Vec<MissingView>,
    pub aside: Vec<AsideView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HoldingView {
    pub sku: Sku,
    pub title: String,
    #[ts(type = "number")]
    pub rights: i64,
    /// Of these, pieces put aside.
    #[ts(type = "number")]
    pub promised: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MissingView {
    pub sku: Sku,
    pub title: String,
    #[ts(type = "number")]
    pub pieces: i64,
}

/// Goods put aside for somebody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AsideView {
    pub order: OrderView,
    /// UTC, milliseconds since 1970.
    #[ts(type = "number")]
    pub until_ms: i64,
    pub is_over: bool,
}

/// The platform's side: which device has what, and whether buyers can order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DevicesView {
    /// False after the platform was put back to an earlier state, until those who are awaited have said what they have.
    pub is_open: bool,
    pub devices: Vec<DeviceRightsView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceRightsView {
    pub device_id: DeviceId,
    pub name: String,
    pub is_this: bool,
    pub is_awaited: bool,
    pub lines: Vec<RightsLine>,
}
