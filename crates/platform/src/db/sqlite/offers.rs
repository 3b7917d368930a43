//! Offers: put, ended, and spent in the transaction of the goods that are sold at their price.
//!
//! What is spent is what is held for buyers and what was sold: a piece whose hold ends unpaid goes back to its offer, a refund does
//! not bring one back. The price of a held piece is the line's, so it outlives its offer.

pub(super) use crate::db::shared::offers::{After, Asker, Taken};

use super::{SqliteStore, Tx, feed, kept, offer_limits, to_u64};
use crate::db::{
    OfferStore, StoreError,
    shared::offers::{Row, ShownRow, Spent, offer_of, shown},
};
use async_trait::async_trait;
use hawker_domain::{
    Money, OfferId, ReservationId, SellerId, ShowMs, Sku,
    offer::{Coupon, Offer, Share, Standing, best, shares},
};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpResult},
    viewer::OpenOffer,
};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

#[async_trait]
impl OfferStore for SqliteStore {
    async fn open_offers(&self, seller: SellerId, now_us: i64) -> Result<Vec<OpenOffer>, StoreError> {
        let rows: Vec<ShownRow> = query_as(
            "SELECT o.sku, o.offer_id, o.price_minor, o.currency, o.quantity, o.per_buyer, o.until_us, o.spent,
                    l.price_minor, l.currency
             FROM offers o JOIN listings l USING (seller_id, sku)
             WHERE o.seller_id = ?1 AND o.ended_us IS NULL AND o.coupon IS NULL AND o.spent < o.quantity AND l.listed = 1
                 AND (o.from_us IS NULL OR o.from_us <= ?2) AND (o.until_us IS NULL OR o.until_us > ?2)
             ORDER BY o.sku, o.offer_id",
        )
        .bind(seller.0)
        .bind(now_us)
        .fetch_all(&self.read)
        .await?;
        shown(rows)
    }

    async fn offers_turned(&self, after_us: i64, now_us: i64) -> Result<Vec<SellerId>, StoreError> {
        let sellers: Vec<Uuid> = query_scalar(
            "SELECT seller_id FROM offers WHERE from_us > ?1 AND from_us <= ?2 AND ended_us IS NULL
             UNION SELECT seller_id FROM offers WHERE until_us > ?1 AND until_us <= ?2 AND ended_us IS NULL",
        )
        .bind(after_us)
        .bind(now_us)
        .fetch_all(&self.read)
        .await?;
        Ok(sellers.into_iter().map(SellerId).collect())
    }
}

