//! What this device has for itself: asked for, granted, spent, given back and stated.

pub(crate) mod cover;

pub(crate) use cover::{Fills, PENDING_ASKS, ask_for_promises, cover_promises, lose};

use crate::{
    Store, StoreError, device,
    error::unreadable,
    outbox,
    stock::{self, sku_of},
};
use hawker_domain::{
    ChallengeId, DeviceId, OpId, Sku,
    order::Order,
    rights::{self, Holding, RightsLine},
};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Grants that are named when rights are stated: more than anybody asks for between two backups of a platform.
const COUNTED_MAX: u32 = 1_000;

/// Lines in one op: the platform takes each in a few statements, and buyers wait meanwhile.
const LINES_MAX: usize = 500;

impl Store {
    /// What this device has of each product, as far as it has anything.
    pub async fn holdings(&self) -> Result<BTreeMap<Sku, Holding>, StoreError> {
        holdings(&mut *self.reader.acquire().await?, None).await
    }

    /// True while goods that come in stay this device's own.
    pub async fn keeps_stock(&self) -> Result<bool, StoreError> {
        keeps_stock(&mut *self.reader.acquire().await?).await
    }

    /// From now on goods that come in stay this device's own, or go to the pool. What it has changes nothing.
    pub async fn keep_stock(&self, keeps: bool) -> Result<(), StoreError> {
        sqlx::query("UPDATE device SET keeps_stock = ?").bind(keeps).execute(&self.writer).await?;
        Ok(())
    }

    /// Asks the platform for pieces; it answers by the feed, when there is a network. Errors: nothing is asked for
    /// ([`StoreError::BadInput`]).
    pub async fn ask_rights(&self, lines: &[RightsLine]) -> Result<(), StoreError> {
        let lines = at_least_one(lines)?;
        let mut tx = self.begin().await?;
        ask(&mut tx, &lines, self.clock.now_us()).await?;
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// Gives pieces to the pool: what is asked, as far as the device has them free; returns what was given. Errors: nothing is asked
    /// for ([`StoreError::BadInput`]).
    pub async fn give_rights_back(&self, lines: &[RightsLine]) -> Result<Vec<RightsLine>, StoreError> {
        let lines = at_least_one(lines)?;
        let mut tx = self.begin().await?;
        let mut given = Vec::new();
        for line in lines {
            let back = holding(&mut tx, &line.sku).await?.covers(i64::from(line.pieces));
            if back > 0 {
                change(&mut tx, &line.sku, -back).await?;
                given.push(of_pieces(line.sku, back));
            }
        }
        for lines in given.chunks(LINES_MAX) {
            outbox::enqueue(&mut tx, &OpPayload::RightsReturned { lines: lines.to_vec() }, self.clock.now_us()).await?;
        }
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(given)
    }

    /// Pieces that were asked for and not answered yet.
    pub async fn rights_asked(&self) -> Result<Vec<RightsLine>, StoreError> {
        let waiting: Vec<String> = sqlx::query_scalar(PENDING_ASKS).fetch_all(&self.reader).await?;
        Ok(cover::asked(&waiting))
    }

    /// Pieces that the platform says were sold and not there.
    pub async fn shortfalls(&self) -> Result<BTreeMap<Sku, i64>, StoreError> {
        let rows =
            sqlx::query("SELECT sku, shortfall FROM stock_level WHERE shortfall > 0").fetch_all(&self.reader).await?;
        rows.iter().map(|row| Ok((sku_of(row)?, row.try_get("shortfall")?))).collect()
    }
}

fn at_least_one(lines: &[RightsLine]) -> Result<Vec<RightsLine>, StoreError> {
    let lines: Vec<_> = lines.iter().filter(|line| line.pieces > 0).cloned().collect();
    if lines.is_empty() {
        return Err(StoreError::BadInput("no pieces of anything were named; give each product a number".to_owned()));
    }
    Ok(lines)
}

fn of_pieces(sku: Sku, pieces: i64) -> RightsLine {
    RightsLine { sku, pieces: u32::try_from(pieces).unwrap_or(u32::MAX) }
}

/// What the device has, of these products or of all.
pub(crate) async fn holdings(
    connection: &mut SqliteConnection,
    skus: Option<&[&str]>,
) -> Result<BTreeMap<Sku, Holding>, StoreError> {
    let skus = skus
        .map(|skus| serde_json::to_string(skus).map_err(|why| StoreError::BadInput(why.to_string())))
        .transpose()?;
    let rows = match skus {
        // By their keys: at each sale, of a shop whose whole stock may be here.
        Some(skus) => sqlx::query(
            "SELECT w.value AS sku, coalesce((SELECT pieces FROM stock_right r WHERE r.sku = w.value), 0) AS pieces,
                     coalesce((SELECT sum(qty) FROM promise_line l WHERE l.sku = w.value), 0) AS promised
                 FROM json_each(?) w",
        )
        .bind(skus)
        .fetch_all(connection)
        .await?,
        None => {
            sqlx::query(
                "SELECT sku, sum(pieces) AS pieces, sum(promised) AS promised FROM (
                     SELECT sku, pieces, 0 AS promised FROM stock_right
                     UNION ALL SELECT sku, 0, qty FROM promise_line) GROUP BY sku",
            )
            .fetch_all(connection)
            .await?
        }
    };
    rows.iter()
        .map(|row| Ok((sku_of(row)?, Holding { rights: row.try_get("pieces")?, promised: row.try_get("promised")? })))
        .filter(|holding| !matches!(holding, Ok((_, Holding { rights: 0, promised: 0 }))))
        .collect()
}

