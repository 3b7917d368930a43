//! The steps of an order, here and as other devices make them.

use crate::{GoodsBack, Store, StoreError, testing::*};
use hawker_domain::{
    Currency, DeviceId, Money, OpId, OrderId, ReturnId,
    order::{OrderEvent, OrderMove, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
    till::{ReturnedLine, SaleReturn, TenderKind},
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine, MoneyWhy},
    ops::{OpEnvelope, OpPayload},
    order::Buyer,
};
use std::collections::HashMap;
use uuid::Uuid;

fn moved(order_id: OrderId, event: OrderEvent) -> OrderMove {
    OrderMove { order_id, event, note: "SF123".to_owned(), at_us: 7 }
}

async fn bought(store: &Store, source: OrderSource) -> OrderId {
    let order = order(source, &[("A", 2), ("A", 1)]);
    let event = serde_json::to_string(&FeedEvent::OrderPaid { order: order.clone() }).unwrap();
    let server_seq = store.feed_cursor().await.unwrap().server_seq + 1;
    store.apply_feed(&[FeedLine { server_seq, event, head: String::new() }]).await.unwrap();
    order.id
}

/// A step that another device made.
async fn told(store: &Store, payload: &OpPayload) {
    let op = OpEnvelope {
        op_id: OpId(Uuid::now_v7()),
        device_id: DeviceId(Uuid::now_v7()),
        epoch: 1,
        seq: 1,
        payload_version: 1,
        payload: serde_json::to_string(payload).unwrap(),
        hash: String::new(),
        signature: String::new(),
    };
    let event = serde_json::to_string(&FeedEvent::Op { op }).unwrap();
    let server_seq = store.feed_cursor().await.unwrap().server_seq + 1;
    store.apply_feed(&[FeedLine { server_seq, event, head: String::new() }]).await.unwrap();
}

#[tokio::test]
async fn an_order_goes_its_way_and_each_step_is_reported() {
    let store = store().await;
    let id = bought(&store, OrderSource::Page).await;
    for (event, state) in [
        (OrderEvent::Pack, OrderState::Packed),
        (OrderEvent::Ship, OrderState::Shipped),
        (OrderEvent::Deliver, OrderState::Done),
    ] {
        assert_eq!(store.move_order(&moved(id, event), GoodsBack::No).await.unwrap().state, state);
        let again = store.move_order(&moved(id, event), GoodsBack::No).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))), "{event:?} twice: {again:?}");
    }
    assert_eq!(store.order(id).await.unwrap().state, OrderState::Done);
    let history = store.order_moves(id).await.unwrap();
    assert_eq!(
        history.iter().map(|step| step.event).collect::<Vec<_>>(),
        [OrderEvent::Pack, OrderEvent::Ship, OrderEvent::Deliver]
    );
    assert_eq!((history[1].note.as_str(), history[1].at_us), ("SF123", 7));
    assert_eq!(store.pending_count().await.unwrap(), 3);
    let nobody = store.move_order(&moved(OrderId(Uuid::now_v7()), OrderEvent::Pack), GoodsBack::No).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))));
    let not_sellers = store.move_order(&moved(id, OrderEvent::Cancel), GoodsBack::No).await;
    assert!(matches!(not_sellers, Err(StoreError::BadInput(_))));
}

#[tokio::test]
async fn a_refund_brings_the_goods_back_where_they_came_back() {
    let store = store().await;
    let (kept, back) = (bought(&store, OrderSource::Page).await, bought(&store, OrderSource::Page).await);
    let on_hand = async || store.level(&sku("A")).await.unwrap().on_hand;
    assert_eq!(on_hand().await, -6);
    store.move_order(&moved(kept, OrderEvent::Refund), GoodsBack::No).await.unwrap();
    assert_eq!((on_hand().await, store.pending_count().await.unwrap()), (-6, 1));
    store.move_order(&moved(back, OrderEvent::Refund), GoodsBack::Yes).await.unwrap();
    assert_eq!((on_hand().await, store.pending_count().await.unwrap()), (-3, 3), "the step and the goods are reported");
}

