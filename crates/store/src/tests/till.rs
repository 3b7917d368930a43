//! The till: prices, payments, returns and the drawer, here and as other devices tell of theirs.

use crate::{StatementOptions, Store, StoreError, testing::*};
use hawker_domain::{
    Currency, DeviceId, Money, OpId, OrderId, ReturnId,
    order::{Order, OrderEvent, OrderMove, OrderSource, OrderState},
    till::{
        DRAWER_MAX, DrawerKind, PaymentMatch, PaymentTaken, PriceFloors, PriceOverride, Proof, ReturnedLine,
        SaleReturn, StatementWhy, TenderKind, TillRole, TillRules,
    },
};
use hawker_wire::{
    feed::{FeedEvent, FeedLine},
    ops::{OpEnvelope, OpPayload, OpResult},
};
use uuid::Uuid;

fn cny(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

/// A sale of the table, paid.
fn sale(lines: &[(&str, u32)], tender: TenderKind, placed_at_us: i64) -> Order {
    let order = order(OrderSource::Venue, lines);
    Order { payment: PaymentTaken::take(tender, order.total, None).ok(), placed_at_us, ..order }
}

fn back(order: &Order, lines: &[(u32, u32)], goods_back: bool) -> SaleReturn {
    let lines: Vec<_> = lines.iter().map(|(line, qty)| ReturnedLine { line: *line, qty: *qty }).collect();
    SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id: order.id,
        amount: SaleReturn::cost(order, &lines).unwrap(),
        lines,
        goods_back,
        tender: TenderKind::Cash,
        reason: "too small".to_owned(),
        at_us: 9,
    }
}

fn found(order_id: OrderId, reference: &str) -> PaymentMatch {
    PaymentMatch { order_id, proof: Proof::Hand { reference: reference.to_owned() }, at_us: 9 }
}

async fn on_hand(store: &Store) -> i64 {
    store.level(&sku("A")).await.unwrap().on_hand
}

/// Something another device did, as the feed tells it.
async fn told(store: &Store, payload: &OpPayload) -> usize {
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
    store.apply_feed(&[FeedLine { server_seq, event, head: String::new() }]).await.unwrap().len()
}

#[tokio::test]
async fn an_order_keeps_the_price_shown_and_how_it_was_paid() {
    let store = store().await;
    let mut order = sale(&[("A", 2)], TenderKind::Cash, 5);
    order.lines[0].price_override = Some(PriceOverride { shown: cny(2000), reason: "box damaged".to_owned() });
    order.payment = PaymentTaken::take(TenderKind::Cash, order.total, Some(cny(5000))).ok();
    store.record_venue_sale(&order).await.unwrap();
    store.record_venue_sale(&order).await.unwrap();
    assert_eq!(store.order(order.id).await.unwrap(), order, "whole, and the same sale again is no other");
    let text = store.export_orders().await.unwrap();
    assert!(text.trim_end().ends_with(",20.00,box damaged,cash,"), "{text}");
    let half = Order {
        payment: PaymentTaken::take(TenderKind::Qr, cny(1), None).ok(),
        ..sale(&[("A", 1)], TenderKind::Qr, 1)
    };
    assert!(
        matches!(store.record_venue_sale(&half).await, Err(StoreError::BadInput(why)) if why.contains("whole sum"))
    );
    let mut below = sale(&[("A", 1)], TenderKind::Qr, 1);
    below.lines[0].unit_price = cny(-1);
    assert!(matches!(store.record_venue_sale(&below).await, Err(StoreError::BadInput(_))));
    let mut dear = sale(&[("A", 1)], TenderKind::Cash, 1);
    (dear.lines[0].unit_price, dear.total) = (cny(DRAWER_MAX + 1), cny(DRAWER_MAX + 1));
    dear.payment = PaymentTaken::take(TenderKind::Cash, dear.total, None).ok();
    assert!(matches!(store.record_venue_sale(&dear).await, Err(StoreError::BadInput(why)) if why.contains("any till")));
    assert_eq!(store.order_count().await.unwrap(), 1);
}

