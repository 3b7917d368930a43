//! What goes, what stays, and that what stays can be proved.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::db::{AccountStore, FeedRead, NewSeller, SyncStore};
use hawker_domain::{SellerId, ShowId, Sku};
use hawker_wire::feed::{FeedEvent, FeedLine, FeedPosition, ReturnFeed, ReturnedEntry};
use sqlx::query_scalar;

const OLD: i64 = 1_000;
const NEW: i64 = 9_000;

async fn seller(store: &SqliteStore, email: &str) -> SellerId {
    let seller_id = SellerId(Uuid::now_v7());
    let new = NewSeller { seller_id, email: email.into(), password_hash: "x".into(), shop_name: "a".into(), at_us: 1 };
    assert!(store.create_seller(new).await.unwrap());
    seller_id
}

fn chat(text: &str) -> FeedEvent {
    FeedEvent::Chat { show_id: ShowId(Uuid::nil()), from: "ada".into(), text: text.into(), at: None }
}

fn held(reserved: i64) -> FeedEvent {
    FeedEvent::Reserved { sku: Sku::new("A").unwrap(), reserved }
}

async fn lines(store: &SqliteStore, seller: SellerId, seen: &FeedPosition, limit: u32) -> Vec<FeedLine> {
    match store.feed_after(seller, seen, None, limit).await.unwrap() {
        FeedRead::Page(page) => page.lines,
        FeedRead::Parted(_) | FeedRead::Forgotten(_) => panic!("it is the same feed"),
    }
}

#[tokio::test]
async fn old_chat_leaves_the_feed_and_a_reader_is_told_which_numbers_are_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
    let (shop, other) = (seller(&store, "ada@example.org").await, seller(&store, "bob@example.org").await);
    for number in 1..=1_200 {
        // A hold among much talk, and talk of today.
        let event = if number % 300 == 0 { held(number) } else { chat("1") };
        store.append_feed(shop, event, if number <= 1_100 { OLD } else { NEW }).await.unwrap();
    }
    store.append_feed(other, chat("1"), OLD).await.unwrap();
    while store.thin_feed(NEW).await.unwrap() {}
    let kept: Vec<i64> = query_scalar("SELECT server_seq FROM feed WHERE seller_id = ? ORDER BY server_seq")
        .bind(shop.0)
        .fetch_all(&store.read)
        .await
        .unwrap();
    let stays = |seq: i64| [299, 300, 500, 599, 600, 899, 900].contains(&seq) || seq >= 1_000;
    assert_eq!(kept, (1..=1_200).filter(|seq| stays(*seq)).collect::<Vec<_>>(), "holds and the heads before them stay");
    assert_eq!(lines(&store, other, &FeedPosition::default(), 9).await.len(), 1, "a short feed stays as it is");

    // Whoever reads from wherever, in pages of any size, is told of every number once.
    for limit in [1, 3, 1_000] {
        for start in [0_u64, 1, 298, 299, 450, 1_000] {
            let mut seen = FeedPosition { server_seq: start, head: String::new() };
            loop {
                let page = lines(&store, shop, &seen, limit).await;
                let Some(last) = page.last() else { break };
                for line in &page {
                    let first = match line.entry().event {
                        FeedEvent::Past { from } => from,
                        _ => line.server_seq,
                    };
                    assert_eq!(first, seen.server_seq + 1, "after {seen:?}, {limit} a page");
                    seen = FeedPosition { server_seq: line.server_seq, head: line.head.clone() };
                }
                assert!(!last.head.is_empty(), "a page never ends at what is gone");
            }
            assert_eq!(seen.server_seq, 1_200);
        }
    }
}

#[tokio::test]
async fn what_is_left_of_a_thinned_feed_is_still_proved_by_its_heads() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
    let shop = seller(&store, "ada@example.org").await;
    for number in 1..=501 {
        store.append_feed(shop, if number == 400 { held(1) } else { chat("1") }, OLD).await.unwrap();
    }
    let before = lines(&store, shop, &FeedPosition::default(), 1_000).await;
    assert!(store.thin_feed(NEW).await.unwrap());
    let after = lines(&store, shop, &FeedPosition::default(), 1_000).await;
    let at = |lines: &[FeedLine], seq: u64| lines.iter().find(|line| line.server_seq == seq).unwrap().clone();
    for seq in [399, 400, 500, 501] {
        assert_eq!(at(&after, seq), at(&before, seq), "entry {seq}");
    }
    let entry = ReturnedEntry { before: at(&after, 399).head, line: at(&after, 400) };
    let back =
        store.take_back(shop, &ReturnFeed { entries: vec![entry], is_last: false, common: None }, NEW).await.unwrap();
    assert_eq!(back.foreign, 0, "the platform knows its own entry by the head before it");
    let other = FeedPosition { server_seq: 400, head: "00".repeat(32) };
    let read = store.feed_after(shop, &other, None, 9).await.unwrap();
    assert!(matches!(read, FeedRead::Parted(_)), "another feed is noticed where a head is kept");
    let gone = FeedPosition { server_seq: 200, head: at(&before, 200).head };
    assert_eq!(lines(&store, shop, &gone, 1).await[0].entry().event, FeedEvent::Past { from: 201 });
    store.append_feed(shop, held(2), NEW).await.unwrap();
    let next = lines(&store, shop, &FeedPosition { server_seq: 501, head: at(&before, 501).head }, 9).await;
    assert_eq!(next.len(), 1, "the feed goes on");
}

#[tokio::test]
async fn what_viewers_said_and_looked_at_is_forgotten_in_small_steps() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
    let shop = seller(&store, "ada@example.org").await;
    let show = Uuid::now_v7();
    query("INSERT INTO shows (show_id, seller_id, title, running_order, created_us) VALUES (?, ?, 'a', '[]', 1)")
        .bind(show)
        .bind(shop.0)
        .execute(&store.write)
        .await
        .unwrap();
    for number in 0..7 {
        let at_us = if number < 5 { OLD } else { NEW };
        query("INSERT INTO behaviour (seller_id, show_id, action, at_us) VALUES (?, ?, 'view', ?)")
            .bind(shop.0)
            .bind(show)
            .bind(at_us)
            .execute(&store.write)
            .await
            .unwrap();
        query("INSERT INTO chat (seller_id, show_id, author, body, at_us) VALUES (?, ?, 'ada', 'hi', ?)")
            .bind(shop.0)
            .bind(show)
            .bind(at_us)
            .execute(&store.write)
            .await
            .unwrap();
    }
    for want in [3, 2, 0] {
        assert_eq!(store.forget_behaviour(NEW, 3).await.unwrap(), want);
        assert_eq!(store.forget_chat(NEW, 3).await.unwrap(), want);
    }
    let left: i64 = query_scalar("SELECT (SELECT count(*) FROM behaviour) + (SELECT count(*) FROM chat)")
        .fetch_one(&store.read)
        .await
        .unwrap();
    assert_eq!(left, 4);
}