#[tokio::test]
async fn an_order_of_a_product_that_was_removed_since_goes_its_way_with_its_title_and_price() {
    let store = store().await;
    let on_hand = async || store.level(&sku("A")).await.unwrap().on_hand;
    store.put_product(&product("A", "纯牛奶")).await.unwrap();
    let received = StockMovement { sku: sku("A"), delta: 20, reason: MovementReason::Received, order_id: None };
    store.move_stock(&received).await.unwrap();
    let (to_pack, to_refund) = (bought(&store, OrderSource::Page).await, bought(&store, OrderSource::Page).await);
    let sale = order(OrderSource::Venue, &[("A", 2)]);
    store.record_venue_sale(&sale).await.unwrap();
    store.remove_product(&sku("A")).await.unwrap();
    assert_eq!((store.product(&sku("A")).await.unwrap(), on_hand().await), (None, 12), "the goods are still there");

    let listed = crate::pack_list(&store.orders_to_pack().await.unwrap(), &HashMap::new());
    assert_eq!(listed.matches("A,title of A,").count(), 4, "two lines of each order: {listed}");
    let packed = store.move_order(&moved(to_pack, OrderEvent::Pack), GoodsBack::No).await.unwrap();
    let refunded = store.move_order(&moved(to_refund, OrderEvent::Refund), GoodsBack::Yes).await.unwrap();
    assert_eq!((packed.state, refunded.state), (OrderState::Packed, OrderState::Refunded));
    let lines = vec![ReturnedLine { line: 0, qty: 1 }];
    let back = SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id: sale.id,
        amount: SaleReturn::cost(&sale, &lines).unwrap(),
        lines,
        goods_back: true,
        tender: TenderKind::Cash,
        reason: String::new(),
        at_us: 9,
    };
    assert_eq!(back.amount, Money::new(1580, Currency::CNY));
    assert_eq!(store.take_back(&back).await.unwrap().state, OrderState::Paid, "one of two came back");
    let late = order(OrderSource::Venue, &[("A", 1)]);
    store.record_venue_sale(&late).await.unwrap();
    assert_eq!(on_hand().await, 12 + 3 + 1 - 1);

    // Entered anew, as something else.
    store.put_product(&product("A", "绿茶")).await.unwrap();
    for id in [to_pack, to_refund, sale.id, late.id] {
        for line in store.order(id).await.unwrap().lines {
            assert_eq!((line.title.as_str(), line.unit_price), ("title of A", Money::new(1580, Currency::CNY)));
        }
    }
    assert!(!store.export_orders().await.unwrap().contains("绿茶"), "what was sold is what was shown");
}

#[tokio::test]
async fn a_step_of_another_device_counts_as_the_platform_says() {
    let store = store().await;
    let id = bought(&store, OrderSource::Page).await;
    told(&store, &OpPayload::OrderMoved { moved: moved(id, OrderEvent::Pack) }).await;
    assert_eq!(store.order(id).await.unwrap().state, OrderState::Packed);
    // Shipped here, refunded elsewhere, and the platform heard of the refund first.
    store.move_order(&moved(id, OrderEvent::Ship), GoodsBack::No).await.unwrap();
    told(&store, &OpPayload::OrderMoved { moved: moved(id, OrderEvent::Refund) }).await;
    assert_eq!(store.order(id).await.unwrap().state, OrderState::Refunded);
    told(&store, &OpPayload::OrderMoved { moved: moved(OrderId(Uuid::now_v7()), OrderEvent::Pack) }).await;
    assert_eq!(store.order_count().await.unwrap(), 1, "an order that is not here is left alone");
}