/// Takes an offer in. Told twice it is one offer; told in two versions, the first stays.
pub(super) async fn put(tx: &mut Tx, seller: SellerId, offer: &Offer) -> Result<OpResult, StoreError> {
    if let Err(why) = offer.check() {
        return Ok(OpResult::rejected(why.to_string()));
    }
    let done = query(
        "INSERT INTO offers (seller_id, offer_id, sku, price_minor, currency, quantity, per_buyer, from_us, until_us, coupon)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(seller.0)
    .bind(offer.offer_id.0)
    .bind(offer.sku.as_str())
    .bind(offer.price.minor)
    .bind(offer.price.currency.as_str())
    .bind(offer.quantity)
    .bind(offer.per_buyer)
    .bind(offer.from_us)
    .bind(offer.until_us)
    .bind(offer.coupon.as_ref().map(Coupon::as_str))
    .execute(&mut **tx)
    .await?;
    if done.rows_affected() == 1 || find(tx, seller, offer.offer_id).await?.as_ref() == Some(offer) {
        return Ok(OpResult::Applied);
    }
    Ok(OpResult::rejected(format!("the offer {} is here already with other terms", offer.offer_id)))
}

/// Ends an offer by the server's clock; a second time changes nothing. Of one that this database lost it is kept until it is back.
pub(super) async fn end(
    tx: &mut Tx,
    seller: SellerId,
    op: &OpEnvelope,
    offer_id: OfferId,
    now_us: i64,
) -> Result<OpResult, StoreError> {
    let done = query("UPDATE offers SET ended_us = coalesce(ended_us, ?) WHERE seller_id = ? AND offer_id = ?")
        .bind(now_us)
        .bind(seller.0)
        .bind(offer_id.0)
        .execute(&mut **tx)
        .await?;
    if done.rows_affected() == 1 {
        return Ok(OpResult::Applied);
    }
    kept::keep(tx, seller, op, now_us).await?;
    Ok(OpResult::Kept)
}

async fn find(tx: &mut Tx, seller: SellerId, offer_id: OfferId) -> Result<Option<Offer>, StoreError> {
    let row: Option<Row> = query_as(
        "SELECT offer_id, sku, price_minor, currency, quantity, per_buyer, from_us, until_us, coupon FROM offers
         WHERE seller_id = ? AND offer_id = ?",
    )
    .bind(seller.0)
    .bind(offer_id.0)
    .fetch_optional(&mut **tx)
    .await?;
    row.map(offer_of).transpose()
}

/// Prices `qty` pieces by the offers that are open to the buyer and spends those.
pub(super) async fn take(
    tx: &mut Tx,
    asker: &Asker<'_>,
    sku: &Sku,
    qty: u32,
    regular: Money,
) -> Result<Taken, StoreError> {
    let (standings, by_code) = standings(tx, asker, sku).await?;
    let mut taken = Taken { shares: Vec::new(), coupon_works: best(&by_code, regular).is_some() };
    for share in shares(qty, regular, &standings) {
        let spent = match share.offer_id {
            Some(offer_id) => spend(tx, asker.seller, offer_id, share.qty).await?,
            None => true,
        };
        // Where the pieces went to somebody else meanwhile the regular price stands, which the buyer sees before it is paid.
        let regular = Share { unit_price: regular, offer_id: None, ..share };
        taken.shares.push(if spent { share } else { regular });
    }
    Ok(taken)
}

/// What `qty` pieces would cost the buyer now. Nothing is spent.
pub(super) async fn quote(
    tx: &mut Tx,
    asker: &Asker<'_>,
    sku: &Sku,
    qty: u32,
    regular: Money,
) -> Result<Vec<Share>, StoreError> {
    let (standings, _) = standings(tx, asker, sku).await?;
    Ok(shares(qty, regular, &standings))
}

/// What is open to the buyer, and what of it is for the code alone.
async fn standings(tx: &mut Tx, asker: &Asker<'_>, sku: &Sku) -> Result<(Vec<Standing>, Vec<Standing>), StoreError> {
    let rows: Vec<Row> = query_as(
        "SELECT offer_id, sku, price_minor, currency, quantity, per_buyer, from_us, until_us, coupon FROM offers
         WHERE seller_id = ? AND sku = ? AND ended_us IS NULL AND spent < quantity ORDER BY offer_id",
    )
    .bind(asker.seller.0)
    .bind(sku.as_str())
    .fetch_all(&mut **tx)
    .await?;
    let (mut all, mut by_code) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let offer = offer_of(row)?;
        if !offer.is_open(asker.now_us) || !offer.is_for(asker.coupon) {
            continue;
        }
        let Offer { offer_id, price, quantity, per_buyer, coupon, .. } = offer;
        let had = match per_buyer {
            Some(_) => offer_limits::had(tx, asker, offer_id).await?,
            None => 0,
        };
        let spent = spent(tx, asker.seller, offer_id).await?.spent;
        let standing = Standing { offer_id, price, left: Standing::left_of(quantity, spent, per_buyer, had) };
        all.push(standing);
        by_code.extend(coupon.map(|_| standing));
    }
    Ok((all, by_code))
}

