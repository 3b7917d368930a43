//! The waiting list of a seller's goods, and what ends with time.

use super::{decide, left, rows, rows::Row};
use crate::db::{
    StockNews, StoreError,
    postgres::{Tx, rights},
};
use hawker_domain::{
    ReservationId, SellerId, ShowId, Sku,
    claim::{ClaimEvent, Waiter, place, promoted},
};
use sqlx::query_scalar;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Puts a claim at the end of the list.
pub async fn put(tx: &mut Tx, seller: SellerId, row: &mut Row, now_us: i64) -> Result<(), StoreError> {
    let claim_id = row.claim.claim_id;
    let mut queue = rows::queue(tx, seller).await?;
    queue.push(Waiter { claim_id, lines: row.claim.lines.clone() });
    let place = place(&queue, claim_id).unwrap_or(1);
    rows::put_last(tx, seller, claim_id).await?;
    rows::step(tx, seller, row, ClaimEvent::Queue { place }, now_us).await
}

/// Holds what is there for who waits for it, first come first: `hawker_domain::claim::promoted`, carried out. Who waited gets
/// the goods held, also where the show's other claims are a race.
pub async fn promote(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<Vec<StockNews>, StoreError> {
    // Devices are asked what they have: until then nobody knows what is there.
    if !rights::is_open(tx, seller).await? {
        return Ok(Vec::new());
    }
    let mut news = Vec::new();
    // Each turn but the last takes somebody off the list.
    while give(tx, seller, now_us, &mut news).await? {}
    Ok(news)
}

/// One turn of it. True: who came next could not be served at all and waits no more, so those behind come nearer.
async fn give(tx: &mut Tx, seller: SellerId, now_us: i64, news: &mut Vec<StockNews>) -> Result<bool, StoreError> {
    let queue = rows::queue(tx, seller).await?;
    let wanted: BTreeSet<&Sku> = queue.iter().flat_map(|one| &one.lines).map(|line| &line.sku).collect();
    let wanted: Vec<Sku> = wanted.into_iter().cloned().collect();
    let there = left(tx, seller, &wanted).await?;
    let chosen = promoted(&queue, &there);
    let mut has_ended = false;
    for claim_id in &chosen {
        let Some((_, mut row)) = rows::find(tx, *claim_id).await? else { continue };
        if decide::pays_together(tx, seller, &row.claim.lines).await?.is_err() {
            // One of its products costs another currency since: nobody's goods wait for a claim that can't be paid.
            rows::step(tx, seller, &mut row, ClaimEvent::RunOut, now_us).await?;
            has_ended = true;
            continue;
        }
        let rules = rows::rules(tx, row.claim.show_id).await?.unwrap_or_default();
        let (reservation, until_us) = (ReservationId(Uuid::now_v7()), now_us + rules.policy.hold_us());
        let held = decide::hold(tx, seller, &mut row, (reservation, until_us), &rules, now_us).await?;
        news.extend(held.stock);
    }
    if !chosen.is_empty() {
        rows::tell_waiting(tx, seller).await?;
    }
    Ok(has_ended)
}

/// A show is over: nobody waits in it any more, for goods or for the desk, whose answer would come to nothing. What is held may be paid
/// to the end of its time.
pub async fn end_waiting(tx: &mut Tx, seller: SellerId, show: ShowId, now_us: i64) -> Result<(), StoreError> {
    for state in ["waiting", "asked"] {
        for (_, mut row) in rows::of_show(tx, show, state).await? {
            rows::step(tx, seller, &mut row, ClaimEvent::RunOut, now_us).await?;
        }
    }
    rows::tell_waiting(tx, seller).await
}

/// Invitations of a seller that nobody followed in time.
pub async fn end_invitations(tx: &mut Tx, seller: SellerId, now_us: i64, limit: u32) -> Result<(), StoreError> {
    let due: Vec<Uuid> = query_scalar(
        "SELECT claim_id FROM claims WHERE seller_id = $1 AND state = 'invited' AND until_us <= $2
         ORDER BY until_us LIMIT $3",
    )
    .bind(seller.0)
    .bind(now_us)
    .bind(i64::from(limit))
    .fetch_all(&mut **tx)
    .await?;
    for claim_id in due {
        if let Some((_, mut row)) = rows::find(tx, claim_id.into()).await? {
            rows::step(tx, seller, &mut row, ClaimEvent::RunOut, now_us).await?;
        }
    }
    Ok(())
}
