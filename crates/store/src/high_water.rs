//! How far this device's numbers were used, kept beside the database too: a database that was put back to an earlier state, by
//! whatever means, is told from one that was not before it sends anything under a number that the platform has had from it.
//!
//! Written before ops are sent, and only where they go beyond what is written: one small file for a batch, none for a sale.
//! Numbers that were handed out and never sent are known to nobody and may be given again.
//!
//! Without the file, or with one that was copied along with the database, all is as it was before there was one: the platform
//! finds the fork.

use crate::{Store, StoreError, device, error::unreadable, open::make_private, swap::sync_folder};
use hawker_domain::{DeviceId, SellerId};
use hawker_wire::ops::OpEnvelope;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

const FILE: &str = "high-water.json";
const DRAFT: &str = ".high-water.json.new";
const VERSION: u32 = 1;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HighWater {
    version: u32,
    device_id: DeviceId,
    /// The account the ops were for; each has epochs of its own.
    seller_id: SellerId,
    epoch: u32,
    /// The last number that went out.
    sent_seq: u64,
    /// How far the feed was read then; for whoever looks into it.
    feed_seq: u64,
}

impl HighWater {
    fn is_of_same(&self, other: &Self) -> bool {
        (self.device_id, self.seller_id) == (other.device_id, other.seller_id)
    }

    /// True: numbers were used that `other`, of the same device and account, does not know of.
    fn is_beyond(&self, other: &Self) -> bool {
        self.is_of_same(other) && (self.epoch, self.sent_seq) > (other.epoch, other.sent_seq)
    }

    /// True: to write `next` would tell nothing new.
    fn covers(&self, next: &Self) -> bool {
        self.is_of_same(next) && self.epoch == next.epoch && self.sent_seq >= next.sent_seq
    }
}

impl Store {
    /// Notes beside the database that these ops go out, before they do; durable when it returns. Errors: the disk is full or
    /// can't be written, and they must not be sent.
    pub async fn note_sent(&self, ops: &[OpEnvelope]) -> Result<(), StoreError> {
        // Under a mark no op is ever taken, so no number is used.
        let last = ops.iter().filter(|op| op.epoch > 0 && !device::is_restored(op.epoch)).max_by_key(|op| op.seq);
        let Some(last) = last else { return Ok(()) };
        let Some(here) = here(&mut *self.reader.acquire().await?).await? else { return Ok(()) };
        let next = HighWater { epoch: last.epoch, sent_seq: last.seq, ..here };
        let mut noted = self.high_water.lock().await;
        if noted.as_ref().is_some_and(|noted| noted.covers(&next)) {
            return Ok(());
        }
        write_beside(&self.dir, &next).await?;
        *noted = Some(next);
        Ok(())
    }
}

/// All is sent again and `epoch` counts it from 1: what was used before tells nothing of it, and a platform that was put back may give
/// an epoch that was there already. Before the database says so.
pub(crate) async fn begin_anew(store: &Store, epoch: u32) -> Result<(), StoreError> {
    let mut noted = store.high_water.lock().await;
    let Some(before) = noted.clone() else { return Ok(()) };
    let next = HighWater { epoch, sent_seq: 0, ..before };
    write_beside(&store.dir, &next).await?;
    *noted = Some(next);
    Ok(())
}

/// Compares the database with the file. One that is behind leaves its epoch. One that waits for an epoch has no numbers to compare: all
/// of its changes go out anew, as after a platform was put back.
pub(crate) async fn compare(store: &Store) -> Result<(), StoreError> {
    let Some(noted) = read(&store.dir) else { return Ok(()) };
    let here = here(&mut *store.reader.acquire().await?).await?;
    *store.high_water.lock().await = Some(noted.clone());
    let Some(here) = here else { return Ok(()) };
    if here.epoch > 0 && noted.is_beyond(&here) {
        tracing::warn!(
            used_epoch = noted.epoch,
            used_seq = noted.sent_seq,
            epoch = here.epoch,
            seq = here.sent_seq,
            read_feed = noted.feed_seq,
            feed = here.feed_seq,
            "the database is an older copy of itself: this device goes on under a new epoch"
        );
        let mut tx = store.begin().await?;
        device::fall_behind(&mut tx).await?;
        tx.commit().await?;
    } else if noted.device_id != here.device_id {
        tracing::warn!(file = FILE, "what stands beside the database is of another installation and is not heeded");
    }
    Ok(())
}

