//! Signed in, signed out, and the moment between.

use crate::making::*;
use hawker_sync::{PlatformClient, Sync, SyncEvent, plan::Wedge};
use hawker_test_support::{HandClock, TestPlatform};
use hawker_wire::{ErrorCode, account::LogIn, feed::FeedPosition};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

#[tokio::test]
async fn many_requests_after_the_tokens_end_renew_them_once() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (client, _) = seller(platform.http(), "anna").await;
    let renewed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&renewed);
    let client = client.on_tokens(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
    });
    clock.advance_ms(DAY_MS / 2);
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        requests.spawn(async move { client.feed(&FeedPosition::default(), None, Duration::ZERO).await });
    }
    for answer in requests.join_all().await {
        answer.unwrap();
    }
    assert_eq!(renewed.load(Ordering::SeqCst), 1, "a refresh token is good once");
}

#[tokio::test]
async fn a_wrong_password_and_dead_tokens_are_unauthorized() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (client, _) = seller(platform.http(), "anna").await;
    let visitor = PlatformClient::new(platform.http(), None);
    let form = LogIn { email: "anna@example.org".into(), password: "not the password".into() };
    assert_eq!(visitor.log_in(&form).await.err().unwrap().code, ErrorCode::Unauthorized);
    assert_eq!(
        visitor.feed(&FeedPosition::default(), None, Duration::ZERO).await.unwrap_err().code,
        ErrorCode::Unauthorized
    );
    clock.advance_ms(400 * DAY_MS);
    assert_eq!(
        client.feed(&FeedPosition::default(), None, Duration::ZERO).await.unwrap_err().code,
        ErrorCode::Unauthorized
    );
}

#[tokio::test]
async fn the_sync_of_one_who_is_signed_out_says_so_and_ends() {
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let (client, _) = seller(platform.http(), "anna").await;
    clock.advance_ms(400 * DAY_MS);
    let (store, _dir) = store().await;
    store.move_stock(&received(1)).await.unwrap();
    let (events, mut told) = mpsc::channel(16);
    let run = Sync::new(store, client).run(CancellationToken::new(), events);
    tokio::time::timeout(Duration::from_secs(20), run).await.expect("both directions stop by themselves");
    let mut all = Vec::new();
    while let Some(event) = told.recv().await {
        all.push(event);
    }
    assert!(
        all.iter().any(|e| matches!(e, SyncEvent::Offline { why } if why.code == ErrorCode::Unauthorized)),
        "{all:?}"
    );
    assert!(all.contains(&SyncEvent::Wedged { wedge: Wedge::SignedOut }), "{all:?}");
}

#[tokio::test]
async fn nothing_printable_holds_a_token() {
    let platform = TestPlatform::start().await;
    let client = PlatformClient::new(platform.http(), None);
    let form = hawker_wire::account::SignUp {
        email: "anna@example.org".into(),
        password: "a long enough password".into(),
        shop_name: "Anna".into(),
    };
    let tokens = client.sign_up(&form).await.unwrap();
    let shown = format!("{client:?}");
    assert!(!shown.contains(&tokens.access_token) && !shown.contains(&tokens.refresh_token), "{shown}");
}
