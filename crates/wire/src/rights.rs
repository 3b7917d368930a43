//! Which device of a seller may sell what by itself: `GET /api/v1/rights`.

use hawker_domain::{DeviceId, rights::RightsLine};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsReport {
    /// False while devices are asked what they have, after the platform was put back to an earlier state: buyers of the page wait.
    pub is_open: bool,
    /// Since when it is closed, UTC, microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_since_us: Option<i64>,
    pub devices: Vec<DeviceRights>,
}

/// One device. Those that have no rights and owe no answer are among them too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRights {
    pub device_id: DeviceId,
    pub name: String,
    pub lines: Vec<RightsLine>,
    /// The pool stays closed until it has said what it has, or is declared lost.
    pub is_awaited: bool,
}
