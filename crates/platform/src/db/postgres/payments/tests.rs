//! What holds while two platforms write to one database at once.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::db::{
    AccountStore, CatalogueStore, DeviceStore, NewDevice, NewReservation, NewSeller, OrderStore, ReserveError,
    ShowStore, SyncStore, postgres::PostgresUrl,
};
use futures_util::future::join_all;
use hawker_domain::{
    Currency, DeviceId, OpId, ShowId, Sku,
    stock::{MovementReason, StockMovement},
};
use hawker_test_support::PostgresServer;
use hawker_wire::{
    catalogue::Listing,
    ops::{OpEnvelope, OpPayload},
    show::CreateShow,
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tempfile::TempDir;

/// Two platforms of one database, and what it lies on.
struct Both {
    one: PostgresStore,
    two: PostgresStore,
    _key: TempDir,
    _server: Arc<PostgresServer>,
}

async fn both() -> Both {
    let (server, key) = (PostgresServer::shared(), tempfile::tempdir().unwrap());
    let (url, key_file) = (server.fresh().parse::<PostgresUrl>().unwrap(), key.path().join("platform.key"));
    let (one, _) = PostgresStore::open(&url, &key_file).await.unwrap();
    let (two, _) = PostgresStore::open(&url, &key_file).await.unwrap();
    Both { one, two, _key: key, _server: server }
}

fn sku() -> Sku {
    Sku::new("A").unwrap()
}

/// A seller with so many pieces of "A", and a running show.
async fn shop(store: &PostgresStore, pieces: i64) -> (SellerId, ShowId) {
    shop_of("ada", store, pieces).await
}

async fn shop_of(name: &str, store: &PostgresStore, pieces: i64) -> (SellerId, ShowId) {
    let (seller, device, show) = (SellerId(Uuid::now_v7()), DeviceId(Uuid::now_v7()), ShowId(Uuid::now_v7()));
    let new = NewSeller {
        seller_id: seller,
        email: format!("{name}@example.org"),
        password_hash: "x".into(),
        shop_name: name.into(),
        at_us: 1,
    };
    assert!(store.create_seller(new).await.unwrap());
    let listing = Listing {
        sku: sku(),
        title: "a".into(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(1_580, Currency::CNY),
    };
    store.put_listings(seller, &[listing]).await.unwrap();
    let new =
        NewDevice { device, name: "studio".into(), public_key: None, restored: false, access: [0; 32], now_us: 1 };
    store.register_device(seller, new).await.unwrap();
    let movement = StockMovement { sku: sku(), delta: pieces, reason: MovementReason::Received, order_id: None };
    let payload = serde_json::to_string(&OpPayload::stock_moved(movement)).unwrap();
    let hash = hex::encode(Sha256::digest(payload.as_bytes()));
    let op = OpEnvelope {
        op_id: OpId(Uuid::now_v7()),
        device_id: device,
        epoch: 1,
        seq: 1,
        payload_version: 1,
        payload,
        hash,
        signature: String::new(),
    };
    assert!(store.apply_ops(seller, device, &[op], Default::default(), 1).await.unwrap().stopped.is_none());
    let form = CreateShow { show_id: show, title: "a".into(), running_order: vec![] };
    store.create_show(seller, &form, [name.as_bytes()[0]; 32], 1).await.unwrap();
    (seller, show)
}

/// One piece, until 100 µs.
fn wanted(show: ShowId, number: usize) -> NewReservation {
    NewReservation {
        reservation_id: ReservationId(Uuid::now_v7()),
        show,
        idem_key: format!("k{number}"),
        body_hash: [0; 32],
        lines: BTreeMap::from([(sku(), 1)]),
        at: None,
        viewer: None,
        shipping: None,
        coupon: None,
        payer_page: None,
        now_us: 1,
        expires_us: 100,
    }
}

fn intent(reservation_id: ReservationId) -> Intent {
    Intent {
        order_id: OrderId(Uuid::now_v7()),
        reservation_id,
        key: "p".into(),
        body_hash: [0; 32],
        name: PersonName::new("张小雨"),
        phone: Phone::new("13812348000"),
        address: Address::new("上海市静安区"),
        now_us: 1,
    }
}

async fn held(store: &PostgresStore, show: ShowId, pieces: usize) -> Vec<ReservationId> {
    let mut held = Vec::with_capacity(pieces);
    for number in 0..pieces {
        held.push(store.reserve(wanted(show, number)).await.unwrap().reservation_id);
    }
    held
}

/// On hand and reserved.
async fn levels(store: &PostgresStore, seller: SellerId) -> (i64, i64) {
    let level = store.stock_level(seller, &sku()).await.unwrap().unwrap();
    (level.on_hand, level.reserved)
}

#[tokio::test]
async fn buyers_of_two_platforms_get_no_more_than_there_is() {
    let both = both().await;
    let (seller, show) = shop(&both.one, 5).await;
    let asked = (0..40).map(|number| {
        let store = if number % 2 == 0 { &both.one } else { &both.two };
        store.reserve(wanted(show, number))
    });
    let answers = join_all(asked).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 5);
    for why in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert!(matches!(why, ReserveError::OutOfStock { left: 0, .. }), "{why:?}");
    }
    assert_eq!(levels(&both.two, seller).await, (5, 5));
    let (entries, last): (i64, i64) = query_as(
        "SELECT count(*), last_server_seq FROM feed JOIN sellers USING (seller_id) WHERE seller_id = $1
         GROUP BY last_server_seq",
    )
    .bind(seller.0)
    .fetch_one(&both.one.read)
    .await
    .unwrap();
    assert_eq!(entries, last, "the feed has no gaps");
}

