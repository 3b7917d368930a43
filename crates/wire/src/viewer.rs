//! The viewer page's own API, without an account. Money and stock always come from the platform, never from the page.

use hawker_domain::{ChatId, Money, OfferId, OrderId, ReservationId, ShowId, ShowMs, Sku, stock::StockNote};
use serde::{Deserialize, Serialize};

/// `GET /api/v1/public/shows/{show_id}`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicShow {
    pub show_id: ShowId,
    pub title: String,
    pub shop_name: String,
    pub live: bool,
    /// Pages that listen to the show right now.
    #[serde(default)]
    pub viewers: u64,
    /// `/live/<show_id>.flv`
    pub flv_url: String,
    pub shelf: Vec<PublicProduct>,
    pub pin: Option<PublicPin>,
    /// The platform's clock, UTC, microseconds since 1970: what the end of an offer is counted down by. 0 from a platform without
    /// offers.
    #[serde(default)]
    pub now_us: i64,
}

/// `GET /api/v1/public/shows/{show_id}/viewers`: for who wants the number often, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewers {
    /// Pages that listen to the show right now.
    pub viewers: u64,
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
    /// What the host calls it by, and comments too; none where comments buy nothing, or it has no place in the running order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// A lower price for some pieces. Offers for a coupon are not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<PublicOffer>,
}

/// The best offer of a product that is open to everybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicOffer {
    pub offer_id: OfferId,
    pub price: Money,
    /// Pieces left at this price.
    pub left: u32,
    /// Most of them for one buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_buyer: Option<u32>,
    /// When it ends, UTC, microseconds since 1970, by the platform's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_us: Option<i64>,
}

/// An offer and what it is of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenOffer {
    pub sku: Sku,
    #[serde(flatten)]
    pub offer: PublicOffer,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicPin {
    pub sku: Option<Sku>,
    /// All variants of the product, where it is not known which of them is shown: the page asks. `sku` is one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Sku>,
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
    /// Every offer that is open now. One that is not among them is over.
    Offers {
        /// As in [`PublicShow::now_us`].
        now_us: i64,
        open: Vec<OpenOffer>,
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

/// `POST /api/v1/public/shows/{show_id}/reservations`, header `Idempotency-Key` (1–64 visible ASCII characters). With the
/// header `Hawker-Viewer` (see [`crate::claim`]) it counts towards what this viewer may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reserve {
    pub lines: Vec<ReserveLine>,
    /// Where in the show the buyer was.
    #[serde(default)]
    pub at: Option<ShowMs>,
    /// A code for an offer, as it was typed. One that gives nothing here is refused, so that nobody pays more than they think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// The page's own name for who buys, the same as long as the browser keeps it: 16–64 visible ASCII characters that nobody guesses. An
    /// offer's limit for one buyer counts by it. What it holds and has not begun to pay of a product gives way when it reserves
    /// that product again in the same show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer: Option<String>,
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
/// that ends in an even digit pays, in an odd digit is refused; a few endings do what real providers do on bad days.
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

/// What a paid order is told by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub order_id: OrderId,
    pub total: Money,
}

/// Answer of `pay`: 200 when it is paid, 202 while (or although) it is not; a refused card is a failure there. Also the
/// answer of `POST /api/v1/public/reservations/{reservation_id}/payment`, always with 200, or 404 where nothing was paid yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Payment {
    Paid(Receipt),
    /// The provider has it and decides later.
    Pending,
    /// The provider gave no answer (yet) and is being asked. Whoever pays again is not charged twice.
    Checking,
    /// No money was taken.
    Declined {
        why: Decline,
    },
    /// The money came for goods that were gone, or the seller took the order back: it goes back to the buyer.
    Refunding,
    Refunded,
    /// Something a newer platform says.
    #[serde(other)]
    Unknown,
}

/// Why no money was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    /// The card's number can't be one.
    BadCard,
    /// The provider refuses the card.
    Refused,
    /// The payment never reached the provider, or was not decided in time, and is called off.
    NotCharged,
    /// A reason that is not known here.
    #[serde(other)]
    Other,
}

/// `POST /api/v1/public/reservations/{reservation_id}/payment`: what became of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AskPayment {
    /// The reservation's.
    pub secret: String,
}

