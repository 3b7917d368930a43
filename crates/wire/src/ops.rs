//! Changes on their way from a device to the platform: `POST /api/v1/ops`.

use hawker_domain::{DeviceId, OpId, order::Order, stock::StockMovement};
use serde::{Deserialize, Serialize};

/// One op. `seq` counts without gaps per device and epoch, from 1. `hash` is the SHA-256, hex, of the payload's JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpEnvelope {
    pub op_id: OpId,
    pub device_id: DeviceId,
    pub epoch: u32,
    pub seq: u64,
    /// The payload's JSON as text: the hash is over these very bytes. Parsed as [`OpPayload`].
    pub payload: String,
    pub hash: String,
}

/// What an op does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OpPayload {
    /// Goods moved on the device (received, counted, returned): the platform's pool follows.
    StockMoved { movement: StockMovement },
    /// A sale that happened at the seller's side. A fact: it is never rejected.
    VenueSale { order: Order },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PostOps {
    /// In `seq` order, at most 200.
    pub ops: Vec<OpEnvelope>,
}

/// What became of one op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum OpResult {
    Applied,
    /// The op was understood and can't be applied; the queue moves on and the seller is told.
    Rejected {
        why: String,
    },
}

/// Results in the order of the request. HTTP 409 with `wanted_seq` answers a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpsApplied {
    pub results: Vec<OpResult>,
    /// The next `seq` the platform expects of this device.
    pub wanted_seq: u64,
}
