//! Offers: so many pieces of a product at a price of their own, for a time.
//!
//! An offer is a promise, so its terms never change: another price is another offer. Which pieces of an order get it is
//! decided by [`shares`], and only by the platform: it has the one clock and the one count of what is spent.

mod coupon;
mod question;

pub use coupon::{COUPON_MAX_CHARS, Coupon, CouponError};
pub use question::Question;

use crate::{Money, OfferId, Sku, stock::MOVE_MAX};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Highest price of an offer, in minor units: what the platform takes of a listing, so that sums stay far from overflow.
pub const OFFER_PRICE_MAX_MINOR: i64 = 1_000_000_000_000;

/// Pieces of a product at a price. Times are UTC, microseconds since 1970, by the platform's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Offer {
    pub offer_id: OfferId,
    pub sku: Sku,
    pub price: Money,
    /// Pieces that may be sold at it, in all shows together.
    pub quantity: u32,
    /// Of these, most pieces for one buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub per_buyer: Option<u32>,
    /// From then on; none: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub from_us: Option<i64>,
    /// Before then; none: until it is spent or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub until_us: Option<i64>,
    /// Only for who types it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub coupon: Option<Coupon>,
}

/// Why an offer can't be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    #[error("an offer of 0 pieces of {0} offers nothing; give the number that may be sold at its price")]
    NoPieces(Sku),
    #[error("{quantity} pieces of {sku} are more than one offer may hold; check the number, {MOVE_MAX} is the most")]
    TooMany { sku: Sku, quantity: u32 },
    #[error("{price} is no price of an offer; it is between 0 and {}", Money::new(OFFER_PRICE_MAX_MINOR, price.currency))]
    BadPrice { price: Money },
    #[error("an offer of {0} with 0 pieces for each buyer sells none; leave the limit out or give 1 or more")]
    NothingForABuyer(Sku),
    #[error("the offer of {0} ends before it begins; give an end that is later")]
    NeverOpen(Sku),
}

impl Offer {
    /// Errors: nothing or an absurd number to sell, a price that is none, an end that is not after the beginning.
    pub fn check(&self) -> Result<(), OfferError> {
        let sku = || self.sku.clone();
        if self.quantity == 0 {
            return Err(OfferError::NoPieces(sku()));
        }
        if i64::from(self.quantity) > MOVE_MAX {
            return Err(OfferError::TooMany { sku: sku(), quantity: self.quantity });
        }
        if !(0..=OFFER_PRICE_MAX_MINOR).contains(&self.price.minor) {
            return Err(OfferError::BadPrice { price: self.price });
        }
        if self.per_buyer == Some(0) {
            return Err(OfferError::NothingForABuyer(sku()));
        }
        match (self.from_us, self.until_us) {
            (Some(from), Some(until)) if from >= until => Err(OfferError::NeverOpen(sku())),
            _ => Ok(()),
        }
    }

    /// Whether its time is now: from the first instant on, and no more at the last.
    pub fn is_open(&self, now_us: i64) -> bool {
        self.from_us.is_none_or(|from| from <= now_us) && self.until_us.is_none_or(|until| now_us < until)
    }

    /// Whether it is for who typed `typed`.
    pub fn is_for(&self, typed: Option<&Coupon>) -> bool {
        self.coupon.as_ref().is_none_or(|own| Some(own) == typed)
    }
}

/// What an offer that is open to a buyer still has for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub offer_id: OfferId,
    pub price: Money,
    /// Pieces this buyer may have at it: what is not spent, and within the limit for one buyer.
    pub left: u32,
}

impl Standing {
    /// `quantity` less what is `spent`, held to what a buyer who `had` some may still have.
    pub fn left_of(quantity: u32, spent: i64, per_buyer: Option<u32>, had: i64) -> u32 {
        let less = |most: u32, taken: i64| u32::try_from((i64::from(most) - taken.max(0)).max(0)).unwrap_or(0);
        let unspent = less(quantity, spent);
        per_buyer.map_or(unspent, |most| unspent.min(less(most, had)))
    }
}

/// The offer a buyer gets first: the lowest price, of equal ones the older offer. None where nothing is left of any, or where all of them
/// are no lower than the `regular` price or in another currency.
pub fn best(offers: &[Standing], regular: Money) -> Option<&Standing> {
    offers.iter().filter(|offer| is_use(offer, regular)).min_by_key(|offer| (offer.price.minor, offer.offer_id))
}

fn is_use(offer: &Standing, regular: Money) -> bool {
    offer.left > 0 && offer.price.currency == regular.currency && offer.price.minor < regular.minor
}

/// Pieces of an order at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    pub qty: u32,
    pub unit_price: Money,
    /// None: the regular price.
    pub offer_id: Option<OfferId>,
}

/// What `qty` pieces cost a buyer: the best offer first, as far as it goes, then the next best, the rest at the `regular` price.
///
/// Who takes more pieces than an offer has left gets those that are left at its price and pays the regular one for the rest, as
/// shops with a limit on an offer do; refusing all of it would lose the sale for want of one cheap piece. The buyer sees
/// the new total before it is paid.
pub fn shares(qty: u32, regular: Money, offers: &[Standing]) -> Vec<Share> {
    let mut usable: Vec<&Standing> = offers.iter().filter(|offer| is_use(offer, regular)).collect();
    usable.sort_by_key(|offer| (offer.price.minor, offer.offer_id));
    let (mut shares, mut rest) = (Vec::new(), qty);
    for offer in usable {
        let qty = rest.min(offer.left);
        if qty > 0 {
            shares.push(Share { qty, unit_price: offer.price, offer_id: Some(offer.offer_id) });
            rest -= qty;
        }
    }
    if rest > 0 {
        shares.push(Share { qty: rest, unit_price: regular, offer_id: None });
    }
    shares
}

#[cfg(test)]
mod tests;
