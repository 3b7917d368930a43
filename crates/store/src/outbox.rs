//! Changes on their way to the platform. An op is written in the transaction of the change it reports.

use crate::{
    Store, StoreError,
    device::{self, DeviceIdentity},
    device_key::Signer,
    edits,
    error::unreadable,
    now_us,
};
use hawker_domain::{DeviceId, OpId};
use hawker_wire::{
    feed::OpsAcked,
    ops::{OpEnvelope, OpPayload, OpResult},
};
use sha2::{Digest, Sha256};
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use uuid::Uuid;

/// An op the platform understood and refused, or holds for a person. It stays on the list until somebody has seen to it.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedOp {
    pub op: OpEnvelope,
    pub why: String,
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
        let mut tx = self.begin().await?;
        for (op_id, result) in results {
            let Settled { state, why, is_held } = Settled::by(result);
            let settled = sqlx::query(
                "UPDATE outbox SET state = ?, why = ?, settled_at_us = ?, is_held = ? WHERE op_id = ? AND state = 'pending'",
            )
            .bind(state)
            .bind(why)
            .bind(now_us())
            .bind(is_held)
            .bind(op_id.0)
            .execute(&mut *tx)
            .await?;
            if settled.rows_affected() == 1 {
                follow_refusal(&mut tx, *op_id, result).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Returns when an op has been put into the outbox since the last call. For the one task that sends them.
    pub async fn op_waits(&self) {
        self.ops_waiting.notified().await;
    }

    /// Ops of this device's epoch from `seq` on, whatever became of them, at most `limit`: for a platform that asks
    /// for them again.
    pub async fn ops_from(&self, seq: u64, limit: u32) -> Result<Vec<OpEnvelope>, StoreError> {
        let rows = sqlx::query(
            "SELECT op_id, device_id, epoch, seq, payload_version, payload, hash FROM outbox
             WHERE epoch = (SELECT epoch FROM device) AND seq >= ? ORDER BY seq LIMIT ?",
        )
        .bind(i64::try_from(seq).unwrap_or(i64::MAX))
        .bind(limit)
        .fetch_all(&self.reader)
        .await?;
        self.signed(&rows).await
    }

    /// How far the ops of this epoch were answered; none before the first registration, and while the store has just come back
    /// from a backup.
    pub async fn ops_acked(&self) -> Result<Option<OpsAcked>, StoreError> {
        let DeviceIdentity { device_id, epoch } = self.device().await?;
        if epoch == 0 || device::is_restored(epoch) {
            return Ok(None);
        }
        let last: i64 = sqlx::query_scalar(
            "SELECT coalesce(max(seq), 0) FROM outbox WHERE device_id = ? AND epoch = ? AND state <> 'pending'",
        )
        .bind(device_id.0)
        .bind(epoch)
        .fetch_one(&self.reader)
        .await?;
        Ok(Some(OpsAcked { device_id, epoch, acked_seq: last.unsigned_abs() }))
    }

    /// The platform has forgotten ops that it had answered: those from `from` on wait again; 0: all, under a new epoch.
    pub async fn send_again(&self, from: u64) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        if from == 0 {
            device::send_all_again(&mut tx).await?;
        } else {
            sqlx::query(
                "UPDATE outbox SET state = 'pending', why = NULL, settled_at_us = NULL, is_held = 0
                 WHERE epoch = (SELECT epoch FROM device) AND seq >= ?",
            )
            .bind(i64::try_from(from).unwrap_or(i64::MAX))
            .execute(&mut *tx)
            .await?;
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
            .bind(now_us())
            .bind(op_id.0)
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::NotFound(format!("refused change {op_id}"))) }
    }
}

/// How an answer stands in the table.
struct Settled {
    state: &'static str,
    why: Option<String>,
    is_held: bool,
}

impl Settled {
    fn by(result: &OpResult) -> Self {
        let refused = |why: String, is_held| Self { state: "rejected", why: Some(why), is_held };
        match result {
            // What is kept for a newer platform is its to apply: there is nothing left to do here.
            OpResult::Applied | OpResult::Kept => Self { state: "applied", why: None, is_held: false },
            OpResult::Rejected { why } => refused(why.clone(), false),
            // It counts nowhere but here before somebody has decided, so it is on the list.
            OpResult::Quarantined { why } => {
                refused(format!("it waits at the platform for a person's word: {why}"), true)
            }
        }
    }
}

/// A person has decided about an op that the platform held. False: it is none of those this device has waiting there.
pub(crate) async fn decided(tx: &mut SqliteConnection, op_id: OpId, result: &OpResult) -> Result<bool, StoreError> {
    let Settled { state, why, is_held } = Settled::by(result);
    let done = sqlx::query(
        "UPDATE outbox SET state = ?, why = ?, settled_at_us = ?, is_held = ?, seen_at_us = NULL WHERE op_id = ? AND is_held = 1",
    )
    .bind(state)
    .bind(why)
    .bind(now_us())
    .bind(is_held)
    .bind(op_id.0)
    .execute(&mut *tx)
    .await?;
    let is_own = done.rows_affected() == 1;
    if is_own {
        follow_refusal(tx, op_id, result).await?;
    }
    Ok(is_own)
}

/// Edits that were refused for good stand nowhere but here.
async fn follow_refusal(tx: &mut SqliteConnection, op_id: OpId, result: &OpResult) -> Result<(), StoreError> {
    if !matches!(result, OpResult::Rejected { .. }) {
        return Ok(());
    }
    let row = sqlx::query("SELECT * FROM outbox WHERE op_id = ?").bind(op_id.0).fetch_one(&mut *tx).await?;
    edits::refused(tx, &envelope(&row)?).await
}

/// Puts an op into the outbox within the caller's transaction.
pub(crate) async fn enqueue(tx: &mut SqliteConnection, payload: &OpPayload) -> Result<OpId, StoreError> {
    let op = NewOp::of(payload)?;
    let op_id = op.op_id;
    put_all(tx, vec![op]).await?;
    Ok(op_id)
}

/// Puts ops into the outbox, in their order, within the caller's transaction: one statement for all.
pub(crate) async fn enqueue_all(tx: &mut SqliteConnection, payloads: &[OpPayload]) -> Result<(), StoreError> {
    let ops = payloads.iter().map(NewOp::of).collect::<Result<_, _>>()?;
    put_all(tx, ops).await
}

/// Puts an op of any id and text into the outbox, under this device's next number.
pub(crate) async fn put(
    tx: &mut SqliteConnection,
    op_id: OpId,
    payload_version: u32,
    payload: &str,
    hash: &str,
) -> Result<(), StoreError> {
    put_all(tx, vec![NewOp { op_id, payload_version, payload: payload.to_owned(), hash: hash.to_owned() }]).await
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

async fn put_all(tx: &mut SqliteConnection, ops: Vec<NewOp>) -> Result<(), StoreError> {
    if ops.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(ops.len()).unwrap_or(i64::MAX);
    let (device_id, epoch, first) = device::take_seqs(tx, count).await?;
    let created_at_us = now_us();
    let mut insert = QueryBuilder::<Sqlite>::new(
        "INSERT INTO outbox (op_id, device_id, epoch, seq, payload_version, payload, hash, state, created_at_us) ",
    );
    insert.push_values((first..).zip(ops), |mut row, (seq, NewOp { op_id, payload_version, payload, hash })| {
        row.push_bind(op_id.0).push_bind(device_id).push_bind(epoch).push_bind(seq);
        row.push_bind(payload_version).push_bind(payload).push_bind(hash);
        row.push("'pending'").push_bind(created_at_us);
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
