//! Sellers' accounts. Token lifetimes are the platform's to say.

use hawker_domain::{DeviceId, SellerId};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/accounts`
#[derive(Clone, Serialize, Deserialize)]
pub struct SignUp {
    pub email: String,
    /// At least 10 characters.
    pub password: String,
    /// Shown to viewers as the shop's name.
    pub shop_name: String,
}

/// `POST /api/v1/sessions`
#[derive(Clone, Serialize, Deserialize)]
pub struct LogIn {
    pub email: String,
    pub password: String,
}

/// `POST /api/v1/sessions/refresh`; each refresh token is good once.
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    pub refresh_token: String,
}

/// Answer of the three above. Sent as `Authorization: Bearer <access_token>`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub seller_id: SellerId,
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds the access token is good for.
    pub expires_in_s: u64,
}

/// `POST /api/v1/devices`: one studio installation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RegisterDevice {
    pub device_id: DeviceId,
    pub name: String,
}

/// Answer: the epoch every op of this device carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub device_id: DeviceId,
    pub epoch: u32,
}