#[tokio::test]
async fn a_step_that_is_read_late_does_not_set_an_order_back() {
    let store = store().await;
    let (id, other) = (bought(&store, OrderSource::Page).await, bought(&store, OrderSource::Page).await);
    // Of a newer version: kept, and made readable as an update would.
    let unread = async |order_id, event| {
        told(&store, &OpPayload::OrderMoved { moved: moved(order_id, event) }).await;
        sqlx::query("DELETE FROM told_op WHERE rowid = (SELECT max(rowid) FROM told_op)")
            .execute(&store.writer)
            .await
            .unwrap();
        sqlx::query("UPDATE feed_entry SET is_read = 0 WHERE server_seq = (SELECT last_seq FROM feed)")
            .execute(&store.writer)
            .await
            .unwrap();
        sqlx::query("DELETE FROM order_move").execute(&store.writer).await.unwrap();
        sqlx::query("UPDATE sale_order SET state = 'paid' WHERE id = ?")
            .bind(order_id.0)
            .execute(&store.writer)
            .await
            .unwrap();
    };
    unread(id, OrderEvent::Pack).await;
    unread(other, OrderEvent::Pack).await;
    told(&store, &OpPayload::OrderMoved { moved: moved(id, OrderEvent::Ship) }).await;
    assert_eq!(store.order(id).await.unwrap().state, OrderState::Shipped);
    assert_eq!(crate::feed::read_kept(&store).await.unwrap(), 2);
    assert_eq!(store.order(id).await.unwrap().state, OrderState::Shipped, "a later step has been read meanwhile");
    assert_eq!(store.order(other).await.unwrap().state, OrderState::Packed, "it is the last that is known");
    let history = store.order_moves(id).await.unwrap();
    assert_eq!(history.len(), 2, "and both are in its history: {history:?}");
}

#[tokio::test]
async fn only_what_is_paid_and_not_shipped_is_to_be_packed() {
    let store = store().await;
    let mut to_pack = Vec::new();
    for steps in [0_usize, 1, 2, 3] {
        let id = bought(&store, OrderSource::Page).await;
        for event in [OrderEvent::Pack, OrderEvent::Ship, OrderEvent::Deliver].into_iter().take(steps) {
            store.move_order(&moved(id, event), GoodsBack::No).await.unwrap();
        }
        to_pack.extend((steps < 2).then_some(id));
    }
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.unwrap();
    let found: Vec<OrderId> = store.orders_to_pack().await.unwrap().iter().map(|order| order.id).collect();
    to_pack.reverse();
    assert_eq!(found, to_pack, "the newest first, and what went with its buyer not");
}

#[tokio::test]
async fn money_that_a_person_has_to_see_to_is_listed_until_somebody_has() {
    let store = store().await;
    let id = bought(&store, OrderSource::Page).await;
    let tell = async |seq, why| {
        let event = serde_json::to_string(&FeedEvent::MoneyTask { order_id: id, why }).unwrap();
        store.apply_feed(&[FeedLine { server_seq: seq, event, head: String::new() }]).await.unwrap().len()
    };
    assert_eq!(tell(2, MoneyWhy::NoPayment).await, 1);
    assert_eq!(tell(3, MoneyWhy::NoPayment).await, 0, "no news");
    assert_eq!(tell(4, MoneyWhy::RefundRefused).await, 1);
    let listed = store.money_tasks(9).await.unwrap();
    assert_eq!((listed.len(), listed[1].order_id, listed[1].why), (2, id, MoneyWhy::NoPayment));
    store.see_to_money_task(listed[1].id).await.unwrap();
    assert_eq!(store.money_tasks(9).await.unwrap(), listed[..1]);
    let nobody = store.see_to_money_task(OpId(Uuid::now_v7())).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_pack_list_has_a_row_a_line_and_no_formula_in_an_address() {
    let store = store().await;
    let id = bought(&store, OrderSource::Page).await;
    let orders = store.orders(9).await.unwrap();
    let buyer = Buyer {
        order_id: id,
        name: "林小雨".to_owned(),
        phone: "+8613800138000".to_owned(),
        address: "=HYPERLINK(\"http://x\")\n2 座".to_owned(),
    };
    let text = crate::pack_list(&orders, &HashMap::from([(id, buyer)]));
    let text = text.trim_start_matches('\u{feff}');
    assert!(text.starts_with("order,placed_at,state,name,phone,address,sku,title,quantity"), "{text}");
    let place =
        "林小雨,\"=\"\"+8613800138000\"\"\",\"=\"\"=HYPERLINK(\"\"\"\"http://x\"\"\"\")\n2 座\"\"\",A,title of A";
    assert!(text.contains(&format!("{place},2,")) && text.contains(&format!("{place},1,")), "{text}");
    let none = crate::pack_list(&orders, &HashMap::new());
    assert!(none.contains("title of A"), "an order without an address is listed all the same");
}
