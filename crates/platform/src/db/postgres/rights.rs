//! Rights of devices, and the question after a restore what they have.

pub use crate::db::shared::rights::{Holder, Stated};

use super::{PostgresStore, Tx, feed, kept, read_back, stock, to_i64, to_u32, to_u64};
use crate::db::{RightsStore, StockNews, StoreError, shared::rights::summed};
use async_trait::async_trait;
use hawker_domain::{
    ChallengeId, DeviceId, OpId, SellerId, Sku,
    rights::{self, RightsLine},
};
use hawker_wire::{
    feed::FeedEvent,
    rights::{DeviceRights, RightsReport},
};
use sqlx::{query, query_as, query_scalar};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Changes what a device has of one product, by as much as can be followed; returns by how much. A device that nobody knows, or that
/// was revoked, has no rights and gets none: what it speaks of is the pool's.
pub async fn change(tx: &mut Tx, of: Holder, sku: &Sku, by: i64) -> Result<i64, StoreError> {
    if by == 0 || !may_have(tx, of).await? {
        return Ok(0);
    }
    let before = pieces(tx, of, sku).await?;
    let followed = rights::followed(before, by);
    if before + followed == 0 {
        query("DELETE FROM rights WHERE seller_id = $1 AND device_id = $2 AND sku = $3")
            .bind(of.seller.0)
            .bind(of.device.0)
            .bind(sku.as_str())
            .execute(&mut **tx)
            .await?;
        return Ok(followed);
    }
    query(
        "INSERT INTO rights (seller_id, device_id, sku, pieces) VALUES ($1, $2, $3, $4)
         ON CONFLICT (seller_id, device_id, sku) DO UPDATE SET pieces = excluded.pieces",
    )
    .bind(of.seller.0)
    .bind(of.device.0)
    .bind(sku.as_str())
    .bind(before + followed)
    .execute(&mut **tx)
    .await?;
    Ok(followed)
}

async fn is_device(tx: &mut Tx, of: Holder) -> Result<bool, StoreError> {
    Ok(query_scalar("SELECT EXISTS (SELECT 1 FROM devices WHERE seller_id = $1 AND device_id = $2)")
        .bind(of.seller.0)
        .bind(of.device.0)
        .fetch_one(&mut **tx)
        .await?)
}

async fn may_have(tx: &mut Tx, of: Holder) -> Result<bool, StoreError> {
    let may = "SELECT EXISTS (SELECT 1 FROM devices WHERE seller_id = $1 AND device_id = $2 AND revoked_us IS NULL)";
    Ok(query_scalar(may).bind(of.seller.0).bind(of.device.0).fetch_one(&mut **tx).await?)
}

async fn pieces(tx: &mut Tx, of: Holder, sku: &Sku) -> Result<i64, StoreError> {
    let pieces: Option<i64> =
        query_scalar("SELECT pieces FROM rights WHERE seller_id = $1 AND device_id = $2 AND sku = $3")
            .bind(of.seller.0)
            .bind(of.device.0)
            .bind(sku.as_str())
            .fetch_optional(&mut **tx)
            .await?;
    Ok(pieces.unwrap_or(0))
}

/// All it has.
async fn held(tx: &mut Tx, of: Holder) -> Result<BTreeMap<Sku, i64>, StoreError> {
    let rows: Vec<(String, i64)> =
        query_as("SELECT sku, pieces FROM rights WHERE seller_id = $1 AND device_id = $2 AND pieces > 0")
            .bind(of.seller.0)
            .bind(of.device.0)
            .fetch_all(&mut **tx)
            .await?;
    rows.into_iter().map(|(sku, pieces)| Ok((read_back("sku", Sku::new(&sku))?, pieces))).collect()
}

/// Grants what was asked for as far as the pool has it, and tells so; also that there was nothing.
pub async fn grant(
    tx: &mut Tx,
    of: Holder,
    op_id: OpId,
    asked: &[RightsLine],
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    if is_granted(tx, of.seller, op_id).await? {
        return Ok(());
    }
    let mut lines = Vec::new();
    for (sku, wanted) in summed(asked) {
        let granted = rights::granted(stock::pool(tx, of.seller, sku).await?, wanted);
        let granted = change(tx, of, sku, granted).await?;
        if granted == 0 {
            continue;
        }
        news.push(stock::move_pool(tx, of.seller, sku, -granted, now_us).await?.news(sku));
        lines.push(RightsLine { sku: sku.clone(), pieces: u32::try_from(granted).unwrap_or(u32::MAX) });
    }
    let epoch = epoch(tx, of).await?.unwrap_or(0);
    tell_granted(tx, of, op_id, epoch, lines, now_us).await
}

