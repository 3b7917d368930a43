//! Shows and their ledger: what happened when, in show time.

use crate::{
    Store, StoreError,
    error::{kept_of, unreadable},
};
use hawker_domain::{ShowId, ShowMs};
use serde_json::Value;
use sqlx::Row;

/// One show. Times are UTC, microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    pub id: ShowId,
    pub title: String,
    pub started_at_us: i64,
    pub ended_at_us: Option<i64>,
}

/// One line of a show's ledger, as it was printed.
#[derive(Clone, Debug, PartialEq)]
pub struct ShowEvent {
    pub at: ShowMs,
    pub event: Value,
}

impl Store {
    /// Opens a show's ledger. The same show again changes nothing.
    pub async fn start_show(&self, id: ShowId, title: &str, started_at_us: i64) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO show (id, title, started_at_us) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(id.0)
            .bind(title)
            .bind(started_at_us)
            .execute(&self.writer)
            .await?;
        Ok(())
    }

    /// Notes the end of a show, now. Errors: [`StoreError::NotFound`].
    pub async fn end_show(&self, id: ShowId) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE show SET ended_at_us = coalesce(ended_at_us, ?) WHERE id = ?")
            .bind(self.clock.now_us())
            .bind(id.0)
            .execute(&self.writer)
            .await?;
        if done.rows_affected() == 0 { Err(StoreError::NotFound(format!("show {id}"))) } else { Ok(()) }
    }

    /// Takes a show that did not come about out again, with what was noted of it.
    pub async fn discard_show(&self, id: ShowId) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for statement in ["DELETE FROM show_event WHERE show_id = ?", "DELETE FROM show WHERE id = ?"] {
            sqlx::query(statement).bind(id.0).execute(&mut *tx).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Appends one line to a show's ledger. Errors: [`StoreError::NotFound`] for a show that was not started.
    pub async fn append_show_event(&self, id: ShowId, at: ShowMs, event: &Value) -> Result<(), StoreError> {
        self.append_show_events(id, &[ShowEvent { at, event: event.clone() }]).await
    }

    /// Appends several lines in one transaction: one wait for the disk instead of many.
    pub async fn append_show_events(&self, id: ShowId, events: &[ShowEvent]) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for ShowEvent { at, event } in events {
            let written = sqlx::query("INSERT INTO show_event (show_id, at_ms, event) VALUES (?, ?, ?)")
                .bind(id.0)
                .bind(i64::try_from(at.0).unwrap_or(i64::MAX))
                .bind(event.to_string())
                .execute(&mut *tx)
                .await;
            kept_of(written, || format!("show {id}"))?;
        }
        Ok(tx.commit().await?)
    }

    /// A show's ledger in the order it was written.
    pub async fn show_events(&self, id: ShowId) -> Result<Vec<ShowEvent>, StoreError> {
        let rows = sqlx::query("SELECT at_ms, event FROM show_event WHERE show_id = ? ORDER BY row")
            .bind(id.0)
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(ShowEvent {
                    at: ShowMs(row.try_get::<i64, _>("at_ms")?.unsigned_abs()),
                    event: serde_json::from_str(row.try_get("event")?).map_err(|why| unreadable("show event", why))?,
                })
            })
            .collect()
    }

    /// The newest shows, newest first.
    pub async fn shows(&self, limit: u32) -> Result<Vec<Show>, StoreError> {
        let rows = sqlx::query("SELECT * FROM show ORDER BY started_at_us DESC, id DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.reader)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Show {
                    id: ShowId(row.try_get("id")?),
                    title: row.try_get("title")?,
                    started_at_us: row.try_get("started_at_us")?,
                    ended_at_us: row.try_get("ended_at_us")?,
                })
            })
            .collect()
    }
}
