//! A seller's installations: their epochs, their keys, and which are revoked.

use super::{
    PostgresStore, Tx, feed,
    rights::{self, Holder},
    to_u32, to_u64,
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
    epoch: i64,
    forked: bool,
    public_key: Option<Vec<u8>>,
    revoked_us: Option<i64>,
}

#[derive(FromRow)]
struct Row {
    device_id: Uuid,
    name: String,
    epoch: i64,
    last_seq: i64,
    public_key: Option<Vec<u8>>,
    created_us: i64,
    revoked_us: Option<i64>,
    /// Looked up for the list alone.
    #[sqlx(default)]
    seen_us: Option<i64>,
}

impl Row {
    fn listed(self) -> Result<ListedDevice, StoreError> {
        Ok(ListedDevice {
            device_id: DeviceId(self.device_id),
            name: self.name,
            epoch: to_u32("device epoch", self.epoch)?,
            last_seq: to_u64(self.last_seq),
            has_key: self.public_key.is_some(),
            registered_at_us: self.created_us,
            revoked_at_us: self.revoked_us,
            seen_at_us: self.seen_us,
        })
    }
}

#[async_trait]
impl DeviceStore for PostgresStore {
    async fn register_device(&self, seller: SellerId, new: NewDevice) -> Result<Registered, RegisterError> {
        let mut tx = self.begin_for(seller).await?;
        let others: i64 = query_scalar(
            "SELECT count(*) FROM access_tokens a JOIN token_families f ON f.family_id = a.family_id
             JOIN devices d ON d.seller_id = f.seller_id AND d.device_id = f.device_id
             WHERE a.hash = $1 AND d.revoked_us IS NOT NULL AND d.device_id <> $2",
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
            "UPDATE token_families SET device_id = coalesce(device_id, $1)
             WHERE family_id = (SELECT family_id FROM access_tokens WHERE hash = $2)",
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
             FROM devices d WHERE seller_id = $1 ORDER BY created_us DESC, device_id DESC",
        )
        .bind(seller.0)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(Row::listed).collect()
    }

    async fn revoke_device(
        &self,
        seller: SellerId,
        device: DeviceId,
        now_us: i64,
    ) -> Result<Option<Revoked>, StoreError> {
        let mut tx = self.begin_for(seller).await?;
        // First: one that is revoked has none to give.
        let stock = rights::give_all_back(&mut tx, Holder { seller, device }, now_us).await?;
        let row: Option<Row> = query_as(
            "UPDATE devices SET revoked_us = coalesce(revoked_us, $1) WHERE seller_id = $2 AND device_id = $3
             RETURNING device_id, name, epoch, last_seq, public_key, created_us, revoked_us",
        )
        .bind(now_us)
        .bind(seller.0)
        .bind(device.0)
        .fetch_optional(&mut *tx)
        .await?;
        rights::open_when_nobody_is_awaited(&mut tx, seller, now_us).await?;
        tx.commit().await?;
        row.map(|row| Ok(Revoked { device: row.listed()?, stock })).transpose()
    }

    async fn is_revoked(&self, seller: SellerId, device: DeviceId) -> Result<bool, StoreError> {
        let revoked: i64 = query_scalar(
            "SELECT count(*) FROM devices WHERE seller_id = $1 AND device_id = $2 AND revoked_us IS NOT NULL",
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
        query_as("SELECT epoch, forked, public_key, revoked_us FROM devices WHERE seller_id = $1 AND device_id = $2")
            .bind(seller.0)
            .bind(new.device.0)
            .fetch_optional(&mut **tx)
            .await?;
    let key = new.public_key.as_ref().map(|key| key.as_slice());
    let Some(known) = known else {
        query("INSERT INTO devices (seller_id, device_id, name, public_key, created_us) VALUES ($1, $2, $3, $4, $5)")
            .bind(seller.0)
            .bind(new.device.0)
            .bind(&new.name)
            .bind(key)
            .bind(new.now_us)
            .execute(&mut **tx)
            .await?;
        return Ok(Registered { epoch: 1, is_revoked: false, is_rekeyed: false });
    };
    let before = to_u32("device epoch", known.epoch)?;
    if known.revoked_us.is_some() {
        return Ok(Registered { epoch: before, is_revoked: true, is_rekeyed: false });
    }
    let is_rekeyed = known.public_key.as_deref().zip(key).is_some_and(|(had, has)| had != has);
    let leaves_epoch = known.forked || new.restored || is_rekeyed;
    let epoch = before + u32::from(leaves_epoch);
    if leaves_epoch {
        // Two of them may believe that they have these rights.
        rights::give_all_back(tx, Holder { seller, device: new.device }, new.now_us).await?;
    }
    query(
        "UPDATE devices SET name = $1, epoch = $2, last_seq = CASE WHEN epoch = $2 THEN last_seq ELSE 0 END,
             forked = FALSE, public_key = coalesce($3, public_key)
         WHERE seller_id = $4 AND device_id = $5",
    )
    .bind(&new.name)
    .bind(i64::from(epoch))
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
