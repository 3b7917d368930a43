//! What a device has for itself: granted, spent, put aside, given back, stated.

use super::told::{elsewhere, line};
use crate::testing::{TestStore, order, sku, store};
use crate::{Store, StoreError};
use hawker_domain::{
    ChallengeId, DeviceId, OpId, ReturnId,
    order::{Order, OrderEvent, OrderMove, OrderSource, OrderState},
    rights::{Holding, Promise, RightsLine},
    stock::{MovementReason, StockMovement},
    till::{ReturnedLine, SaleReturn, TenderKind},
};
use hawker_wire::{
    feed::FeedEvent,
    ops::{OpEnvelope, OpPayload, OpResult},
};
use uuid::Uuid;

fn lines(pieces: u32) -> Vec<RightsLine> {
    vec![RightsLine { sku: sku("A"), pieces }]
}

fn received(delta: i64) -> StockMovement {
    StockMovement { sku: sku("A"), delta, reason: MovementReason::Received, order_id: None }
}

async fn payloads(store: &Store) -> Vec<OpPayload> {
    let ops = store.pending_ops(99).await.unwrap();
    ops.iter().map(|op| serde_json::from_str(&op.payload).unwrap()).collect()
}

/// (rights, put aside)
async fn held(store: &Store) -> (i64, i64) {
    let Holding { rights, promised } = store.holdings().await.unwrap().remove(&sku("A")).unwrap_or_default();
    (rights, promised)
}

/// A device that belongs to a platform, in epoch 1.
async fn connected() -> TestStore {
    let store = store().await;
    store.follow(hawker_domain::SellerId(Uuid::now_v7())).await.unwrap();
    store.set_epoch(1).await.unwrap();
    store
}

async fn granted(store: &Store, epoch: u32, pieces: u32) -> FeedEvent {
    let device_id = store.device().await.unwrap().device_id;
    FeedEvent::Granted { device_id, epoch, op_id: OpId(Uuid::now_v7()), lines: lines(pieces) }
}

fn aside(qty: u32) -> Promise {
    let order = Order { state: OrderState::Reserved, ..order(OrderSource::Venue, &[("A", qty)]) };
    Promise { order, until_us: 1 }
}

#[tokio::test]
async fn a_grant_counts_once_for_the_device_and_epoch_it_names() {
    let store = connected().await;
    let grant = granted(&store, 1, 5).await;
    let other = FeedEvent::Granted {
        device_id: DeviceId(Uuid::now_v7()),
        epoch: 1,
        op_id: OpId(Uuid::now_v7()),
        lines: lines(7),
    };
    let former = granted(&store, 2, 9).await;
    store.apply_feed(&[line(1, &grant), line(2, &other), line(3, &former), line(4, &grant)]).await.unwrap();
    assert_eq!(held(&store).await, (5, 0));
}

#[tokio::test]
async fn a_sale_spends_what_the_rights_cover_and_happens_all_the_same() {
    let store = connected().await;
    store.apply_feed(&[line(1, &granted(&store, 1, 5).await)]).await.unwrap();
    store.put_aside(&aside(2)).await.unwrap();
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 2), ("A", 2)])).await.unwrap();
    assert_eq!(held(&store).await, (2, 2), "3 were free, 4 were sold");
    let OpPayload::VenueSale { rights, .. } = payloads(&store).await.pop().unwrap() else { panic!("no sale") };
    assert_eq!(rights, lines(3));
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, -4);
}