pub(crate) async fn holding(connection: &mut SqliteConnection, sku: &Sku) -> Result<Holding, StoreError> {
    Ok(holdings(connection, Some(&[sku.as_str()])).await?.remove(sku).unwrap_or_default())
}

async fn keeps_stock(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT keeps_stock FROM device").fetch_one(connection).await?)
}

/// Changes what the device has of a product, as far as it can be followed.
pub(crate) async fn change(tx: &mut SqliteConnection, sku: &Sku, by: i64) -> Result<(), StoreError> {
    if by == 0 {
        return Ok(());
    }
    let before: Option<i64> = sqlx::query_scalar("SELECT pieces FROM stock_right WHERE sku = ?")
        .bind(sku.as_str())
        .fetch_optional(&mut *tx)
        .await?;
    let before = before.unwrap_or(0);
    if before + rights::followed(before, by) == 0 {
        sqlx::query("DELETE FROM stock_right WHERE sku = ?").bind(sku.as_str()).execute(tx).await?;
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO stock_right (sku, pieces) VALUES (?, ?) ON CONFLICT (sku) DO UPDATE SET pieces = excluded.pieces",
    )
    .bind(sku.as_str())
    .bind(before + rights::followed(before, by))
    .execute(tx)
    .await?;
    Ok(())
}

/// The device's share in movements it is about to make, and its rights after them. Empty where it has no part in any.
pub(crate) async fn take_shares(
    tx: &mut SqliteConnection,
    movements: &[(&Sku, i64)],
) -> Result<HashMap<Sku, i64>, StoreError> {
    if !keeps_stock(tx).await? {
        return Ok(HashMap::new());
    }
    let skus: Vec<&str> = movements.iter().map(|(sku, _)| sku.as_str()).collect();
    let held = holdings(tx, Some(&skus)).await?;
    let mut shares = HashMap::new();
    for (sku, delta) in movements {
        let share = held.get(*sku).copied().unwrap_or_default().share(*delta, true);
        change(tx, sku, share).await?;
        if share != 0 {
            shares.insert((*sku).clone(), share);
        }
    }
    Ok(shares)
}

/// The device's share in goods that come back to it: its own where it keeps its stock.
pub(crate) async fn take_back(
    tx: &mut SqliteConnection,
    back: &BTreeMap<&Sku, i64>,
) -> Result<Vec<RightsLine>, StoreError> {
    let movements: Vec<_> = back.iter().map(|(sku, pieces)| (*sku, *pieces)).collect();
    let shares = take_shares(tx, &movements).await?;
    let own = back.keys().filter_map(|sku| Some(of_pieces((*sku).clone(), *shares.get(*sku)?)));
    Ok(own.collect())
}