#[tokio::test]
async fn the_same_key_at_two_platforms_is_one_reservation() {
    let both = both().await;
    let (seller, show) = shop(&both.one, 5).await;
    let (one, two) = tokio::join!(both.one.reserve(wanted(show, 0)), both.two.reserve(wanted(show, 0)));
    assert_eq!(one.unwrap().reservation_id, two.unwrap().reservation_id);
    assert_eq!(levels(&both.one, seller).await, (5, 1));
}

#[tokio::test]
async fn a_payment_told_to_two_platforms_sells_once() {
    let both = both().await;
    let (seller, show) = shop(&both.one, 3).await;
    let intent = intent(held(&both.one, show, 1).await[0]);
    let order = intent.order_id;
    assert!(matches!(both.one.begin_payment(intent).await.unwrap(), Begun::Charge(_)));
    let (one, two) = tokio::join!(
        both.one.settle_by_event("e", order, Told::Captured, 2),
        both.two.settle_by_event("e", order, Told::Captured, 2)
    );
    let heard = [one.unwrap(), two.unwrap()];
    let sold = heard.iter().filter(|heard| matches!(heard, Heard::Settled(settled) if settled.order.is_some())).count();
    let again = heard.iter().filter(|heard| matches!(heard, Heard::Again)).count();
    assert_eq!((sold, again), (1, 1));
    let (answer, other) = tokio::join!(
        both.one.settle(order, News::Told(Told::Captured), 3),
        both.two.settle_by_event("f", order, Told::Captured, 3)
    );
    assert!(!answer.unwrap().unwrap().changed, "the direct answer is no news");
    assert!(matches!(other.unwrap(), Heard::Settled(settled) if !settled.changed), "nor is another event of it");
    assert_eq!(levels(&both.two, seller).await, (2, 0));
}

#[tokio::test]
async fn goods_are_paid_or_let_go_and_let_go_once() {
    let both = both().await;
    let (seller, show) = shop(&both.one, 10).await;
    let held = held(&both.one, show, 10).await;
    let paying = join_all(held.iter().map(|reservation| both.one.begin_payment(intent(*reservation))));
    let (begun, first, second) = tokio::join!(paying, both.one.release_expired(200), both.two.release_expired(200));
    let charged = begun.iter().filter(|begun| matches!(begun, Ok(Begun::Charge(_)))).count();
    let refused = begun.iter().filter(|begun| matches!(begun, Err(PayError::Expired))).count();
    assert_eq!(charged + refused, 10, "each is paid or over");
    assert_eq!(first.unwrap().len() + second.unwrap().len(), refused, "what is over went back once");
    assert_eq!(levels(&both.two, seller).await, (10, i64::try_from(charged).unwrap()));
}

#[tokio::test]
async fn a_shop_whose_goods_can_t_go_back_keeps_no_other_shop_s_goods() {
    let both = both().await;
    let (ada, ada_s) = shop(&both.one, 5).await;
    let (bob, bob_s) = shop_of("bob", &both.one, 5).await;
    let spoilt = held(&both.one, ada_s, 1).await[0];
    held(&both.one, bob_s, 1).await;
    query("UPDATE reservation_lines SET sku = '/' WHERE reservation_id = $1")
        .bind(spoilt.0)
        .execute(&both.one.write)
        .await
        .unwrap();
    let released = both.one.release_expired(200).await.unwrap();
    let sellers: Vec<SellerId> = released.into_iter().map(|(seller, _)| seller).collect();
    assert_eq!(sellers, [bob], "told although another one's could not go back");
    assert_eq!(levels(&both.two, bob).await, (5, 0));
    assert_eq!(levels(&both.two, ada).await, (5, 1), "nothing of a release that failed remains");
}

#[tokio::test]
async fn a_charge_that_waited_for_its_turn_is_no_old_one() {
    let both = both().await;
    let (seller, show) = shop(&both.one, 1).await;
    let reservation = held(&both.one, show, 1).await[0];
    let at_work = both.two.begin_for(seller).await.unwrap();
    // The time itself is what is asked about: whole seconds of it count.
    let (begun, ()) = tokio::join!(both.one.begin_payment(intent(reservation)), async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        at_work.commit().await.unwrap();
    });
    assert!(matches!(begun.unwrap(), Begun::Charge(_)));
    assert!(both.two.payments_to_check(50, 60, 100).await.unwrap().is_empty(), "the provider is only being asked");
    assert_eq!(both.two.payments_to_check(60 * SECOND_US, 61 * SECOND_US, 100).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_provider_is_asked_about_a_payment_by_one_of_two_platforms() {
    let both = both().await;
    let (_, show) = shop(&both.one, 10).await;
    for reservation in held(&both.one, show, 10).await {
        assert!(matches!(both.one.begin_payment(intent(reservation)).await.unwrap(), Begun::Charge(_)));
    }
    let (one, two) = tokio::join!(both.one.payments_to_check(50, 60, 100), both.two.payments_to_check(50, 60, 100));
    let all = [one.unwrap(), two.unwrap()].concat();
    let orders: BTreeSet<OrderId> = all.iter().map(|payment| payment.order_id).collect();
    assert_eq!((all.len(), orders.len()), (10, 10), "all of them, each once");
}