#[tokio::test]
async fn every_order_of_a_list_has_its_own_lines_and_its_own_payment() {
    let store = store().await;
    let sales = [
        sale(&[("A", 1), ("B", 2)], TenderKind::Cash, 1),
        sale(&[("B", 3)], TenderKind::Qr, 2),
        Order { payment: None, ..sale(&[("C", 1), ("A", 2), ("B", 1)], TenderKind::Cash, 3) },
    ];
    for sale in &sales {
        store.record_venue_sale(sale).await.unwrap();
    }
    let newest_first = [sales[2].clone(), sales[1].clone(), sales[0].clone()];
    assert_eq!(store.orders(9).await.unwrap(), newest_first);
    assert_eq!(store.orders(2).await.unwrap(), newest_first[..2]);
}

#[tokio::test]
async fn the_rules_of_the_till_are_kept_and_checked() {
    let store = store().await;
    assert_eq!(store.till_rules().await.unwrap(), TillRules::default());
    let rules = TillRules { role: TillRole::Seller, floors: PriceFloors { owner_percent: 0, seller_percent: 80 } };
    store.set_till_rules(&rules).await.unwrap();
    let absurd = TillRules { floors: PriceFloors { owner_percent: 0, seller_percent: 101 }, ..rules };
    assert!(matches!(store.set_till_rules(&absurd).await, Err(StoreError::BadInput(_))));
    assert_eq!(store.till_rules().await.unwrap(), rules);
}

#[tokio::test]
async fn a_payment_is_matched_by_hand_once() {
    let store = store().await;
    let (first, second) = (sale(&[("A", 1)], TenderKind::Qr, 1), sale(&[("A", 2)], TenderKind::Card, 2));
    for order in [&first, &second] {
        store.record_venue_sale(order).await.unwrap();
    }
    assert_eq!(store.open_payments().await.unwrap().len(), 2);
    let order = store.match_payment(&found(first.id, "4200001")).await.unwrap();
    assert_eq!(order.payment.unwrap().verified_by.unwrap().reference(), Some("4200001"));
    store.match_payment(&found(first.id, "4200001")).await.unwrap();
    assert_eq!(store.pending_count().await.unwrap(), 3, "told twice, reported once");
    for (id, reference) in [(first.id, "4200002"), (second.id, "4200001")] {
        let refused = store.match_payment(&found(id, reference)).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{reference}: {refused:?}");
    }
    assert!(matches!(store.match_payment(&found(second.id, " ")).await, Err(StoreError::BadInput(_))));
    let nobody = store.match_payment(&found(OrderId(Uuid::now_v7()), "1")).await;
    assert!(matches!(nobody, Err(StoreError::NotFound(_))));
    // Another device matched the second one, and the platform took that.
    told(&store, &OpPayload::PaymentMatched { found: found(second.id, "A-7") }).await;
    assert!(store.open_payments().await.unwrap().is_empty());
    told(&store, &OpPayload::PaymentMatched { found: found(first.id, "B-7") }).await;
    let order = store.order(first.id).await.unwrap();
    assert_eq!(order.payment.unwrap().verified_by.unwrap().reference(), Some("B-7"), "the platform's answer counts");
}

#[tokio::test]
async fn a_match_that_the_platform_refuses_leaves_the_payment_waiting() {
    let store = store().await;
    let sale = sale(&[("A", 1)], TenderKind::Qr, 1);
    store.record_venue_sale(&sale).await.unwrap();
    store.match_payment(&found(sale.id, "4200001")).await.unwrap();
    assert!(store.open_payments().await.unwrap().is_empty());
    let op = store.pending_ops(9).await.unwrap().pop().unwrap();
    let refused = OpResult::rejected("another till found that money for a sale of its own");
    store.settle_ops(&[(op.op_id, refused.clone())]).await.unwrap();
    assert_eq!(store.open_payments().await.unwrap().len(), 1);
    assert!(!store.order(sale.id).await.unwrap().payment.unwrap().is_verified());
    assert_eq!(store.rejected_ops(9).await.unwrap().len(), 1, "a person hears of it");
    // Matched anew, and told otherwise by another device before the platform answers: what was told stays.
    store.match_payment(&found(sale.id, "4200002")).await.unwrap();
    let op = store.pending_ops(9).await.unwrap().pop().unwrap();
    told(&store, &OpPayload::PaymentMatched { found: found(sale.id, "4200003") }).await;
    store.settle_ops(&[(op.op_id, refused)]).await.unwrap();
    let order = store.order(sale.id).await.unwrap();
    assert_eq!(order.payment.unwrap().verified_by.unwrap().reference(), Some("4200003"));
}

