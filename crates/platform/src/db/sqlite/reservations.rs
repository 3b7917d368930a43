//! Goods held for a buyer: taken all or none, given back by the server's clock.

use super::{SqliteStore, Tx, claims, orders, read_back, rights, shows, stock, to_i64};
use crate::db::{Held, NewReservation, ReserveError, StockNews, StoreError};
use hawker_domain::{
    Currency, Money, ReservationId, SellerId, Sku,
    claim::{ClaimLine, Shipping},
    order,
};
use sqlx::{query, query_as};
use std::collections::{BTreeMap, BTreeSet};
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
        let held = take(&mut tx, seller, &new).await?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(held)
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
        let mut sellers = BTreeSet::new();
        for (reservation, seller, sku, qty) in rows {
            sellers.insert(SellerId(seller));
            let (seller, sku) = (SellerId(seller), read_back("sku", Sku::new(&sku))?);
            let level = stock::end_hold(&mut tx, seller, &sku, qty, false, now_us).await?;
            stock::tell_reserved(&mut tx, seller, &sku, &level, now_us).await?;
            news.push((seller, level.news(&sku)));
            query("UPDATE reservations SET state = 'released' WHERE reservation_id = ? AND seller_id = ?")
                .bind(reservation)
                .bind(seller.0)
                .execute(&mut *tx)
                .await?;
            claims::run_out(&mut tx, seller, ReservationId(reservation), now_us).await?;
        }
        // In the same transaction: what comes free is never seen by anybody before those who wait for it.
        for seller in sellers {
            let promoted = claims::promote(&mut tx, seller, now_us).await?;
            news.extend(promoted.into_iter().map(|one| (seller, one)));
        }
        tx.commit().await?;
        Ok(news)
    }
}

/// Holds goods inside the caller's transaction, which is to be given up on an error.
pub(super) async fn take(tx: &mut Tx, seller: SellerId, new: &NewReservation) -> Result<Held, ReserveError> {
    let mut lines = Vec::with_capacity(new.lines.len());
    for (sku, &qty) in &new.lines {
        lines.push(price(tx, seller, sku, qty).await?);
    }
    let (total, shipping) = sums(&lines, new.shipping.as_ref())?;
    let mut news = Vec::with_capacity(new.lines.len());
    for (sku, &qty) in &new.lines {
        let level = stock::hold(tx, seller, sku, qty)
            .await?
            .map_err(|left| ReserveError::OutOfStock { sku: sku.clone(), left })?;
        stock::tell_reserved(tx, seller, sku, &level, new.now_us).await?;
        news.push(level.news(sku));
    }
    insert(tx, seller, new, &lines, total, shipping).await?;
    Ok(Held { reservation_id: new.reservation_id, seller, total, expires_us: new.expires_us, stock: news })
}

/// What is to be paid, and the part of it that sending costs.
pub(super) fn sums(
    lines: &[order::OrderLine],
    shipping: Option<&Shipping>,
) -> Result<(Money, Money), hawker_domain::MoneyError> {
    let currency = lines.first().map_or(Currency::CNY, |line| line.unit_price.currency);
    let goods = order::total(lines, currency)?;
    let fee = shipping.map_or(Money::new(0, currency), |shipping| shipping.of(goods));
    Ok((goods.plus(fee)?, fee))
}

/// What a reservation holds, at the prices that go with it.
pub(super) async fn lines_of(
    tx: &mut Tx,
    reservation: ReservationId,
) -> Result<(Vec<order::OrderLine>, Money), StoreError> {
    let (currency, shipping): (String, i64) =
        query_as("SELECT currency, shipping_minor FROM reservations WHERE reservation_id = ?")
            .bind(reservation.0)
            .fetch_one(&mut **tx)
            .await?;
    let currency: Currency = read_back("currency", currency.parse())?;
    Ok((orders::lines(tx, reservation, currency).await?, Money::new(shipping, currency)))
}

/// Lets go of what is not among `rest`, at the prices that are held; with nothing left the reservation is over.
pub(super) async fn lessen(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    rest: &[ClaimLine],
    shipping: Option<&Shipping>,
    now_us: i64,
) -> Result<Vec<StockNews>, StoreError> {
    let (mut lines, _) = lines_of(tx, reservation).await?;
    let wanted: BTreeMap<&Sku, u32> = rest.iter().map(|line| (&line.sku, line.qty)).collect();
    let mut news = Vec::new();
    for line in &mut lines {
        let stays = wanted.get(&line.sku).copied().unwrap_or(0).min(line.qty);
        let back = line.qty - stays;
        if back == 0 {
            continue;
        }
        let level = stock::end_hold(tx, seller, &line.sku, back, false, now_us).await?;
        stock::tell_reserved(tx, seller, &line.sku, &level, now_us).await?;
        news.push(level.news(&line.sku));
        line.qty = stays;
        write_line(tx, reservation, &line.sku, stays).await?;
    }
    lines.retain(|line| line.qty > 0);
    let (total, fee) = read_back("total", sums(&lines, shipping))?;
    let state = if lines.is_empty() { "released" } else { "held" };
    query(
        "UPDATE reservations SET state = ?, total_minor = ?, shipping_minor = ?
         WHERE reservation_id = ? AND seller_id = ?",
    )
    .bind(state)
    .bind(total.minor)
    .bind(if lines.is_empty() { 0 } else { fee.minor })
    .bind(reservation.0)
    .bind(seller.0)
    .execute(&mut **tx)
    .await?;
    Ok(news)
}

async fn write_line(tx: &mut Tx, reservation: ReservationId, sku: &Sku, qty: u32) -> Result<(), StoreError> {
    let change = if qty == 0 {
        query("DELETE FROM reservation_lines WHERE reservation_id = ? AND sku = ?")
    } else {
        query("UPDATE reservation_lines SET qty = ?3 WHERE reservation_id = ?1 AND sku = ?2")
    };
    let change = change.bind(reservation.0).bind(sku.as_str());
    let change = if qty == 0 { change } else { change.bind(qty) };
    change.execute(&mut **tx).await?;
    Ok(())
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
pub(super) async fn price(
    tx: &mut Tx,
    seller: SellerId,
    sku: &Sku,
    qty: u32,
) -> Result<order::OrderLine, ReserveError> {
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
    shipping: Money,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor,
             shipping_minor, currency, at_ms, viewer_id, expires_us, created_us)
         VALUES (?, ?, ?, ?, ?, 'held', ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.reservation_id.0)
    .bind(seller.0)
    .bind(new.show.0)
    .bind(&new.idem_key)
    .bind(&new.body_hash[..])
    .bind(total.minor)
    .bind(shipping.minor)
    .bind(total.currency.as_str())
    .bind(new.at.map(|at| to_i64(at.0)))
    .bind(new.viewer.map(|viewer| viewer.0))
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