/// `POST /api/v1/public/shows/{show_id}/chat`. With the header `Hawker-Viewer` (see [`crate::claim`]) it may buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Say {
    /// The page's own number of this message: sent twice, it was said once.
    #[serde(default)]
    pub id: Option<ChatId>,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::Currency;
    use uuid::Uuid;

    #[test]
    fn a_show_looks_like_this_on_the_wire() {
        let sku = Sku::new("TEA-1").unwrap();
        let show = PublicShow {
            show_id: ShowId(Uuid::from_u128(7)),
            title: "晚市".into(),
            shop_name: "Ada's".into(),
            live: true,
            viewers: 12,
            flv_url: "/live/7.flv".into(),
            shelf: vec![PublicProduct {
                sku: sku.clone(),
                title: "龙井".into(),
                description: String::new(),
                price: Money::new(1_580, Currency::CNY),
                available: 3,
                note: StockNote::of(3),
                photo_url: None,
                number: Some(1),
                offer: Some(PublicOffer {
                    offer_id: OfferId(Uuid::from_u128(9)),
                    price: Money::new(990, Currency::CNY),
                    left: 2,
                    per_buyer: Some(1),
                    until_us: Some(1_700_000_600_000_000),
                }),
            }],
            pin: Some(PublicPin { sku: Some(sku), variants: Vec::new(), at: ShowMs(1_500) }),
            now_us: 1_700_000_000_000_000,
        };
        insta::assert_snapshot!(serde_json::to_string_pretty(&show).unwrap());
    }

    #[test]
    fn the_number_of_viewers_looks_like_this_on_the_wire() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&Viewers { viewers: 12 }).unwrap());
    }

    #[test]
    fn a_payment_looks_like_this_on_the_wire_and_a_paid_one_is_a_receipt() {
        let receipt = Receipt { order_id: OrderId(Uuid::from_u128(7)), total: Money::new(1_580, Currency::CNY) };
        let all = [
            Payment::Paid(receipt.clone()),
            Payment::Pending,
            Payment::Checking,
            Payment::Declined { why: Decline::NotCharged },
            Payment::Refunding,
            Payment::Refunded,
        ];
        let lines = all.each_ref().map(|payment| serde_json::to_string(payment).unwrap());
        insta::assert_snapshot!(lines.join("\n"), @r#"
        {"state":"paid","order_id":"00000000-0000-0000-0000-000000000007","total":{"minor":1580,"currency":"CNY"}}
        {"state":"pending"}
        {"state":"checking"}
        {"state":"declined","why":"not_charged"}
        {"state":"refunding"}
        {"state":"refunded"}
        "#);
        assert_eq!(lines.map(|line| serde_json::from_str::<Payment>(&line).unwrap()), all);
        let paid = serde_json::to_string(&all[0]).unwrap();
        assert_eq!(serde_json::from_str::<Receipt>(&paid).unwrap(), receipt, "who knows receipts alone reads it");
        for newer in [r#"{"state":"disputed","until":7}"#, r#"{"state":"declined","why":"stolen"}"#] {
            assert!(serde_json::from_str::<Payment>(newer).is_ok(), "{newer}");
        }
    }

    #[test]
    fn a_show_of_a_platform_that_does_not_count_is_read() {
        let old = r#"{"show_id":"00000000-0000-0000-0000-000000000007","title":"Friday","shop_name":"Ada's","live":true,
            "flv_url":"/live/7.flv","shelf":[],"pin":null}"#;
        let show: PublicShow = serde_json::from_str(old).unwrap();
        assert_eq!((show.viewers, show.now_us), (0, 0));
        let old = r#"{"sku":"A","title":"a","price":{"minor":1,"currency":"CNY"},"available":1,"photo_url":null}"#;
        let product: PublicProduct = serde_json::from_str(old).unwrap();
        assert_eq!(product.offer, None);
        assert_eq!(serde_json::to_value(&product).unwrap().get("offer"), None, "written as before");
    }

    #[test]
    fn open_offers_look_like_this_on_the_wire() {
        let offer = PublicOffer {
            offer_id: OfferId(Uuid::from_u128(9)),
            price: Money::new(990, Currency::CNY),
            left: 2,
            per_buyer: None,
            until_us: None,
        };
        let open = vec![OpenOffer { sku: Sku::new("TEA-1").unwrap(), offer }];
        let update = ShowUpdate::Offers { now_us: 7, open };
        let text = serde_json::to_string(&update).unwrap();
        insta::assert_snapshot!(text, @r#"{"kind":"offers","now_us":7,"open":[{"sku":"TEA-1","offer_id":"00000000-0000-0000-0000-000000000009","price":{"minor":990,"currency":"CNY"},"left":2}]}"#);
        assert_eq!(serde_json::from_str::<ShowUpdate>(&text).unwrap(), update);
    }

    #[test]
    fn a_reservation_without_code_and_viewer_is_written_as_before() {
        let old = r#"{"lines":[{"sku":"A","qty":1}],"at":1500}"#;
        let form: Reserve = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&form).unwrap(), old, "so that a repeated request is still the same one");
    }
}
