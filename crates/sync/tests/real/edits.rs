//! One catalogue on several devices, edited without a network.

use crate::{
    making::*,
    put_back::{put_back, snapshot},
};
use hawker_domain::{
    Currency, Money, Product, ProductId,
    edit::{Claim, FieldValue, Keep, ProductField},
};
use hawker_store::{Consent, KeyPolicy, Store, restore};
use hawker_sync::{PlatformClient, Sync};
use hawker_test_support::TestPlatform;
use hawker_wire::ops::PostOps;
use std::path::Path;
use tempfile::TempDir;
use uuid::Uuid;
use zeroize::Zeroizing;

fn milk() -> Product {
    Product {
        id: ProductId(Uuid::now_v7()),
        sku: sku(),
        title: "Milk".to_owned(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(990, Currency::CNY),
        cost: None,
        barcode: String::new(),
        aliases: Vec::new(),
        variant: None,
    }
}

struct Device {
    store: Store,
    sync: Sync,
    dir: TempDir,
}

async fn device(client: &PlatformClient) -> Device {
    let (store, dir) = store().await;
    Device { sync: Sync::new(store.clone(), client.clone()), store, dir }
}

impl Device {
    async fn edit(&self, change: impl FnOnce(&mut Product)) {
        let mut product = self.store.product(&sku()).await.unwrap().unwrap_or_else(milk);
        change(&mut product);
        self.store.put_product(&product).await.unwrap();
    }

    async fn here(&self) -> Option<(String, String, i64)> {
        let product = self.store.product(&sku()).await.unwrap();
        product.map(|product| (product.title, product.brand, product.price.minor))
    }

    /// The fields in conflict, and what this device said.
    async fn lost(&self) -> Vec<(Option<ProductField>, Claim)> {
        let listed = self.store.conflicts().await.unwrap();
        listed.into_iter().map(|one| (one.conflict.field, one.conflict.mine)).collect()
    }
}

async fn synced(devices: &[&Device]) {
    for device in devices {
        device.sync.sync_once().await.unwrap();
    }
}

fn some(title: &str, brand: &str, price: i64) -> Option<(String, String, i64)> {
    Some((title.to_owned(), brand.to_owned(), price))
}

fn title(text: &str) -> Claim {
    Claim::Value(FieldValue::Title(text.to_owned()))
}

#[tokio::test]
async fn edits_of_two_devices_without_a_network_merge_and_the_later_one_is_asked() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall) = (device(&client).await, device(&client).await);
    home.edit(|_| {}).await;
    synced(&[&home, &stall]).await;
    assert_eq!(stall.here().await, some("Milk", "", 990), "the catalogue is on both");
    home.edit(|product| product.title = "Oat".into()).await;
    home.edit(|product| product.brand = "Acme".into()).await;
    stall.edit(|product| product.title = "Soy".into()).await;
    stall.edit(|product| product.price.minor = 1_200).await;
    synced(&[&home, &stall, &home]).await;
    for one in [&home, &stall] {
        assert_eq!(one.here().await, some("Oat", "Acme", 1_200));
    }
    assert_eq!((home.lost().await, stall.lost().await), (vec![], vec![(Some(ProductField::Title), title("Soy"))]));
    let id = stall.store.conflicts().await.unwrap()[0].id;
    stall.store.settle_conflict(id, Keep::Mine).await.unwrap();
    synced(&[&stall, &home]).await;
    for one in [&home, &stall] {
        assert_eq!((one.here().await, one.lost().await), (some("Soy", "Acme", 1_200), vec![]));
    }
}

#[tokio::test]
async fn three_devices_come_to_the_same_catalogue() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall, van) = (device(&client).await, device(&client).await, device(&client).await);
    // Each has entered it by itself.
    home.edit(|product| product.brand = "Acme".into()).await;
    stall.edit(|product| product.barcode = "47".into()).await;
    van.edit(|product| product.title = "Milch".into()).await;
    synced(&[&home, &stall, &van, &home, &stall]).await;
    let all = [&home, &stall, &van];
    for one in all {
        assert_eq!(one.here().await, some("Milk", "Acme", 990));
        assert_eq!(one.store.product(&sku()).await.unwrap().unwrap().barcode, "47");
    }
    assert_eq!(van.lost().await, [(Some(ProductField::Title), title("Milch"))]);
    // Removed on one, edited on another; the third hears of both.
    home.store.remove_product(&sku()).await.unwrap();
    stall.edit(|product| product.price.minor = 5).await;
    synced(&[&home, &stall, &van]).await;
    assert_eq!((home.here().await, van.here().await), (None, None), "what stands");
    assert_eq!(stall.lost().await, [(None, Claim::Present)]);
    let id = stall.store.conflicts().await.unwrap()[0].id;
    stall.store.settle_conflict(id, Keep::Mine).await.unwrap();
    synced(&[&stall, &van, &home]).await;
    for one in all {
        assert_eq!(one.here().await, some("Milk", "Acme", 5), "made anew with all that it had");
    }
}

