//! Claims as they lie in the table.

pub use crate::db::shared::claims::{KeptRules, Row, read_rules};

use crate::db::{
    StoreError,
    postgres::{
        Tx, feed,
        offers::{self, Asker},
        read_back, to_u32,
    },
    shared::claims::{Found, row, waiter},
};
use hawker_domain::{
    ClaimId, Currency, Money, ReservationId, SellerId, ShowId, Sku, ViewerId,
    claim::{Claim, ClaimEvent, ClaimLine, Waiter},
    order::OrderLine,
};
use hawker_wire::{claim::ClaimRules, feed::FeedEvent};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;

pub async fn find(tx: &mut Tx, claim: ClaimId) -> Result<Option<(SellerId, Row)>, StoreError> {
    let found: Option<Found> = query_as("SELECT seller_id, body, reservation_id FROM claims WHERE claim_id = $1")
        .bind(claim.0)
        .fetch_optional(&mut **tx)
        .await?;
    found.map(row).transpose()
}

/// The claim whose goods a reservation holds.
pub async fn of_reservation(tx: &mut Tx, reservation: ReservationId) -> Result<Option<Row>, StoreError> {
    let found: Option<Found> = query_as("SELECT seller_id, body, reservation_id FROM claims WHERE reservation_id = $1")
        .bind(reservation.0)
        .fetch_optional(&mut **tx)
        .await?;
    Ok(found.map(row).transpose()?.map(|(_, row)| row))
}

/// The newest first. Of more than `limit` those that something may still become of are never left out for those that are over.
pub async fn of_viewer(
    tx: &mut Tx,
    show: ShowId,
    viewer: ViewerId,
    limit: u32,
) -> Result<Vec<(SellerId, Row)>, StoreError> {
    let found: Vec<Found> = query_as(
        "SELECT seller_id, body, reservation_id FROM (
             SELECT claim_no, seller_id, body, reservation_id FROM claims WHERE show_id = $1 AND viewer_id = $2
             ORDER BY state IN ('asked', 'reserved', 'invited', 'waiting') DESC, claim_no DESC LIMIT $3) AS chosen
         ORDER BY claim_no DESC",
    )
    .bind(show.0)
    .bind(viewer.0)
    .bind(i64::from(limit))
    .fetch_all(&mut **tx)
    .await?;
    found.into_iter().map(row).collect()
}

/// Claims of a show in one state, the oldest first.
pub async fn of_show(tx: &mut Tx, show: ShowId, state: &str) -> Result<Vec<(SellerId, Row)>, StoreError> {
    let found: Vec<Found> = query_as(
        "SELECT seller_id, body, reservation_id FROM claims WHERE show_id = $1 AND state = $2 ORDER BY claim_no",
    )
    .bind(show.0)
    .bind(state)
    .fetch_all(&mut **tx)
    .await?;
    found.into_iter().map(row).collect()
}

/// Who waits for the seller's goods, first come first.
pub async fn queue(tx: &mut Tx, seller: SellerId) -> Result<Vec<Waiter>, StoreError> {
    let bodies: Vec<String> =
        query_scalar("SELECT body FROM claims WHERE seller_id = $1 AND state = 'waiting' ORDER BY queue_no")
            .bind(seller.0)
            .fetch_all(&mut **tx)
            .await?;
    bodies.iter().map(|body| waiter(body)).collect()
}

