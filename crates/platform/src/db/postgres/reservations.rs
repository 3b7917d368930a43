//! Goods held for a buyer: taken all or none, given back by the server's clock.

pub(super) use crate::db::shared::reservations::sums;

use super::{
    PostgresStore, Tx, claims,
    offers::{self, After, Asker},
    orders, read_back, rights, shows, stock, to_i64, to_u32,
};
use crate::db::{
    Held, NewReservation, ReserveError, ShowStore, StockNews, StoreError,
    shared::reservations::{Line, by_product, priced, shared},
};
use hawker_domain::{
    Currency, Money, OfferId, ReservationId, SellerId, Sku,
    claim::{ClaimLine, Shipping},
    order,
};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Reservations released in one transaction, so that buyers never wait long for the seller's lock.
const RELEASE_BATCH: usize = 100;

impl PostgresStore {
    pub(super) async fn reserve_goods(&self, new: NewReservation) -> Result<Held, ReserveError> {
        let Some((seller, _)) = self.show_owner(new.show).await? else { return Err(ReserveError::NoShow) };
        let mut tx = self.begin_for(seller).await?;
        if let Some(before) = replay(&mut tx, &new).await? {
            return Ok(before);
        }
        // Asked anew: it may have ended before the lock was ours.
        if !matches!(shows::owner(&mut tx, new.show).await?, Some((_, false))) {
            return Err(ReserveError::Ended);
        }
        if !rights::is_open(&mut tx, seller).await? {
            return Err(ReserveError::Closed);
        }
        let mut news = let_former_go(&mut tx, seller, &new).await?;
        let has_freed = !news.is_empty();
        let mut held = take(&mut tx, seller, &new).await?;
        news.append(&mut held.stock);
        if has_freed {
            // What the buyer does not want any more is never seen by anybody before those who wait for it.
            news.extend(claims::promote(&mut tx, seller, new.now_us).await?);
        }
        tx.commit().await.map_err(StoreError::from)?;
        let offers_moved = news.iter().any(|one| one.offer_moved);
        Ok(Held { stock: news, offers_moved, ..held })
    }

    /// Releases what is due, each seller's by itself. Where that fails for one of them alone, the others' goods go back all the same.
    pub(super) async fn release_due(&self, now_us: i64) -> Result<Vec<(SellerId, StockNews)>, StoreError> {
        let due: Vec<Uuid> = query_scalar(
            "SELECT h.seller_id FROM reservations h WHERE h.state = 'held' AND h.expires_us <= $1
                 AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = h.reservation_id
                     AND p.state IN ('intended', 'pending', 'unknown'))
                 GROUP BY h.seller_id ORDER BY min(h.expires_us)",
        )
        .bind(now_us)
        .fetch_all(&self.read)
        .await?;
        let mut all = Vec::new();
        for seller in due.into_iter().map(SellerId) {
            loop {
                let released = match self.release_batch(seller, now_us).await {
                    Ok(released) => released,
                    Err(error) if error.is_of_one_seller() => {
                        tracing::error!(%error, seller.id = %seller, "goods of a shop could not go back; next try soon");
                        break;
                    }
                    // What went back by then stands and is told; the next round meets the error again.
                    Err(error) if !all.is_empty() => {
                        tracing::error!(%error, "not all goods that are due went back; next try soon");
                        return Ok(all);
                    }
                    Err(error) => return Err(error),
                };
                all.extend(released.news.into_iter().map(|one| (seller, one)));
                if !released.may_be_more {
                    break;
                }
            }
        }
        Ok(all)
    }

    /// Of one seller so many as fit into one transaction. Nothing where another platform was faster.
    async fn release_batch(&self, seller: SellerId, now_us: i64) -> Result<Released, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let reservations: Vec<Uuid> = query_scalar(
            "SELECT h.reservation_id FROM reservations h
                 WHERE h.state = 'held' AND h.expires_us <= $1 AND h.seller_id = $2
                 AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = h.reservation_id
                     AND p.state IN ('intended', 'pending', 'unknown'))
                 ORDER BY h.expires_us LIMIT $3",
        )
        .bind(now_us)
        .bind(seller.0)
        .bind(to_i64(RELEASE_BATCH as u64))
        .fetch_all(&mut *tx)
        .await?;
        let may_be_more = reservations.len() == RELEASE_BATCH;
        let mut news = Vec::with_capacity(reservations.len());
        for reservation in reservations {
            let reservation = ReservationId(reservation);
            news.extend(let_go(&mut tx, seller, reservation, now_us).await?);
            claims::run_out(&mut tx, seller, reservation, now_us).await?;
        }
        // In the same transaction: what comes free is never seen by anybody before those who wait for it.
        news.extend(claims::promote(&mut tx, seller, now_us).await?);
        tx.commit().await?;
        Ok(Released { news, may_be_more })
    }
}

