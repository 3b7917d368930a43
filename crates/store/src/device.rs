//! Who this installation is to the platform, and the counter its ops are numbered by.

use crate::{Store, StoreError, edits, error::unreadable, high_water, offers, outbox, rights, stock};
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::ops::OpPayload;
use sqlx::{Row, SqliteConnection, SqlitePool};
use uuid::Uuid;

/// Set in the epoch of a store that came back from a backup. No platform gives such an epoch: it answers the ops it knows
/// and fences the first it does not, so the device registers anew before anything new is taken from it. What is below
/// the mark is the epoch the numbers of the ops were counted in.
const RESTORED: i64 = 1 << 31;

/// Ops put into the outbox by one statement; it takes 32,766 values at most.
const TOLD_AT_ONCE: usize = 1_000;

/// This installation. `epoch` is 0 until the platform has given one, and above 2^31 between a restore and the next
/// registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    pub device_id: DeviceId,
    pub epoch: u32,
}

impl DeviceIdentity {
    /// True where this device was in a later epoch than one that a platform gives: that platform was put back to an earlier state,
    /// and its feed says what it lost. Never of a store that came back itself, which can't tell.
    pub fn is_past(&self, epoch: u32) -> bool {
        !is_restored(self.epoch) && epoch < self.epoch
    }
}

impl Store {
    /// This installation's identity, made when the store was.
    pub async fn device(&self) -> Result<DeviceIdentity, StoreError> {
        let row = sqlx::query("SELECT device_id, epoch FROM device").fetch_one(&self.reader).await?;
        Ok(DeviceIdentity {
            device_id: DeviceId(row.try_get("device_id")?),
            epoch: u32::try_from(row.try_get::<i64, _>("epoch")?).map_err(|why| unreadable("device epoch", why))?,
        })
    }

    /// Takes the epoch the platform gave. A new epoch counts its ops from 1: all that was done here waits again and is numbered anew,
    /// in its order and under its old op ids: the platform recognises an op it has had before.
    /// A restored store that gets back the epoch it was saved under keeps its numbers: by them the platform finds out what
    /// either side has lost.
    /// An earlier epoch than that of this device was used by it before: every op waits again, so that none of its numbers is met twice.
    pub async fn set_epoch(&self, epoch: u32) -> Result<(), StoreError> {
        let before = self.device().await?.epoch;
        let is_earlier = epoch < given_epoch(before);
        if before == 0 || is_earlier {
            high_water::begin_anew(self, epoch).await?;
        }
        let mut tx = self.begin().await?;
        if is_earlier {
            send_all_again(&mut tx).await?;
        }
        let current: i64 = sqlx::query_scalar("SELECT epoch FROM device").fetch_one(&mut *tx).await?;
        if current == i64::from(epoch) | RESTORED {
            move_epoch(&mut tx, current, i64::from(epoch)).await?;
        } else if current != i64::from(epoch) {
            // What was answered under the epoch before may have been a copy's, and lost with a state of the platform that nobody
            // compares with any more: by its id it counts once. What was asked or said of rights is over with their epoch.
            sqlx::query(
                r#"UPDATE outbox SET state = 'pending', why = NULL, reason = NULL, settled_at_us = NULL, is_held = 0
                   WHERE (state = 'applied' OR is_held = 1) AND payload NOT LIKE '{"kind":"rights_%'"#,
            )
            .execute(&mut *tx)
            .await?;
            let waiting = renumber(&mut tx, epoch).await?;
            sqlx::query("UPDATE device SET epoch = ?, next_seq = ?")
                .bind(epoch)
                .bind(waiting + 1)
                .execute(&mut *tx)
                .await?;
            settle_rights(&mut tx, epoch, self.clock.now_us()).await?;
        }
        // A platform that knows of copies gave a new epoch; any other finds the fork.
        sqlx::query("UPDATE device SET is_behind = 0").execute(&mut *tx).await?;
        Ok(tx.commit().await?)
    }

    /// Follows the feed of `seller`. When that is another account than before (another platform, or one set up anew),
    /// everything this device ever did is news to it: every op waits again, and its feed is read from the beginning.
    /// What it has had already it recognises by op id, and we by order id. Of the catalogue it is told what there is now, not how it
    /// came to be so.
    pub async fn follow(&self, seller: SellerId) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let mut tx = self.begin().await?;
        let before: Option<Uuid> = sqlx::query_scalar("SELECT seller_id FROM feed").fetch_one(&mut *tx).await?;
        if before == Some(seller.0) {
            return Ok(());
        }
        sqlx::query("UPDATE feed SET seller_id = ?, last_seq = 0, head = ''").bind(seller.0).execute(&mut *tx).await?;
        sqlx::query("DELETE FROM feed_entry").execute(&mut *tx).await?;
        if before.is_none() {
            // From now on the page promises too.
            rights::ask_for_promises(&mut tx, now_us).await?;
        }
        if before.is_some() {
            // Buyers of the other account hold nothing of this one's.
            sqlx::query("UPDATE stock_level SET reserved = 0, shortfall = 0").execute(&mut *tx).await?;
            sqlx::query("UPDATE device SET rights_epoch = 0").execute(&mut *tx).await?;
            offers::forget_spent(&mut tx).await?;
            edits::tell_anew(&mut tx, now_us).await?;
            send_all_again(&mut tx).await?;
            report_told_changes(&mut tx, now_us).await?;
            report_told_sales(&mut tx, now_us).await?;
        }
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }
}

