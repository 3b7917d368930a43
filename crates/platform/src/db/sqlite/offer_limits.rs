//! Limits of offers for one buyer.
//!
//! They count twice. When goods are held, by the page's own name for who buys and by the viewer it is in the show, which comments are
//! known by: neither knows anything of people, so that nobody has to sign in to look at a price, and who clears the browser is another
//! buyer. When they are paid, by the phone number: that is who gets the parcel. Pieces of an order that was refunded go on counting.

use super::{Tx, offers::Asker, read_back};
use crate::{
    db::{Hash, Intent, PayError, StoreError},
    state::sha256,
};
use hawker_domain::{OfferId, ReservationId, SellerId, Sku, person::Phone};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

/// Fewer digits are no phone number.
const PHONE_DIGITS_MIN: usize = 5;
/// Digits of a mobile number in China, and of any number in North America with its country code.
const NATIONAL_DIGITS: usize = 11;

/// Pieces of an offer that a buyer holds or has bought, by the button or by comments, also from another browser with the phone they paid
/// with here, or tried to.
pub(super) async fn had(tx: &mut Tx, asker: &Asker<'_>, offer_id: OfferId) -> Result<i64, StoreError> {
    Ok(query_scalar(
        "WITH own AS (SELECT reservation_id, payer_hash FROM reservations WHERE viewer_hash = ?3
             UNION SELECT reservation_id, payer_hash FROM reservations WHERE viewer_id = ?4)
         SELECT coalesce(sum(l.qty), 0) FROM reservation_lines l JOIN reservations r USING (reservation_id)
         WHERE l.offer_id = ?1 AND r.seller_id = ?2
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
    query("UPDATE reservations SET payer_hash = ? WHERE reservation_id = ? AND seller_id = ?")
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
        query_scalar("SELECT payer_hash FROM reservations WHERE reservation_id = ? AND seller_id = ?")
            .bind(reservation.0)
            .bind(seller.0)
            .fetch_one(&mut **tx)
            .await?;
    let Some(payer) = payer.and_then(|payer| Hash::try_from(payer).ok()) else { return Ok(false) };
    let limited = limited(tx, seller, reservation).await?;
    Ok(first_over(tx, seller, reservation, &payer, limited).await?.is_some())
}

/// Pieces of a reservation at the price of an offer with a limit: offer, product, pieces, and the limit.
type Limited = (Uuid, String, i64, u32);

async fn limited(tx: &mut Tx, seller: SellerId, reservation: ReservationId) -> Result<Vec<Limited>, StoreError> {
    Ok(query_as(
        "SELECT l.offer_id, l.sku, l.qty, o.per_buyer FROM reservation_lines l
         JOIN offers o ON o.offer_id = l.offer_id AND o.seller_id = ?
         WHERE l.reservation_id = ? AND o.per_buyer IS NOT NULL",
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
        if paid_by(tx, seller, OfferId(offer_id), payer, reservation).await? + qty > i64::from(per_buyer) {
            return Ok(Some((read_back("sku", Sku::new(&sku))?, per_buyer)));
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
        "SELECT coalesce(sum(l.qty), 0) FROM reservation_lines l JOIN reservations r USING (reservation_id)
         WHERE l.offer_id = ? AND r.seller_id = ? AND r.payer_hash = ? AND r.reservation_id <> ?
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

/// The same for a number with and without China's country code, however it is spaced, and whatever is dialled after a number of eleven
/// digits: with an extension it would be another buyer, whom the parcel reaches all the same.
fn payer(seller: SellerId, phone: &Phone) -> Option<Hash> {
    let digits: String = phone.reveal().chars().filter_map(digit).collect();
    let number = digits.trim_start_matches('0');
    let number = number.strip_prefix("86").filter(|rest| rest.len() >= NATIONAL_DIGITS).unwrap_or(number);
    // A mobile number of China, or one of North America with its 1: no country code begins like that.
    let number = number.get(..NATIONAL_DIGITS).filter(|number| number.starts_with('1')).unwrap_or(number);
    let label: [u8; 16] = *b"hawker payer 1\0\0";
    let is_number = number.len() >= PHONE_DIGITS_MIN;
    is_number.then(|| sha256(&[seller.0.as_bytes(), &label[..], number.as_bytes()].concat()))
}

/// Full-width digits are dialled like any others.
fn digit(character: char) -> Option<char> {
    let narrow = match character {
        '\u{ff10}'..='\u{ff19}' => char::from_u32(u32::from(character) - 0xfee0)?,
        _ => character,
    };
    narrow.is_ascii_digit().then_some(narrow)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_phone_number_is_the_same_however_it_is_written() {
        let (seller, other) = (SellerId(Uuid::from_u128(1)), SellerId(Uuid::from_u128(2)));
        let payer = |seller, phone: &str| payer(seller, &Phone::new(phone));
        let own = payer(seller, "13812348000").unwrap();
        for phone in ["138 1234 8000", "+86 138-1234-8000", "008613812348000", "８６", "(86) 13812348000"] {
            let same = payer(seller, phone) == Some(own);
            assert_eq!(same, phone != "８６", "{phone}");
        }
        for more in ["13812348000 转 1", "13812348000-02", "+86 13812348000 ext. 9", "1381234８０００"] {
            assert_eq!(payer(seller, more), Some(own), "{more}: who answers is the same");
        }
        assert_ne!(
            payer(seller, "+49 151 23456789"),
            payer(seller, "+49 151 23456780"),
            "other countries have longer ones"
        );
        assert_ne!(payer(seller, "13812348001"), Some(own));
        assert_ne!(payer(other, "13812348000"), Some(own), "sellers can't compare their buyers");
        for none in ["", "call me", "1234", "0000000"] {
            assert_eq!(payer(seller, none), None, "{none:?}");
        }
    }
}