#[tokio::test]
async fn only_what_is_covered_can_be_put_aside() {
    let store = connected().await;
    store.move_stock(&received(50)).await.unwrap();
    let refused = store.put_aside(&aside(1)).await.unwrap_err();
    let want = "only 0 of A can be promised on this device without the platform, 1 were asked for";
    assert!(matches!(&refused, StoreError::Conflict(why) if why == want), "{refused}: 50 are there for the page");
    store.apply_feed(&[line(1, &granted(&store, 1, 5).await)]).await.unwrap();
    let (first, second) = (aside(3), aside(2));
    store.put_aside(&first).await.unwrap();
    assert!(store.put_aside(&first).await.is_err(), "twice under one id");
    store.put_aside(&second).await.unwrap();
    assert!(store.put_aside(&aside(1)).await.is_err());
    assert_eq!(store.promises().await.unwrap().len(), 2);
    let paid = store.collect(first.order.id, TenderKind::Cash, 7).await.unwrap();
    assert_eq!((paid.state, paid.placed_at_us, held(&store).await), (OrderState::Paid, 7, (2, 2)));
    assert_eq!(paid.payment.as_ref().map(|payment| payment.amount), Some(paid.total), "paid when it is collected");
    assert_eq!(store.order(first.order.id).await.unwrap(), paid);
    store.let_go(second.order.id).await.unwrap();
    assert_eq!(held(&store).await, (2, 0));
    assert!(matches!(store.let_go(second.order.id).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.collect(second.order.id, TenderKind::Cash, 8).await, Err(StoreError::NotFound(_))));
}

/// The last that the device asked for, under which id.
async fn asked(store: &Store) -> Vec<(OpId, Vec<RightsLine>)> {
    let ops = store.pending_ops(99).await.unwrap();
    let asked = ops.into_iter().filter_map(|op| match serde_json::from_str(&op.payload) {
        Ok(OpPayload::RightsAsked { lines }) => Some((op.op_id, lines)),
        _ => None,
    });
    asked.collect()
}

#[tokio::test]
async fn what_is_put_aside_and_not_covered_is_asked_for_whenever_the_pool_may_have_it() {
    let store = connected().await;
    let device_id = store.device().await.unwrap().device_id;
    store.apply_feed(&[line(1, &granted(&store, 1, 3).await)]).await.unwrap();
    store.put_aside(&aside(3)).await.unwrap();
    store.apply_feed(&[line(2, &FeedEvent::RightsWithdrawn { device_id, epoch: 2 })]).await.unwrap();
    store.set_epoch(2).await.unwrap();
    let [(first, lost)] = asked(&store).await.try_into().unwrap();
    assert_eq!((lost, held(&store).await), (lines(3), (0, 3)));
    let pool_grows = FeedEvent::Reserved { sku: sku("A"), reserved: 0 };
    store.apply_feed(&[line(3, &pool_grows)]).await.unwrap();
    assert_eq!(asked(&store).await.len(), 1, "the answer to the first is on its way");

    store.settle_ops(&[(first, OpResult::Applied)]).await.unwrap();
    let part = |op_id, pieces| FeedEvent::Granted { device_id, epoch: 2, op_id, lines: lines(pieces) };
    store.apply_feed(&[line(4, &part(first, 1))]).await.unwrap();
    assert!(asked(&store).await.is_empty(), "an answer is no reason to ask again");
    store.apply_feed(&[line(5, &pool_grows)]).await.unwrap();
    let [(second, rest)] = asked(&store).await.try_into().unwrap();
    assert_eq!(rest, lines(2));
    store.settle_ops(&[(second, OpResult::Applied)]).await.unwrap();
    store.apply_feed(&[line(6, &part(second, 2)), line(7, &pool_grows)]).await.unwrap();
    assert_eq!((asked(&store).await.len(), held(&store).await), (0, (3, 3)), "all is covered");
}

/// A device that has put 3 of A aside, lost its rights and asked for them anew.
async fn bereft() -> (TestStore, OpId) {
    let store = connected().await;
    let device_id = store.device().await.unwrap().device_id;
    store.apply_feed(&[line(1, &granted(&store, 1, 3).await)]).await.unwrap();
    store.put_aside(&aside(3)).await.unwrap();
    store.apply_feed(&[line(2, &FeedEvent::RightsWithdrawn { device_id, epoch: 2 })]).await.unwrap();
    store.set_epoch(2).await.unwrap();
    let first = asked(&store).await[0].0;
    (store, first)
}

