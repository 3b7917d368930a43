//! Offers as the seller sees them.

use crate::offers::{OfferDraft, OfferEnd};
use hawker_domain::{
    Sku,
    offer::{Offer, Standing},
};
use hawker_store::KeptOffer;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How an offer stands, as far as this machine was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Its time has not come.
    Waiting,
    Open,
    /// All its pieces are held or sold. One whose time to pay runs out opens it again.
    Spent,
    /// Its time is over.
    Over,
    /// The seller ended it.
    Ended,
}

/// An offer, what is gone of it, and how it stands. By this machine's clock: what buyers pay is the platform's to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OfferView {
    #[serde(flatten)]
    pub offer: Offer,
    /// Pieces that may still be sold at it.
    pub left: u32,
    /// Pieces that were paid.
    #[ts(type = "number")]
    pub sold: i64,
    pub state: OfferState,
}

impl OfferView {
    /// At `now_us`, UTC, microseconds since 1970.
    pub fn of(kept: KeptOffer, now_us: i64) -> Self {
        let KeptOffer { offer, spent, sold, is_ended } = kept;
        let left = Standing::left_of(offer.quantity, spent, None, 0);
        let state = if is_ended {
            OfferState::Ended
        } else if offer.until_us.is_some_and(|until| until <= now_us) {
            OfferState::Over
        } else if !offer.is_open(now_us) {
            OfferState::Waiting
        } else if left == 0 {
            OfferState::Spent
        } else {
            OfferState::Open
        };
        Self { offer, left, sold, state }
    }
}

/// An offer as somebody typed it into the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NewOffer {
    pub sku: Sku,
    /// In the product's currency.
    pub price: String,
    pub quantity: u32,
    pub per_buyer: Option<u32>,
    /// As in RFC 3339 with its offset; none: at once.
    pub from: Option<String>,
    /// Likewise; none: see `minutes`.
    pub until: Option<String>,
    /// It closes so long after it opened, where `until` says nothing; none: when it is spent or ended.
    pub minutes: Option<u32>,
    pub coupon: Option<String>,
}

impl From<NewOffer> for OfferDraft {
    fn from(new: NewOffer) -> Self {
        let NewOffer { sku, price, quantity, per_buyer, from, until, minutes, coupon } = new;
        let end = match (until, minutes) {
            (Some(until), _) => OfferEnd::At(until),
            (None, Some(minutes)) => OfferEnd::After { minutes },
            (None, None) => OfferEnd::Open,
        };
        Self { sku, price, quantity, per_buyer, from, end, coupon }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use hawker_domain::{Currency, Money, OfferId};

    #[test]
    fn an_offer_stands_in_one_state_at_a_time() {
        let view = |spent, is_ended, now_us| {
            let offer = Offer {
                offer_id: OfferId(uuid::Uuid::nil()),
                sku: Sku::new("A").unwrap(),
                price: Money::new(990, Currency::CNY),
                quantity: 3,
                per_buyer: None,
                from_us: Some(10),
                until_us: Some(20),
                coupon: None,
            };
            let view = OfferView::of(KeptOffer { offer, spent, sold: 0, is_ended }, now_us);
            (view.state, view.left)
        };
        for (spent, is_ended, now_us, want) in [
            (0, false, 9, (OfferState::Waiting, 3)),
            (0, false, 10, (OfferState::Open, 3)),
            (2, false, 19, (OfferState::Open, 1)),
            (3, false, 19, (OfferState::Spent, 0)),
            (4, false, 19, (OfferState::Spent, 0)),
            (3, false, 20, (OfferState::Over, 0)),
            (0, true, 15, (OfferState::Ended, 3)),
        ] {
            assert_eq!(view(spent, is_ended, now_us), want, "{spent} spent, ended {is_ended}, at {now_us}");
        }
    }
    #[test]
    fn an_offer_ends_at_a_moment_after_minutes_or_when_it_is_spent() {
        let end = |until: Option<&str>, minutes| {
            let new = NewOffer {
                sku: Sku::new("A").unwrap(),
                price: "9.90".into(),
                quantity: 3,
                per_buyer: None,
                from: None,
                until: until.map(str::to_owned),
                minutes,
                coupon: None,
            };
            OfferDraft::from(new).end
        };
        assert_eq!(end(Some("2026-01-31T18:00:00Z"), Some(5)), OfferEnd::At("2026-01-31T18:00:00Z".into()));
        assert_eq!(end(None, Some(5)), OfferEnd::After { minutes: 5 });
        assert_eq!(end(None, None), OfferEnd::Open);
    }
}
