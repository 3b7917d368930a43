//! What devices tell of their tills, by the platform's rules.

use crate::body;
use hawker_domain::{
    Currency, Money, OrderId, ReturnId, Sku, TillId,
    failure::FailureWhy,
    order::{Order, OrderEvent, OrderLine, OrderMove, OrderSource, OrderState},
    rights::RightsLine,
    stock::{MovementReason, StockMovement},
    till::{PaymentMatch, PaymentTaken, Proof, ReturnedLine, SaleReturn, TenderKind, close, sum_up},
};
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    account::RegisterDevice,
    ops::{OpPayload, OpResult, OpsApplied},
    rights::RightsReport,
};
use reqwest::Method;
use uuid::Uuid;

fn sale(id: OrderId, qty: u32) -> Order {
    let unit_price = Money::new(100, Currency::CNY);
    let total = unit_price.times(qty).unwrap();
    Order {
        id,
        source: OrderSource::Venue,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        lines: vec![OrderLine {
            sku: Sku::new("A").unwrap(),
            title: "a".into(),
            qty,
            unit_price,
            price_override: None,
        }],
        total,
        buyer: String::new(),
        placed_at_us: 1,
        payment: PaymentTaken::take(TenderKind::Qr, total, None).ok(),
    }
}

fn back(order_id: OrderId, qty: u32) -> SaleReturn {
    SaleReturn {
        return_id: ReturnId(Uuid::now_v7()),
        order_id,
        lines: vec![ReturnedLine { line: 0, qty }],
        goods_back: true,
        tender: TenderKind::Cash,
        amount: Money::new(100 * i64::from(qty), Currency::CNY),
        reason: String::new(),
        at_us: 1,
    }
}

fn found(order_id: OrderId, reference: &str) -> OpPayload {
    let proof = Proof::Hand { reference: reference.to_owned() };
    OpPayload::PaymentMatched { found: PaymentMatch { order_id, proof, at_us: 1 } }
}

fn sold(order: Order) -> OpPayload {
    OpPayload::VenueSale { order, rights: Vec::new() }
}

async fn on_hand(platform: &TestPlatform, seller: &TestSeller) -> i64 {
    let store = &platform.running().app().store;
    store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap().map_or(0, |level| level.on_hand)
}

async fn post(seller: &TestSeller, payloads: &[OpPayload]) -> Vec<OpResult> {
    let ops = payloads.iter().map(|payload| seller.op(payload)).collect();
    let answer: OpsApplied = body(seller.post_ops(ops).await).await;
    answer.results
}

/// Pieces that the seller's only device has for itself.
async fn held(seller: &TestSeller) -> u32 {
    let report: RightsReport = body(seller.request(Method::GET, "/api/v1/rights").send().await.unwrap()).await;
    report.devices.iter().flat_map(|device| &device.lines).map(|line| line.pieces).sum()
}

fn is_refused(result: &OpResult, why: &str) -> bool {
    matches!(result, OpResult::Rejected { why: said, .. } if said.contains(why))
}

/// Why it was refused, for a reader of another language.
fn reason(result: &OpResult) -> Option<FailureWhy> {
    match result {
        OpResult::Rejected { reason: Some(reason), .. } => Some(reason.why),
        _ => None,
    }
}