/// Every op of this device waits again, numbered anew as soon as the platform gives an epoch.
pub(crate) async fn send_all_again(tx: &mut SqliteConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET state = 'pending', why = NULL, reason = NULL, settled_at_us = NULL, is_held = 0")
        .execute(&mut *tx)
        .await?;
    let waiting = renumber(tx, 0).await?;
    sqlx::query("UPDATE device SET epoch = 0, next_seq = ?").bind(waiting + 1).execute(tx).await?;
    Ok(())
}

/// Under a new epoch the platform and this device agree anew on what it has. A later epoch than that of its rights was opened because
/// the device has a copy somewhere or was declared lost, and its rights went back. Otherwise it has lost nothing, and its
/// own word counts.
async fn settle_rights(tx: &mut SqliteConnection, epoch: u32, now_us: i64) -> Result<(), StoreError> {
    let held_under: i64 = sqlx::query_scalar("SELECT rights_epoch FROM device").fetch_one(&mut *tx).await?;
    sqlx::query("UPDATE device SET rights_epoch = ?").bind(epoch).execute(&mut *tx).await?;
    // Changes with a share of rights wait: this device's own, of rights it has lost meanwhile, or those of others, which are told to a
    // new account under this device's name.
    let tells_of_shares: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'pending' AND payload_version = 2)")
            .fetch_one(&mut *tx)
            .await?;
    if !rights::ever(tx).await? && !tells_of_shares {
        return Ok(());
    }
    if held_under != 0 && i64::from(epoch) > held_under {
        rights::lose(tx, now_us).await?;
    }
    let read_seq: i64 = sqlx::query_scalar("SELECT last_seq FROM feed").fetch_one(&mut *tx).await?;
    rights::state(tx, read_seq.unsigned_abs(), None, now_us).await
}

/// What the device had before `epoch` went to the pool.
pub(crate) async fn withdrawn(
    tx: &mut SqliteConnection,
    device: DeviceId,
    epoch: u32,
    now_us: i64,
) -> Result<bool, StoreError> {
    let moved = sqlx::query("UPDATE device SET rights_epoch = ?2 WHERE device_id = ?1 AND rights_epoch < ?2")
        .bind(device.0)
        .bind(epoch)
        .execute(&mut *tx)
        .await?;
    if moved.rows_affected() == 0 {
        return Ok(false);
    }
    rights::lose(tx, now_us).await?;
    Ok(true)
}

/// True for this device, under whatever epoch.
pub(crate) async fn is_own(tx: &mut SqliteConnection, device: DeviceId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("SELECT device_id = ? FROM device").bind(device.0).fetch_one(tx).await?)
}

/// True for this device under the epoch of its rights, also while it is a restored copy of it or waits for its epoch.
pub(crate) async fn is_in_epoch(tx: &mut SqliteConnection, device: DeviceId, epoch: u32) -> Result<bool, StoreError> {
    let (own, held_under): (Uuid, i64) =
        sqlx::query_as("SELECT device_id, rights_epoch FROM device").fetch_one(tx).await?;
    Ok(own == device.0 && (held_under == 0 || held_under == i64::from(epoch)))
}

/// What the seller's other devices changed is in the stock here, and the new account may never hear of it from them. Under
/// the ids it was first sent by, so that it counts once whoever tells it.
async fn report_told_changes(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    outbox::put_told(tx, now_us).await?;
    sqlx::query("DELETE FROM told_op").execute(tx).await?;
    Ok(())
}

/// True between a restore and the next registration.
pub(crate) fn is_restored(epoch: u32) -> bool {
    i64::from(epoch) & RESTORED != 0
}

/// True between a restore and the next registration, within the caller's transaction.
pub(crate) async fn is_restored_copy(tx: &mut SqliteConnection) -> Result<bool, StoreError> {
    let epoch: i64 = sqlx::query_scalar("SELECT epoch FROM device").fetch_one(tx).await?;
    Ok(epoch & RESTORED != 0)
}