#[tokio::test]
async fn a_statement_matches_what_fits_one_way_and_lists_the_rest() {
    let store = store().await;
    // 2023-11-14 22:13:20 UTC.
    let noon = 1_700_000_000_000_000;
    let minute = 60_000_000;
    let orders = [
        sale(&[("A", 1)], TenderKind::Qr, noon),
        sale(&[("A", 2)], TenderKind::Qr, noon),
        sale(&[("A", 2)], TenderKind::Qr, noon + minute),
        sale(&[("A", 3)], TenderKind::Card, noon),
        sale(&[("A", 1)], TenderKind::Cash, noon),
    ];
    for order in &orders {
        store.record_venue_sale(order).await.unwrap();
    }
    let file = store.dir.path().join("bill.csv");
    let text = "微信支付账单\n交易时间,微信订单号,订单金额\n\
        `2023-11-15 06:14:00,`42001,15.80\n\
        `2023-11-15 06:13:30,`42002,31.60\n\
        `2023-11-15 09:00:00,`42003,47.40\n\
        `2023-11-15 06:13:30,`42004,-15.80\n\
        `2023-11-15 06:13:30,`42001,15.80\n\
        ,,\n\
        soon,`42005,1\n";
    // A row that fits a payment, under a number that none can have, keeps no other from being matched.
    let text = format!("{text}`2023-11-15 06:13:30,`{},47.40\n", "9".repeat(101));
    std::fs::write(&file, text).unwrap();
    let options = StatementOptions { tolerance_s: 300, offset_s: Some(8 * 3_600), currency: None, apply: false };
    let dry = store.match_statement(&file, options, 9).await.unwrap();
    assert_eq!(store.open_payments().await.unwrap().len(), 4, "it was only told");
    let done = store.match_statement(&file, StatementOptions { apply: true, ..options }, 9).await.unwrap();
    assert_eq!((&done.matched, &done.ambiguous), (&dry.matched, &dry.ambiguous));
    assert_eq!(done.matched.iter().map(|row| (row.order_id, row.row)).collect::<Vec<_>>(), [(orders[0].id, 3)]);
    assert_eq!(done.ambiguous[0].orders.len(), 2, "one row, two payments of that sum");
    assert_eq!((done.ambiguous[0].rows.as_slice(), done.not_found.as_slice()), (&[4][..], &[orders[3].id][..]));
    assert_eq!((done.foreign.as_slice(), done.paid_out.as_slice()), (&[5][..], &[6][..]));
    let problems: Vec<_> =
        done.problems.iter().map(|problem| (problem.row, problem.why, problem.about.as_str())).collect();
    let too_long = "9".repeat(101);
    let want = [
        (7, StatementWhy::Repeated, "42001"),
        (9, StatementWhy::BadTime, "soon"),
        (10, StatementWhy::BadReference, too_long.as_str()),
    ];
    assert_eq!(problems, want);
    let rows: Vec<_> = done.rows.iter().map(|row| (row.row, row.amount.minor, row.reference.as_str())).collect();
    assert_eq!(rows, [(4, 3160, "42002"), (5, 4740, "42003")], "what a person has to look at is told whole");
    let order = store.order(orders[0].id).await.unwrap();
    assert_eq!(order.payment.unwrap().verified_by, Some(Proof::Statement { reference: "42001".to_owned() }));
    let again = store.match_statement(&file, StatementOptions { apply: true, ..options }, 9).await.unwrap();
    assert!(again.matched.is_empty() && again.known == [3, 7], "the same statement twice matches once: {again:?}");
    assert_eq!(store.pending_count().await.unwrap(), 6, "five sales and a match");
    let none = store.dir.path().join("none.csv");
    std::fs::write(&none, "a,b\n1,2\n").unwrap();
    let why = store.match_statement(&none, options, 9).await.unwrap_err().to_string();
    assert!(why.contains("amount (交易金额)"), "{why}");
}