#[tokio::test]
async fn an_edit_that_is_delivered_twice_counts_once() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall) = (device(&client).await, device(&client).await);
    home.edit(|_| {}).await;
    synced(&[&home, &stall]).await;
    home.edit(|product| product.title = "Oat".into()).await;
    let ops = home.store.pending_ops(9).await.unwrap();
    synced(&[&home, &stall]).await;
    stall.edit(|product| product.title = "Soy".into()).await;
    synced(&[&stall]).await;
    // A copy that was under way for long.
    client.post_ops(&PostOps { ops, seen: None, acked_op: None }).await.unwrap();
    synced(&[&home, &stall]).await;
    for one in [&home, &stall] {
        assert_eq!((one.here().await, one.lost().await), (some("Soy", "", 990), vec![]));
    }
}

async fn restored(dir: &Path, backup: &Path) -> Store {
    let policy = KeyPolicy { passphrase: Some(Zeroizing::new("open sesame".to_owned())), use_keychain: false };
    restore(dir, backup, &policy, None, Consent::Given, 1).await.unwrap();
    open(dir).await
}

#[tokio::test]
async fn a_device_put_back_from_a_backup_hears_its_own_edits_again() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall) = (device(&client).await, device(&client).await);
    home.edit(|_| {}).await;
    synced(&[&home, &stall]).await;
    home.edit(|product| product.brand = "Acme".into()).await;
    let disk = tempfile::tempdir().unwrap();
    home.store.back_up(Some(&disk.path().join("b")), 1).await.unwrap();
    // After it: an edit that counted, and one that lost.
    home.edit(|product| product.price.minor = 1_200).await;
    synced(&[&home]).await;
    stall.edit(|product| product.title = "Soy".into()).await;
    synced(&[&stall]).await;
    home.edit(|product| product.title = "Oat".into()).await;
    synced(&[&home]).await;
    home.store.close().await;
    let store = restored(home.dir.path(), &disk.path().join("b")).await;
    let home = Device { sync: Sync::new(store.clone(), client.clone()), store, dir: home.dir };
    assert_eq!(home.here().await, some("Milk", "Acme", 990));
    // It edits before it hears anything: on what it saw, not on what there is.
    home.edit(|product| product.price.minor = 1).await;
    synced(&[&home, &stall, &home]).await;
    for one in [&home, &stall] {
        assert_eq!(one.here().await, some("Soy", "Acme", 1_200));
    }
    let mut lost = home.lost().await;
    lost.sort_by_key(|(field, _)| *field);
    let price = Claim::Value(FieldValue::Price(Money::new(1, Currency::CNY)));
    assert_eq!(lost, [(Some(ProductField::Title), title("Oat")), (Some(ProductField::Price), price)]);
}

#[tokio::test]
async fn a_platform_put_back_merges_all_again_in_the_order_it_was() {
    let mut platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall) = (device(&client).await, device(&client).await);
    home.edit(|_| {}).await;
    synced(&[&home, &stall]).await;
    let picture = snapshot(&mut platform).await;
    home.edit(|product| product.title = "Oat".into()).await;
    synced(&[&home, &stall]).await;
    stall.edit(|product| product.title = "Soy".into()).await;
    synced(&[&stall, &home]).await;
    home.edit(|product| product.title = "Rice".into()).await;
    synced(&[&home, &stall]).await;
    put_back(&mut platform, &picture).await;
    // Who comes first gives back all of it, also what it said itself.
    synced(&[&home, &stall, &home]).await;
    for one in [&home, &stall] {
        assert_eq!((one.here().await, one.lost().await), (some("Rice", "", 990), vec![]));
    }
    let late = device(&client).await;
    synced(&[&late]).await;
    assert_eq!(late.here().await, some("Rice", "", 990));
}

#[tokio::test]
async fn a_table_that_was_imported_reaches_the_other_devices() {
    let platform = TestPlatform::start().await;
    let (client, _) = seller(platform.http(), "anna").await;
    let (home, stall) = (device(&client).await, device(&client).await);
    let file = home.dir.path().join("goods.csv");
    let text = "长".repeat(700);
    let rows: String = (0..3_000).map(|n| format!("S{n:04},Cup {n},3,{text}\n")).collect();
    std::fs::write(&file, format!("sku,title,price,description\n{rows}")).unwrap();
    home.store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    synced(&[&home, &stall]).await;
    let all = |store: Store| async move {
        let all = store.all_products().await.unwrap();
        all.into_iter().map(|product| (product.sku, product.title, product.description)).collect::<Vec<_>>()
    };
    assert_eq!(all(stall.store.clone()).await, all(home.store.clone()).await, "more than one request takes");
    assert_eq!(home.store.pending_count().await.unwrap(), 0);
}
