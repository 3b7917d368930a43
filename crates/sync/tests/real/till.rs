//! A stall without a network: days of sales, payments, returns and cash-ups, on machines that never synced, until they meet.

use crate::making::*;
use hawker_domain::{
    Currency, Money, OrderId, ReturnId,
    order::{Order, OrderEvent, OrderMove, OrderState},
    till::{PaymentMatch, PaymentTaken, PriceOverride, Proof, ReturnedLine, SaleReturn, TenderKind},
};
use hawker_store::{GoodsBack, Store};
use hawker_sync::Sync;
use hawker_test_support::TestPlatform;
use uuid::Uuid;

const DAY_US: i64 = 24 * 3_600 * 1_000_000;

fn paid(qty: u32, tender: TenderKind, placed_at_us: i64) -> Order {
    let order = venue_sale(qty);
    Order { payment: PaymentTaken::take(tender, order.total, None).ok(), placed_at_us, ..order }
}

fn back(order: &Order, qty: u32, at_us: i64) -> SaleReturn {
    let lines = vec![ReturnedLine { line: 0, qty }];
    let amount = SaleReturn::cost(order, &lines).unwrap();
    SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id: order.id,
        lines,
        goods_back: true,
        tender: TenderKind::Cash,
        amount,
        reason: String::new(),
        at_us,
    }
}

fn found(order_id: OrderId, reference: &str) -> PaymentMatch {
    PaymentMatch { order_id, proof: Proof::Hand { reference: reference.to_owned() }, at_us: 1 }
}

/// One day at the table: two sales in cash, one by code that is matched, one piece back, the till closed. Returns the orders.
async fn day(store: &Store, number: i64) -> [Order; 3] {
    let morning = number * DAY_US;
    let float = Money::new(10_000, Currency::CNY);
    store.open_till(&[float], morning).await.unwrap();
    let mut cheap = paid(2, TenderKind::Cash, morning + 1);
    cheap.lines[0].price_override =
        Some(PriceOverride { shown: Money::new(1_200, Currency::CNY), reason: "last day".to_owned() });
    let orders = [cheap, paid(1, TenderKind::Cash, morning + 2), paid(3, TenderKind::Qr, morning + 3)];
    for order in &orders {
        store.record_venue_sale(order).await.unwrap();
    }
    store.take_back(&back(&orders[0], 1, morning + 4)).await.unwrap();
    store.match_payment(&found(orders[2].id, &format!("{}-{number}", orders[2].id))).await.unwrap();
    let expected = store.open_book().await.unwrap().unwrap().drawer[0].expected;
    assert_eq!(expected, Money::new(10_000 + 3 * 990 - 990, Currency::CNY));
    store.close_till(&[expected], "", morning + 5).await.unwrap();
    orders
}

#[tokio::test]
async fn three_days_without_a_network_on_machines_that_never_synced_meet_at_last() {
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    home.move_stock(&received(100)).await.unwrap();
    let mut orders = Vec::new();
    for number in 1..=3 {
        orders.extend(day(&stall, number).await);
    }
    assert_eq!(stall.device().await.unwrap().epoch, 0, "it was never at any platform");
    assert_eq!(stall.level(&sku()).await.unwrap().on_hand, -15, "3 days of 6 sold and 1 back");
    assert_eq!(stall.pending_count().await.unwrap(), 18);

    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    for sync in [&at_home, &at_stall, &at_home, &at_stall] {
        sync.sync_once().await.unwrap();
    }
    for store in [&home, &stall] {
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 85);
        assert_eq!((store.order_count().await.unwrap(), store.pending_count().await.unwrap()), (9, 0));
        assert!(store.open_payments().await.unwrap().is_empty() && store.rejected_ops(9).await.unwrap().is_empty());
        for order in &orders {
            let here = store.order(order.id).await.unwrap();
            assert_eq!(here.lines, order.lines, "the price shown and the one taken travel along");
            let (is_paid, was_paid) = (here.payment.unwrap(), order.payment.clone().unwrap());
            assert_eq!((is_paid.tender, is_paid.is_verified()), (was_paid.tender, true));
        }
        let books = store.books(9).await.unwrap();
        assert_eq!(books.iter().map(|book| book.opened_at_us / DAY_US).collect::<Vec<_>>(), [3, 2, 1]);
        assert!(books.iter().all(|book| book.drawer[0].difference.unwrap().minor == 0 && book.tenders[0].returns == 1));
        assert_eq!(store.returns(orders[0].id).await.unwrap().len(), 1);
    }
    assert_eq!(on_shelf(&platform, &show).await, 85);
}

#[tokio::test]
async fn the_same_piece_taken_back_at_two_tills_came_back_once() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    let order = paid(1, TenderKind::Qr, 1);
    stall.move_stock(&received(5)).await.unwrap();
    stall.record_venue_sale(&order).await.unwrap();
    for sync in [&at_stall, &at_home] {
        sync.sync_once().await.unwrap();
    }
    // No network: both tills take it back, and both match the payment, each to something else.
    for (store, reference) in [(&stall, "4200001"), (&home, "4200002")] {
        store.take_back(&back(&order, 1, 2)).await.unwrap();
        store.match_payment(&found(order.id, reference)).await.unwrap();
    }
    at_stall.sync_once().await.unwrap();
    assert_eq!(at_home.sync_once().await.unwrap().rejected, 2);
    at_stall.sync_once().await.unwrap();
    for store in [&home, &stall] {
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 5, "one piece is one piece");
        let here = store.order(order.id).await.unwrap();
        assert_eq!(here.state, OrderState::Refunded);
        assert_eq!(here.payment.unwrap().verified_by.unwrap().reference(), Some("4200001"), "the first that was told");
        assert_eq!(store.returns(order.id).await.unwrap().len(), 1);
    }
    assert_eq!(home.rejected_ops(9).await.unwrap().len(), 2, "a person is told");
    assert_eq!(on_shelf(&platform, &show).await, 5);
}

#[tokio::test]
async fn a_piece_taken_back_at_one_till_and_refunded_at_another_came_back_once() {
    let platform = TestPlatform::start().await;
    let (client, show) = seller(platform.http(), "anna").await;
    let ((stall, _stall_dir), (home, _home_dir)) = (store().await, store().await);
    let (at_stall, at_home) = (Sync::new(stall.clone(), client.clone()), Sync::new(home.clone(), client));
    let order = paid(1, TenderKind::Cash, 1);
    stall.move_stock(&received(5)).await.unwrap();
    stall.record_venue_sale(&order).await.unwrap();
    for sync in [&at_stall, &at_home] {
        sync.sync_once().await.unwrap();
    }
    // No network.
    stall.take_back(&back(&order, 1, 2)).await.unwrap();
    let moved = OrderMove { order_id: order.id, event: OrderEvent::Refund, note: String::new(), at_us: 3 };
    home.move_order(&moved, GoodsBack::Yes).await.unwrap();
    at_stall.sync_once().await.unwrap();
    assert_eq!(at_home.sync_once().await.unwrap().rejected, 1, "the goods, not the step");
    at_stall.sync_once().await.unwrap();
    for store in [&home, &stall] {
        assert_eq!(store.level(&sku()).await.unwrap().on_hand, 5, "one piece is one piece");
        assert_eq!(store.order(order.id).await.unwrap().state, OrderState::Refunded);
    }
    assert_eq!(on_shelf(&platform, &show).await, 5);
}