/// What one transaction released.
struct Released {
    news: Vec<StockNews>,
    may_be_more: bool,
}

/// Holds goods inside the caller's transaction, which is to be given up on an error. What offers give the buyer is spent.
pub(super) async fn take(tx: &mut Tx, seller: SellerId, new: &NewReservation) -> Result<Held, ReserveError> {
    let asker = Asker {
        seller,
        coupon: new.coupon.as_ref(),
        viewer: new.viewer,
        payer_page: new.payer_page.as_ref(),
        now_us: new.now_us,
    };
    let mut news = Vec::with_capacity(new.lines.len());
    let (mut lines, mut coupon_works) = (Vec::with_capacity(new.lines.len()), false);
    for (sku, &qty) in &new.lines {
        let listed = listed(tx, seller, sku).await?;
        let level = stock::hold(tx, seller, sku, qty)
            .await?
            .map_err(|left| ReserveError::OutOfStock { sku: sku.clone(), left })?;
        stock::tell_reserved(tx, seller, sku, &level, new.now_us).await?;
        let taken = offers::take(tx, &asker, sku, qty, listed.price).await?;
        let offer_moved = taken.shares.iter().any(|share| share.offer_id.is_some());
        news.push(StockNews { offer_moved, ..level.news(sku) });
        coupon_works |= taken.coupon_works;
        let (sku, title, unit_price) = (sku.clone(), listed.title, listed.price);
        lines.extend(shared(&taken.shares, &order::OrderLine { sku, title, qty, unit_price, price_override: None }));
    }
    if let Some(coupon) = new.coupon.clone().filter(|_| !coupon_works) {
        return Err(ReserveError::Coupon(coupon));
    }
    for offer_id in lines.iter().filter_map(|line| line.offer_id) {
        offers::tell_spent(tx, seller, offer_id, new.at, new.now_us).await?;
    }
    let (total, shipping) = sums(&priced(&lines), new.shipping.as_ref())?;
    insert(tx, seller, new, &lines, total, shipping).await?;
    let offers_moved = lines.iter().any(|line| line.offer_id.is_some());
    let (reservation_id, expires_us) = (new.reservation_id, new.expires_us);
    Ok(Held { reservation_id, seller, total, expires_us, stock: news, offers_moved })
}

/// What a reservation holds, at the prices that go with it; pieces of one product may have several.
pub(super) async fn lines_of(
    tx: &mut Tx,
    reservation: ReservationId,
) -> Result<(Vec<order::OrderLine>, Money), StoreError> {
    let (currency, shipping): (String, i64) =
        query_as("SELECT currency, shipping_minor FROM reservations WHERE reservation_id = $1")
            .bind(reservation.0)
            .fetch_one(&mut **tx)
            .await?;
    let currency: Currency = read_back("currency", currency.parse())?;
    Ok((orders::lines(tx, reservation, currency).await?, Money::new(shipping, currency)))
}

/// The same, each with its number and its offer.
async fn numbered(tx: &mut Tx, reservation: ReservationId) -> Result<Vec<(i64, Line)>, StoreError> {
    let (lines, _) = lines_of(tx, reservation).await?;
    let places: Vec<(i64, Option<Uuid>)> =
        query_as("SELECT line_no, offer_id FROM reservation_lines WHERE reservation_id = $1 ORDER BY line_no")
            .bind(reservation.0)
            .fetch_all(&mut **tx)
            .await?;
    let both = places.into_iter().zip(lines);
    Ok(both.map(|((line_no, offer), line)| (line_no, Line { line, offer_id: offer.map(OfferId) })).collect())
}

