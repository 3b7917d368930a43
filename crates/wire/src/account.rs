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

/// `PUT /api/v1/accounts/password`: another password for the account that `password` opens. Every log-in of before ends.
#[derive(Clone, Serialize, Deserialize)]
pub struct ChangePassword {
    pub email: String,
    pub password: String,
    /// At least 10 characters.
    pub new_password: String,
}

/// Answer of the four above. Sent as `Authorization: Bearer <access_token>`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub seller_id: SellerId,
    pub access_token: String,
    pub refresh_token: String,
    /// Seconds the access token is good for.
    pub expires_in_s: u64,
}

/// `POST /api/v1/devices`: one studio installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterDevice {
    pub device_id: DeviceId,
    pub name: String,
    /// The Ed25519 key that the device's ops are signed with, hex. The first one a device names stays; another one is that of
    /// a copy without the key, and takes its place under a new epoch. None: a studio from before signatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
    /// The device's database is an older copy: numbers of this epoch were used that it does not know of. It gets a new epoch.
    #[serde(default, skip_serializing_if = "is_false")]
    pub restored: bool,
}

/// Answer: the epoch every op of this device carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub device_id: DeviceId,
    pub epoch: u32,
    /// Somebody revoked the device: its ops are taken and held for a person, and it hears nothing.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_revoked: bool,
}

/// `GET /api/v1/devices`: the seller's installations, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    pub devices: Vec<ListedDevice>,
}

/// One of them; also the answer of `DELETE /api/v1/devices/{device_id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedDevice {
    pub device_id: DeviceId,
    pub name: String,
    pub epoch: u32,
    /// The number of its last change.
    pub last_seq: u64,
    /// Its changes are signed.
    pub has_key: bool,
    /// UTC, microseconds since 1970, by the platform's clock; so is the other.
    pub registered_at_us: i64,
    /// None: it is not revoked.
    pub revoked_at_us: Option<i64>,
    /// When it last logged in, renewed its log-in, as it does four times an hour while it is connected, or sent a change; by the
    /// platform's clock. None: not for as long as these are kept, a month at the least, or by an older platform.
    #[serde(default)]
    pub seen_at_us: Option<i64>,
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_device_from_before_keys_is_still_read_and_one_with_a_key_is_read_by_an_older_platform() {
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        let old = format!(r#"{{"device_id":"{NIL}","name":"stall"}}"#);
        let form: RegisterDevice = serde_json::from_str(&old).unwrap();
        let device_id = DeviceId(Uuid::nil());
        assert_eq!(form, RegisterDevice { device_id, name: "stall".into(), public_key: None, restored: false });
        assert_eq!(serde_json::to_string(&form).unwrap(), old, "what is not said is left out");
        let form = RegisterDevice { public_key: Some("ab".into()), restored: true, ..form };
        let text = format!(r#"{{"device_id":"{NIL}","name":"stall","public_key":"ab","restored":true}}"#);
        assert_eq!(serde_json::to_string(&form).unwrap(), text);
        let answer: Device = serde_json::from_str(&format!(r#"{{"device_id":"{NIL}","epoch":3}}"#)).unwrap();
        assert_eq!(answer, Device { device_id, epoch: 3, is_revoked: false });
    }
}