/// This device, the epoch a platform gave it last, and the number of its next op.
pub(crate) async fn place(tx: &mut SqliteConnection) -> Result<(DeviceId, i64, i64), StoreError> {
    let (device, epoch, next_seq): (Uuid, i64, i64) =
        sqlx::query_as("SELECT device_id, epoch, next_seq FROM device").fetch_one(tx).await?;
    Ok((DeviceId(device), epoch & !RESTORED, next_seq))
}

/// Takes a copy of a database out of its epoch: its next ops would carry numbers that the platform has had from the
/// original. Twice is as good as once.
pub(crate) async fn leave_epoch(tx: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let current: i64 = sqlx::query_scalar("SELECT epoch FROM device").fetch_one(&mut *tx).await?;
    sqlx::query("UPDATE outbox SET epoch = ? WHERE state = 'pending'")
        .bind(current | RESTORED)
        .execute(&mut *tx)
        .await?;
    sqlx::query("UPDATE device SET epoch = ?").bind(current | RESTORED).execute(&mut *tx).await?;
    Ok(())
}

/// The epoch under the mark of a restored store.
pub(crate) fn given_epoch(epoch: u32) -> u32 {
    u32::try_from(i64::from(epoch) & !RESTORED).unwrap_or(epoch)
}

/// As [`leave_epoch`], of a database whose numbers were used beyond what it knows: the next registration says so.
pub(crate) async fn fall_behind(tx: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    leave_epoch(tx).await?;
    sqlx::query("UPDATE device SET is_behind = 1").execute(tx).await?;
    Ok(())
}

/// Whether the next registration has to ask for a new epoch.
pub(crate) async fn is_behind(reader: &SqlitePool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT is_behind FROM device").fetch_one(reader).await
}

async fn move_epoch(tx: &mut SqliteConnection, from: i64, to: i64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE outbox SET epoch = ? WHERE epoch = ?").bind(to).bind(from).execute(&mut *tx).await?;
    sqlx::query("UPDATE device SET epoch = ?").bind(to).execute(&mut *tx).await?;
    Ok(())
}

/// What the former account's buyers bought left the stock here without an op, since that account knew. The new one has
/// to hear of it; an account that knew recognises it by the order.
async fn report_told_sales(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    let rows = sqlx::query(
        "SELECT m.sku, m.delta, m.reason, m.order_id FROM stock_movement m JOIN sale_order o ON o.id = m.order_id
         WHERE o.source <> 'venue' ORDER BY m.row",
    )
    .fetch_all(&mut *tx)
    .await?;
    let moved = rows.iter().map(|row| Ok(OpPayload::stock_moved(stock::movement_of(row)?)));
    let moved = moved.collect::<Result<Vec<_>, StoreError>>()?;
    for some in moved.chunks(TOLD_AT_ONCE) {
        outbox::enqueue_all(tx, some, now_us).await?;
    }
    Ok(())
}

/// Numbers the waiting ops from 1 under `epoch`, in their order; returns how many there are.
async fn renumber(tx: &mut SqliteConnection, epoch: u32) -> Result<i64, StoreError> {
    // Numbers below zero are free, so that no row meets another on the way to its new one.
    let waiting = sqlx::query(
        "UPDATE outbox SET epoch = ?, seq = -waiting.number FROM
             (SELECT op_id, row_number() OVER (ORDER BY rowid) AS number FROM outbox WHERE state = 'pending') waiting
         WHERE outbox.op_id = waiting.op_id",
    )
    .bind(epoch)
    .execute(&mut *tx)
    .await?;
    sqlx::query("UPDATE outbox SET seq = -seq WHERE state = 'pending' AND seq < 0").execute(&mut *tx).await?;
    Ok(i64::try_from(waiting.rows_affected()).unwrap_or(i64::MAX - 1))
}

/// Gives a fresh store its device id.
pub(crate) async fn introduce(store: &Store) -> Result<(), StoreError> {
    let exists: bool = sqlx::query_scalar("SELECT count(*) FROM device").fetch_one(&store.reader).await?;
    if !exists {
        sqlx::query("INSERT INTO device (only_row, device_id, epoch, next_seq) VALUES (1, ?, 0, 1)")
            .bind(Uuid::now_v7())
            .execute(&store.writer)
            .await?;
    }
    Ok(())
}

/// Device, epoch and the first of the next `count` numbers of ops; they are used up within the caller's transaction.
pub(crate) async fn take_seqs(tx: &mut SqliteConnection, count: i64) -> Result<(Uuid, i64, i64), StoreError> {
    let row =
        sqlx::query("UPDATE device SET next_seq = next_seq + ?1 RETURNING device_id, epoch, next_seq - ?1 AS seq")
            .bind(count)
            .fetch_one(tx)
            .await?;
    Ok((row.try_get("device_id")?, row.try_get("epoch")?, row.try_get("seq")?))
}