/// The platform did not take goods back that were to be this device's own, so they are not; or it has taken them after all, and they are
/// the pool's. From here on both sides may count otherwise, so the device says what it has.
pub(crate) async fn settle_return(
    tx: &mut SqliteConnection,
    own: &[RightsLine],
    is_refused: bool,
    now_us: i64,
) -> Result<(), StoreError> {
    if is_refused {
        for line in own {
            change(tx, &line.sku, -i64::from(line.pieces)).await?;
        }
    }
    let read_seq: i64 = sqlx::query_scalar("SELECT last_seq FROM feed").fetch_one(&mut *tx).await?;
    state(tx, read_seq.unsigned_abs(), None, now_us).await
}

/// Spends what the rights cover of a sale.
pub(crate) async fn spend(
    tx: &mut SqliteConnection,
    sold: &BTreeMap<&Sku, i64>,
) -> Result<Vec<RightsLine>, StoreError> {
    let skus: Vec<&str> = sold.keys().map(|sku| sku.as_str()).collect();
    let held = holdings(tx, Some(&skus)).await?;
    let mut spent = Vec::new();
    for (sku, qty) in sold {
        let covered = held.get(*sku).copied().unwrap_or_default().covers(*qty);
        if covered > 0 {
            change(tx, sku, -covered).await?;
            spent.push(of_pieces((*sku).clone(), covered));
        }
    }
    Ok(spent)
}

/// What the platform granted: to this device, under the epoch it has, and once.
pub(crate) async fn granted(
    tx: &mut SqliteConnection,
    (to, epoch): (DeviceId, u32),
    (op_id, server_seq): (OpId, u64),
    lines: &[RightsLine],
) -> Result<bool, StoreError> {
    if !device::is_in_epoch(tx, to, epoch).await? {
        // What was asked under an epoch that is over is answered by this, with nothing.
        if device::is_own(tx, to).await? {
            note_grant(tx, op_id, server_seq, &[]).await?;
        }
        return Ok(false);
    }
    if !note_grant(tx, op_id, server_seq, lines).await? {
        return Ok(false);
    }
    for line in lines {
        change(tx, &line.sku, i64::from(line.pieces)).await?;
    }
    Ok(true)
}

/// Keeps an answer under the op that asked; false when it was known.
async fn note_grant(
    tx: &mut SqliteConnection,
    op_id: OpId,
    server_seq: u64,
    lines: &[RightsLine],
) -> Result<bool, StoreError> {
    let text = serde_json::to_string(lines).map_err(|why| StoreError::BadInput(why.to_string()))?;
    let insert = "INSERT INTO stock_grant (op_id, server_seq, lines) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    let noted = sqlx::query(insert)
        .bind(op_id.0)
        .bind(i64::try_from(server_seq).unwrap_or(i64::MAX))
        .bind(text)
        .execute(tx)
        .await?;
    Ok(noted.rows_affected() == 1)
}

/// A change of this very device that its store has forgotten, being an older copy: its rights follow as they did then.
pub(crate) async fn follow_own(tx: &mut SqliteConnection, payload: &OpPayload) -> Result<(), StoreError> {
    match payload {
        OpPayload::StockMoved { movement, rights } => change(tx, &movement.sku, *rights).await?,
        OpPayload::VenueSale { rights, .. } | OpPayload::RightsReturned { lines: rights } => {
            for line in rights {
                change(tx, &line.sku, -i64::from(line.pieces)).await?;
            }
        }
        OpPayload::SaleReturned { rights, .. } => {
            for line in rights {
                change(tx, &line.sku, i64::from(line.pieces)).await?;
            }
        }
        OpPayload::RightsStated { lines, read_seq, counted, .. } => {
            forget(tx).await?;
            let later = granted_behind(tx, *read_seq, counted).await?;
            for line in lines.iter().chain(&later) {
                change(tx, &line.sku, i64::from(line.pieces)).await?;
            }
        }
        OpPayload::RightsAsked { .. }
        | OpPayload::OrderMoved { .. }
        | OpPayload::ProductEdited { .. }
        | OpPayload::PaymentMatched { .. }
        | OpPayload::TillClosed { .. }
        | OpPayload::OfferPut { .. }
        | OpPayload::OfferEnded { .. }
        | OpPayload::ChannelSale { .. }
        | OpPayload::ClaimAnswered { .. } => {}
    }
    Ok(())
}

