//! Where shows are published to. The address holds the stream key, so it comes out redacted unless asked for by id.

use crate::{Store, StoreError};
use hawker_domain::{CanvasShape, DestinationId, DestinationWay, Rendition};
use hawker_wire::{ErrorCode, Failure};
use sqlx::{Row, sqlite::SqliteRow};
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

/// A stored destination without its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub id: DestinationId,
    pub name: String,
    /// Scheme, host and application; the key is "…".
    pub redacted_url: String,
    pub way: DestinationWay,
}

/// Why a destination was not added.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    #[error("the destination has no name; give it one")]
    NoName,
    #[error("there is a destination \"{0}\" already; choose another name")]
    NameTaken(String),
    /// The address is not repeated: it may hold a key.
    #[error(
        "the address of \"{0}\" can't be published to; write it like rtmp://host/app/key or https://token@host/whip"
    )]
    BadUrl(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DestinationError> for Failure {
    fn from(error: DestinationError) -> Self {
        let code = match error {
            DestinationError::Store(error) => return error.into(),
            DestinationError::NameTaken(_) => ErrorCode::Conflict,
            DestinationError::NoName | DestinationError::BadUrl(_) => ErrorCode::BadInput,
        };
        Self::new(code, error.to_string())
    }
}

/// Whether a show can go to such an address at all; the media engine looks closer. A listener for SRT has no host, a camera of
/// this computer has only a name.
fn is_publishable(url: &str) -> bool {
    match url.split_once(':') {
        Some(("virtual-camera", name)) => !name.is_empty(),
        Some(("srt", rest)) if rest.starts_with("//:") => true,
        Some(("rtmp" | "rtmps" | "srt" | "http" | "https", _)) => Url::parse(url).is_ok_and(|url| url.has_host()),
        _ => false,
    }
}

impl Store {
    /// Keeps a destination. Errors: [`DestinationError`].
    pub async fn add_destination(
        &self,
        name: &str,
        url: &str,
        way: &DestinationWay,
    ) -> Result<DestinationId, DestinationError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(DestinationError::NoName);
        }
        if !is_publishable(url.trim()) {
            return Err(DestinationError::BadUrl(name.to_owned()));
        }
        let id = DestinationId(Uuid::now_v7());
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "INSERT INTO destination (id, name, url, deadline_s, one_show, delay_ms, canvas, rendition, is_primary) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        )
        .bind(id.0)
        .bind(name)
        .bind(url.trim())
        .bind(way.deadline_s)
        .bind(way.one_show)
        .bind(way.delay_ms)
        .bind(way.canvas.as_str())
        .bind(way.rendition.map(Rendition::as_str))
        .bind(way.primary)
        .execute(&mut *tx)
        .await
        .map_err(StoreError::from)?;
        if done.rows_affected() == 0 {
            return Err(DestinationError::NameTaken(name.to_owned()));
        }
        if way.primary {
            only_primary(&mut tx, id).await?;
        }
        tx.commit().await.map_err(StoreError::from)?;
        Ok(id)
    }

    /// Gives a destination another way, and another address where there is one. Of those that get the same picture one at most
    /// is the primary one: it takes the place of another. Errors: [`StoreError::NotFound`].
    pub async fn change_destination(
        &self,
        id: DestinationId,
        url: Option<&str>,
        way: &DestinationWay,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        let done = sqlx::query(
            "UPDATE destination SET url = coalesce(?, url), deadline_s = ?, one_show = ?, delay_ms = ?, canvas = ?, \
             rendition = ?, is_primary = ? WHERE id = ?",
        )
        .bind(url)
        .bind(way.deadline_s)
        .bind(way.one_show)
        .bind(way.delay_ms)
        .bind(way.canvas.as_str())
        .bind(way.rendition.map(Rendition::as_str))
        .bind(way.primary)
        .bind(id.0)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Err(StoreError::NotFound(format!("destination {id}")));
        }
        if way.primary {
            only_primary(&mut tx, id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Every destination, by name.
    pub async fn destinations(&self) -> Result<Vec<Destination>, StoreError> {
        let rows = sqlx::query("SELECT * FROM destination ORDER BY name").fetch_all(&self.reader).await?;
        rows.iter().map(destination_of).collect()
    }

    /// The destination called `name`, if there is one.
    pub async fn destination_by_name(&self, name: &str) -> Result<Option<Destination>, StoreError> {
        let row = sqlx::query("SELECT * FROM destination WHERE name = ?")
            .bind(name.trim())
            .fetch_optional(&self.reader)
            .await?;
        row.as_ref().map(destination_of).transpose()
    }

    /// The whole address with its key, for the one who publishes. Errors: [`StoreError::NotFound`].
    pub async fn destination_url(&self, id: DestinationId) -> Result<Zeroizing<String>, StoreError> {
        let url: Option<String> = sqlx::query_scalar("SELECT url FROM destination WHERE id = ?")
            .bind(id.0)
            .fetch_optional(&self.reader)
            .await?;
        url.map(Zeroizing::new).ok_or_else(|| StoreError::NotFound(format!("destination {id}")))
    }

    /// Forgets a destination. Errors: [`StoreError::NotFound`].
    pub async fn remove_destination(&self, id: DestinationId) -> Result<(), StoreError> {
        let done = sqlx::query("DELETE FROM destination WHERE id = ?").bind(id.0).execute(&self.writer).await?;
        if done.rows_affected() == 0 { Err(StoreError::NotFound(format!("destination {id}"))) } else { Ok(()) }
    }
}

/// Takes it from every other one that gets the same picture as `id`.
async fn only_primary(tx: &mut sqlx::SqliteConnection, id: DestinationId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE destination SET is_primary = 0 WHERE id <> ?1 AND (IFNULL(canvas, '16:9'), IFNULL(rendition, '')) = \
         (SELECT IFNULL(canvas, '16:9'), IFNULL(rendition, '') FROM destination WHERE id = ?1)",
    )
    .bind(id.0)
    .execute(tx)
    .await?;
    Ok(())
}

