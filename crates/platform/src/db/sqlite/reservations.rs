//! Goods held for a buyer: taken all or none, given back by the server's clock.

use super::{
    SqliteStore, Tx,
    offers::{self, After, Asker},
    read_back, rights, shows, stock, to_i64,
};
use crate::db::{Held, NewReservation, ReserveError, StockNews, StoreError};
use hawker_domain::{Currency, Money, OfferId, ReservationId, SellerId, Sku, order};
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
        let (mut news, mut offers_moved) = let_former_go(&mut tx, seller, &new).await?;
        let asker = Asker { seller, coupon: new.coupon.as_ref(), viewer: new.viewer.as_ref(), now_us: new.now_us };
        let (mut lines, mut coupon_works) = (Vec::with_capacity(new.lines.len()), false);
        for (sku, &qty) in &new.lines {
            let listed = listed(&mut tx, seller, sku).await?;
            let level = stock::hold(&mut tx, seller, sku, qty)
                .await?
                .map_err(|left| ReserveError::OutOfStock { sku: sku.clone(), left })?;
            stock::tell_reserved(&mut tx, seller, sku, &level, new.now_us).await?;
            news.push(level.news(sku));
            let taken = offers::take(&mut tx, &asker, sku, qty, listed.price).await?;
            coupon_works |= taken.coupon_works;
            lines.extend(taken.shares.iter().map(|share| Line {
                offer_id: share.offer_id,
                line: order::OrderLine {
                    sku: sku.clone(),
                    title: listed.title.clone(),
                    qty: share.qty,
                    unit_price: share.unit_price,
                },
            }));
        }
        if let Some(coupon) = new.coupon.clone().filter(|_| !coupon_works) {
            return Err(ReserveError::Coupon(coupon));
        }
        for offer_id in lines.iter().filter_map(|line| line.offer_id) {
            offers::tell_spent(&mut tx, seller, offer_id, new.at, new.now_us).await?;
            offers_moved = true;
        }
        let currency = lines.first().map_or(Currency::CNY, |line| line.line.unit_price.currency);
        let priced: Vec<order::OrderLine> = lines.iter().map(|line| line.line.clone()).collect();
        let total = order::total(&priced, currency)?;
        insert(&mut tx, seller, &new, &lines, total).await?;
        tx.commit().await.map_err(StoreError::from)?;
        let (reservation_id, expires_us) = (new.reservation_id, new.expires_us);
        Ok(Held { reservation_id, seller, total, expires_us, stock: news, offers_moved })
    }

    pub(super) async fn release_batch(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError> {
        let mut tx = self.begin().await?;
        let rows: Vec<(Uuid, Uuid)> = query_as(
            "SELECT h.reservation_id, h.seller_id FROM reservations h WHERE h.state = 'held' AND h.expires_us <= ?1
                 AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = h.reservation_id
                     AND p.state IN ('intended', 'pending', 'unknown'))
                 ORDER BY h.expires_us LIMIT ?2",
        )
        .bind(now_us)
        .bind(RELEASE_BATCH)
        .fetch_all(&mut *tx)
        .await?;
        let mut news = Vec::with_capacity(rows.len());
        for (reservation, seller) in rows {
            let seller = SellerId(seller);
            let (freed, _) = let_go(&mut tx, seller, ReservationId(reservation), now_us).await?;
            news.extend(freed.into_iter().map(|freed| (seller, freed)));
        }
        tx.commit().await?;
        Ok(news)
    }
}

/// A line on its way into a reservation.
struct Line {
    line: order::OrderLine,
    /// Whose price it is; none: the regular one.
    offer_id: Option<OfferId>,
}

/// What a reservation held goes back: goods to the shelf, pieces to their offers. True: some were an offer's.
async fn let_go(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    now_us: i64,
) -> Result<(Vec<StockNews>, bool), StoreError> {
    let lines: Vec<(String, u32)> =
        query_as("SELECT sku, qty FROM reservation_lines WHERE reservation_id = ? ORDER BY line_no")
            .bind(reservation.0)
            .fetch_all(&mut **tx)
            .await?;
    let mut news = Vec::with_capacity(lines.len());
    for (sku, qty) in lines {
        let sku = read_back("sku", Sku::new(&sku))?;
        let level = stock::end_hold(tx, seller, &sku, qty, false, now_us).await?;
        stock::tell_reserved(tx, seller, &sku, &level, now_us).await?;
        news.push(level.news(&sku));
    }
    query("UPDATE reservations SET state = 'released' WHERE reservation_id = ? AND seller_id = ?")
        .bind(reservation.0)
        .bind(seller.0)
        .execute(&mut **tx)
        .await?;
    let had_offers = offers::settle(tx, seller, reservation, After::LetGo, now_us).await?;
    Ok((news, had_offers))
}

/// A buyer who asks again for a product, with another number or another code, does not mean both. What is being paid stays.
async fn let_former_go(
    tx: &mut Tx,
    seller: SellerId,
    new: &NewReservation,
) -> Result<(Vec<StockNews>, bool), StoreError> {
    let Some(viewer) = &new.viewer else { return Ok((Vec::new(), false)) };
    let rows: Vec<(Uuid, String)> = query_as(
        "SELECT r.reservation_id, l.sku FROM reservations r JOIN reservation_lines l USING (reservation_id)
         WHERE r.viewer_hash = ? AND r.show_id = ? AND r.state = 'held'
             AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = r.reservation_id
                 AND p.state IN ('intended', 'pending', 'unknown'))
         ORDER BY r.reservation_id",
    )
    .bind(&viewer[..])
    .bind(new.show.0)
    .fetch_all(&mut **tx)
    .await?;
    let wanted = |sku: &str| new.lines.keys().any(|wanted| wanted.as_str() == sku);
    let mut former: Vec<Uuid> = rows.into_iter().filter(|(_, sku)| wanted(sku)).map(|(id, _)| id).collect();
    former.dedup();
    let (mut news, mut offers_moved) = (Vec::new(), false);
    for reservation in former {
        let (freed, had_offers) = let_go(tx, seller, ReservationId(reservation), new.now_us).await?;
        news.extend(freed);
        offers_moved |= had_offers;
    }
    Ok((news, offers_moved))
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
    Ok(Some(Held { reservation_id, seller, total, expires_us, stock: Vec::new(), offers_moved: false }))
}

/// What a product is sold as.
struct Listed {
    title: String,
    /// The platform's own, without any offer.
    price: Money,
}

async fn listed(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<Listed, ReserveError> {
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
    Ok(Listed { title, price: Money::new(minor, read_back("currency", currency.parse())?) })
}

async fn insert(
    tx: &mut Tx,
    seller: SellerId,
    new: &NewReservation,
    lines: &[Line],
    total: Money,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor,
             currency, at_ms, expires_us, viewer_hash, created_us) VALUES (?, ?, ?, ?, ?, 'held', ?, ?, ?, ?, ?, ?)",
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
    .bind(new.viewer.as_ref().map(|viewer| &viewer[..]))
    .bind(new.now_us)
    .execute(&mut **tx)
    .await?;
    for (line_no, Line { line, offer_id }) in (1_i64..).zip(lines) {
        query(
            "INSERT INTO reservation_lines (reservation_id, line_no, sku, title, qty, unit_minor, offer_id)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(new.reservation_id.0)
        .bind(line_no)
        .bind(line.sku.as_str())
        .bind(&line.title)
        .bind(line.qty)
        .bind(line.unit_price.minor)
        .bind(offer_id.map(|OfferId(id)| id))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
