//! The viewer page's own API, without an account. Money and stock always come from the platform, never from the page.

use hawker_domain::{Money, OrderId, ReservationId, ShowId, ShowMs, Sku, stock::StockNote};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/public/shows/{show_id}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicShow {
    pub show_id: ShowId,
    pub title: String,
    pub shop_name: String,
    pub live: bool,
    /// `/live/<show_id>.flv`
    pub flv_url: String,
    pub shelf: Vec<PublicProduct>,
    pub pin: Option<PublicPin>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicProduct {
    pub sku: Sku,
    pub title: String,
    #[serde(default)]
    pub description: String,
    pub price: Money,
    pub available: i64,
    /// What the page says of the pieces left.
    #[serde(default)]
    pub note: StockNote,
    pub photo_url: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicPin {
    pub sku: Option<Sku>,
    pub at: ShowMs,
}

/// Events of `GET /api/v1/public/shows/{show_id}/events` (SSE; the event's name is `kind`, its data this JSON).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShowUpdate {
    Pin(PublicPin),
    /// What is sold, in its order. A page that does not know one of them reads the show anew.
    Shelf {
        skus: Vec<Sku>,
    },
    Stock {
        sku: Sku,
        available: i64,
        #[serde(default)]
        note: StockNote,
    },
    Chat {
        from: String,
        text: String,
    },
    Live {
        live: bool,
    },
    Viewers {
        count: u64,
    },
    Ended,
}

impl ShowUpdate {
    /// So many pieces of a product may still be bought.
    pub fn stock(sku: Sku, available: i64) -> Self {
        Self::Stock { sku, available, note: StockNote::of(available) }
    }
}

/// `POST /api/v1/public/shows/{show_id}/reservations`, header `Idempotency-Key` (1–64 visible ASCII characters).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reserve {
    pub lines: Vec<ReserveLine>,
    /// Where in the show the buyer was.
    #[serde(default)]
    pub at: Option<ShowMs>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReserveLine {
    pub sku: Sku,
    pub qty: u32,
}

/// Answer of reserve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reservation {
    pub reservation_id: ReservationId,
    /// Proves to `pay` that it is the same buyer; lives in the page's memory only.
    pub secret: String,
    pub total: Money,
    /// Milliseconds until the goods go back on the shelf.
    pub expires_in_ms: u64,
}

/// `POST /api/v1/public/reservations/{reservation_id}/pay`, header `Idempotency-Key`. Sandbox provider: a card number
/// that ends in an even digit pays, in an odd digit is refused.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pay {
    pub secret: String,
    pub card: String,
    pub name: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub address: String,
}

/// Answer of pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub order_id: OrderId,
    pub total: Money,
}

/// `POST /api/v1/public/shows/{show_id}/chat`
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Say {
    pub from: String,
    /// 1–200 characters.
    pub text: String,
    #[serde(default)]
    pub at: Option<ShowMs>,
}

/// `POST /api/v1/public/shows/{show_id}/events`: what the viewer did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Behaviour {
    pub action: Action,
    #[serde(default)]
    pub sku: Option<Sku>,
    #[serde(default)]
    pub at: Option<ShowMs>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    View,
    Dwell,
    Click,
    Like,
    Comment,
    Cart,
    Buy,
}