#[tokio::test]
async fn goods_come_back_once_by_their_return_and_no_more_than_were_sold() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.receive("A", 5).await;
    let id = OrderId(Uuid::now_v7());
    let (first, second) = (back(id, 1), back(id, 1));
    let of = |back: &SaleReturn| OpPayload::sale_returned(back.clone());
    let results = post(&seller, &[sold(sale(id, 3)), of(&first), of(&first), of(&second)]).await;
    assert_eq!(results, vec![OpResult::Applied; 4], "told twice under two ops, and one more of the same product");
    assert_eq!(on_hand(&platform, &seller).await, 4, "5 - 3 + 1 + 1");
    let twisted = SaleReturn { goods_back: false, ..first.clone() };
    let cheap = SaleReturn { amount: Money::new(1, Currency::CNY), ..back(id, 1) };
    let broken = SaleReturn { goods_back: false, ..back(id, 1) };
    let results = post(&seller, &[of(&back(id, 2)), of(&twisted), of(&cheap), of(&broken), of(&back(id, 1))]).await;
    assert!(is_refused(&results[0], "1 of 3 are left"), "{results:?}");
    assert!(is_refused(&results[1], "other goods"), "{results:?}");
    assert!(is_refused(&results[2], "is not what these pieces cost"), "{results:?}");
    assert_eq!(results[3], OpResult::Applied);
    assert!(is_refused(&results[4], "given back already"), "all is back, so the order is refunded: {results:?}");
    for result in [&results[0], &results[4]] {
        assert_eq!(reason(result), Some(FailureWhy::ReturnedBefore), "{result:?}");
    }
    assert_eq!(on_hand(&platform, &seller).await, 4, "what is broken can't be sold again");
    let told = seller.feed(0, 0).await.entries().len();
    assert_eq!(told, 6, "the goods, the sale, and four returns that were taken: one of them twice");
}

#[tokio::test]
async fn goods_that_came_back_do_not_come_back_with_a_refund_as_well() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.receive("A", 5).await;
    let id = OrderId(Uuid::now_v7());
    // At a till that has not heard of the return yet.
    let moved = OrderMove { order_id: id, event: OrderEvent::Refund, note: String::new(), at_us: 1 };
    let goods = |delta| {
        let (sku, reason) = (Sku::new("A").unwrap(), MovementReason::Returned);
        OpPayload::StockMoved { movement: StockMovement { sku, delta, reason, order_id: Some(id) }, rights: 0 }
    };
    let told = [sold(sale(id, 3)), OpPayload::sale_returned(back(id, 1)), OpPayload::OrderMoved { moved }, goods(3)];
    let results = post(&seller, &told).await;
    assert_eq!(results[..3], vec![OpResult::Applied; 3]);
    assert_eq!(reason(&results[3]), Some(FailureWhy::ReturnedBefore), "{results:?}");
    assert_eq!(on_hand(&platform, &seller).await, 3, "5 - 3 + 1");
    assert_eq!(post(&seller, &[goods(2)]).await, [OpResult::Applied], "what was left with the buyer");
    assert_eq!(on_hand(&platform, &seller).await, 5);
}

#[tokio::test]
async fn what_is_told_of_an_order_that_is_not_here_yet_waits_for_it() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let id = OrderId(Uuid::now_v7());
    let early = [OpPayload::sale_returned(back(id, 1)), found(id, "4200001")];
    assert_eq!(post(&seller, &early).await, [OpResult::Kept, OpResult::Kept]);
    assert_eq!(post(&seller, &[sold(sale(id, 2))]).await, [OpResult::Applied]);
    assert_eq!(on_hand(&platform, &seller).await, -1, "sold two, one came back");
    let again = post(&seller, &[found(id, "4200001"), found(id, "4200002")]).await;
    assert_eq!(again[0], OpResult::Applied);
    assert!(is_refused(&again[1], "matched to 4200001 already"), "{again:?}");
    assert_eq!(reason(&again[1]), Some(FailureWhy::PaymentMatched));
}

