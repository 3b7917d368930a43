//! Limits of offers for one buyer.
//!
//! They count twice. When goods are held, by the page's own name for who buys and by the viewer it is in the show, which comments are
//! known by: neither knows anything of people, so that nobody has to sign in to look at a price, and who clears the browser is another
//! buyer. When they are paid, by the phone number: that is who gets the parcel. Pieces of an order that was refunded go on counting.

use super::{Tx, offers::Asker, read_back, to_u32};
use crate::db::{Hash, Intent, PayError, StoreError, shared::offer_limits::payer};
use hawker_domain::{OfferId, ReservationId, SellerId, Sku};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Pieces of an offer that a buyer holds or has bought, by the button or by comments, also from another browser with the phone they paid
/// with here, or tried to.
pub(super) async fn had(tx: &mut Tx, asker: &Asker<'_>, offer_id: OfferId) -> Result<i64, StoreError> {
    Ok(query_scalar(
        "WITH own AS (SELECT reservation_id, payer_hash FROM reservations WHERE viewer_hash = $3
             UNION SELECT reservation_id, payer_hash FROM reservations WHERE viewer_id = $4)
         SELECT coalesce(sum(l.qty), 0)::BIGINT FROM reservation_lines l JOIN reservations r USING (reservation_id)
         WHERE l.offer_id = $1 AND r.seller_id = $2
             AND ((r.reservation_id IN (SELECT reservation_id FROM own) AND r.state IN ('held', 'paid'))
                 OR (r.payer_hash IN (SELECT payer_hash FROM own WHERE payer_hash IS NOT NULL)
                     AND (r.state = 'paid' OR EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = r.reservation_id
                         AND p.state IN ('intended', 'pending', 'unknown')))))",
    )
    .bind(offer_id.0)
    .bind(asker.seller.0)
    .bind(asker.payer_page.map(|page| &page[..]))
    .bind(asker.viewer.map(|viewer| viewer.0))
    .fetch_one(&mut **tx)
    .await?)
}

/// Holds who is about to pay to the limits for one buyer, by the phone number, and notes who it is. Errors: `OverLimit`, with the note
/// still to be committed, and `PhoneWanted` where there is a limit and no number.
pub(super) async fn check_payer(tx: &mut Tx, seller: SellerId, intent: &Intent) -> Result<(), PayError> {
    let limited = limited(tx, seller, intent.reservation_id).await?;
    if limited.is_empty() {
        return Ok(());
    }
    let payer = payer(seller, &intent.phone).ok_or(PayError::PhoneWanted)?;
    // Also of who is refused: what they reserve next is priced by what is still theirs.
    query("UPDATE reservations SET payer_hash = $1 WHERE reservation_id = $2 AND seller_id = $3")
        .bind(&payer[..])
        .bind(intent.reservation_id.0)
        .bind(seller.0)
        .execute(&mut **tx)
        .await
        .map_err(StoreError::from)?;
    match first_over(tx, seller, intent.reservation_id, &payer, limited).await? {
        Some((sku, per_buyer)) => Err(PayError::OverLimit { sku, per_buyer }),
        None => Ok(()),
    }
}

/// Whether who was about to pay for a reservation has had what its offers give one buyer.
pub(super) async fn is_over(tx: &mut Tx, seller: SellerId, reservation: ReservationId) -> Result<bool, StoreError> {
    let payer: Option<Vec<u8>> =
        query_scalar("SELECT payer_hash FROM reservations WHERE reservation_id = $1 AND seller_id = $2")
            .bind(reservation.0)
            .bind(seller.0)
            .fetch_one(&mut **tx)
            .await?;
    let Some(payer) = payer.and_then(|payer| Hash::try_from(payer).ok()) else { return Ok(false) };
    let limited = limited(tx, seller, reservation).await?;
    Ok(first_over(tx, seller, reservation, &payer, limited).await?.is_some())
}

/// Pieces of a reservation at the price of an offer with a limit: offer, product, pieces, and the limit.
type Limited = (Uuid, String, i64, i64);

async fn limited(tx: &mut Tx, seller: SellerId, reservation: ReservationId) -> Result<Vec<Limited>, StoreError> {
    Ok(query_as(
        "SELECT l.offer_id, l.sku, l.qty, o.per_buyer FROM reservation_lines l
         JOIN offers o ON o.offer_id = l.offer_id AND o.seller_id = $1
         WHERE l.reservation_id = $2 AND o.per_buyer IS NOT NULL",
    )
    .bind(seller.0)
    .bind(reservation.0)
    .fetch_all(&mut **tx)
    .await?)
}

/// The first product of which `payer` would have more than the limit.
async fn first_over(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    payer: &Hash,
    limited: Vec<Limited>,
) -> Result<Option<(Sku, u32)>, StoreError> {
    for (offer_id, sku, qty, per_buyer) in limited {
        if paid_by(tx, seller, OfferId(offer_id), payer, reservation).await? + qty > per_buyer {
            return Ok(Some((read_back("sku", Sku::new(&sku))?, to_u32("offer", per_buyer)?)));
        }
    }
    Ok(None)
}

/// Pieces of an offer that a phone number has paid or is paying, beside those of one reservation.
async fn paid_by(
    tx: &mut Tx,
    seller: SellerId,
    offer_id: OfferId,
    payer: &Hash,
    beside: ReservationId,
) -> Result<i64, StoreError> {
    Ok(query_scalar(
        "SELECT coalesce(sum(l.qty), 0)::BIGINT FROM reservation_lines l JOIN reservations r USING (reservation_id)
         WHERE l.offer_id = $1 AND r.seller_id = $2 AND r.payer_hash = $3 AND r.reservation_id <> $4
             AND (r.state = 'paid' OR EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = r.reservation_id
                 AND p.state IN ('intended', 'pending', 'unknown')))",
    )
    .bind(offer_id.0)
    .bind(seller.0)
    .bind(&payer[..])
    .bind(beside.0)
    .fetch_one(&mut **tx)
    .await?)
}
