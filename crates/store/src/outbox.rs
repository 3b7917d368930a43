//! Changes on their way to the platform. An op is written in the transaction of the change it reports.

use crate::{
    Store, StoreError,
    device::{self, DeviceIdentity},
    device_key::Signer,
    edits,
    error::unreadable,
    stock, till,
};
use hawker_domain::{DeviceId, OpId};
use hawker_wire::{
    FailureReason,
    feed::OpsAcked,
    ops::{OpEnvelope, OpPayload, OpResult},
};
use sha2::{Digest, Sha256};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

// These run at every step of the sync, over all that was ever done here: each names the device as well, whose numbers a unique
// index has in their order.
pub(crate) const OPS_FROM: &str = "SELECT op_id, device_id, epoch, seq, payload_version, payload, hash FROM outbox
     WHERE device_id = (SELECT device_id FROM device) AND epoch = (SELECT epoch FROM device) AND seq >= ?
     ORDER BY seq LIMIT ?";
/// From the newest on: what waits is in front, and few.
pub(crate) const LAST_ANSWERED: &str =
    "SELECT seq, op_id FROM outbox WHERE device_id = ? AND epoch = ? AND state <> 'pending' ORDER BY seq DESC LIMIT 1";
pub(crate) const WAIT_AGAIN_FROM: &str =
    "UPDATE outbox SET state = 'pending', why = NULL, reason = NULL, settled_at_us = NULL, is_held = 0
     WHERE device_id = (SELECT device_id FROM device) AND epoch = (SELECT epoch FROM device) AND seq >= ?";

/// An op the platform understood and refused, or holds for a person. It stays on the list until somebody has seen to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedOp {
    pub op: OpEnvelope,
    pub why: String,
    /// The same as a code; none where the platform told it in words alone.
    pub reason: Option<Box<FailureReason>>,
    /// UTC, microseconds since 1970.
    pub settled_at_us: i64,
}

impl Store {
    /// The oldest ops without an answer, in `seq` order, at most `limit`. Signed for the account whose feed is followed.
    pub async fn pending_ops(&self, limit: u32) -> Result<Vec<OpEnvelope>, StoreError> {
        let rows = sqlx::query(
            "SELECT op_id, device_id, epoch, seq, payload_version, payload, hash FROM outbox WHERE state = 'pending' ORDER BY seq LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        self.signed(&rows).await
    }

    /// As they are sent.
    async fn signed(&self, rows: &[SqliteRow]) -> Result<Vec<OpEnvelope>, StoreError> {
        let mut ops = rows.iter().map(envelope).collect::<Result<Vec<_>, _>>()?;
        if !ops.is_empty()
            && let Some(signer) = Signer::load(&self.reader).await?
        {
            ops.iter_mut().for_each(|op| signer.sign(op));
        }
        Ok(ops)
    }

    /// Records the platform's answers. An op that is settled already stays as it is.
    pub async fn settle_ops(&self, results: &[(OpId, OpResult)]) -> Result<(), StoreError> {
        let now_us = self.clock.now_us();
        let mut tx = self.begin().await?;
        let mut has_more = false;
        for (op_id, result) in results {
            let Settled { state, why, reason, is_held } = Settled::by(result);
            let settled = sqlx::query(
                "UPDATE outbox SET state = ?, why = ?, reason = ?, settled_at_us = ?, is_held = ?
                 WHERE op_id = ? AND state = 'pending'",
            )
            .bind(state)
            .bind(why)
            .bind(reason_text(reason)?)
            .bind(now_us)
            .bind(is_held)
            .bind(op_id.0)
            .execute(&mut *tx)
            .await?;
            if settled.rows_affected() == 1 {
                has_more |= follow(&mut tx, *op_id, result, now_us).await?;
            }
        }
        tx.commit().await?;
        if has_more {
            self.ops_waiting.notify_one();
        }
        Ok(())
    }

    /// Returns when an op has been put into the outbox since the last call. For the one task that sends them.
    pub async fn op_waits(&self) {
        self.ops_waiting.notified().await;
    }

    /// Ops of this device's epoch from `seq` on, whatever became of them, at most `limit`: for a platform that asks
    /// for them again.
    pub async fn ops_from(&self, seq: u64, limit: u32) -> Result<Vec<OpEnvelope>, StoreError> {
        let rows = sqlx::query(OPS_FROM)
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        self.signed(&rows).await
    }

    /// One op of this device, whatever became of it.
    pub async fn op(&self, op_id: OpId) -> Result<Option<OpEnvelope>, StoreError> {
        let row = sqlx::query(
            "SELECT op_id, device_id, epoch, seq, payload_version, payload, hash FROM outbox WHERE op_id = ?",
        )
        .bind(op_id.0)
        .fetch_optional(&self.reader)
        .await?;
        row.as_ref().map(envelope).transpose()
    }

    /// How far the ops of this epoch were answered; none before the first registration, and while the store has just come back
    /// from a backup.
    pub async fn ops_acked(&self) -> Result<Option<OpsAcked>, StoreError> {
        let DeviceIdentity { device_id, epoch } = self.device().await?;
        if epoch == 0 || device::is_restored(epoch) {
            return Ok(None);
        }
        let last: Option<(i64, Uuid)> =
            sqlx::query_as(LAST_ANSWERED).bind(device_id.0).bind(epoch).fetch_optional(&self.reader).await?;
        let acked_seq = last.map_or(0, |(seq, _)| seq.unsigned_abs());
        Ok(Some(OpsAcked { device_id, epoch, acked_seq, acked_op: last.map(|(_, op_id)| OpId(op_id)) }))
    }

    /// The platform has forgotten ops that it had answered: those from `from` on wait again; 0: all, under a new epoch.
    pub async fn send_again(&self, from: u64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if from == 0 {
            device::send_all_again(&mut tx).await?;
        } else {
            sqlx::query(WAIT_AGAIN_FROM).bind(i64::try_from(from).unwrap_or(i64::MAX)).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        self.ops_waiting.notify_one();
        Ok(())
    }

    /// Ops without an answer.
    pub async fn pending_count(&self) -> Result<u64, StoreError> {
        let count: i64 =
            sqlx::query_scalar("SELECT count(*) FROM outbox WHERE state = 'pending'").fetch_one(&self.reader).await?;
        Ok(count.unsigned_abs())
    }

    /// Ops the platform refused that nobody has seen to yet, newest first.
    pub async fn rejected_ops(&self, limit: u32) -> Result<Vec<RejectedOp>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM outbox WHERE state = 'rejected' AND seen_at_us IS NULL ORDER BY settled_at_us DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(RejectedOp {
                    op: envelope(row)?,
                    why: row.try_get::<Option<String>, _>("why")?.unwrap_or_default(),
                    // One that a newer program has kept is none: its words are there.
                    reason: row.try_get::<Option<&str>, _>("reason")?.and_then(|text| serde_json::from_str(text).ok()),
                    settled_at_us: row.try_get::<Option<i64>, _>("settled_at_us")?.unwrap_or_default(),
                })
            })
            .collect()
    }
}

