//! Rights: a stall without a network and the page never promise the same piece.

use crate::{
    making::*,
    put_back::{put_back, snapshot},
};
use hawker_domain::rights::RightsLine;
use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync};
use hawker_test_support::{TestPlatform, buy, reserve};
use hawker_wire::{ErrorCode, Failure, show::ShowCreated};
use reqwest::StatusCode;
use tempfile::TempDir;

fn pieces(pieces: u32) -> Vec<RightsLine> {
    vec![RightsLine { sku: sku(), pieces }]
}

async fn rights(store: &Store) -> i64 {
    store.holdings().await.unwrap().get(&sku()).map_or(0, |held| held.rights)
}

/// A shop with ten pieces in the pool, and a stall that has taken six of them to market.
struct Market {
    platform: TestPlatform,
    client: PlatformClient,
    show: ShowCreated,
    stall: Store,
    at_stall: Sync,
    _dir: TempDir,
}

async fn market() -> Market {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (stall, dir) = store().await;
    let at_stall = Sync::new(stall.clone(), client.clone());
    stall.move_stock(&received(10)).await.unwrap();
    stall.ask_rights(&pieces(6)).await.unwrap();
    at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&stall).await, on_shelf(&platform, &show).await), (6, 4));
    Market { platform, client, show, stall, at_stall, _dir: dir }
}

async fn order(market: &Market, key: &str, qty: u32) -> reqwest::Response {
    reserve(&market.platform.client, &market.platform.http(), market.show.show_id, key, &[("MILK", qty)]).await
}

#[tokio::test]
async fn a_stall_without_a_network_and_the_page_sell_ten_pieces_and_not_one_more() {
    let market = market().await;
    market.stall.record_venue_sale(&venue_sale(5)).await.unwrap();
    buy(&market.platform.client, &market.platform.http(), market.show.show_id, "MILK", 4).await;
    assert_eq!(order(&market, "late", 1).await.status(), StatusCode::CONFLICT, "the rest is at the stall");
    market.at_stall.sync_once().await.unwrap();
    assert_eq!(market.stall.level(&sku()).await.unwrap().on_hand, 1, "10 - 5 - 4");
    assert!(market.stall.shortfalls().await.unwrap().is_empty());
    market.stall.give_rights_back(&pieces(9)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (0, 1));
}

#[tokio::test]
async fn no_more_is_granted_than_the_pool_has() {
    let market = market().await;
    market.stall.ask_rights(&pieces(100)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (10, 0));
}

#[tokio::test]
async fn what_is_sold_beyond_the_rights_is_a_shortfall_that_a_delivery_ends() {
    let market = market().await;
    let (home, _dir) = store().await;
    let at_home = Sync::new(home.clone(), market.client.clone());
    market.stall.record_venue_sale(&venue_sale(12)).await.unwrap();
    for sync in [&market.at_stall, &at_home] {
        sync.sync_once().await.unwrap();
    }
    assert_eq!(
        home.shortfalls().await.unwrap().get(&sku()),
        Some(&2),
        "6 by rights, 4 of the pool, 2 that are not there"
    );
    home.move_stock(&received(5)).await.unwrap();
    for sync in [&at_home, &market.at_stall] {
        sync.sync_once().await.unwrap();
    }
    for store in [&home, &market.stall] {
        assert!(store.shortfalls().await.unwrap().is_empty());
    }
    assert_eq!(on_shelf(&market.platform, &market.show).await, 3, "what was owed comes first");
}

