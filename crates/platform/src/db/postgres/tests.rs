//! Opening, the seller's lock, and what a database of its own kind answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::db::{AccountStore, CatalogueStore, NewSeller, NewTokens, Refreshed, SyncStore, UpkeepStore};
use futures_util::future::join_all;
use hawker_domain::ShowId;
use hawker_test_support::PostgresServer;
use hawker_wire::feed::FeedEvent;
use tempfile::TempDir;
use uuid::Uuid;

struct Place {
    server: PostgresServer,
    url: PostgresUrl,
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let server = PostgresServer::start();
        Self { url: server.fresh().parse().unwrap(), server, dir: tempfile::tempdir().unwrap() }
    }

    async fn open(&self, key: &str) -> Result<(PostgresStore, [u8; 32]), OpenError> {
        PostgresStore::open(&self.url, &self.dir.path().join(key)).await
    }

    async fn store(&self) -> PostgresStore {
        self.open("key").await.unwrap().0
    }
}

/// Why it was not opened.
fn refused(opened: Result<(PostgresStore, [u8; 32]), OpenError>) -> OpenError {
    match opened {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

async fn seller(store: &PostgresStore, email: &str) -> SellerId {
    let seller_id = SellerId(Uuid::now_v7());
    let new = NewSeller { seller_id, email: email.into(), password_hash: "x".into(), shop_name: "a".into(), at_us: 1 };
    assert!(store.create_seller(new).await.unwrap());
    seller_id
}

#[tokio::test]
async fn platforms_that_meet_a_new_database_at_once_agree_on_one_secret() {
    let place = Place::new();
    let (one, other) = tokio::join!(place.open("one"), place.open("other"));
    let (opened, error) = if one.is_ok() { (one, refused(other)) } else { (other, refused(one)) };
    // In whatever order the two come: it met another's secret, or came so late that it made none.
    assert!(matches!(error, OpenError::WrongKey { .. } | OpenError::Key(KeyError::Missing(_))), "{error}");
    let (_, secret) = opened.unwrap();
    let again = [place.open("one").await, place.open("other").await];
    let known: Vec<[u8; 32]> = again.into_iter().flatten().map(|(_, secret)| secret).collect();
    assert_eq!(known, [secret], "the same afterwards, and with one of the two files alone");
    let error = refused(place.open("none").await);
    assert!(matches!(error, OpenError::Key(KeyError::Missing(_))), "no new key is made for an old database: {error}");
}

#[tokio::test]
async fn what_can_t_be_opened_says_what_to_do() {
    let place = Place::new();
    let open =
        async |url: String| refused(PostgresStore::open(&url.parse().unwrap(), &place.dir.path().join("key")).await);
    let nowhere = format!("postgres://ada@localhost/x?host={}", place.dir.path().display());
    let error = open(nowhere).await;
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    let error = open(place.server.url("nothing")).await;
    assert!(error.to_string().contains("createdb --encoding=UTF8 nothing"), "{error}");
    let error = open(place.server.url_of("stranger", "postgres")).await;
    assert!(matches!(error, OpenError::Refused { .. }), "{error}");
    place.server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    let error = open(place.server.url("latin")).await;
    assert!(matches!(error, OpenError::NotUtf8 { .. }), "{error}");
    let empty = PostgresStore::open_to_read(&place.url).await;
    assert!(matches!(empty, Err(OpenError::Empty(_))), "nothing is made by looking");

    let store = place.store().await;
    query("INSERT INTO _sqlx_migrations SELECT 9999, 'later', installed_on, TRUE, checksum, 1 FROM _sqlx_migrations LIMIT 1")
        .execute(&store.write)
        .await
        .unwrap();
    let error = refused(place.open("key").await);
    assert!(error.to_string().contains("update hawker-platform"), "{error}");
}

#[tokio::test]
async fn a_seller_is_changed_by_one_at_a_time_and_others_do_not_wait() {
    let place = Place::new();
    let store = place.store().await;
    let (ada, bob) = (seller(&store, "ada@example.org").await, seller(&store, "bob@example.org").await);
    let first = store.begin_for(ada).await.unwrap();
    let second = tokio::time::timeout(Duration::from_millis(300), store.begin_for(ada)).await;
    assert!(second.is_err(), "it waits");
    store.begin_for(bob).await.unwrap().commit().await.unwrap();
    assert!(store.issue_tokens(ada, "x", tokens(1)).await.unwrap(), "a log-in changes nothing of the shop");
    first.commit().await.unwrap();
    store.begin_for(ada).await.unwrap();
    assert!(query("DELETE FROM sellers").execute(&store.read).await.is_err(), "readers only read");
}

#[tokio::test]
async fn however_many_wait_for_one_seller_another_one_is_served() {
    let place = Place::new();
    let store = place.store().await;
    let (ada, bob) = (seller(&store, "ada@example.org").await, seller(&store, "bob@example.org").await);
    let at_work = store.begin_for(ada).await.unwrap();
    let crowd = join_all((0..4 * WRITERS).map(|_| store.begin_for(ada)));
    // The crowd is asked first, so whatever it can take of the connections it has taken by then.
    tokio::select! {
        biased;
        _ = crowd => panic!("ada's lock is taken"),
        served = tokio::time::timeout(PATIENCE / 4, store.begin_for(bob)) => {
            served.expect("bob waits for nobody of ada's").unwrap().commit().await.unwrap();
        }
    }
    at_work.commit().await.unwrap();
    store.begin_for(ada).await.unwrap();
}

fn tokens(number: u8) -> NewTokens {
    let (access, refresh) = ([number; 32], [number + 100; 32]);
    NewTokens { access, access_expires_us: 1_000, refresh, refresh_expires_us: 1_000, at_us: 1 }
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_at_once_is_noticed() {
    let place = Place::new();
    let store = place.store().await;
    let ada = seller(&store, "ada@example.org").await;
    assert!(store.issue_tokens(ada, "x", tokens(1)).await.unwrap());
    let used = tokens(1).refresh;
    let (one, other) = tokio::join!(store.rotate_refresh(used, tokens(2)), store.rotate_refresh(used, tokens(3)));
    let (one, other) = (one.unwrap(), other.unwrap());
    let both = [Refreshed::Rotated(ada), Refreshed::Reused(ada)];
    assert!([one, other] == both || [other, one] == both, "{one:?} {other:?}");
    assert!(store.seller_of_access(tokens(1).access, 2).await.unwrap().is_none(), "the family is revoked");
}

#[tokio::test]
async fn no_log_in_outlives_the_password_that_opened_it() {
    const ROUNDS: u8 = 40;
    let place = Place::new();
    let store = place.store().await;
    let ada = seller(&store, "ada@example.org").await;
    let mut before = "x".to_owned();
    for round in 0..ROUNDS {
        let after = round.to_string();
        let (issued, changed) = tokio::join!(
            store.issue_tokens(ada, &before, tokens(round)),
            store.change_password(ada, &before, &after, tokens(ROUNDS + round))
        );
        assert!(changed.unwrap());
        // Before the change it is ended by it, after it refused; a family that is neither goes on with the old password.
        let was_first = issued.unwrap();
        let stands = store.seller_of_access(tokens(round).access, 2).await.unwrap().is_some();
        assert!(!stands, "round {round}, the log-in {} first", if was_first { "was" } else { "was not" });
        assert!(store.seller_of_access(tokens(ROUNDS + round).access, 2).await.unwrap().is_some());
        before = after;
    }
    assert!(!store.issue_tokens(ada, "x", tokens(2 * ROUNDS)).await.unwrap());
}

#[tokio::test]
async fn what_the_server_refuses_is_told_apart() {
    let place = Place::new();
    let store = place.store().await;
    // lock_not_available, deadlock_detected, disk_full, check_violation, undefined_table
    for (code, want, is_of_one) in [
        ("55P03", "busy", true),
        ("40P01", "busy", true),
        ("53100", "full", false),
        ("23514", "failed", true),
        ("42P01", "failed", false),
    ] {
        let raise = format!("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$");
        let refused = query(sqlx::AssertSqlSafe(raise)).execute(&store.write).await.unwrap_err();
        let error = StoreError::from(refused);
        let got = match &error {
            StoreError::Busy => "busy",
            StoreError::DiskFull => "full",
            _ => "failed",
        };
        assert_eq!((got, error.is_of_one_seller()), (want, is_of_one), "{code}");
    }
}

#[tokio::test]
async fn addresses_are_compared_without_the_case_of_their_letters() {
    let place = Place::new();
    let store = place.store().await;
    let ada = seller(&store, "Ada@Example.org").await;
    let found = store.seller_by_email("aDA@example.ORG").await.unwrap();
    assert_eq!(found.map(|(seller, _)| seller), Some(ada));
    let again = NewSeller {
        seller_id: SellerId(Uuid::now_v7()),
        email: "ADA@EXAMPLE.ORG".into(),
        password_hash: "x".into(),
        shop_name: "a".into(),
        at_us: 1,
    };
    assert!(!store.create_seller(again).await.unwrap(), "the address is taken");
    assert!(store.seller_by_email("ada\0@example.org").await.unwrap().is_none());
    assert!(store.photo("\0").await.unwrap().is_none());
}

#[tokio::test]
async fn old_chat_leaves_the_feed_and_its_last_entries_stay() {
    let place = Place::new();
    let store = place.store().await;
    let ada = seller(&store, "ada@example.org").await;
    let chat = || FeedEvent::Chat { show_id: ShowId(Uuid::nil()), from: "ada".into(), text: "1".into(), at: None };
    for _ in 0..600 {
        store.append_feed(ada, chat(), 1).await.unwrap();
    }
    while store.thin_feed(9).await.unwrap() {}
    let kept: Vec<i64> =
        query_scalar("SELECT server_seq FROM feed ORDER BY server_seq").fetch_all(&store.read).await.unwrap();
    assert_eq!(
        kept,
        (500..=600).collect::<Vec<_>>(),
        "the end of a step keeps its head, and what follows is no whole step"
    );
}