fn of_other(payload: &OpPayload) -> FeedEvent {
    let op = elsewhere(&serde_json::to_string(payload).unwrap());
    FeedEvent::Op { op: OpEnvelope { payload_version: payload.version(), ..op } }
}

#[tokio::test]
async fn what_fills_the_pool_with_the_goods_put_aside_has_them_asked_for_and_nothing_else_has() {
    let other = DeviceId(Uuid::now_v7());
    let sale = order(OrderSource::Venue, &[("A", 3)]);
    let broken = SaleReturn { goods_back: false, ..back(&sale, 1) };
    let moved = |sku, delta| OpPayload::stock_moved(StockMovement { sku, delta, ..received(0) });
    let stated = OpPayload::RightsStated { lines: Vec::new(), read_seq: 0, counted: Vec::new(), challenge: None };
    let packed = OrderMove { order_id: sale.id, event: OrderEvent::Pack, note: String::new(), at_us: 1 };
    let of_b = vec![RightsLine { sku: sku("B"), pieces: 2 }];
    let table = [
        (FeedEvent::Reserved { sku: sku("A"), reserved: 0 }, true),
        (FeedEvent::Reserved { sku: sku("B"), reserved: 0 }, false),
        (FeedEvent::Shortfall { sku: sku("A"), missing: 0 }, false),
        (FeedEvent::RightsWithdrawn { device_id: other, epoch: 2 }, true),
        (of_other(&moved(sku("A"), 1)), true),
        (of_other(&moved(sku("A"), -1)), false),
        (of_other(&moved(sku("B"), 1)), false),
        (of_other(&OpPayload::RightsReturned { lines: lines(2) }), true),
        (of_other(&OpPayload::RightsReturned { lines: of_b }), false),
        (of_other(&OpPayload::RightsAsked { lines: lines(2) }), false),
        (of_other(&stated), true),
        (of_other(&OpPayload::SaleReturned { back: back(&sale, 1), rights: Vec::new() }), true),
        (of_other(&OpPayload::SaleReturned { back: broken, rights: Vec::new() }), false),
        (of_other(&OpPayload::OrderMoved { moved: packed }), false),
    ];
    for (event, asks) in table {
        let (store, first) = bereft().await;
        let device_id = store.device().await.unwrap().device_id;
        store.settle_ops(&[(first, OpResult::Applied)]).await.unwrap();
        let nothing = FeedEvent::Granted { device_id, epoch: 2, op_id: first, lines: Vec::new() };
        store.apply_feed(&[line(3, &nothing), line(4, &event)]).await.unwrap();
        let found: Vec<_> = asked(&store).await.into_iter().map(|(_, lines)| lines).collect();
        assert_eq!(found, if asks { vec![lines(3)] } else { vec![] }, "{event:?}");
    }
}

#[tokio::test]
async fn what_is_on_its_way_is_not_asked_for_twice_and_the_rest_is() {
    let (store, first) = bereft().await;
    let device_id = store.device().await.unwrap().device_id;
    store.settle_ops(&[(first, OpResult::Applied)]).await.unwrap();
    let pool_grows = FeedEvent::Reserved { sku: sku("A"), reserved: 0 };
    store.apply_feed(&[line(3, &pool_grows)]).await.unwrap();
    assert!(asked(&store).await.is_empty(), "taken, and not answered yet");
    let nothing = FeedEvent::Granted { device_id, epoch: 2, op_id: first, lines: Vec::new() };
    store.apply_feed(&[line(4, &nothing)]).await.unwrap();
    // The seller asks for one by hand, and for another product.
    store.ask_rights(&lines(1)).await.unwrap();
    store.ask_rights(&[RightsLine { sku: sku("B"), pieces: 9 }]).await.unwrap();
    store.apply_feed(&[line(5, &pool_grows)]).await.unwrap();
    assert_eq!(asked(&store).await.pop().unwrap().1, lines(2));
    store.apply_feed(&[line(6, &pool_grows)]).await.unwrap();
    assert_eq!(asked(&store).await.len(), 3, "all of it is on its way");
}

