//! Several platforms of one database, and a database that can't be had.

use crate::{
    body, failure,
    orders::{level, shop},
};
use futures_util::future::join_all;
use hawker_domain::ViewerId;
use hawker_test_support::{PostgresServer, TestPlatform, buy, pay, reserve};
use hawker_wire::{ErrorCode, feed::FeedEvent, viewer::Reservation};
use reqwest::StatusCode;
use std::{
    io::Write,
    process::{Command, Output, Stdio},
    time::Duration,
};
use uuid::Uuid;

#[tokio::test]
async fn five_hundred_buyers_at_two_platforms_buy_exactly_fifty_pieces() {
    let first = TestPlatform::start().await;
    let second = first.start_beside().await;
    let (seller, show) = shop(&first, 50).await;
    let buyers = (0..500).map(|buyer| {
        let platform = if buyer % 2 == 0 { &first } else { &second };
        let id = show.show_id;
        async move { reserve(&platform.client, &platform.http(), id, &format!("buyer-{buyer}"), &[("A", 1)]).await }
    });
    let mut sold = 0;
    for response in join_all(buyers).await {
        if response.status() == StatusCode::CREATED {
            let held: Reservation = body(response).await;
            // What one platform holds, the other takes the money for.
            pay(&second.client, &second.http(), &held, "pay").await;
            sold += 1;
        } else {
            assert_eq!(failure(response).await.1.code, ErrorCode::OutOfStock);
        }
    }
    assert_eq!(sold, 50);
    assert_eq!(level(&first, &seller).await, (0, 0), "nothing is left, nothing is owed");
    let entries = seller.feed(0, 0).await.entries();
    let paid = entries.iter().filter(|entry| matches!(entry.event, FeedEvent::OrderPaid { .. })).count();
    assert_eq!(paid, 50, "each sale is in the feed once");
}

#[tokio::test]
async fn what_two_platforms_write_at_once_is_one_feed() {
    let first = TestPlatform::start().await;
    let second = first.start_beside().await;
    let (seller, show) = shop(&first, 50).await;
    let goods_come = async {
        for _ in 0..20 {
            seller.receive("A", 1).await;
        }
    };
    let http = second.http();
    let buyers = join_all((0..20).map(|_| buy(&second.client, &http, show.show_id, "A", 1)));
    tokio::join!(goods_come, buyers);
    assert_eq!(level(&second, &seller).await, (50, 0));
    let page = seller.feed(0, 0).await;
    let numbers: Vec<u64> = page.entries().iter().map(|entry| entry.server_seq).collect();
    assert_eq!(numbers, (1..=page.last_seq).collect::<Vec<_>>(), "each number once, in order, without gaps");
}

#[tokio::test]
async fn what_one_platform_writes_wakes_who_waits_at_another() {
    let first = TestPlatform::start().await;
    let second = first.start_beside().await;
    let (seller, show) = shop(&first, 5).await;
    let (here, there) = (&first.running().app().bus, &second.running().app().bus);
    let viewer = ViewerId(Uuid::now_v7());
    let (mut feed, mut claims) = (here.bell(seller.seller_id), here.claims_bell(viewer));
    // All bells ring once where a platform begins to hear the other: the second time at the latest it is the news.
    for round in 0..3 {
        feed.mark_unchanged();
        claims.mark_unchanged();
        let held = reserve(&second.client, &second.http(), show.show_id, &format!("{round}"), &[("A", 1)]).await;
        assert_eq!(held.status(), StatusCode::CREATED);
        there.ring_claims(viewer);
        let both = async { tokio::try_join!(feed.changed(), claims.changed()).unwrap() };
        tokio::time::timeout(Duration::from_secs(10), both)
            .await
            .expect("both bells ring long before anybody asks again");
    }
}

/// The program on a database, with `stdin`.
fn run(arguments: &[&str], data_dir: &std::path::Path, database: &str, stdin: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hawker-platform"))
        .args(arguments)
        .arg("--data-dir")
        .arg(data_dir)
        .env("HAWKER_PLATFORM_DATABASE", database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have ended without reading.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn a_password_is_told_to_the_server_alone() {
    let (server, folder) = (PostgresServer::start(), tempfile::tempdir().unwrap());
    server.sql("postgres", "CREATE ROLE guarded LOGIN PASSWORD 'right'");
    let wrong = server.url_of("guarded:canary", "postgres");
    for database in [wrong.as_str(), "mysql://guarded:canary@localhost/postgres", "postgres://guarded:canary@[/x"] {
        let out = run(&["serve"], folder.path(), database, "");
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(1), "{told}");
        assert!(told.contains("error: ") && !told.contains("canary"), "{told}");
    }
    let told = String::from_utf8(run(&["serve"], folder.path(), &wrong, "").stderr).unwrap();
    assert!(told.contains("refuses the user \"guarded\"") && told.contains("--database"), "{told}");
    let help = String::from_utf8(run(&["serve", "--help"], folder.path(), &wrong, "").stdout).unwrap();
    assert!(help.contains("HAWKER_PLATFORM_DATABASE") && !help.contains("canary"), "{help}");
}

#[test]
fn accounts_are_made_and_tasks_are_listed_in_the_database_that_is_named() {
    let (server, folder) = (PostgresServer::start(), tempfile::tempdir().unwrap());
    let database = server.fresh();
    let out = run(&["payments"], folder.path(), &database, "");
    assert!(String::from_utf8(out.stderr).unwrap().contains("start hawker-platform with it first"));
    let add = ["user", "add", "--email", "ada@example.org", "--shop", "Ada's"];
    let out = run(&add, folder.path(), &database, "a long enough password\n");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert_eq!(server.sql("test_0", "SELECT email FROM sellers"), "ada@example.org");
    let task = "INSERT INTO money_tasks (order_id, why, at_us) VALUES (gen_random_uuid(), 'unknown_capture', 0)";
    server.sql("test_0", task);
    let out = run(&["payments"], folder.path(), &database, "");
    let listed = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success() && listed.starts_with("1970-01-01") && listed.lines().count() == 1, "{listed}");
}
