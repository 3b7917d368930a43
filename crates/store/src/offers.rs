//! Offers: made or ended here, told by the seller's other devices, and spent as the platform says.

use crate::{Store, StoreError, error::unreadable, orders::money_of, outbox, stock::sku_of};
use hawker_domain::{
    Money, OfferId, Sku,
    offer::{Coupon, Offer},
};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};

/// An offer and how it stands, as far as this device was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptOffer {
    pub offer: Offer,
    /// Pieces gone: held for buyers or sold.
    pub spent: i64,
    /// Of these, pieces that were paid.
    pub sold: i64,
    /// A seller ended it, whatever its time.
    pub is_ended: bool,
}

impl Store {
    /// Keeps a new offer with the op that tells the platform, in one transaction. The same offer again changes nothing. Errors: terms that
    /// can't be right ([`StoreError::BadInput`]), another offer under this id ([`StoreError::Conflict`]).
    pub async fn put_offer(&self, offer: &Offer) -> Result<(), StoreError> {
        offer.check().map_err(|why| StoreError::BadInput(why.to_string()))?;
        let mut tx = self.begin().await?;
        if let Some(known) = read(&mut tx, offer.offer_id).await? {
            let other = || StoreError::Conflict(format!("offer {} is here already with other terms", offer.offer_id));
            return if known.offer == *offer { Ok(()) } else { Err(other()) };
        }
        put(&mut tx, offer).await?;
        outbox::enqueue(&mut tx, &OpPayload::OfferPut { offer: offer.clone() }, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// Ends an offer with the op that tells the platform: pieces that buyers hold by then are still sold at its price. A second time
    /// changes nothing. Errors: [`StoreError::NotFound`].
    pub async fn end_offer(&self, offer_id: OfferId) -> Result<KeptOffer, StoreError> {
        let mut tx = self.begin().await?;
        let found = read(&mut tx, offer_id).await?;
        let mut kept = found.ok_or_else(|| StoreError::NotFound(format!("offer {offer_id}")))?;
        if kept.is_ended {
            return Ok(kept);
        }
        end(&mut tx, offer_id).await?;
        outbox::enqueue(&mut tx, &OpPayload::OfferEnded { offer_id }, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        kept.is_ended = true;
        Ok(kept)
    }

    /// Every offer there ever was, the newest first.
    pub async fn offers(&self) -> Result<Vec<KeptOffer>, StoreError> {
        let rows = sqlx::query("SELECT * FROM offer ORDER BY offer_id DESC").fetch_all(&self.reader).await?;
        rows.iter().map(kept_of).collect()
    }

    /// What a piece of a product was offered at last; none where it never was.
    pub async fn last_offer_price(&self, sku: &Sku) -> Result<Option<Money>, StoreError> {
        let row = sqlx::query(
            "SELECT price_minor, currency FROM offer WHERE sku = ? AND coupon IS NULL ORDER BY offer_id DESC LIMIT 1",
        )
        .bind(sku.as_str())
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(|row| money_of(row, "price_minor")).transpose()
    }
}

/// Writes an offer, of this device or told by another, within the caller's transaction. One that is here stays as it is.
pub(crate) async fn put(tx: &mut SqliteConnection, offer: &Offer) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO offer (offer_id, sku, price_minor, currency, quantity, per_buyer, from_us, until_us, coupon)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
    )
    .bind(offer.offer_id.0)
    .bind(offer.sku.as_str())
    .bind(offer.price.minor)
    .bind(offer.price.currency.as_str())
    .bind(offer.quantity)
    .bind(offer.per_buyer)
    .bind(offer.from_us)
    .bind(offer.until_us)
    .bind(offer.coupon.as_ref().map(Coupon::as_str))
    .execute(tx)
    .await?;
    Ok(())
}

/// The feed tells an offer before its end.
pub(crate) async fn end(tx: &mut SqliteConnection, offer_id: OfferId) -> Result<(), StoreError> {
    sqlx::query("UPDATE offer SET is_ended = 1 WHERE offer_id = ?").bind(offer_id.0).execute(tx).await?;
    Ok(())
}

/// Sets what the platform says is gone.
pub(crate) async fn set_spent(
    tx: &mut SqliteConnection,
    offer_id: OfferId,
    spent: i64,
    sold: i64,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE offer SET spent = ?, sold = ? WHERE offer_id = ?")
        .bind(spent.max(0))
        .bind(sold.max(0))
        .bind(offer_id.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// Another platform, or this one at an earlier state, tells it anew.
pub(crate) async fn forget_spent(tx: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE offer SET spent = 0, sold = 0").execute(tx).await?;
    Ok(())
}

async fn read(connection: &mut SqliteConnection, offer_id: OfferId) -> Result<Option<KeptOffer>, StoreError> {
    let row = sqlx::query("SELECT * FROM offer WHERE offer_id = ?").bind(offer_id.0).fetch_optional(connection).await?;
    row.as_ref().map(kept_of).transpose()
}

fn kept_of(row: &SqliteRow) -> Result<KeptOffer, StoreError> {
    let coupon: Option<String> = row.try_get("coupon")?;
    let offer = Offer {
        offer_id: OfferId(row.try_get("offer_id")?),
        sku: sku_of(row)?,
        price: money_of(row, "price_minor")?,
        quantity: row.try_get("quantity")?,
        per_buyer: row.try_get("per_buyer")?,
        from_us: row.try_get("from_us")?,
        until_us: row.try_get("until_us")?,
        coupon: coupon.map(|code| Coupon::new(&code)).transpose().map_err(|why| unreadable("coupon", why))?,
    };
    let (spent, sold) = (row.try_get("spent")?, row.try_get("sold")?);
    Ok(KeptOffer { offer, spent, sold, is_ended: row.try_get("is_ended")? })
}