impl Store {
    /// Somebody has seen to a refused op: it leaves the list. Errors: there is no such refused op ([`StoreError::NotFound`]).
    pub async fn see_to_rejected(&self, op_id: OpId) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE outbox SET seen_at_us = ? WHERE op_id = ? AND state = 'rejected'")
            .bind(self.clock.now_us())
            .bind(op_id.0)
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound(format!("refused change {op_id}"))) }
    }
}

/// The platform could not apply an op that it had kept: it is on the list of refused ones from now on, also where the answer
/// that it was kept is still on its way. False: it is none of this device's, or is on the list already.
pub(crate) async fn refused_after_all(
    tx: &mut SqliteConnection,
    op_id: OpId,
    why: &str,
    reason: Option<&FailureReason>,
    now_us: i64,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "UPDATE outbox SET state = 'rejected', why = ?, reason = ?, settled_at_us = ?, seen_at_us = NULL
         WHERE op_id = ? AND state <> 'rejected'",
    )
    .bind(why)
    .bind(reason_text(reason)?)
    .bind(now_us)
    .bind(op_id.0)
    .execute(&mut *tx)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    follow_refusal(tx, op_id, now_us).await?;
    Ok(true)
}

/// How an answer stands in the table.
struct Settled<'a> {
    state: &'static str,
    why: Option<String>,
    reason: Option<&'a FailureReason>,
    is_held: bool,
}

impl<'a> Settled<'a> {
    fn by(result: &'a OpResult) -> Self {
        match result {
            // What is kept for a newer platform is its to apply: there is nothing left to do here.
            OpResult::Applied | OpResult::Kept => Self { state: "applied", why: None, reason: None, is_held: false },
            OpResult::Rejected { why, reason } => {
                Self { state: "rejected", why: Some(why.clone()), reason: reason.as_deref(), is_held: false }
            }
            // It counts nowhere but here before somebody has decided, so it is on the list.
            OpResult::Quarantined { why } => {
                let why = format!("it waits at the platform for a person's word: {why}");
                Self { state: "rejected", why: Some(why), reason: None, is_held: true }
            }
        }
    }
}

/// A person has decided about an op that the platform held. False: it is none of those this device has waiting there.
pub(crate) async fn decided(
    tx: &mut SqliteConnection,
    op_id: OpId,
    result: &OpResult,
    now_us: i64,
) -> Result<bool, StoreError> {
    let Settled { state, why, reason, is_held } = Settled::by(result);
    let done = sqlx::query(
        "UPDATE outbox SET state = ?, why = ?, reason = ?, settled_at_us = ?, is_held = ?, seen_at_us = NULL
         WHERE op_id = ? AND is_held = 1",
    )
    .bind(state)
    .bind(why)
    .bind(reason_text(reason)?)
    .bind(now_us)
    .bind(is_held)
    .bind(op_id.0)
    .execute(&mut *tx)
    .await?;
    let is_own = done.rows_affected() == 1;
    if is_own {
        follow(tx, op_id, result, now_us).await?;
    }
    Ok(is_own)
}

