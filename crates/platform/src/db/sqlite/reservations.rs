//! Goods held for a buyer: taken all or none, given back by the server's clock.

use super::{SqliteStore, Tx, read_back, rights, shows, stock, to_i64};
use crate::db::{Held, NewReservation, ReserveError, StockNews, StoreError};
use hawker_domain::{Currency, Money, ReservationId, SellerId, Sku, order};
use sqlx::{query, query_as};
use uuid::Uuid;

/// Reservations released in one transaction, so that buyers never wait long for the writer.
const RELEASE_BATCH: i64 = 100;

impl SqliteStore {
    pub(super) async fn reserve_goods(&self, new: NewReservation) -> Result<Held, ReserveError> {
        let mut tx = self.begin().await?;
        if let Some(before) = replay(&mut tx, &new).await? {
            return Ok(before);
        }
        let seller = match shows::owner(&mut tx, new.show).await? {
            None => return Err(ReserveError::NoShow),
            Some((_, true)) => return Err(ReserveError::Ended),
            Some((seller, false)) => seller,
        };
        if !rights::is_open(&mut tx, seller).await? {
            return Err(ReserveError::Closed);
        }
        let mut lines = Vec::with_capacity(new.lines.len());
        let mut news = Vec::with_capacity(new.lines.len());
        for (sku, &qty) in &new.lines {
            lines.push(price(&mut tx, seller, sku, qty).await?);
            let level = stock::hold(&mut tx, seller, sku, qty)
                .await?
                .map_err(|left| ReserveError::OutOfStock { sku: sku.clone(), left })?;
            stock::tell_reserved(&mut tx, seller, sku, &level, new.now_us).await?;
            news.push(level.news(sku));
        }
        let currency = lines.first().map_or(Currency::CNY, |line| line.unit_price.currency);
        let total = order::total(&lines, currency)?;
        insert(&mut tx, seller, &new, &lines, total).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(Held { reservation_id: new.reservation_id, seller, total, expires_us: new.expires_us, stock: news })
    }

    pub(super) async fn release_batch(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError> {
        let mut tx = self.begin().await?;
        let rows: Vec<(Uuid, Uuid, String, u32)> = query_as(
            "SELECT r.reservation_id, r.seller_id, l.sku, l.qty FROM reservations r
             JOIN reservation_lines l USING (reservation_id) WHERE r.reservation_id IN (
                 SELECT h.reservation_id FROM reservations h WHERE h.state = 'held' AND h.expires_us <= ?1
                     AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = h.reservation_id
                         AND p.state IN ('intended', 'pending', 'unknown'))
                     ORDER BY h.expires_us LIMIT ?2)",
        )
        .bind(now_us)
        .bind(RELEASE_BATCH)
        .fetch_all(&mut *tx)
        .await?;
        let mut news = Vec::with_capacity(rows.len());
        for (reservation, seller, sku, qty) in rows {
            let (seller, sku) = (SellerId(seller), read_back("sku", Sku::new(&sku))?);
            let level = stock::end_hold(&mut tx, seller, &sku, qty, false, now_us).await?;
            stock::tell_reserved(&mut tx, seller, &sku, &level, now_us).await?;
            news.push((seller, level.news(&sku)));
            query("UPDATE reservations SET state = 'released' WHERE reservation_id = ? AND seller_id = ?")
                .bind(reservation)
                .bind(seller.0)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(news)
    }
}

type ReplayRow = (Uuid, Uuid, Vec<u8>, String, i64, String, i64);

/// The reservation the same key made before.
async fn replay(tx: &mut Tx, new: &NewReservation) -> Result<Option<Held>, ReserveError> {
    let row: Option<ReplayRow> = query_as(
        "SELECT reservation_id, seller_id, body_hash, state, total_minor, currency, expires_us FROM reservations
         WHERE show_id = ? AND idem_key = ?",
    )
    .bind(new.show.0)
    .bind(&new.idem_key)
    .fetch_optional(&mut **tx)
    .await
    .map_err(StoreError::from)?;
    let Some((id, seller, body_hash, state, minor, currency, expires_us)) = row else {
        return Ok(None);
    };
    if body_hash != new.body_hash {
        return Err(ReserveError::KeyReused);
    }
    if state == "released" || (state == "held" && expires_us <= new.now_us) {
        return Err(ReserveError::Expired);
    }
    let total = Money::new(minor, read_back("currency", currency.parse())?);
    let (reservation_id, seller) = (ReservationId(id), SellerId(seller));
    Ok(Some(Held { reservation_id, seller, total, expires_us, stock: Vec::new() }))
}

/// The line at the platform's own price.
async fn price(tx: &mut Tx, seller: SellerId, sku: &Sku, qty: u32) -> Result<order::OrderLine, ReserveError> {
    let row: Option<(String, i64, String, bool)> =
        query_as("SELECT title, price_minor, currency, listed FROM listings WHERE seller_id = ? AND sku = ?")
            .bind(seller.0)
            .bind(sku.as_str())
            .fetch_optional(&mut **tx)
            .await
            .map_err(StoreError::from)?;
    let (title, minor, currency, listed) = row.ok_or_else(|| ReserveError::UnknownSku(sku.clone()))?;
    if !listed {
        // It was on the page a moment ago: to a buyer, the goods are gone.
        return Err(ReserveError::OutOfStock { sku: sku.clone(), left: 0 });
    }
    let unit_price = Money::new(minor, read_back("currency", currency.parse())?);
    Ok(order::OrderLine { sku: sku.clone(), title, qty, unit_price, price_override: None })
}

async fn insert(
    tx: &mut Tx,
    seller: SellerId,
    new: &NewReservation,
    lines: &[order::OrderLine],
    total: Money,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor,
             currency, at_ms, expires_us, created_us) VALUES (?, ?, ?, ?, ?, 'held', ?, ?, ?, ?, ?)",
    )
    .bind(new.reservation_id.0)
    .bind(seller.0)
    .bind(new.show.0)
    .bind(&new.idem_key)
    .bind(&new.body_hash[..])
    .bind(total.minor)
    .bind(total.currency.as_str())
    .bind(new.at.map(|at| to_i64(at.0)))
    .bind(new.expires_us)
    .bind(new.now_us)
    .execute(&mut **tx)
    .await?;
    for line in lines {
        query("INSERT INTO reservation_lines (reservation_id, sku, title, qty, unit_minor) VALUES (?, ?, ?, ?, ?)")
            .bind(new.reservation_id.0)
            .bind(line.sku.as_str())
            .bind(&line.title)
            .bind(line.qty)
            .bind(line.unit_price.minor)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}
