//! Goods that are put aside here and not covered by rights: when the pool is asked for them.

use super::{LINES_MAX, ask, forget, of_pieces};
use crate::{StoreError, device, stock::sku_of};
use hawker_domain::{DeviceId, Sku, rights::RightsLine};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpPayload, Read},
};
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};

/// Of so many ops of its epoch, the last, it is looked at whether one was taken and still awaits its answer. The feed brings an
/// answer soon after; what has been asked for longer was asked from a state of the platform that is gone.
const ANSWERS_LOOKED_FOR: i64 = 500;

/// So often what is put aside is asked for again because it was lost, while nothing else happens on the device.
const ASKED_IN_VAIN_MAX: i64 = 3;

/// Asks that wait for the network, under whatever number. One that the feed has answered does not, though its own answer was lost.
pub(crate) const PENDING_ASKS: &str = r#"SELECT payload FROM outbox o
     WHERE state = 'pending' AND payload LIKE '{"kind":"rights_asked"%'
         AND NOT EXISTS (SELECT 1 FROM stock_grant g WHERE g.op_id = o.op_id) ORDER BY seq"#;

/// Asks that were taken, from a number on, and not answered by the feed yet.
pub(crate) const RECENT_ASKS: &str = r#"SELECT payload FROM outbox o
     WHERE device_id = ? AND epoch = ? AND seq >= ? AND state = 'applied' AND payload LIKE '{"kind":"rights_asked"%'
         AND NOT EXISTS (SELECT 1 FROM stock_grant g WHERE g.op_id = o.op_id)"#;

/// Products of which the pool may have pieces, by what the feed told, that nobody had before.
#[derive(Debug, Default)]
pub(crate) struct Fills {
    /// It is not said of what.
    all: bool,
    skus: BTreeSet<Sku>,
}

impl Fills {
    /// What devices ask for does not fill the pool, nor what they are answered: asking again would be told to all again, and so on.
    /// Nor does what `own`, this device, says it has, or is told to have lost: of two copies of it each would ask by what the
    /// other said, without an end.
    pub(crate) fn note(&mut self, event: &FeedEvent, own: DeviceId) {
        match event {
            // What buyers let go is told by the same number as what they take, so this asks sometimes in vain.
            FeedEvent::Reserved { sku, .. } => {
                self.skus.insert(sku.clone());
            }
            FeedEvent::RightsWithdrawn { device_id, .. } => self.all |= *device_id != own,
            FeedEvent::Op { op } => match op.read() {
                Read::Known(OpPayload::StockMoved { movement, .. }) if movement.delta > 0 => {
                    self.skus.insert(movement.sku);
                }
                Read::Known(OpPayload::RightsReturned { lines }) => {
                    self.skus.extend(lines.into_iter().map(|line| line.sku));
                }
                // It names lines of an order that this device may not have.
                Read::Known(OpPayload::SaleReturned { back, .. }) => self.all |= back.goods_back,
                Read::Known(OpPayload::RightsStated { .. }) => self.all |= op.device_id != own,
                _ => {}
            },
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        !self.all && self.skus.is_empty()
    }

    fn has(&self, sku: &Sku) -> bool {
        self.all || self.skus.contains(sku)
    }
}

/// Asks for what covers the goods that are put aside here.
pub(crate) async fn ask_for_promises(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    let lines = lines_of(uncovered(tx).await?);
    ask(tx, &lines, now_us).await
}

/// Asks again for what covers the goods that are put aside here, as far as the pool may have it by now and it was not asked for
/// already. True when something was asked for.
pub(crate) async fn cover_promises(tx: &mut SqliteConnection, fills: &Fills, now_us: i64) -> Result<bool, StoreError> {
    if fills.is_empty() {
        return Ok(false);
    }
    let mut wanted = uncovered(tx).await?;
    wanted.retain(|sku, _| fills.has(sku));
    if wanted.is_empty() {
        return Ok(false);
    }
    for line in on_their_way(tx).await? {
        if let Some(pieces) = wanted.get_mut(&line.sku) {
            *pieces -= i64::from(line.pieces);
        }
    }
    wanted.retain(|_, pieces| *pieces > 0);
    ask(tx, &lines_of(wanted.clone()), now_us).await?;
    Ok(!wanted.is_empty())
}

/// The device has none any more, since it has a copy or was declared lost. What was put aside is asked for anew, but not for ever: of
/// two copies of a device, which have both put it aside, each takes it from the other by asking.
pub(crate) async fn lose(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    forget(tx).await?;
    let lines = lines_of(uncovered(tx).await?);
    if asked_in_vain(tx, &lines).await? < ASKED_IN_VAIN_MAX { ask(tx, &lines, now_us).await } else { Ok(()) }
}

/// How often the same was asked for since anything else than rights was spoken of.
async fn asked_in_vain(tx: &mut SqliteConnection, lines: &[RightsLine]) -> Result<i64, StoreError> {
    let lines = lines.iter().take(LINES_MAX).cloned().collect();
    let payload = serde_json::to_string(&OpPayload::RightsAsked { lines });
    let payload = payload.map_err(|why| StoreError::BadInput(why.to_string()))?;
    let count = sqlx::query_scalar(
        r#"SELECT count(*) FROM outbox WHERE payload = ? AND rowid >
               (SELECT coalesce(max(rowid), 0) FROM outbox WHERE payload NOT LIKE '{"kind":"rights_%')"#,
    )
    .bind(payload)
    .fetch_one(tx)
    .await?;
    Ok(count)
}

/// Pieces that are put aside here beyond what the rights cover.
async fn uncovered(tx: &mut SqliteConnection) -> Result<BTreeMap<Sku, i64>, StoreError> {
    let rows = sqlx::query(
        "SELECT l.sku, sum(l.qty) - coalesce(r.pieces, 0) AS missing FROM promise_line l LEFT JOIN stock_right r ON r.sku = l.sku
         GROUP BY l.sku HAVING missing > 0",
    )
    .fetch_all(tx)
    .await?;
    rows.iter().map(|row| Ok((sku_of(row)?, row.try_get("missing")?))).collect()
}

/// What was asked for and not answered yet: the platform gives it with all it has by then.
async fn on_their_way(tx: &mut SqliteConnection) -> Result<Vec<RightsLine>, StoreError> {
    let (device, epoch, next_seq) = device::place(tx).await?;
    let mut asks: Vec<String> = sqlx::query_scalar(PENDING_ASKS).fetch_all(&mut *tx).await?;
    let recent: Vec<String> = sqlx::query_scalar(RECENT_ASKS)
        .bind(device.0)
        .bind(epoch)
        .bind(next_seq - ANSWERS_LOOKED_FOR)
        .fetch_all(tx)
        .await?;
    asks.extend(recent);
    Ok(asked(&asks))
}

/// What these ops ask for.
pub(super) fn asked(payloads: &[String]) -> Vec<RightsLine> {
    let lines = payloads.iter().filter_map(|payload| match serde_json::from_str(payload) {
        Ok(OpPayload::RightsAsked { lines }) => Some(lines),
        _ => None,
    });
    lines.flatten().collect()
}

fn lines_of(pieces: BTreeMap<Sku, i64>) -> Vec<RightsLine> {
    pieces.into_iter().map(|(sku, pieces)| of_pieces(sku, pieces)).collect()
}