#[tokio::test]
async fn goods_that_came_back_under_a_former_epoch_are_the_pools() {
    let platform = TestPlatform::start().await;
    let mut seller = platform.seller("ada").await;
    seller.receive("A", 5).await;
    let id = OrderId(Uuid::now_v7());
    let own = |back| {
        let rights = vec![RightsLine { sku: Sku::new("A").unwrap(), pieces: 1 }];
        OpPayload::SaleReturned { back, rights }
    };
    let other = OrderId(Uuid::now_v7());
    let results = post(&seller, &[sold(sale(other, 1)), own(back(other, 1)), own(back(id, 1))]).await;
    assert_eq!(results, [OpResult::Applied, OpResult::Applied, OpResult::Kept]);
    assert_eq!(held(&seller).await, 1, "in its epoch what comes back is its own");
    let form = RegisterDevice { restored: true, ..seller.registration() };
    seller.device = seller.ok(Method::POST, "/api/v1/devices", &form).await;
    assert_eq!((seller.device.epoch, held(&seller).await), (2, 0));
    let late = seller.op_of_text(serde_json::to_string(&sold(sale(id, 2))).unwrap(), 1);
    let answer: OpsApplied = body(seller.post_ops(vec![late]).await).await;
    assert_eq!(answer.results, [OpResult::Applied]);
    assert_eq!(
        (on_hand(&platform, &seller).await, held(&seller).await),
        (4, 0),
        "5 - 1 + 1 - 2 + 1, all for everybody"
    );
}

#[tokio::test]
async fn a_match_that_can_not_be_right_is_refused_and_blocks_nothing() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let (id, cash) = (OrderId(Uuid::now_v7()), OrderId(Uuid::now_v7()));
    let mut in_cash = sale(cash, 1);
    in_cash.payment = PaymentTaken::take(TenderKind::Cash, in_cash.total, None).ok();
    let results =
        post(&seller, &[sold(sale(id, 1)), sold(in_cash), found(id, ""), found(cash, "1"), found(id, "1")]).await;
    assert!(is_refused(&results[2], "give it") && is_refused(&results[3], "paid in cash"), "{results:?}");
    assert_eq!(results[4], OpResult::Applied);
}

#[tokio::test]
async fn one_reference_proves_one_payment_whichever_device_found_it() {
    let platform = TestPlatform::start().await;
    let (seller, other) = (platform.seller("ada").await, platform.seller("eve").await);
    let (first, second, third) = (OrderId(Uuid::now_v7()), OrderId(Uuid::now_v7()), OrderId(Uuid::now_v7()));
    let sales = [sold(sale(first, 1)), sold(sale(second, 1)), found(first, "4200001"), found(second, "4200001")];
    let results = post(&seller, &sales).await;
    assert_eq!(results[..3], vec![OpResult::Applied; 3]);
    assert!(is_refused(&results[3], &format!("is that of order {first}")), "{results:?}");
    assert_eq!(reason(&results[3]), Some(FailureWhy::ReferenceTaken));
    let results = post(&seller, &[found(second, "4200002"), found(first, "4200001")]).await;
    assert_eq!(results, vec![OpResult::Applied; 2], "what was refused left nothing behind");
    let elsewhere = post(&other, &[sold(sale(third, 1)), found(third, "4200001")]).await;
    assert_eq!(elsewhere, vec![OpResult::Applied; 2], "another seller has another provider");
}

#[tokio::test]
async fn a_closed_book_reaches_the_sellers_other_devices_once() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let open = sum_up(TillId(Uuid::now_v7()), 1, &[]).unwrap();
    let closed = close(open.clone(), &[], "", 2).unwrap();
    let of = |book| OpPayload::TillClosed { book };
    let results = post(&seller, &[of(open), of(closed.clone()), of(closed)]).await;
    assert!(is_refused(&results[0], "still open"), "{results:?}");
    assert_eq!(results[1..], [OpResult::Applied, OpResult::Applied]);
}

#[tokio::test]
async fn one_seller_takes_back_nothing_of_another() {
    let platform = TestPlatform::start().await;
    let (ada, eve) = (platform.seller("ada").await, platform.seller("eve").await);
    let id = OrderId(Uuid::now_v7());
    post(&ada, &[sold(sale(id, 2))]).await;
    assert_eq!(post(&eve, &[OpPayload::sale_returned(back(id, 1))]).await, [OpResult::Kept]);
    assert_eq!((on_hand(&platform, &ada).await, on_hand(&platform, &eve).await), (-2, 0));
}
