//! Offers as they are stored, and what a page is shown of them.

use super::{read_back, to_u32};
use crate::db::{Hash, StoreError};
use hawker_domain::{
    Money, OfferId, SellerId, Sku, ViewerId,
    offer::{Coupon, Offer, Share, Standing, best},
};
use hawker_wire::viewer::{OpenOffer, PublicOffer};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Most offers that a page is told of: more are not looked at on a phone.
const SHOWN_MAX: usize = 200;

/// Who wants goods, as far as an offer asks.
pub struct Asker<'a> {
    pub seller: SellerId,
    pub coupon: Option<&'a Coupon>,
    /// Who it is in a show.
    pub viewer: Option<ViewerId>,
    /// The page's name for who buys.
    pub payer_page: Option<&'a Hash>,
    pub now_us: i64,
}

/// Pieces that were priced, and spent of their offers.
pub struct Taken {
    pub shares: Vec<Share>,
    /// The buyer's code gives something for this product.
    pub coupon_works: bool,
}

/// What became of pieces that were held at an offer's price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    Sold,
    /// They went back on the shelf.
    LetGo,
    /// They are held in vain: a device gave the order back before, and with it what was sold of the offer.
    SoldBefore,
}

/// Pieces of an offer that are held or sold, and those of them that are sold.
pub struct Spent {
    pub spent: i64,
    pub sold: i64,
}

/// Product, offer, its price and currency, pieces in all and for one buyer, its end, pieces spent, and the regular price.
pub type ShownRow = (String, Uuid, i64, String, i64, Option<i64>, Option<i64>, i64, i64, String);

/// The best of each product.
pub fn shown(rows: Vec<ShownRow>) -> Result<Vec<OpenOffer>, StoreError> {
    let mut of_sku: BTreeMap<String, (Money, Vec<(Standing, PublicOffer)>)> = BTreeMap::new();
    for (sku, id, minor, currency, quantity, per_buyer, until_us, spent, regular, regular_currency) in rows {
        let regular = Money::new(regular, read_back("currency", regular_currency.parse())?);
        let (offer_id, price) = (OfferId(id), Money::new(minor, read_back("currency", currency.parse())?));
        let per_buyer = per_buyer.map(|most| to_u32("offer", most)).transpose()?;
        let left = Standing::left_of(to_u32("offer", quantity)?, spent, None, 0);
        let offer = PublicOffer { offer_id, price, left, per_buyer, until_us };
        let (_, offers) = of_sku.entry(sku).or_insert((regular, Vec::new()));
        offers.push((Standing { offer_id, price, left }, offer));
    }
    let mut open = Vec::with_capacity(of_sku.len());
    for (sku, (regular, offers)) in of_sku {
        let standings: Vec<Standing> = offers.iter().map(|(standing, _)| *standing).collect();
        let Some(first) = best(&standings, regular).map(|best| best.offer_id) else { continue };
        let sku = read_back("sku", Sku::new(&sku))?;
        let offer = offers.into_iter().map(|(_, offer)| offer).find(|offer| offer.offer_id == first);
        open.extend(offer.map(|offer| OpenOffer { sku, offer }));
    }
    open.truncate(SHOWN_MAX);
    Ok(open)
}

/// Offer, product, price and currency, pieces in all and for one buyer, from when to when, and the code.
pub type Row = (Uuid, String, i64, String, i64, Option<i64>, Option<i64>, Option<i64>, Option<String>);

/// Errors: terms that nothing here writes.
pub fn offer_of(row: Row) -> Result<Offer, StoreError> {
    let (id, sku, minor, currency, quantity, per_buyer, from_us, until_us, coupon) = row;
    Ok(Offer {
        offer_id: OfferId(id),
        sku: read_back("sku", Sku::new(&sku))?,
        price: Money::new(minor, read_back("currency", currency.parse())?),
        quantity: to_u32("offer", quantity)?,
        per_buyer: per_buyer.map(|most| to_u32("offer", most)).transpose()?,
        from_us,
        until_us,
        coupon: coupon.map(|code| read_back("coupon", Coupon::new(&code))).transpose()?,
    })
}