#[tokio::test]
async fn pieces_come_back_bit_by_bit_each_return_once() {
    let store = store().await;
    let order = sale(&[("A", 3), ("B", 1)], TenderKind::Qr, 1);
    store.record_venue_sale(&order).await.unwrap();
    let first = back(&order, &[(0, 1)], true);
    assert_eq!(store.take_back(&first).await.unwrap().state, OrderState::Paid);
    for at_us in [first.at_us, first.at_us + 60_000_000] {
        store.take_back(&SaleReturn { at_us, ..first.clone() }).await.unwrap();
    }
    assert_eq!((on_hand(&store).await, store.pending_count().await.unwrap()), (-2, 2), "the same return again is none");
    assert_eq!(
        store.returns(order.id).await.unwrap(),
        std::slice::from_ref(&first),
        "asked again a minute later, it came when it came"
    );
    let twisted = SaleReturn { goods_back: false, ..first.clone() };
    assert!(matches!(store.take_back(&twisted).await, Err(StoreError::Conflict(_))));
    let many = back(&order, &[(0, 3)], true);
    assert!(matches!(store.take_back(&many).await, Err(StoreError::BadInput(why)) if why.contains("2 of 3 are left")));
    store.take_back(&back(&order, &[(0, 1)], false)).await.unwrap();
    assert_eq!(on_hand(&store).await, -2, "broken: the money went back, the goods did not");
    let rest = store.take_back(&back(&order, &[(0, 1), (1, 1)], true)).await.unwrap();
    assert_eq!((rest.state, store.order(order.id).await.unwrap().state), (OrderState::Refunded, OrderState::Refunded));
    assert_eq!((on_hand(&store).await, store.level(&sku("B")).await.unwrap().on_hand), (-1, 0));
    assert_eq!(store.returns(order.id).await.unwrap().len(), 3);
    let over = store.take_back(&back(&order, &[(0, 1)], true)).await;
    assert!(matches!(over, Err(StoreError::BadInput(why)) if why.contains("given back already")));
}

#[tokio::test]
async fn a_refund_after_a_return_brings_back_the_rest_alone() {
    let store = store().await;
    store.open_till(&[cny(10_000)], 1).await.unwrap();
    let order = sale(&[("A", 3)], TenderKind::Cash, 1);
    store.record_venue_sale(&order).await.unwrap();
    store.take_back(&back(&order, &[(0, 1)], true)).await.unwrap();
    let moved = OrderMove { order_id: order.id, event: OrderEvent::Refund, note: String::new(), at_us: 7 };
    store.move_order(&moved, crate::GoodsBack::Yes).await.unwrap();
    assert_eq!(on_hand(&store).await, 0);
    let book = store.open_book().await.unwrap().unwrap();
    assert_eq!((book.drawer[0].returned, book.drawer[0].expected), (order.total, cny(10_000)));
    assert_eq!(book.tenders[0].returns, 2);
}

#[tokio::test]
async fn goods_of_a_refund_that_came_back_before_leave_the_stock_again() {
    let store = store().await;
    store.keep_stock(true).await.unwrap();
    let order = sale(&[("A", 3)], TenderKind::Cash, 1);
    store.record_venue_sale(&order).await.unwrap();
    let moved = OrderMove { order_id: order.id, event: OrderEvent::Refund, note: String::new(), at_us: 7 };
    store.move_order(&moved, crate::GoodsBack::Yes).await.unwrap();
    assert_eq!(on_hand(&store).await, 0);
    assert_eq!(store.holdings().await.unwrap().remove(&sku("A")).unwrap().rights, 3);
    let op = store.pending_ops(9).await.unwrap().pop().unwrap();
    for _ in 0..2 {
        let refused = OpResult::rejected("they came back at another till");
        store.settle_ops(&[(op.op_id, refused)]).await.unwrap();
        assert_eq!(on_hand(&store).await, -3);
        assert!(store.holdings().await.unwrap().is_empty(), "nor may they be promised here");
        let last = store.pending_ops(9).await.unwrap().pop().unwrap();
        assert!(last.payload.contains("rights_stated"), "{}", last.payload);
        // A platform that was put back is told all again, and answers all again.
        store.send_again(1).await.unwrap();
    }
}