/// What an answer means besides. True: there is more to tell now.
async fn follow(tx: &mut SqliteConnection, op_id: OpId, result: &OpResult, now_us: i64) -> Result<bool, StoreError> {
    match result {
        OpResult::Applied | OpResult::Kept => {
            till::match_settled(tx, op_id, false).await?;
            till::settled(tx, op_id, false, now_us).await
        }
        OpResult::Rejected { .. } => follow_refusal(tx, op_id, now_us).await,
        // Nothing is settled before somebody has decided.
        OpResult::Quarantined { .. } => Ok(false),
    }
}

/// Edits that were refused for good stand nowhere but here, a payment waits to be matched again, and goods did not come back. True: there
/// is more to tell now.
async fn follow_refusal(tx: &mut SqliteConnection, op_id: OpId, now_us: i64) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT * FROM outbox WHERE op_id = ?").bind(op_id.0).fetch_one(&mut *tx).await?;
    let op = envelope(&row)?;
    edits::refused(tx, &op).await?;
    till::match_settled(tx, op_id, true).await?;
    let of_refund = stock::refused(tx, &op, now_us).await?;
    let of_return = till::settled(tx, op_id, true, now_us).await?;
    Ok(of_refund || of_return)
}

fn reason_text(reason: Option<&FailureReason>) -> Result<Option<String>, StoreError> {
    reason.map(serde_json::to_string).transpose().map_err(|error| StoreError::BadInput(error.to_string()))
}

/// Puts an op into the outbox within the caller's transaction.
pub(crate) async fn enqueue(tx: &mut SqliteConnection, payload: &OpPayload, now_us: i64) -> Result<OpId, StoreError> {
    let op = NewOp::of(payload)?;
    let op_id = op.op_id;
    put_all(tx, vec![op], now_us).await?;
    Ok(op_id)
}

/// Puts ops into the outbox, in their order, within the caller's transaction: one statement for all.
pub(crate) async fn enqueue_all(
    tx: &mut SqliteConnection,
    payloads: &[OpPayload],
    now_us: i64,
) -> Result<(), StoreError> {
    let ops = payloads.iter().map(NewOp::of).collect::<Result<_, _>>()?;
    put_all(tx, ops, now_us).await
}

/// Puts the changes of other devices into the outbox as they were sent, under this device's next numbers.
pub(crate) async fn put_told(tx: &mut SqliteConnection, now_us: i64) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM told_op").fetch_one(&mut *tx).await?;
    let (device_id, epoch, first) = device::take_seqs(tx, count).await?;
    sqlx::query(
        "INSERT INTO outbox (op_id, device_id, epoch, seq, payload_version, payload, hash, state, created_at_us)
         SELECT op_id, ?, ?, ? + row_number() OVER (ORDER BY rowid) - 1, payload_version, payload, hash, 'pending', ?
         FROM told_op ORDER BY rowid",
    )
    .bind(device_id)
    .bind(epoch)
    .bind(first)
    .bind(now_us)
    .execute(tx)
    .await?;
    Ok(())
}

/// An op that has no number yet.
struct NewOp {
    op_id: OpId,
    payload_version: u32,
    payload: String,
    hash: String,
}

impl NewOp {
    fn of(payload: &OpPayload) -> Result<Self, StoreError> {
        let payload_version = payload.version();
        let payload = serde_json::to_string(payload).map_err(|error| StoreError::BadInput(error.to_string()))?;
        let hash = hex::encode(Sha256::digest(payload.as_bytes()));
        Ok(Self { op_id: OpId(Uuid::now_v7()), payload_version, payload, hash })
    }
}

async fn put_all(tx: &mut SqliteConnection, ops: Vec<NewOp>, now_us: i64) -> Result<(), StoreError> {
    if ops.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(ops.len()).unwrap_or(i64::MAX);
    let (device_id, epoch, first) = device::take_seqs(tx, count).await?;
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO outbox (op_id, device_id, epoch, seq, payload_version, payload, hash, state, created_at_us) ",
    );
    insert.push_values((first..).zip(ops), |mut row, (seq, NewOp { op_id, payload_version, payload, hash })| {
        row.push_bind(op_id.0).push_bind(device_id).push_bind(epoch).push_bind(seq);
        row.push_bind(payload_version).push_bind(payload).push_bind(hash);
        row.push("'pending'").push_bind(now_us);
    });
    insert.build().execute(tx).await?;
    Ok(())
}

fn envelope(row: &SqliteRow) -> Result<OpEnvelope, StoreError> {
    let number = |column: &str| row.try_get::<i64, _>(column);
    Ok(OpEnvelope {
        op_id: OpId(row.try_get("op_id")?),
        device_id: DeviceId(row.try_get("device_id")?),
        epoch: u32::try_from(number("epoch")?).map_err(|why| unreadable("op epoch", why))?,
        seq: u64::try_from(number("seq")?).map_err(|why| unreadable("op seq", why))?,
        payload_version: u32::try_from(number("payload_version")?).map_err(|why| unreadable("op version", why))?,
        payload: row.try_get("payload")?,
        hash: row.try_get("hash")?,
        signature: String::new(),
    })
}