#[tokio::test]
async fn an_ask_that_the_feed_answered_is_on_its_way_no_more_though_its_own_answer_was_lost() {
    let (store, first) = bereft().await;
    let device_id = store.device().await.unwrap().device_id;
    let nothing = FeedEvent::Granted { device_id, epoch: 2, op_id: first, lines: Vec::new() };
    let pool_grows = FeedEvent::Reserved { sku: sku("A"), reserved: 0 };
    store.apply_feed(&[line(3, &nothing), line(4, &pool_grows)]).await.unwrap();
    let asked: Vec<_> = asked(&store).await;
    assert_eq!(asked.iter().map(|(op_id, _)| *op_id == first).collect::<Vec<_>>(), [true, false], "{asked:?}");
    assert_eq!(store.rights_asked().await.unwrap(), lines(3), "what is shown as asked for is asked for once");
}

#[tokio::test]
async fn a_machine_that_never_met_a_platform_may_promise_all_it_has() {
    let store = store().await;
    store.move_stock(&received(4)).await.unwrap();
    store.put_aside(&aside(3)).await.unwrap();
    assert!(store.put_aside(&aside(2)).await.is_err(), "one is left");
    store.put_aside(&aside(1)).await.unwrap();
}

#[tokio::test]
async fn a_device_that_keeps_its_stock_has_the_rights_of_what_comes_in() {
    let store = connected().await;
    store.keep_stock(true).await.unwrap();
    store.move_stock(&received(6)).await.unwrap();
    let missing = StockMovement { delta: -2, reason: MovementReason::Counted, ..received(0) };
    store.move_stock(&missing).await.unwrap();
    assert_eq!(held(&store).await, (4, 0));
    store.keep_stock(false).await.unwrap();
    store.move_stock(&received(3)).await.unwrap();
    assert_eq!(held(&store).await, (4, 0), "these are the pool's");
    let payloads = payloads(&store).await.into_iter();
    let shares: Vec<i64> = payloads
        .map(|payload| match payload {
            OpPayload::StockMoved { rights, .. } => rights,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shares, [6, -2, 0]);
    assert_eq!(store.give_rights_back(&lines(9)).await.unwrap(), lines(4), "as far as it has them");
    assert!(store.give_rights_back(&lines(1)).await.unwrap().is_empty());
    assert!(matches!(store.give_rights_back(&lines(0)).await, Err(StoreError::BadInput(_))));
    assert_eq!(held(&store).await, (0, 0));
}

fn back(order: &Order, qty: u32) -> SaleReturn {
    let lines = vec![ReturnedLine { line: 0, qty }];
    SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id: order.id,
        amount: SaleReturn::cost(order, &lines).unwrap(),
        lines,
        goods_back: true,
        tender: TenderKind::Cash,
        reason: String::new(),
        at_us: 1,
    }
}

#[tokio::test]
async fn goods_that_come_back_to_a_device_that_keeps_its_stock_are_its_own_unless_that_is_refused() {
    let store = connected().await;
    let sale = order(OrderSource::Venue, &[("A", 3)]);
    store.record_venue_sale(&sale).await.unwrap();
    store.take_back(&back(&sale, 1)).await.unwrap();
    assert_eq!(held(&store).await, (0, 0), "the pool's");
    store.keep_stock(true).await.unwrap();
    store.take_back(&SaleReturn { goods_back: false, ..back(&sale, 1) }).await.unwrap();
    assert_eq!(held(&store).await, (0, 0), "broken");
    let last = back(&sale, 1);
    store.take_back(&last).await.unwrap();
    assert_eq!(held(&store).await, (1, 0));
    let op = store.pending_ops(99).await.unwrap().pop().unwrap();
    let payload = serde_json::from_str::<OpPayload>(&op.payload).unwrap();
    assert_eq!((payload, op.payload_version), (OpPayload::SaleReturned { back: last, rights: lines(1) }, 2));
    let refused = OpResult::rejected("it came back at another till");
    store.settle_ops(&[(op.op_id, refused)]).await.unwrap();
    assert_eq!(held(&store).await, (0, 0));
    let stated = OpPayload::RightsStated { lines: Vec::new(), read_seq: 0, counted: Vec::new(), challenge: None };
    assert_eq!(payloads(&store).await.pop(), Some(stated), "it may have been sold meanwhile");
}

