//! A seller's installations: their epochs, their keys, and which are revoked.

use super::{
    SqliteStore, Tx, feed,
    rights::{self, Holder},
    to_u64,
};
use crate::db::{DeviceStore, NewDevice, RegisterError, Registered, Revoked, StoreError};
use async_trait::async_trait;
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::{account::ListedDevice, feed::FeedEvent};
use sqlx::{FromRow, query, query_as, query_scalar};
use uuid::Uuid;

/// What is known of a device that registers again.
#[derive(FromRow)]
struct Known {
    epoch: u32,
    forked: bool,
    public_key: Option<Vec<u8>>,
    revoked_us: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    device_id: Uuid,
    name: String,
    epoch: u32,
    last_seq: i64,
    public_key: Option<Vec<u8>>,
    created_us: i64,
    revoked_us: Option<i64>,
    /// Looked up for the list alone.
    #[sqlx(default)]
    seen_us: Option<i64>,
}

impl From<Row> for ListedDevice {
    fn from(row: Row) -> Self {
        Self {
            device_id: DeviceId(row.device_id),
            name: row.name,
            epoch: row.epoch,
            last_seq: to_u64(row.last_seq),
            has_key: row.public_key.is_some(),
            registered_at_us: row.created_us,
            revoked_at_us: row.revoked_us,
            seen_at_us: row.seen_us,
        }
    }
}

#[async_trait]
impl DeviceStore for SqliteStore {
    async fn register_device(&self, seller: SellerId, new: NewDevice) -> Result<Registered, RegisterError> {
        let mut tx = self.begin().await?;
        let others: i64 = query_scalar(
            "SELECT count(*) FROM access_tokens a JOIN token_families f ON f.family_id = a.family_id
             JOIN devices d ON d.seller_id = f.seller_id AND d.device_id = f.device_id
             WHERE a.hash = ? AND d.revoked_us IS NOT NULL AND d.device_id <> ?",
        )
        .bind(&new.access[..])
        .bind(new.device.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        if others > 0 {
            return Err(RegisterError::Revoked);
        }
        let registered = register(&mut tx, seller, &new).await?;
        // The first device of a log-in is the one it is for.
        query(
            "UPDATE token_families SET device_id = coalesce(device_id, ?)
             WHERE family_id = (SELECT family_id FROM access_tokens WHERE hash = ?)",
        )
        .bind(new.device.0)
        .bind(&new.access[..])
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        tx.commit().await.map_err(StoreError::from)?;
        Ok(registered)
    }

    async fn devices(&self, seller: SellerId) -> Result<Vec<ListedDevice>, StoreError> {
        let rows: Vec<Row> = query_as(
            "SELECT device_id, name, epoch, last_seq, public_key, created_us, revoked_us,
                 (SELECT max(seen.at_us) FROM (
                     SELECT f.created_us AS at_us FROM token_families f
                         WHERE f.seller_id = d.seller_id AND f.device_id = d.device_id
                     UNION ALL SELECT r.used_us FROM refresh_tokens r JOIN token_families f USING (family_id)
                         WHERE f.seller_id = d.seller_id AND f.device_id = d.device_id
                     UNION ALL SELECT o.applied_us FROM ops o
                         WHERE o.seller_id = d.seller_id AND o.device_id = d.device_id) seen) AS seen_us
             FROM devices d WHERE seller_id = ? ORDER BY created_us DESC, device_id DESC",
        )
        .bind(seller.0)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().map(ListedDevice::from).collect())
    }

    async fn revoke_device(
        &self,
        seller: SellerId,
        device: DeviceId,
        now_us: i64,
    ) -> Result<Option<Revoked>, StoreError> {
        let mut tx = self.begin().await?;
        // First: one that is revoked has none to give.
        let stock = rights::give_all_back(&mut tx, Holder { seller, device }, now_us).await?;
        let row: Option<Row> = query_as(
            "UPDATE devices SET revoked_us = coalesce(revoked_us, ?) WHERE seller_id = ? AND device_id = ?
             RETURNING device_id, name, epoch, last_seq, public_key, created_us, revoked_us",
        )
        .bind(now_us)
        .bind(seller.0)
        .bind(device.0)
        .fetch_optional(&mut *tx)
        .await?;
        rights::open_when_nobody_is_awaited(&mut tx, seller, now_us).await?;
        tx.commit().await?;
        Ok(row.map(|row| Revoked { device: row.into(), stock }))
    }

    async fn is_revoked(&self, seller: SellerId, device: DeviceId) -> Result<bool, StoreError> {
        let revoked: i64 = query_scalar(
            "SELECT count(*) FROM devices WHERE seller_id = ? AND device_id = ? AND revoked_us IS NOT NULL",
        )
        .bind(seller.0)
        .bind(device.0)
        .fetch_one(&self.read)
        .await?;
        Ok(revoked > 0)
    }
}

async fn register(tx: &mut Tx, seller: SellerId, new: &NewDevice) -> Result<Registered, StoreError> {
    let known: Option<Known> =
        query_as("SELECT epoch, forked, public_key, revoked_us FROM devices WHERE seller_id = ? AND device_id = ?")
            .bind(seller.0)
            .bind(new.device.0)
            .fetch_optional(&mut **tx)
            .await?;
    let key = new.public_key.as_ref().map(|key| key.as_slice());
    let Some(known) = known else {
        query("INSERT INTO devices (seller_id, device_id, name, public_key, created_us) VALUES (?, ?, ?, ?, ?)")
            .bind(seller.0)
            .bind(new.device.0)
            .bind(&new.name)
            .bind(key)
            .bind(new.now_us)
            .execute(&mut **tx)
            .await?;
        return Ok(Registered { epoch: 1, is_revoked: false, is_rekeyed: false });
    };
    if known.revoked_us.is_some() {
        return Ok(Registered { epoch: known.epoch, is_revoked: true, is_rekeyed: false });
    }
    let is_rekeyed = known.public_key.as_deref().zip(key).is_some_and(|(had, has)| had != has);
    let leaves_epoch = known.forked || new.restored || is_rekeyed;
    let epoch = known.epoch + u32::from(leaves_epoch);
    if leaves_epoch {
        // Two of them may believe that they have these rights.
        rights::give_all_back(tx, Holder { seller, device: new.device }, new.now_us).await?;
    }
    query(
        "UPDATE devices SET name = ?, epoch = ?, last_seq = CASE WHEN epoch = ? THEN last_seq ELSE 0 END, forked = 0,
             public_key = coalesce(?, public_key)
         WHERE seller_id = ? AND device_id = ?",
    )
    .bind(&new.name)
    .bind(epoch)
    .bind(epoch)
    .bind(key)
    .bind(seller.0)
    .bind(new.device.0)
    .execute(&mut **tx)
    .await?;
    if leaves_epoch {
        rights::withdraw(tx, Holder { seller, device: new.device }, new.now_us).await?;
    }
    if is_rekeyed {
        let event = FeedEvent::DeviceKeyReplaced { device_id: new.device, name: new.name.clone() };
        feed::append(tx, seller, &event, new.now_us).await?;
    }
    Ok(Registered { epoch, is_revoked: false, is_rekeyed })
}