/// Lets go of what is not among `rest`, at the prices that are held; with nothing left the reservation is over. The dearest pieces of
/// a product go first, and those of an offer go back to it.
pub(super) async fn lessen(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    rest: &[ClaimLine],
    shipping: Option<&Shipping>,
    now_us: i64,
) -> Result<Vec<StockNews>, StoreError> {
    let mut lines = numbered(tx, reservation).await?;
    let mut wanted: BTreeMap<Sku, u32> = rest.iter().map(|line| (line.sku.clone(), line.qty)).collect();
    let mut freed: BTreeMap<Sku, (u32, bool)> = BTreeMap::new();
    // The cheapest pieces of a product stand first.
    for (line_no, Line { line, offer_id }) in &mut lines {
        let wanted = wanted.entry(line.sku.clone()).or_default();
        let stays = line.qty.min(*wanted);
        *wanted -= stays;
        let back = line.qty - stays;
        if back == 0 {
            continue;
        }
        let (pieces, offer_moved) = freed.entry(line.sku.clone()).or_default();
        *pieces += back;
        *offer_moved |= offer_id.is_some();
        if let Some(offer_id) = *offer_id {
            offers::give_back(tx, seller, offer_id, back, now_us).await?;
        }
        line.qty = stays;
        write_line(tx, reservation, *line_no, stays).await?;
    }
    let mut news = Vec::with_capacity(freed.len());
    for (sku, (back, offer_moved)) in freed {
        let level = stock::end_hold(tx, seller, &sku, back, false, now_us).await?;
        stock::tell_reserved(tx, seller, &sku, &level, now_us).await?;
        news.push(StockNews { offer_moved, ..level.news(&sku) });
    }
    let left: Vec<order::OrderLine> =
        lines.into_iter().map(|(_, line)| line.line).filter(|line| line.qty > 0).collect();
    let (total, fee) = read_back("total", sums(&left, shipping))?;
    let state = if left.is_empty() { "released" } else { "held" };
    query(
        "UPDATE reservations SET state = $1, total_minor = $2, shipping_minor = $3
         WHERE reservation_id = $4 AND seller_id = $5",
    )
    .bind(state)
    .bind(total.minor)
    .bind(if left.is_empty() { 0 } else { fee.minor })
    .bind(reservation.0)
    .bind(seller.0)
    .execute(&mut **tx)
    .await?;
    Ok(news)
}

async fn write_line(tx: &mut Tx, reservation: ReservationId, line_no: i64, qty: u32) -> Result<(), StoreError> {
    let change = if qty == 0 {
        query("DELETE FROM reservation_lines WHERE reservation_id = $1 AND line_no = $2")
    } else {
        query("UPDATE reservation_lines SET qty = $3 WHERE reservation_id = $1 AND line_no = $2")
    };
    let change = change.bind(reservation.0).bind(line_no);
    let change = if qty == 0 { change } else { change.bind(i64::from(qty)) };
    change.execute(&mut **tx).await?;
    Ok(())
}

/// Prices what a reservation holds anew, by what offers still give who asks: goods stay held. True: pieces of offers moved.
pub(super) async fn reprice(
    tx: &mut Tx,
    asker: &Asker<'_>,
    reservation: ReservationId,
    shipping: Option<&Shipping>,
) -> Result<bool, StoreError> {
    let goods = by_product(numbered(tx, reservation).await?.into_iter().map(|(_, line)| line));
    let had_offers = offers::settle(tx, asker.seller, reservation, After::LetGo, asker.now_us).await?;
    query("DELETE FROM reservation_lines WHERE reservation_id = $1").bind(reservation.0).execute(&mut **tx).await?;
    let mut lines = Vec::with_capacity(goods.len());
    for (sku, held) in goods {
        // What is held may be paid also where it is not on the page any more, or costs another currency there by now.
        let found = find_listed(tx, asker.seller, &sku).await?.map(|(found, _)| found.price);
        let regular = found.filter(|price| price.currency == held.unit_price.currency).unwrap_or(held.unit_price);
        let taken = offers::take(tx, asker, &sku, held.qty, regular).await?;
        lines.extend(shared(&taken.shares, &held));
    }
    for offer_id in lines.iter().filter_map(|line| line.offer_id) {
        offers::tell_spent(tx, asker.seller, offer_id, None, asker.now_us).await?;
    }
    insert_lines(tx, reservation, &lines).await?;
    let (total, fee) = read_back("total", sums(&priced(&lines), shipping))?;
    query("UPDATE reservations SET total_minor = $1, shipping_minor = $2 WHERE reservation_id = $3 AND seller_id = $4")
        .bind(total.minor)
        .bind(fee.minor)
        .bind(reservation.0)
        .bind(asker.seller.0)
        .execute(&mut **tx)
        .await?;
    Ok(had_offers || lines.iter().any(|line| line.offer_id.is_some()))
}

/// What a reservation held goes back: goods to the shelf, pieces to their offers.
async fn let_go(
    tx: &mut Tx,
    seller: SellerId,
    reservation: ReservationId,
    now_us: i64,
) -> Result<Vec<StockNews>, StoreError> {
    let lines: Vec<(String, i64)> =
        query_as("SELECT sku, qty FROM reservation_lines WHERE reservation_id = $1 ORDER BY line_no")
            .bind(reservation.0)
            .fetch_all(&mut **tx)
            .await?;
    let mut news = Vec::with_capacity(lines.len());
    for (sku, qty) in lines {
        let (sku, qty) = (read_back("sku", Sku::new(&sku))?, to_u32("pieces", qty)?);
        let level = stock::end_hold(tx, seller, &sku, qty, false, now_us).await?;
        stock::tell_reserved(tx, seller, &sku, &level, now_us).await?;
        news.push(level.news(&sku));
    }
    query("UPDATE reservations SET state = 'released' WHERE reservation_id = $1 AND seller_id = $2")
        .bind(reservation.0)
        .bind(seller.0)
        .execute(&mut **tx)
        .await?;
    let offer_moved = offers::settle(tx, seller, reservation, After::LetGo, now_us).await?;
    Ok(news.into_iter().map(|one| StockNews { offer_moved, ..one }).collect())
}

