//! Several devices of one seller.

use crate::making::*;
use hawker_domain::{
    OrderId,
    order::{OrderEvent, OrderMove, OrderState},
};
use hawker_store::GoodsBack;
use hawker_sync::Sync;
use hawker_test_support::{TestPlatform, buy};
use hawker_wire::order::AskBuyers;

fn step(order_id: OrderId, event: OrderEvent) -> OrderMove {
    OrderMove { order_id, event, note: String::new(), at_us: 1 }
}

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
async fn an_order_packed_at_one_device_is_packed_at_all() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client.clone()));
    home.move_stock(&received(5)).await.unwrap();
    at_home.sync_once().await.unwrap();
    let order_id = buy(&platform.client, &platform.http(), show.show_id, "MILK", 1).await.order_id;
    for sync in [&at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }
    home.move_order(&step(order_id, OrderEvent::Pack), GoodsBack::No).await.unwrap();
    at_home.sync_once().await.unwrap();
    at_stall.sync_once().await.unwrap();
    assert_eq!(stall.order(order_id).await.unwrap().state, OrderState::Packed);
    assert_eq!(client.buyers(&AskBuyers { order_ids: vec![order_id] }).await.unwrap().buyers.len(), 1);
    // Both go on without a network, each its own way: the platform heard of the refund first.
    stall.move_order(&step(order_id, OrderEvent::Refund), GoodsBack::Yes).await.unwrap();
    home.move_order(&step(order_id, OrderEvent::Ship), GoodsBack::No).await.unwrap();
    at_stall.sync_once().await.unwrap();
    assert_eq!(at_home.sync_once().await.unwrap().rejected, 1);
    for store in [&home, &stall] {
        assert_eq!(store.order(order_id).await.unwrap().state, OrderState::Refunded);
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 5);
    }
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