fn destination_of(row: &SqliteRow) -> Result<Destination, StoreError> {
    let url = Zeroizing::new(row.try_get::<String, _>("url")?);
    let (deadline, delay): (Option<i64>, i64) = (row.try_get("deadline_s")?, row.try_get("delay_ms")?);
    let (canvas, rendition): (Option<String>, Option<String>) = (row.try_get("canvas")?, row.try_get("rendition")?);
    let upright = canvas.as_deref() == Some(CanvasShape::Portrait.as_str());
    Ok(Destination {
        id: DestinationId(row.try_get("id")?),
        name: row.try_get("name")?,
        redacted_url: redact(&url),
        way: DestinationWay {
            deadline_s: deadline.and_then(|s| u32::try_from(s).ok()),
            one_show: row.try_get("one_show")?,
            delay_ms: u32::try_from(delay).unwrap_or_default(),
            canvas: if upright { CanvasShape::Portrait } else { CanvasShape::Landscape },
            // One that this version does not know: the whole picture goes there.
            rendition: rendition.and_then(|name| name.parse().ok()),
            primary: row.try_get("is_primary")?,
        },
    })
}

/// Keeps scheme, host, port and all of the path but its last part, where the key stands; drops user, query, fragment. A WHIP
/// server may have its key anywhere in the path, so nothing of it is kept.
fn redact(url: &str) -> String {
    let Ok(parsed) = Url::parse(url) else { return "…".to_owned() };
    let host = parsed.host_str().unwrap_or_default();
    let port = parsed.port().map(|port| format!(":{port}")).unwrap_or_default();
    let app = parsed.path().trim_end_matches('/').rsplit_once('/').map_or("", |(app, _)| app);
    let app = if matches!(parsed.scheme(), "http" | "https") { "" } else { app };
    format!("{}://{host}{port}{app}/…", parsed.scheme())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_redacted_address_never_holds_the_key() {
        for (url, want) in [
            ("rtmp://a.example/live/KEY", "rtmp://a.example/live/…"),
            ("rtmps://u:KEY@a.example:443/app/x/KEY?KEY=KEY#KEY", "rtmps://a.example:443/app/x/…"),
            ("srt://a.example:9000?streamid=KEY", "srt://a.example:9000/…"),
            ("rtmp://a.example/live/KEY/", "rtmp://a.example/live/…"),
            ("https://KEY@a.example:4443/KEY/publish", "https://a.example:4443/…"),
            ("KEY", "…"),
        ] {
            let shown = redact(url);
            assert_eq!(shown, want);
            assert!(!shown.contains("KEY"));
        }
    }
}