/// A buyer who asks again for a product, with another number or another code, does not mean both. What is being paid stays, and so
/// does what they ordered by a comment: it has a link of its own.
async fn let_former_go(tx: &mut Tx, seller: SellerId, new: &NewReservation) -> Result<Vec<StockNews>, StoreError> {
    let Some(page) = &new.payer_page else { return Ok(Vec::new()) };
    let rows: Vec<(Uuid, String)> = query_as(
        "SELECT r.reservation_id, l.sku FROM reservations r JOIN reservation_lines l USING (reservation_id)
         WHERE r.viewer_hash = $1 AND r.show_id = $2 AND r.state = 'held'
             AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.reservation_id = r.reservation_id
                 AND p.state IN ('intended', 'pending', 'unknown'))
         ORDER BY r.reservation_id",
    )
    .bind(&page[..])
    .bind(new.show.0)
    .fetch_all(&mut **tx)
    .await?;
    let wanted = |sku: &str| new.lines.keys().any(|wanted| wanted.as_str() == sku);
    let mut former: Vec<Uuid> = rows.into_iter().filter(|(_, sku)| wanted(sku)).map(|(id, _)| id).collect();
    former.dedup();
    let mut news = Vec::new();
    for reservation in former {
        news.extend(let_go(tx, seller, ReservationId(reservation), new.now_us).await?);
    }
    Ok(news)
}

type ReplayRow = (Uuid, Uuid, Vec<u8>, String, i64, String, i64);

/// The reservation the same key made before.
async fn replay(tx: &mut Tx, new: &NewReservation) -> Result<Option<Held>, ReserveError> {
    let row: Option<ReplayRow> = query_as(
        "SELECT reservation_id, seller_id, body_hash, state, total_minor, currency, expires_us FROM reservations
         WHERE show_id = $1 AND idem_key = $2",
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
    let found = find_listed(tx, seller, sku).await?;
    let (found, is_listed) = found.ok_or_else(|| ReserveError::UnknownSku(sku.clone()))?;
    if !is_listed {
        // It was on the page a moment ago: to a buyer, the goods are gone.
        return Err(ReserveError::OutOfStock { sku: sku.clone(), left: 0 });
    }
    Ok(found)
}

/// True: it is on the page.
async fn find_listed(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<Option<(Listed, bool)>, StoreError> {
    let row: Option<(String, i64, String, bool)> =
        query_as("SELECT title, price_minor, currency, listed FROM listings WHERE seller_id = $1 AND sku = $2")
            .bind(seller.0)
            .bind(sku.as_str())
            .fetch_optional(&mut **tx)
            .await?;
    let Some((title, minor, currency, is_listed)) = row else { return Ok(None) };
    let price = Money::new(minor, read_back("currency", currency.parse())?);
    Ok(Some((Listed { title, price }, is_listed)))
}

async fn insert(
    tx: &mut Tx,
    seller: SellerId,
    new: &NewReservation,
    lines: &[Line],
    total: Money,
    shipping: Money,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor,
             shipping_minor, currency, at_ms, viewer_id, expires_us, viewer_hash, created_us)
         VALUES ($1, $2, $3, $4, $5, 'held', $6, $7, $8, $9, $10, $11, $12, $13)",
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
    .bind(new.payer_page.as_ref().map(|page| &page[..]))
    .bind(new.now_us)
    .execute(&mut **tx)
    .await?;
    insert_lines(tx, new.reservation_id, lines).await
}

async fn insert_lines(tx: &mut Tx, reservation: ReservationId, lines: &[Line]) -> Result<(), StoreError> {
    for (line_no, Line { line, offer_id }) in (1_i64..).zip(lines) {
        query(
            "INSERT INTO reservation_lines (reservation_id, line_no, sku, title, qty, unit_minor, offer_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(reservation.0)
        .bind(line_no)
        .bind(line.sku.as_str())
        .bind(&line.title)
        .bind(i64::from(line.qty))
        .bind(line.unit_price.minor)
        .bind(offer_id.map(|OfferId(id)| id))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}