/// False: so many are not left.
async fn spend(tx: &mut Tx, seller: SellerId, offer_id: OfferId, qty: u32) -> Result<bool, StoreError> {
    let done =
        query("UPDATE offers SET spent = spent + ?3 WHERE seller_id = ?1 AND offer_id = ?2 AND spent + ?3 <= quantity")
            .bind(seller.0)
            .bind(offer_id.0)
            .bind(i64::from(qty))
            .execute(&mut **tx)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends what a reservation holds of offers, and tells the devices. False: it holds nothing of any.
pub(super) async fn settle(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    after: After,
    now_us: i64,
) -> Result<bool, StoreError> {
    let held: Vec<(Uuid, i64)> = query_as(
        "SELECT offer_id, sum(qty) FROM reservation_lines WHERE reservation_id = ? AND offer_id IS NOT NULL
         GROUP BY offer_id ORDER BY offer_id",
    )
    .bind(reservation.0)
    .fetch_all(&mut **tx)
    .await?;
    let (sold, spent) = match after {
        After::Sold => (1, 0),
        After::LetGo | After::SoldBefore => (0, -1),
    };
    for (offer_id, qty) in &held {
        query("UPDATE offers SET sold = sold + ?3, spent = spent + ?4 WHERE seller_id = ?1 AND offer_id = ?2")
            .bind(seller.0)
            .bind(offer_id)
            .bind(qty * sold)
            .bind(qty * spent)
            .execute(&mut **tx)
            .await?;
    }
    // What is let go is told by no moment of a show.
    let at = if after == After::Sold { moment(tx, reservation).await? } else { None };
    for (offer_id, _) in &held {
        tell_spent(tx, seller, OfferId(*offer_id), at, now_us).await?;
    }
    Ok(!held.is_empty())
}

/// Some of the pieces that a reservation holds of an offer go back to it, and the devices are told.
pub(super) async fn give_back(
    tx: &mut Tx,
    seller: SellerId,
    offer_id: OfferId,
    qty: u32,
    now_us: i64,
) -> Result<(), StoreError> {
    query("UPDATE offers SET spent = spent - ?3 WHERE seller_id = ?1 AND offer_id = ?2")
        .bind(seller.0)
        .bind(offer_id.0)
        .bind(i64::from(qty))
        .execute(&mut **tx)
        .await?;
    tell_spent(tx, seller, offer_id, None, now_us).await
}

async fn moment(tx: &mut Tx, reservation: ReservationId) -> Result<Option<ShowMs>, StoreError> {
    let at: Option<i64> = query_scalar("SELECT at_ms FROM reservations WHERE reservation_id = ?")
        .bind(reservation.0)
        .fetch_one(&mut **tx)
        .await?;
    Ok(at.map(|at| ShowMs(to_u64(at))))
}

async fn spent(tx: &mut Tx, seller: SellerId, offer_id: OfferId) -> Result<Spent, StoreError> {
    let (spent, sold) = query_as("SELECT spent, sold FROM offers WHERE seller_id = ? AND offer_id = ?")
        .bind(seller.0)
        .bind(offer_id.0)
        .fetch_one(&mut **tx)
        .await?;
    Ok(Spent { spent, sold })
}

/// Tells the seller's devices how much of an offer is gone.
pub(super) async fn tell_spent(
    tx: &mut Tx,
    seller: SellerId,
    offer_id: OfferId,
    at: Option<ShowMs>,
    now_us: i64,
) -> Result<(), StoreError> {
    let Spent { spent, sold } = spent(tx, seller, offer_id).await?;
    feed::append(tx, seller, &FeedEvent::OfferSpent { offer_id, spent, sold, at }, now_us).await?;
    Ok(())
}

/// What this database sold of an offer before it was put back to an earlier state. What was held then is over.
pub(super) async fn take_back(tx: &mut Tx, seller: SellerId, offer_id: OfferId, sold: i64) -> Result<(), StoreError> {
    query(
        "UPDATE offers SET spent = spent + ?3 - sold, sold = ?3 WHERE seller_id = ?1 AND offer_id = ?2 AND sold < ?3",
    )
    .bind(seller.0)
    .bind(offer_id.0)
    .bind(sold)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// A device that went back forgot what is spent.
pub(super) async fn tell_all_spent(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<(), StoreError> {
    let offers: Vec<Uuid> =
        query_scalar("SELECT offer_id FROM offers WHERE seller_id = ? AND spent > 0 ORDER BY offer_id")
            .bind(seller.0)
            .fetch_all(&mut **tx)
            .await?;
    for offer_id in offers {
        tell_spent(tx, seller, OfferId(offer_id), None, now_us).await?;
    }
    Ok(())
}