#[tokio::test]
async fn a_return_that_the_platform_refuses_did_not_happen() {
    let store = store().await;
    let order = sale(&[("A", 1)], TenderKind::Qr, 1);
    store.record_venue_sale(&order).await.unwrap();
    store.take_back(&back(&order, &[(0, 1)], true)).await.unwrap();
    let op = store.pending_ops(9).await.unwrap().pop().unwrap();
    let refused = OpResult::rejected("it came back at another till");
    store.settle_ops(&[(op.op_id, refused)]).await.unwrap();
    assert_eq!((on_hand(&store).await, store.order(order.id).await.unwrap().state), (-1, OrderState::Paid));
    assert!(store.returns(order.id).await.unwrap().is_empty());
    // The return that the platform took instead.
    let other = back(&order, &[(0, 1)], true);
    assert_eq!(told(&store, &OpPayload::sale_returned(other.clone())).await, 1);
    assert_eq!(told(&store, &OpPayload::sale_returned(other)).await, 1, "under another op id");
    assert_eq!((on_hand(&store).await, store.order(order.id).await.unwrap().state), (0, OrderState::Refunded));
    let unknown = Order { id: OrderId(Uuid::now_v7()), ..order };
    told(&store, &OpPayload::sale_returned(back(&unknown, &[(0, 1)], true))).await;
    assert_eq!(on_hand(&store).await, 0, "of an order that is not here there is nothing to keep");
}

#[tokio::test]
async fn a_return_that_the_platform_holds_stands_here_until_somebody_has_decided() {
    let store = store().await;
    let order = sale(&[("A", 1)], TenderKind::Qr, 1);
    store.record_venue_sale(&order).await.unwrap();
    store.take_back(&back(&order, &[(0, 1)], true)).await.unwrap();
    let op = store.pending_ops(9).await.unwrap().pop().unwrap();
    store.settle_ops(&[(op.op_id, OpResult::Quarantined { why: "revoked".into() })]).await.unwrap();
    assert_eq!(on_hand(&store).await, 0, "nobody has said no");
    let event = FeedEvent::QuarantineDecided { op_id: op.op_id, result: OpResult::rejected("a person discarded it") };
    let event = serde_json::to_string(&event).unwrap();
    store.apply_feed(&[FeedLine { server_seq: 1, event, head: String::new() }]).await.unwrap();
    assert_eq!((on_hand(&store).await, store.order(order.id).await.unwrap().state), (-1, OrderState::Paid));
}

