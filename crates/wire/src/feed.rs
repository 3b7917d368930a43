//! What the platform tells a seller's devices: `GET /api/v1/feed?after=N&wait_ms=M` (long poll).

use hawker_domain::{ShowId, ShowMs, Sku, order::Order};
use serde::{Deserialize, Serialize};

/// One entry. `server_seq` is gapless per seller, from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedEntry {
    pub server_seq: u64,
    pub event: FeedEvent,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FeedEvent {
    /// An order was paid on the platform; its lines leave the stock.
    OrderPaid { order: Order },
    /// Pieces held for, or given back by, buyers who have not paid; absolute number.
    Reserved { sku: Sku, reserved: i64 },
    /// A viewer wrote something.
    Chat { show_id: ShowId, from: String, text: String, at: Option<ShowMs> },
    /// Something a newer platform sends; kept and skipped.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedPage {
    pub entries: Vec<FeedEntry>,
    /// Pass as `after` next time.
    pub last_seq: u64,
}