/// What was granted behind that entry of the feed, but for these.
async fn granted_behind(
    tx: &mut SqliteConnection,
    read_seq: u64,
    counted: &[OpId],
) -> Result<Vec<RightsLine>, StoreError> {
    let later: Vec<(Uuid, String)> = sqlx::query_as("SELECT op_id, lines FROM stock_grant WHERE server_seq > ?")
        .bind(i64::try_from(read_seq).unwrap_or(i64::MAX))
        .fetch_all(tx)
        .await?;
    let mut lines = Vec::new();
    for (_, text) in later.into_iter().filter(|(op_id, _)| !counted.contains(&OpId(*op_id))) {
        let granted: Vec<RightsLine> = serde_json::from_str(&text).map_err(|why| unreadable("grant", why))?;
        lines.extend(granted);
    }
    Ok(lines)
}

async fn ask(tx: &mut SqliteConnection, lines: &[RightsLine], now_us: i64) -> Result<(), StoreError> {
    for lines in lines.chunks(LINES_MAX) {
        outbox::enqueue(tx, &OpPayload::RightsAsked { lines: lines.to_vec() }, now_us).await?;
    }
    Ok(())
}

async fn forget(tx: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM stock_right").execute(tx).await?;
    Ok(())
}

/// True when this device ever had rights.
pub(crate) async fn ever(tx: &mut SqliteConnection) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM stock_right) OR EXISTS (SELECT 1 FROM stock_grant)")
        .fetch_one(tx)
        .await?)
}

/// Tells the platform what the device has, behind all that waits to be told.
pub(crate) async fn state(
    tx: &mut SqliteConnection,
    read_seq: u64,
    challenge: Option<ChallengeId>,
    now_us: i64,
) -> Result<(), StoreError> {
    let held = holdings(tx, None).await?;
    let lines = held
        .into_iter()
        .filter(|(_, holding)| holding.rights > 0)
        .map(|(sku, holding)| of_pieces(sku, holding.rights))
        .collect();
    let counted: Vec<Uuid> = sqlx::query_scalar("SELECT op_id FROM stock_grant ORDER BY rowid DESC LIMIT ?")
        .bind(COUNTED_MAX)
        .fetch_all(&mut *tx)
        .await?;
    let counted = counted.into_iter().map(OpId).collect();
    outbox::enqueue(tx, &OpPayload::RightsStated { lines, read_seq, counted, challenge }, now_us).await?;
    Ok(())
}

/// Sets what the platform says is missing.
pub(crate) async fn set_shortfall(tx: &mut SqliteConnection, sku: &Sku, missing: i64) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO stock_level (sku, on_hand, reserved, shortfall) VALUES (?, 0, 0, ?)
         ON CONFLICT (sku) DO UPDATE SET shortfall = excluded.shortfall",
    )
    .bind(sku.as_str())
    .bind(missing.max(0))
    .execute(tx)
    .await?;
    Ok(())
}

/// The stored text of an order that was put aside.
pub(crate) fn order_of(body: &str) -> Result<Order, StoreError> {
    serde_json::from_str(body).map_err(|why| unreadable("promise", why))
}

/// Pieces of each product that may be promised here: the device's rights, or all its stock while it belongs to no platform and
/// nobody else can promise any.
pub(crate) async fn promisable(tx: &mut SqliteConnection, sku: &Sku) -> Result<Holding, StoreError> {
    let is_alone: bool = sqlx::query_scalar("SELECT seller_id IS NULL FROM feed").fetch_one(&mut *tx).await?;
    let mut held = holding(tx, sku).await?;
    if device::is_restored_copy(tx).await? {
        // What it had since the backup was made may be sold.
        held.rights = 0;
    }
    if !is_alone {
        return Ok(held);
    }
    let level = stock::levels_of(tx, &[sku.as_str()]).await?.remove(sku).unwrap_or_default();
    let promised: i64 = sqlx::query_scalar("SELECT coalesce(sum(qty), 0) FROM promise_line WHERE sku = ?")
        .bind(sku.as_str())
        .fetch_one(tx)
        .await?;
    Ok(Holding { rights: level.on_hand.max(0), promised })
}
