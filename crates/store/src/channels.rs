//! Channels of comments: how far each was read, and what all of them came to.

use crate::{
    Store, StoreError,
    error::unreadable,
    stock::{enum_of, enum_text},
};
use hawker_domain::channel::{ChannelId, ChannelKind, LedgerPosition, Proof, Tally};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, sqlite::SqliteRow};
use std::collections::BTreeMap;

/// How a channel stands when it is left.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelLeft {
    pub channel: ChannelId,
    pub kind: ChannelKind,
    pub proof: Proof,
    pub position: LedgerPosition,
    pub tally: Tally,
    pub dropped: u64,
}

/// A channel that was read or sold by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelStanding {
    pub channel: ChannelId,
    pub kind: ChannelKind,
    pub proof: Proof,
    #[serde(flatten)]
    pub tally: Tally,
    pub dropped: u64,
    /// Orders that were placed there and are here.
    pub orders: u64,
    /// When it was heard last: UTC, microseconds since 1970. None: its orders alone are known.
    pub seen_at_us: Option<i64>,
}

impl Store {
    /// Notes where a channel stands, now.
    pub async fn leave_channel(&self, left: &ChannelLeft) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO channel_position (channel, kind, proof, position, tally, dropped, seen_at_us)
             VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (channel) DO UPDATE SET
             kind = excluded.kind, proof = excluded.proof, position = excluded.position, tally = excluded.tally,
             dropped = excluded.dropped, seen_at_us = excluded.seen_at_us",
        )
        .bind(left.channel.as_str())
        .bind(enum_text(&left.kind)?)
        .bind(enum_text(&left.proof)?)
        .bind(json(&left.position)?)
        .bind(json(&left.tally)?)
        .bind(i64::try_from(left.dropped).unwrap_or(i64::MAX))
        .bind(self.clock.now_us())
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// Where a channel was left; none where it never was.
    pub async fn channel_left(&self, channel: &ChannelId) -> Result<Option<ChannelLeft>, StoreError> {
        let row = sqlx::query("SELECT * FROM channel_position WHERE channel = ?")
            .bind(channel.as_str())
            .fetch_optional(&self.reader)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let standing = standing(&row)?;
        Ok(Some(ChannelLeft {
            channel: channel.clone(),
            kind: standing.kind,
            proof: standing.proof,
            position: of_json("channel position", row.try_get("position")?)?,
            tally: standing.tally,
            dropped: standing.dropped,
        }))
    }

    /// Forgets where a channel was left: its comments begin anew, as those of a recording do each time.
    pub async fn forget_channel(&self, channel: &ChannelId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM channel_position WHERE channel = ?")
            .bind(channel.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Every channel that was read or sold by, by name.
    pub async fn channels(&self) -> Result<Vec<ChannelStanding>, StoreError> {
        let rows = sqlx::query("SELECT * FROM channel_position").fetch_all(&self.reader).await?;
        let mut channels = BTreeMap::new();
        for row in &rows {
            let one = standing(row)?;
            channels.insert(one.channel.clone(), one);
        }
        let sold: Vec<(String, i64)> = sqlx::query_as("SELECT channel, count(*) FROM channel_order GROUP BY channel")
            .fetch_all(&self.reader)
            .await?;
        for (name, orders) in sold {
            let channel = channel_of(&name)?;
            let one = channels.entry(channel.clone()).or_insert_with(|| ChannelStanding {
                channel,
                kind: ChannelKind::Foreign,
                // Nobody has tried an adapter of it.
                proof: Proof::Unproven,
                tally: Tally::default(),
                dropped: 0,
                orders: 0,
                seen_at_us: None,
            });
            one.orders = orders.unsigned_abs();
        }
        Ok(channels.into_values().collect())
    }
}

fn standing(row: &SqliteRow) -> Result<ChannelStanding, StoreError> {
    Ok(ChannelStanding {
        channel: channel_of(row.try_get("channel")?)?,
        kind: enum_of(row.try_get("kind")?)?,
        proof: enum_of(row.try_get("proof")?)?,
        tally: of_json("channel tally", row.try_get("tally")?)?,
        dropped: row.try_get::<i64, _>("dropped")?.unsigned_abs(),
        orders: 0,
        seen_at_us: Some(row.try_get("seen_at_us")?),
    })
}

fn channel_of(name: &str) -> Result<ChannelId, StoreError> {
    ChannelId::new(name).map_err(|why| unreadable("channel", why))
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|why| StoreError::BadInput(why.to_string()))
}

fn of_json<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|why| unreadable(what, why))
}