#[tokio::test]
async fn a_platform_put_back_lets_buyers_wait_until_the_devices_have_said_what_they_have() {
    let mut market = market().await;
    let (home, _dir) = store().await;
    let at_home = Sync::new(home.clone(), market.client.clone());
    at_home.sync_once().await.unwrap();
    let picture = snapshot(&mut market.platform).await;
    market.stall.record_venue_sale(&venue_sale(2)).await.unwrap();
    market.stall.ask_rights(&pieces(1)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    at_home.sync_once().await.unwrap();
    assert_eq!(rights(&market.stall).await, 5);
    put_back(&mut market.platform, &picture).await;
    at_home.sync_once().await.unwrap();
    let asked = market.client.rights().await.unwrap();
    assert!(!asked.is_open, "{asked:?}");
    let awaited: Vec<_> =
        asked.devices.iter().filter(|device| device.is_awaited).map(|device| device.device_id).collect();
    assert_eq!(awaited, [market.stall.device().await.unwrap().device_id], "home has no rights");
    let refused = order(&market, "early", 1).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let refused: Failure = refused.json().await.unwrap();
    assert_eq!((refused.code, refused.retryable), (ErrorCode::Conflict, true));
    market.at_stall.sync_once().await.unwrap();
    assert!(market.client.rights().await.unwrap().is_open);
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (5, 3));
    assert_eq!(order(&market, "then", 3).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_stall_alone_keeps_what_it_has_when_the_platform_is_put_back() {
    let mut market = market().await;
    let picture = snapshot(&mut market.platform).await;
    market.stall.record_venue_sale(&venue_sale(2)).await.unwrap();
    market.stall.ask_rights(&pieces(1)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    put_back(&mut market.platform, &picture).await;
    for _ in 0..3 {
        market.at_stall.sync_once().await.unwrap();
    }
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (5, 3));
    assert_eq!(market.stall.level(&sku()).await.unwrap().on_hand, 8);
}

#[tokio::test]
async fn a_stall_the_platform_has_forgotten_is_awaited_when_another_device_speaks_of_it() {
    let mut platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((home, _dir), (stall, _stall_dir)) = (store().await, store().await);
    let (at_home, at_stall) = (Sync::new(home.clone(), client.clone()), Sync::new(stall.clone(), client.clone()));
    home.move_stock(&received(10)).await.unwrap();
    at_home.sync_once().await.unwrap();
    let picture = snapshot(&mut platform).await;
    stall.ask_rights(&pieces(6)).await.unwrap();
    for sync in [&at_stall, &at_home] {
        sync.sync_once().await.unwrap();
    }
    put_back(&mut platform, &picture).await;
    for _ in 0..2 {
        at_home.sync_once().await.unwrap();
    }
    let report = client.rights().await.unwrap();
    assert!(!report.is_open && on_shelf(&platform, &show).await == 4, "{report:?}");
    for sync in [&at_stall, &at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }
    let report = client.rights().await.unwrap();
    assert!(report.is_open, "{report:?}");
    assert_eq!((rights(&stall).await, on_shelf(&platform, &show).await), (6, 4));
}

#[tokio::test]
async fn a_device_declared_lost_is_fenced_and_hears_that_it_has_nothing() {
    let market = market().await;
    let stall = market.stall.device().await.unwrap().device_id;
    market.client.declare_lost(stall).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (0, 10));
    market.stall.record_venue_sale(&venue_sale(1)).await.unwrap();
    market.stall.ask_rights(&pieces(2)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (2, 7), "as a new one");
}

#[tokio::test]
async fn a_device_declared_lost_keeps_nobody_waiting_and_has_nothing_when_it_comes_back() {
    let mut market = market().await;
    let (home, _dir) = store().await;
    let at_home = Sync::new(home.clone(), market.client.clone());
    at_home.sync_once().await.unwrap();
    let picture = snapshot(&mut market.platform).await;
    market.stall.ask_rights(&pieces(1)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    at_home.sync_once().await.unwrap();
    put_back(&mut market.platform, &picture).await;
    at_home.sync_once().await.unwrap();
    assert!(!market.client.rights().await.unwrap().is_open);
    let stall = market.stall.device().await.unwrap().device_id;
    assert!(market.client.declare_lost(stall).await.unwrap().is_open);
    assert_eq!(on_shelf(&market.platform, &market.show).await, 10, "all of it may be sold by others");
    market.stall.record_venue_sale(&venue_sale(1)).await.unwrap();
    market.at_stall.sync_once().await.unwrap();
    assert_eq!((rights(&market.stall).await, on_shelf(&market.platform, &market.show).await), (0, 9));
    let unknown = market.client.declare_lost(hawker_domain::DeviceId(uuid::Uuid::now_v7())).await.unwrap_err();
    assert_eq!(unknown.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_rights_of_a_copied_device_go_back() {
    let market = market().await;
    market.stall.close().await;
    let copy = tempfile::tempdir().unwrap();
    crate::put_back::copy(market._dir.path(), copy.path());
    let (original, cloned) = (open(market._dir.path()).await, open(copy.path()).await);
    for store in [&original, &cloned] {
        assert_eq!(rights(store).await, 6, "both believe it");
        store.record_venue_sale(&venue_sale(1)).await.unwrap();
        Sync::new(store.clone(), market.client.clone()).sync_once().await.unwrap();
    }
    Sync::new(original.clone(), market.client.clone()).sync_once().await.unwrap();
    assert_eq!(rights(&cloned).await, 0);
    assert_eq!(on_shelf(&market.platform, &market.show).await, 8, "10 - 1 - 1");
}
