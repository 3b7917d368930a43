//! Several devices of one seller.

use crate::making::*;
use hawker_sync::Sync;
use hawker_test_support::{TestPlatform, buy};

#[tokio::test]
async fn devices_of_one_seller_come_to_the_same_stock_and_orders() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    home.move_stock(&received(10)).await.unwrap();
    at_home.sync_once().await.unwrap();
    let sale = venue_sale(4);
    stall.record_venue_sale(&sale).await.unwrap();
    assert_eq!(stall.level(&sku()).await.unwrap().on_hand, -4, "with no network it knows of its own sale alone");
    at_stall.sync_once().await.unwrap();
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 3).await;
    stall.move_stock(&received(1)).await.unwrap();
    for sync in [&at_home, &at_stall, &at_home] {
        sync.sync_once().await.unwrap();
    }
    for store in [&home, &stall] {
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 4, "10 - 4 - 3 + 1");
        assert_eq!((store.order_count().await.unwrap(), store.order(sale.id).await.unwrap()), (2, sale.clone()));
    }
    assert_eq!(on_shelf(&platform, &show).await, 4);
}

#[tokio::test]
async fn a_device_that_comes_late_hears_everything() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (first, _dir) = store().await;
    first.move_stock(&received(9)).await.unwrap();
    first.record_venue_sale(&venue_sale(2)).await.unwrap();
    Sync::new(first, client.clone()).sync_once().await.unwrap();
    buy(&platform.client, &platform.http(), show.show_id, "MILK", 1).await;
    let (late, _late_dir) = store().await;
    Sync::new(late.clone(), client).sync_once().await.unwrap();
    assert_eq!((late.level(&sku()).await.unwrap().on_hand, late.order_count().await.unwrap()), (6, 2));
}