pub async fn insert(tx: &mut Tx, seller: SellerId, claim: &Claim) -> Result<(), StoreError> {
    query(
        "INSERT INTO claims (claim_id, seller_id, show_id, viewer_id, body, state, told) VALUES ($1, $2, $3, $4, $5, $6, FALSE)",
    )
    .bind(claim.claim_id.0)
    .bind(seller.0)
    .bind(claim.show_id.0)
    .bind(claim.viewer.0)
    .bind(read_back("claim", serde_json::to_string(claim))?)
    .bind(claim.state.as_str())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a claim a step further and tells the seller's devices; its viewer's page is told once the transaction stands.
pub async fn step(
    tx: &mut Tx,
    seller: SellerId,
    row: &mut Row,
    event: ClaimEvent,
    now_us: i64,
) -> Result<(), StoreError> {
    row.claim.state = read_back("claim", row.claim.state.on(event))?;
    write(tx, seller, row, now_us).await
}

/// Writes a claim as it is, and tells of it.
pub async fn write(tx: &mut Tx, seller: SellerId, row: &Row, now_us: i64) -> Result<(), StoreError> {
    query(
        "UPDATE claims SET body = $1, state = $2, until_us = $3, reservation_id = $4, told = FALSE WHERE claim_id = $5",
    )
    .bind(read_back("claim", serde_json::to_string(&row.claim))?)
    .bind(row.claim.state.as_str())
    .bind(row.claim.state.until_us())
    .bind(row.reservation.map(|reservation| reservation.0))
    .bind(row.claim.claim_id.0)
    .execute(&mut **tx)
    .await?;
    feed::append(tx, seller, &FeedEvent::Claim { claim: Box::new(row.claim.clone()) }, now_us).await?;
    Ok(())
}

/// At the end of the seller's waiting list. Behind who waits now is behind all: those who left it have no place any more.
pub async fn put_last(tx: &mut Tx, seller: SellerId, claim: ClaimId) -> Result<(), StoreError> {
    query(
        "UPDATE claims SET queue_no = (SELECT coalesce(max(queue_no), 0) + 1 FROM claims
             WHERE seller_id = $1 AND state = 'waiting')
         WHERE claim_id = $2",
    )
    .bind(seller.0)
    .bind(claim.0)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Everybody who waits has moved up.
pub async fn tell_waiting(tx: &mut Tx, seller: SellerId) -> Result<(), StoreError> {
    query("UPDATE claims SET told = FALSE WHERE seller_id = $1 AND state = 'waiting'")
        .bind(seller.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The rules by which what was claimed in a show is treated; none where its comments never bought anything.
pub async fn rules(tx: &mut Tx, show: ShowId) -> Result<Option<ClaimRules>, StoreError> {
    Ok(kept_rules(tx, show).await?.map(|kept| kept.rules))
}

/// The rules by which comments buy now; none where they buy nothing (any more).
pub async fn open_rules(tx: &mut Tx, show: ShowId) -> Result<Option<ClaimRules>, StoreError> {
    Ok(kept_rules(tx, show).await?.filter(|kept| !kept.is_off).map(|kept| kept.rules))
}

pub async fn kept_rules(tx: &mut Tx, show: ShowId) -> Result<Option<KeptRules>, StoreError> {
    let rules: Option<Option<String>> =
        query_scalar("SELECT claim_rules FROM shows WHERE show_id = $1").bind(show.0).fetch_optional(&mut **tx).await?;
    read_rules(rules.flatten().as_deref())
}

/// What a viewer has in a show: claims that count, and what was bought by the button.
pub async fn taken(tx: &mut Tx, show: ShowId, viewer: ViewerId) -> Result<BTreeMap<Sku, u32>, StoreError> {
    let mut taken: BTreeMap<Sku, u32> = BTreeMap::new();
    let bodies: Vec<String> = query_scalar(
        "SELECT body FROM claims WHERE show_id = $1 AND viewer_id = $2
             AND state IN ('reserved', 'invited', 'waiting', 'paid')",
    )
    .bind(show.0)
    .bind(viewer.0)
    .fetch_all(&mut **tx)
    .await?;
    for body in bodies {
        let claim: Claim = read_back("claim", serde_json::from_str(&body))?;
        for line in claim.lines.iter().filter(|_| claim.state.counts()) {
            let sum = taken.entry(line.sku.clone()).or_default();
            *sum = sum.saturating_add(line.qty);
        }
    }
    let bought: Vec<(String, i64)> = query_as(
        "SELECT l.sku, l.qty FROM reservations r JOIN reservation_lines l USING (reservation_id)
         WHERE r.show_id = $1 AND r.viewer_id = $2 AND r.state IN ('held', 'paid')
             AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.reservation_id = r.reservation_id)",
    )
    .bind(show.0)
    .bind(viewer.0)
    .fetch_all(&mut **tx)
    .await?;
    for (sku, qty) in bought {
        let sum = taken.entry(read_back("sku", Sku::new(&sku))?).or_default();
        *sum = sum.saturating_add(to_u32("pieces", qty)?);
    }
    Ok(taken)
}

/// What a product is called; its SKU where it is not known any more.
pub async fn title(tx: &mut Tx, seller: SellerId, sku: &Sku) -> Result<String, StoreError> {
    let title: Option<String> = query_scalar("SELECT title FROM listings WHERE seller_id = $1 AND sku = $2")
        .bind(seller.0)
        .bind(sku.as_str())
        .fetch_optional(&mut **tx)
        .await?;
    Ok(title.unwrap_or_else(|| sku.to_string()))
}

/// Lines at the prices of now, with what offers would give; pieces of one product may have several.
pub async fn quoted(tx: &mut Tx, asker: &Asker<'_>, lines: &[ClaimLine]) -> Result<Vec<OrderLine>, StoreError> {
    let mut quoted = Vec::with_capacity(lines.len());
    for line in priced(tx, asker.seller, lines).await? {
        let shares = offers::quote(tx, asker, &line.sku, line.qty, line.unit_price).await?;
        quoted.extend(shares.into_iter().map(|share| OrderLine {
            qty: share.qty,
            unit_price: share.unit_price,
            ..line.clone()
        }));
    }
    Ok(quoted)
}

/// Lines at the regular prices of now; a product that is not known any more is left out.
pub async fn priced(tx: &mut Tx, seller: SellerId, lines: &[ClaimLine]) -> Result<Vec<OrderLine>, StoreError> {
    let mut priced = Vec::with_capacity(lines.len());
    for line in lines {
        let found: Option<(String, i64, String)> =
            query_as("SELECT title, price_minor, currency FROM listings WHERE seller_id = $1 AND sku = $2")
                .bind(seller.0)
                .bind(line.sku.as_str())
                .fetch_optional(&mut **tx)
                .await?;
        let Some((title, minor, currency)) = found else { continue };
        let currency: Currency = read_back("currency", currency.parse())?;
        let unit_price = Money::new(minor, currency);
        priced.push(OrderLine { sku: line.sku.clone(), title, qty: line.qty, unit_price, price_override: None });
    }
    Ok(priced)
}
