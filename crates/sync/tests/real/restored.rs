//! A store that came back from a backup, and the platform that knows what happened after it.

use crate::making::*;
use hawker_store::{Consent, KeyPolicy, Store, restore};
use hawker_sync::Sync;
use hawker_test_support::TestPlatform;
use std::path::Path;
use tempfile::TempDir;
use zeroize::Zeroizing;

async fn restored(dir: &Path, backup: &Path) -> Store {
    let policy = KeyPolicy { passphrase: Some(Zeroizing::new("open sesame".to_owned())), use_keychain: false };
    restore(dir, backup, &policy, None, Consent::Given, 1).await.unwrap();
    open(dir).await
}

/// A backup with 100 that the platform has and 10 that wait.
async fn backed_up(store: &Store, client: &hawker_sync::PlatformClient) -> TempDir {
    store.move_stock(&received(100)).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
    store.move_stock(&received(10)).await.unwrap();
    let disk = tempfile::tempdir().unwrap();
    store.back_up(Some(&disk.path().join("b")), 1).await.unwrap();
    disk
}

#[tokio::test]
async fn a_backup_restored_twice_loses_nothing_and_doubles_nothing() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, dir) = store().await;
    let disk = backed_up(&store, &client).await;
    let epoch = store.device().await.unwrap().epoch;
    // The original goes on: what waited and one sale more reach the platform.
    store.record_venue_sale(&venue_sale(1)).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
    store.close().await;
    assert_eq!(on_shelf(&platform, &show).await, 109);
    let mut expected = 109;
    for round in 1..=3_u32 {
        let again = restored(dir.path(), &disk.path().join("b")).await;
        assert!(again.device().await.unwrap().epoch > 1 << 31, "it left its epoch");
        again.move_stock(&received(5)).await.unwrap();
        again.record_venue_sale(&venue_sale(2)).await.unwrap();
        Sync::new(again.clone(), client.clone()).sync_once().await.unwrap();
        expected += 3;
        assert_eq!(on_shelf(&platform, &show).await, expected, "round {round}: each change once");
        assert_eq!(again.device().await.unwrap().epoch, epoch + round, "a new epoch each time");
        assert_eq!(again.pending_count().await.unwrap(), 0);
        // It goes on as any device does.
        again.record_venue_sale(&venue_sale(1)).await.unwrap();
        Sync::new(again.clone(), client.clone()).sync_once().await.unwrap();
        expected -= 1;
        assert_eq!(on_shelf(&platform, &show).await, expected, "round {round}");
        again.close().await;
    }
}

#[tokio::test]
async fn where_nothing_happened_after_the_backup_the_numbers_go_on() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (store, dir) = store().await;
    let disk = backed_up(&store, &client).await;
    let epoch = store.device().await.unwrap().epoch;
    store.close().await;
    let again = restored(dir.path(), &disk.path().join("b")).await;
    again.record_venue_sale(&venue_sale(2)).await.unwrap();
    Sync::new(again.clone(), client).sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 108);
    assert_eq!((again.device().await.unwrap().epoch, again.pending_count().await.unwrap()), (epoch, 0));
}

#[tokio::test]
async fn a_restored_store_gives_its_waiting_changes_to_a_platform_it_never_met() {
    let (store, dir) = store().await;
    store.move_stock(&received(10)).await.unwrap();
    let disk = tempfile::tempdir().unwrap();
    store.back_up(Some(&disk.path().join("b")), 1).await.unwrap();
    store.close().await;
    let again = restored(dir.path(), &disk.path().join("b")).await;
    again.record_venue_sale(&venue_sale(1)).await.unwrap();
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    Sync::new(again.clone(), client).sync_once().await.unwrap();
    assert_eq!(on_shelf(&platform, &show).await, 9);
    assert_eq!((again.device().await.unwrap().epoch, again.pending_count().await.unwrap()), (1, 0));
}