#[tokio::test]
async fn an_answer_stands_behind_all_that_was_done_before_it() {
    let store = connected().await;
    let grant = granted(&store, 1, 5).await;
    let FeedEvent::Granted { op_id, .. } = grant else { panic!("{grant:?}") };
    store.apply_feed(&[line(1, &grant)]).await.unwrap();
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 2)])).await.unwrap();
    let challenge = ChallengeId(Uuid::now_v7());
    store.apply_feed(&[line(2, &FeedEvent::Challenged { challenge })]).await.unwrap();
    let stated =
        OpPayload::RightsStated { lines: lines(3), read_seq: 2, counted: vec![op_id], challenge: Some(challenge) };
    assert_eq!(payloads(&store).await.pop(), Some(stated));
}

#[tokio::test]
async fn a_copy_loses_its_rights_and_says_so_while_a_device_that_comes_back_keeps_them() {
    let store = connected().await;
    store.ask_rights(&lines(5)).await.unwrap();
    let op_id = store.pending_ops(1).await.unwrap()[0].op_id;
    let device_id = store.device().await.unwrap().device_id;
    let grant = FeedEvent::Granted { device_id, epoch: 1, op_id, lines: lines(5) };
    store.apply_feed(&[line(1, &grant)]).await.unwrap();
    store.send_again(0).await.unwrap();
    store.set_epoch(1).await.unwrap();
    assert_eq!(held(&store).await, (5, 0), "the platform was put back, not this device");
    let stated = OpPayload::RightsStated { lines: lines(5), read_seq: 1, counted: vec![op_id], challenge: None };
    assert_eq!(payloads(&store).await.pop(), Some(stated));
    store.set_epoch(2).await.unwrap();
    assert_eq!(held(&store).await, (0, 0), "another epoch: there is a copy");
    let stated = OpPayload::RightsStated { lines: Vec::new(), read_seq: 1, counted: vec![op_id], challenge: None };
    assert_eq!(payloads(&store).await.pop(), Some(stated));
}

#[tokio::test]
async fn a_new_epoch_tells_again_what_was_done_and_nothing_of_rights() {
    let store = connected().await;
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 2)])).await.unwrap();
    store.ask_rights(&lines(5)).await.unwrap();
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.unwrap();
    let ops = store.pending_ops(9).await.unwrap();
    let held = OpResult::Quarantined { why: "too many".into() };
    let answers = [OpResult::Applied, OpResult::Applied, held].into_iter().zip(&ops);
    let answers: Vec<_> = answers.map(|(result, op)| (op.op_id, result)).collect();
    store.settle_ops(&answers).await.unwrap();
    store.set_epoch(2).await.unwrap();
    let again = store.pending_ops(9).await.unwrap();
    let again: Vec<_> = again.iter().filter(|op| ops.iter().any(|before| before.op_id == op.op_id)).collect();
    let of = |op: &OpEnvelope| (op.op_id, op.epoch, op.seq);
    let want = [(ops[0].op_id, 2, 1), (ops[2].op_id, 2, 2)];
    assert_eq!(again.into_iter().map(of).collect::<Vec<_>>(), want, "also what a person has still to decide about");
}

#[tokio::test]
async fn what_is_missing_is_told_and_ends() {
    let store = connected().await;
    let missing = |missing| FeedEvent::Shortfall { sku: sku("A"), missing };
    store.apply_feed(&[line(1, &missing(2))]).await.unwrap();
    assert_eq!(store.shortfalls().await.unwrap().get(&sku("A")), Some(&2));
    store.apply_feed(&[line(2, &missing(0))]).await.unwrap();
    assert!(store.shortfalls().await.unwrap().is_empty());
}