#[tokio::test]
async fn a_day_at_the_till_adds_up_and_is_closed_by_a_count() {
    let store = store().await;
    assert!(matches!(store.close_till(&[], "", 1).await, Err(StoreError::Conflict(why)) if why.contains("till open")));
    let none = store.move_cash(DrawerKind::PayIn, cny(1), "x", 1).await;
    assert!(matches!(none, Err(StoreError::Conflict(_))));
    store.record_venue_sale(&sale(&[("A", 1)], TenderKind::Cash, 1)).await.unwrap();
    store.open_till(&[cny(10_000)], 2).await.unwrap();
    assert!(matches!(store.open_till(&[], 2).await, Err(StoreError::Conflict(_))));
    let (cash, code) = (sale(&[("A", 2)], TenderKind::Cash, 3), sale(&[("A", 1)], TenderKind::Qr, 4));
    for order in [&cash, &code, &cash] {
        store.record_venue_sale(order).await.unwrap();
    }
    store.take_back(&back(&cash, &[(0, 1)], true)).await.unwrap();
    store.move_cash(DrawerKind::PayOut, cny(2_000), "lunch", 5).await.unwrap();
    let silent = store.move_cash(DrawerKind::PayOut, cny(2_000), " ", 5).await;
    assert!(matches!(silent, Err(StoreError::BadInput(_))));
    let book = store.move_cash(DrawerKind::PayIn, cny(500), "coins", 5).await.unwrap();
    assert_eq!(book.drawer[0].expected, cny(10_080), "100 + 31.60 - 15.80 - 20 + 5; what was sold before is not in it");
    assert_eq!(store.book_entries().await.unwrap().len(), 6);
    let waiting = store.pending_count().await.unwrap();
    let short = store.close_till(&[cny(10_000)], "", 6).await;
    assert!(matches!(short, Err(StoreError::BadInput(why)) if why.contains("-0.80 CNY")));
    assert!(store.open_book().await.unwrap().is_some(), "it is still open");
    let closed = store.close_till(&[cny(10_000)], "wrong change", 6).await.unwrap();
    assert_eq!((closed.drawer[0].difference, closed.closed_at_us), (Some(cny(-80)), Some(6)));
    assert_eq!(store.pending_count().await.unwrap(), waiting + 1);
    assert_eq!((store.open_book().await.unwrap(), store.books(9).await.unwrap()), (None, vec![closed.clone()]));
    let csv = crate::book_csv(&closed);
    assert!(csv.contains(",drawer,CNY,,31.60,,15.80,100.00,5.00,20.00,100.80,100.00,,0.80,wrong change"), "{csv}");
    assert!(csv.contains(",qr,CNY,1,15.80,0,0.00,"), "{csv}");
    store.open_till(&[], 7).await.unwrap();
    store.close_till(&[], "", 8).await.unwrap();
    assert_eq!(store.books(9).await.unwrap().len(), 2, "a quiet evening");
}

#[tokio::test]
async fn the_book_can_not_be_rewritten_and_outlives_the_program() {
    let store = store().await;
    store.open_till(&[cny(10_000)], 2).await.unwrap();
    store.record_venue_sale(&sale(&[("A", 1)], TenderKind::Cash, 3)).await.unwrap();
    for change in ["UPDATE till_entry SET minor = 1", "DELETE FROM till_entry"] {
        assert!(sqlx::query(change).execute(&store.writer).await.is_err(), "{change}");
    }
    let dir = store.into_dir().await;
    let again = open(dir.path()).await.unwrap();
    assert_eq!(again.open_book().await.unwrap().unwrap().drawer[0].expected, cny(11_580));
}

#[tokio::test]
async fn the_book_of_another_device_is_kept_once_and_is_not_the_open_one() {
    let (here, there) = (store().await, store().await);
    there.open_till(&[cny(100)], 1).await.unwrap();
    let book = there.close_till(&[cny(100)], "", 2).await.unwrap();
    here.open_till(&[cny(700)], 1).await.unwrap();
    for _ in 0..2 {
        told(&here, &OpPayload::TillClosed { book: book.clone() }).await;
    }
    assert_eq!(here.books(9).await.unwrap(), [book]);
    assert_eq!(here.open_book().await.unwrap().unwrap().drawer[0].expected, cny(700));
    assert_eq!(here.pending_count().await.unwrap(), 0, "nobody reports what others did");
}

#[tokio::test]
async fn a_sale_that_fails_half_way_leaves_no_line_in_the_book() {
    let store = store().await;
    store.open_till(&[cny(100)], 1).await.unwrap();
    sqlx::query("CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT raise(ABORT, 'refused'); END")
        .execute(&store.writer)
        .await
        .unwrap();
    let order = sale(&[("A", 1)], TenderKind::Cash, 1);
    assert!(store.record_venue_sale(&order).await.is_err() && store.close_till(&[cny(100)], "", 2).await.is_err());
    assert_eq!(store.open_book().await.unwrap().unwrap().drawer[0].expected, cny(100));
    assert_eq!((store.order_count().await.unwrap(), on_hand(&store).await), (0, 0));
}
