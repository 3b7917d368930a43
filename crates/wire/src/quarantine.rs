//! Changes that wait for a person: `GET /api/v1/quarantine`, `POST /api/v1/quarantine/{op_id}`.

use crate::ops::{OpEnvelope, OpResult};
use hawker_domain::DeviceId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What waits, and what was discarded or applied before; the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quarantine {
    pub changes: Vec<HeldChange>,
}

/// A change that was held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeldChange {
    /// As the device sent it.
    pub op: OpEnvelope,
    /// The name the device is listed under.
    pub device_name: String,
    pub why: String,
    /// When it came. UTC, microseconds since 1970, by the platform's clock.
    pub at_us: i64,
    /// None while it waits.
    #[serde(default)]
    pub decided: Option<Decided>,
}

/// Who decided what, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    pub verdict: Verdict,
    /// E-mail address of the account.
    pub by: String,
    /// The installation it was decided at, where it was one.
    pub at_device: Option<DeviceId>,
    /// As [`HeldChange::at_us`].
    pub at_us: i64,
    /// A change that was applied may still have been refused, or be kept.
    pub result: OpResult,
}

/// What a person decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It happened: it is applied as any change, and told to all devices.
    Apply,
    /// It has no effect, and stays on the list.
    Discard,
}

/// The decision. Answer: the [`HeldChange`] with it. 409 where the other was decided before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decide {
    pub verdict: Verdict,
    /// The installation it is decided at.
    #[serde(default)]
    pub at_device: Option<DeviceId>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_decision_looks_like_this_on_the_wire() {
        for (text, verdict) in [
            (r#"{"verdict":"apply","at_device":null}"#, Verdict::Apply),
            (r#"{"verdict":"discard","at_device":null}"#, Verdict::Discard),
        ] {
            let form = Decide { verdict, at_device: None };
            assert_eq!(serde_json::to_string(&form).unwrap(), text);
            assert_eq!(serde_json::from_str::<Decide>(text).unwrap(), form);
        }
        assert!(serde_json::from_str::<Decide>(r#"{"verdict":"perhaps"}"#).is_err());
    }
}