/// What the database knows; none before its first account.
async fn here(connection: &mut SqliteConnection) -> Result<Option<HighWater>, StoreError> {
    type Row = (Uuid, i64, i64, Option<Uuid>, i64);
    let (device_id, epoch, next_seq, seller, feed_seq): Row =
        sqlx::query_as("SELECT d.device_id, d.epoch, d.next_seq, f.seller_id, f.last_seq FROM device d, feed f")
            .fetch_one(connection)
            .await?;
    let epoch = u32::try_from(epoch).map_err(|why| unreadable("device epoch", why))?;
    Ok(seller.map(|seller| HighWater {
        version: VERSION,
        device_id: DeviceId(device_id),
        seller_id: SellerId(seller),
        epoch: device::given_epoch(epoch),
        sent_seq: (next_seq - 1).max(0).unsigned_abs(),
        feed_seq: feed_seq.unsigned_abs(),
    }))
}

/// None also where it can't be read: then there is nothing to compare with, which is said.
fn read(dir: &Path) -> Option<HighWater> {
    let path = dir.join(FILE);
    let why = match fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
        Ok(text) => match serde_json::from_slice::<HighWater>(&text) {
            Ok(noted) if noted.version <= VERSION => return Some(noted),
            Ok(noted) => format!("it is of version {}, this program knows {VERSION}", noted.version),
            Err(error) => error.to_string(),
        },
    };
    tracing::warn!(file = %path.display(), why, "whether the database is an older copy can't be told");
    None
}

async fn write_beside(dir: &Path, noted: &HighWater) -> Result<(), StoreError> {
    let (dir, noted) = (dir.to_owned(), noted.clone());
    let done = tokio::task::spawn_blocking(move || write(&dir, &noted)).await;
    Ok(done.map_err(io::Error::other).flatten().map_err(sqlx::Error::Io)?)
}

/// Writes the file so that after a power cut there is the old one or the new one, whole.
fn write(dir: &Path, noted: &HighWater) -> io::Result<()> {
    use io::Write;
    let text = serde_json::to_vec(noted).map_err(io::Error::other)?;
    let draft: PathBuf = dir.join(DRAFT);
    let _ = fs::remove_file(&draft);
    make_private(&draft)?;
    let mut out = fs::OpenOptions::new().append(true).open(&draft)?;
    out.write_all(&text)?;
    out.sync_all()?;
    drop(out);
    fs::rename(&draft, dir.join(FILE))?;
    sync_folder(dir)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(epoch: u32, sent_seq: u64) -> HighWater {
        let (device_id, seller_id) = (DeviceId(Uuid::from_u128(1)), SellerId(Uuid::from_u128(2)));
        HighWater { version: VERSION, device_id, seller_id, epoch, sent_seq, feed_seq: 0 }
    }

    #[test]
    fn only_a_database_of_the_same_device_and_account_is_behind() {
        let table = [
            (at(1, 40), at(1, 39), true),
            (at(1, 40), at(1, 40), false),
            (at(1, 40), at(1, 41), false),
            (at(2, 1), at(1, 99), true),
            (at(1, 99), at(2, 1), false),
            (HighWater { device_id: DeviceId(Uuid::from_u128(9)), ..at(2, 9) }, at(1, 1), false),
            (HighWater { seller_id: SellerId(Uuid::from_u128(9)), ..at(2, 9) }, at(1, 1), false),
        ];
        for (noted, here, want) in table {
            assert_eq!(noted.is_beyond(&here), want, "{noted:?} and {here:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_garbage_is_as_no_file() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read(dir.path()), None);
        write(dir.path(), &at(3, 7)).unwrap();
        write(dir.path(), &at(3, 9)).unwrap();
        assert_eq!(read(dir.path()), Some(at(3, 9)));
        assert!(!dir.path().join(DRAFT).exists());
        for bad in ["", "{}", "[]", "\u{0}"] {
            fs::write(dir.path().join(FILE), bad).unwrap();
            assert_eq!(read(dir.path()), None, "{bad:?}");
        }
        let newer = serde_json::to_string(&HighWater { version: 2, ..at(1, 1) }).unwrap();
        fs::write(dir.path().join(FILE), newer).unwrap();
        assert_eq!(read(dir.path()), None);
    }
}
