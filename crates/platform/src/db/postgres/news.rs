//! What platforms of one database tell each other, by `NOTIFY`: whose feed has grown and of whose claims something became, and
//! nothing of what it is.
//!
//! A transaction that notifies holds one lock of the whole server while it commits. So news have transactions of their own, which change
//! nothing else: no sale waits for that lock.

use super::{PATIENCE, PostgresUrl};
use crate::bus::Rung;
use hawker_domain::{SellerId, ViewerId};
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
    query,
};
use std::{fmt::Write, str::SplitWhitespace};
use uuid::Uuid;

const CHANNEL: &str = "hawker_news";

/// Sellers and viewers in one message: 34 bytes each, and PostgreSQL takes less than 8,000.
const IN_ONE: usize = 200;

/// One connection listens, the other tells.
const CONNECTIONS: u32 = 2;

/// One platform's way to the others. They need not be there.
pub struct Between {
    pool: PgPool,
    /// Names this platform: what it told itself is no news to it.
    own: Uuid,
}

impl Between {
    /// Connects when it is used first.
    pub fn new(url: &PostgresUrl) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            // A listener that leaves for a while has not heard what was told meanwhile.
            .max_lifetime(None)
            .idle_timeout(None);
        // News that a power cut takes are read with all else when the platforms are back.
        let options = url.options.clone().options([("synchronous_commit", "off")]);
        Self { pool: pool.connect_lazy_with(options), own: Uuid::now_v7() }
    }

    /// Errors: the server did not take all of it; told again it does no harm.
    pub async fn tell(&self, rung: &Rung) -> Result<(), sqlx::Error> {
        for message in messages(self.own, rung) {
            query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(message).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Hears what is told from now on.
    pub async fn listen(&self) -> Result<Listening, sqlx::Error> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(Listening { listener, own: self.own })
    }

    /// After whoever listens has ended.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// See [`Between::listen`].
pub struct Listening {
    listener: PgListener,
    own: Uuid,
}

impl Listening {
    /// What another platform told. None: the connection was lost and is there again, and anything may have been told meanwhile.
    pub async fn heard(&mut self) -> Result<Option<Rung>, sqlx::Error> {
        loop {
            let Some(told) = self.listener.try_recv().await? else { return Ok(None) };
            match read(told.payload()) {
                Some((from, rung)) if from != self.own => return Ok(Some(rung)),
                // Its own, or a later version's.
                _ => {}
            }
        }
    }
}

/// Who tells it, then `s` or `v` and the id of each seller and viewer.
fn messages(own: Uuid, rung: &Rung) -> Vec<String> {
    let sellers = rung.sellers.iter().map(|seller| ('s', seller.0));
    let all: Vec<(char, Uuid)> = sellers.chain(rung.viewers.iter().map(|viewer| ('v', viewer.0))).collect();
    let message = |some: &[(char, Uuid)]| {
        let mut text = own.simple().to_string();
        for (kind, id) in some {
            // Text takes whatever is written to it.
            let _ = write!(text, " {kind}{}", id.simple());
        }
        text
    };
    all.chunks(IN_ONE).map(message).collect()
}

fn read(message: &str) -> Option<(Uuid, Rung)> {
    let mut words: SplitWhitespace<'_> = message.split_whitespace();
    let from = words.next()?.parse().ok()?;
    let mut rung = Rung::default();
    for word in words {
        if let Some(seller) = word.strip_prefix('s') {
            rung.sellers.insert(SellerId(seller.parse().ok()?));
        } else if let Some(viewer) = word.strip_prefix('v') {
            rung.viewers.insert(ViewerId(viewer.parse().ok()?));
        }
    }
    Some((from, rung))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn news_are_read_as_they_were_told_and_each_message_fits() {
        let own = Uuid::now_v7();
        let mut rung = Rung::default();
        assert!(messages(own, &rung).is_empty(), "nothing is told of nothing");
        rung.sellers.extend((0..IN_ONE).map(|_| SellerId(Uuid::now_v7())));
        rung.viewers.extend((0..IN_ONE).map(|_| ViewerId(Uuid::now_v7())));
        let told = messages(own, &rung);
        assert!(told.len() == 2 && told.iter().all(|message| message.len() < 8_000), "{told:?}");
        let mut heard = Rung::default();
        for message in &told {
            let (from, some) = read(message).unwrap();
            assert_eq!(from, own);
            heard.sellers.extend(some.sellers);
            heard.viewers.extend(some.viewers);
        }
        assert_eq!(heard, rung);
        for foreign in ["", "hello", "0198c0de s1"] {
            assert!(read(foreign).is_none(), "{foreign:?}");
        }
    }
}