/// A grant that this database lost: it holds again, unless the device has gone on under another epoch since. True: it was news.
pub async fn grant_again(
    tx: &mut Tx,
    of: Holder,
    op_id: OpId,
    (granted_epoch, lines): (u32, &[RightsLine]),
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<bool, StoreError> {
    remember(tx, of, granted_epoch, now_us).await?;
    if is_granted(tx, of.seller, op_id).await? || !is_current(tx, of, granted_epoch).await? {
        return Ok(false);
    }
    for (sku, pieces) in summed(lines) {
        let followed = change(tx, of, sku, i64::from(pieces)).await?;
        // Also beyond what the pool has: the device may have sold them.
        news.push(stock::move_pool(tx, of.seller, sku, -followed, now_us).await?.news(sku));
    }
    tell_granted(tx, of, op_id, granted_epoch, lines.to_vec(), now_us).await?;
    Ok(true)
}

async fn is_granted(tx: &mut Tx, seller: SellerId, op_id: OpId) -> Result<bool, StoreError> {
    Ok(query_scalar("SELECT EXISTS (SELECT 1 FROM grants WHERE seller_id = $1 AND op_id = $2)")
        .bind(seller.0)
        .bind(op_id.0)
        .fetch_one(&mut **tx)
        .await?)
}

async fn epoch(tx: &mut Tx, of: Holder) -> Result<Option<u32>, StoreError> {
    let epoch: Option<i64> = query_scalar("SELECT epoch FROM devices WHERE seller_id = $1 AND device_id = $2")
        .bind(of.seller.0)
        .bind(of.device.0)
        .fetch_optional(&mut **tx)
        .await?;
    epoch.map(|epoch| to_u32("epoch", epoch)).transpose()
}

async fn tell_granted(
    tx: &mut Tx,
    of: Holder,
    op_id: OpId,
    epoch: u32,
    lines: Vec<RightsLine>,
    now_us: i64,
) -> Result<(), StoreError> {
    let text = read_back("grant", serde_json::to_string(&lines))?;
    let event = FeedEvent::Granted { device_id: of.device, epoch, op_id, lines };
    let server_seq = feed::append(tx, of.seller, &event, now_us).await?;
    query("INSERT INTO grants (seller_id, op_id, device_id, epoch, server_seq, lines) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(of.seller.0)
        .bind(op_id.0)
        .bind(of.device.0)
        .bind(i64::from(epoch))
        .bind(to_i64(server_seq))
        .bind(text)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The device gives pieces to the pool.
pub async fn give_back(
    tx: &mut Tx,
    of: Holder,
    lines: &[RightsLine],
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    for (sku, pieces) in summed(lines) {
        let followed = change(tx, of, sku, -i64::from(pieces)).await?;
        news.push(stock::move_pool(tx, of.seller, sku, -followed, now_us).await?.news(sku));
    }
    Ok(())
}

/// All a device has goes to the pool: it is lost or about to be revoked, or goes on under another epoch.
pub async fn give_all_back(tx: &mut Tx, of: Holder, now_us: i64) -> Result<Vec<StockNews>, StoreError> {
    let mut news = Vec::new();
    for (sku, pieces) in held(tx, of).await? {
        change(tx, of, &sku, -pieces).await?;
        news.push(stock::move_pool(tx, of.seller, &sku, pieces, now_us).await?.news(&sku));
    }
    Ok(news)
}

/// Tells a device, and copies of it, that what it had before the epoch it has now went to the pool.
pub async fn withdraw(tx: &mut Tx, of: Holder, now_us: i64) -> Result<(), StoreError> {
    if let Some(epoch) = epoch(tx, of).await? {
        let event = FeedEvent::RightsWithdrawn { device_id: of.device, epoch };
        feed::append(tx, of.seller, &event, now_us).await?;
    }
    Ok(())
}

/// A device that this database has forgotten, or has in an epoch of before, being put back: another device told of it.
pub async fn remember(tx: &mut Tx, of: Holder, in_epoch: u32, now_us: i64) -> Result<(), StoreError> {
    let known = epoch(tx, of).await?;
    if known.is_some_and(|known| known >= in_epoch) {
        return Ok(());
    }
    if known.is_some() {
        give_all_back(tx, of, now_us).await?;
    }
    query(
        "INSERT INTO devices (seller_id, device_id, name, epoch, created_us) VALUES ($1, $2, '', $3, $4)
         ON CONFLICT (seller_id, device_id) DO UPDATE SET epoch = excluded.epoch, last_seq = 0, forked = FALSE",
    )
    .bind(of.seller.0)
    .bind(of.device.0)
    .bind(i64::from(in_epoch))
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// True while the device is in this epoch: rights of a former one went to the pool.
pub async fn is_current(tx: &mut Tx, of: Holder, in_epoch: u32) -> Result<bool, StoreError> {
    Ok(epoch(tx, of).await? == Some(in_epoch))
}

/// The device's own word on its rights counts; what was granted behind what it had read, and is not among what it counted before this
/// database was put back, comes on top.
pub async fn state(
    tx: &mut Tx,
    of: Holder,
    stated: &Stated<'_>,
    now_us: i64,
    news: &mut Vec<StockNews>,
) -> Result<(), StoreError> {
    let mut rights: BTreeMap<Sku, i64> =
        summed(stated.lines).into_iter().map(|(sku, pieces)| (sku.clone(), i64::from(pieces))).collect();
    for line in granted_behind(tx, of, stated).await? {
        *rights.entry(line.sku).or_default() += i64::from(line.pieces);
    }
    let before = held(tx, of).await?;
    for sku in before.keys() {
        rights.entry(sku.clone()).or_default();
    }
    for (sku, pieces) in rights {
        let by = pieces - before.get(&sku).copied().unwrap_or(0);
        let followed = change(tx, of, &sku, by).await?;
        if followed != 0 {
            news.push(stock::move_pool(tx, of.seller, &sku, -followed, now_us).await?.news(&sku));
        }
    }
    for op_id in stated.counted {
        // Told anew by another device they are no news.
        query(
            "INSERT INTO grants (seller_id, op_id, device_id, epoch, server_seq, lines) VALUES ($1, $2, $3, 0, 0, '[]')
             ON CONFLICT DO NOTHING",
        )
        .bind(of.seller.0)
        .bind(op_id.0)
        .bind(of.device.0)
        .execute(&mut **tx)
        .await?;
    }
    if let Some(challenge) = stated.challenge {
        query("UPDATE devices SET answered = $1 WHERE seller_id = $2 AND device_id = $3")
            .bind(challenge.0)
            .bind(of.seller.0)
            .bind(of.device.0)
            .execute(&mut **tx)
            .await?;
        open_when_answered(tx, of.seller, now_us).await?;
    }
    Ok(())
}

async fn granted_behind(tx: &mut Tx, of: Holder, stated: &Stated<'_>) -> Result<Vec<RightsLine>, StoreError> {
    let grants: Vec<(Uuid, String)> = query_as(
        "SELECT op_id, lines FROM grants g WHERE seller_id = $1 AND device_id = $2 AND server_seq > $3
         AND epoch = (SELECT epoch FROM devices WHERE seller_id = $1 AND device_id = $2)",
    )
    .bind(of.seller.0)
    .bind(of.device.0)
    .bind(to_i64(stated.read_seq))
    .fetch_all(&mut **tx)
    .await?;
    let mut lines = Vec::new();
    for (_, grant) in grants.into_iter().filter(|(op_id, _)| !stated.counted.contains(&OpId(*op_id))) {
        lines.extend(read_back::<Vec<RightsLine>, _>("grant", serde_json::from_str(&grant))?);
    }
    Ok(lines)
}

/// Closes the pool and asks all devices what they have, once for each time this database was put back: a device that comes later
/// and lacks the question of then belongs to the same time.
pub async fn challenge(
    tx: &mut Tx,
    seller: SellerId,
    common: u64,
    is_complete: bool,
    now_us: i64,
) -> Result<(), StoreError> {
    let asked: Option<i64> = query_scalar("SELECT server_seq FROM challenges WHERE seller_id = $1")
        .bind(seller.0)
        .fetch_optional(&mut **tx)
        .await?;
    if asked.is_some_and(|server_seq| to_u64(server_seq) > common) {
        return complete(tx, seller, is_complete, now_us).await;
    }
    let challenge = ChallengeId(Uuid::now_v7());
    let server_seq = feed::append(tx, seller, &FeedEvent::Challenged { challenge }, now_us).await?;
    query(
        "INSERT INTO challenges (seller_id, challenge_id, server_seq, since_us) VALUES ($1, $2, $3, $4)
         ON CONFLICT (seller_id) DO UPDATE SET challenge_id = excluded.challenge_id,
             server_seq = excluded.server_seq, since_us = excluded.since_us, is_complete = FALSE, opened_us = NULL",
    )
    .bind(seller.0)
    .bind(challenge.0)
    .bind(to_i64(server_seq))
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    complete(tx, seller, is_complete, now_us).await
}

/// A device has given back the last it had: who has rights is known as far as it can tell.
async fn complete(tx: &mut Tx, seller: SellerId, is_complete: bool, now_us: i64) -> Result<(), StoreError> {
    if !is_complete {
        return Ok(());
    }
    query("UPDATE challenges SET is_complete = TRUE WHERE seller_id = $1").bind(seller.0).execute(&mut **tx).await?;
    open_when_answered(tx, seller, now_us).await
}

/// Opens the pool as soon as somebody has answered and nobody with rights owes an answer.
async fn open_when_answered(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<(), StoreError> {
    query(
        "UPDATE challenges SET opened_us = $2 WHERE seller_id = $1 AND opened_us IS NULL AND is_complete
         AND EXISTS (SELECT 1 FROM devices d WHERE d.seller_id = $1 AND d.answered = challenge_id)
         AND NOT EXISTS (SELECT 1 FROM rights r JOIN devices d USING (seller_id, device_id)
             WHERE r.seller_id = $1 AND r.pieces > 0 AND d.answered IS DISTINCT FROM challenge_id)",
    )
    .bind(seller.0)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// False while devices are asked what they have.
pub async fn is_open(tx: &mut Tx, seller: SellerId) -> Result<bool, StoreError> {
    Ok(closed_since(tx, seller).await?.is_none())
}

async fn closed_since(tx: &mut Tx, seller: SellerId) -> Result<Option<i64>, StoreError> {
    Ok(query_scalar("SELECT since_us FROM challenges WHERE seller_id = $1 AND opened_us IS NULL")
        .bind(seller.0)
        .fetch_optional(&mut **tx)
        .await?)
}

#[async_trait]
impl RightsStore for PostgresStore {
    async fn rights(&self, seller: SellerId) -> Result<RightsReport, StoreError> {
        let mut tx = self.begin_to_read().await?;
        let closed_since_us = closed_since(&mut tx, seller).await?;
        let rows: Vec<(Uuid, String, bool)> = query_as(
            "SELECT d.device_id, d.name, d.answered IS DISTINCT FROM c.challenge_id FROM devices d
             LEFT JOIN challenges c ON c.seller_id = d.seller_id AND c.opened_us IS NULL
             WHERE d.seller_id = $1 ORDER BY d.created_us, d.device_id",
        )
        .bind(seller.0)
        .fetch_all(&mut *tx)
        .await?;
        let mut devices = Vec::with_capacity(rows.len());
        for (device_id, name, owes_answer) in rows {
            let device_id = DeviceId(device_id);
            let lines: Vec<_> = held(&mut tx, Holder { seller, device: device_id })
                .await?
                .into_iter()
                .map(|(sku, pieces)| RightsLine { sku, pieces: u32::try_from(pieces).unwrap_or(u32::MAX) })
                .collect();
            let is_awaited = closed_since_us.is_some() && owes_answer && !lines.is_empty();
            devices.push(DeviceRights { device_id, name, lines, is_awaited });
        }
        Ok(RightsReport { is_open: closed_since_us.is_none(), closed_since_us, devices })
    }

    async fn declare_lost(
        &self,
        seller: SellerId,
        device: DeviceId,
        now_us: i64,
    ) -> Result<Option<Vec<StockNews>>, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        let of = Holder { seller, device };
        if !is_device(&mut tx, of).await? {
            return Ok(None);
        }
        let news = give_all_back(&mut tx, of, now_us).await?;
        // What it has not told yet belongs to an epoch that is over, so it registers anew before anything is taken from it.
        query("UPDATE devices SET epoch = epoch + 1, last_seq = 0, forked = FALSE WHERE seller_id = $1 AND device_id = $2")
            .bind(seller.0)
            .bind(device.0)
            .execute(&mut *tx)
            .await?;
        withdraw(&mut tx, of, now_us).await?;
        open_when_nobody_is_awaited(&mut tx, seller, now_us).await?;
        tx.commit().await?;
        Ok(Some(news))
    }
}

/// A person said that a device is lost, or revoked it: where it was the last one awaited, the pool opens without anybody's answer.
pub async fn open_when_nobody_is_awaited(tx: &mut Tx, seller: SellerId, now_us: i64) -> Result<(), StoreError> {
    let opened = query(
        "UPDATE challenges SET opened_us = $2 WHERE seller_id = $1 AND opened_us IS NULL
         AND NOT EXISTS (SELECT 1 FROM rights r JOIN devices d USING (seller_id, device_id)
             WHERE r.seller_id = $1 AND r.pieces > 0 AND d.answered IS DISTINCT FROM challenge_id)",
    )
    .bind(seller.0)
    .bind(now_us)
    .execute(&mut **tx)
    .await?;
    if opened.rows_affected() > 0 {
        // Rights that were asked for meanwhile.
        kept::apply_kept(tx, seller, now_us).await?;
    }
    Ok(())
}
