//! Who this installation is to the platform, and the counter its ops are numbered by.

use crate::{Store, StoreError, error::unreadable};
use hawker_domain::DeviceId;
use sqlx::{Row, SqliteConnection};
use uuid::Uuid;

/// This installation. `epoch` is 0 until the platform has given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceIdentity {
    pub device_id: DeviceId,
    pub epoch: u32,
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

    /// Takes the epoch the platform gave. A new epoch counts its ops from 1, so what still waits is numbered anew,
    /// in its order and under its old op ids: the platform recognises an op it has had before.
    pub async fn set_epoch(&self, epoch: u32) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let current: i64 = sqlx::query_scalar("SELECT epoch FROM device").fetch_one(&mut *tx).await?;
        if current != i64::from(epoch) {
            let waiting: Vec<Uuid> =
                sqlx::query_scalar("SELECT op_id FROM outbox WHERE state = 'pending' ORDER BY epoch, seq")
                    .fetch_all(&mut *tx)
                    .await?;
            // Numbers below zero are free, so that no row meets another on the way to its new one.
            for (step, update) in [
                (-1, "UPDATE outbox SET epoch = ?, seq = ? WHERE op_id = ?"),
                (1, "UPDATE outbox SET epoch = ?, seq = ? WHERE op_id = ?"),
            ] {
                for (seq, op_id) in (1_i64..).zip(&waiting) {
                    sqlx::query(update).bind(epoch).bind(seq * step).bind(op_id).execute(&mut *tx).await?;
                }
            }
            let next = i64::try_from(waiting.len()).unwrap_or(i64::MAX).saturating_add(1);
            sqlx::query("UPDATE device SET epoch = ?, next_seq = ?").bind(epoch).bind(next).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }
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

/// Epoch and number of the next op; the number is used up within the caller's transaction.
pub(crate) async fn take_seq(tx: &mut SqliteConnection) -> Result<(Uuid, i64, i64), StoreError> {
    let row = sqlx::query("UPDATE device SET next_seq = next_seq + 1 RETURNING device_id, epoch, next_seq - 1 AS seq")
        .fetch_one(tx)
        .await?;
    Ok((row.try_get("device_id")?, row.try_get("epoch")?, row.try_get("seq")?))
}
