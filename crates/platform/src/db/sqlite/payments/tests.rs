//! What can't be brought about through the API: data of older versions.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::db::{
    AccountStore, CatalogueStore, DeviceStore, NewDevice, NewReservation, NewSeller, OrderStore, ShowStore, SyncStore,
};
use hawker_domain::{
    Currency, DeviceId, OpId, ShowId, Sku,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    catalogue::Listing,
    ops::{OpEnvelope, OpPayload},
    show::CreateShow,
};
use sha2::{Digest, Sha256};
use sqlx::migrate::Migrator;
use std::{collections::BTreeMap, path::Path};

/// A seller with three pieces of "A", one of which is reserved.
async fn reserved(store: &SqliteStore) -> (SellerId, ReservationId) {
    let (seller, device, show) = (SellerId(Uuid::now_v7()), DeviceId(Uuid::now_v7()), ShowId(Uuid::now_v7()));
    let new = NewSeller {
        seller_id: seller,
        email: "ada@example.org".into(),
        password_hash: "x".into(),
        shop_name: "Ada's".into(),
        at_us: 1,
    };
    assert!(store.create_seller(new).await.unwrap());
    let sku = Sku::new("A").unwrap();
    let listing = Listing {
        sku: sku.clone(),
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
    let movement = StockMovement { sku: sku.clone(), delta: 3, reason: MovementReason::Received, order_id: None };
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
    store.create_show(seller, &form, [1; 32], 1).await.unwrap();
    let new = NewReservation {
        reservation_id: ReservationId(Uuid::now_v7()),
        show,
        idem_key: "k".into(),
        body_hash: [0; 32],
        lines: BTreeMap::from([(sku, 1)]),
        at: None,
        viewer: None,
        shipping: None,
        coupon: None,
        payer_page: None,
        now_us: 1,
        expires_us: 100,
    };
    (seller, store.reserve(new).await.unwrap().reservation_id)
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

async fn levels(store: &SqliteStore, seller: SellerId) -> (i64, i64) {
    let level = store.stock_level(seller, &Sku::new("A").unwrap()).await.unwrap().unwrap();
    (level.on_hand, level.reserved)
}

#[tokio::test]
async fn money_for_goods_that_an_older_version_let_go_goes_back() {
    let dir = tempfile::tempdir().unwrap();
    let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
    let (seller, reservation) = reserved(&store).await;
    let intent = intent(reservation);
    let order = intent.order_id;
    assert!(matches!(store.begin_payment(intent).await.unwrap(), Begun::Charge(amount) if amount.minor == 1_580));
    assert!(store.release_expired(200).await.unwrap().is_empty(), "this version does not");
    query("UPDATE reservations SET state = 'released'").execute(&store.write).await.unwrap();
    query("UPDATE stock SET pool = pool + reserved, reserved = 0").execute(&store.write).await.unwrap();

    let settled = store.settle(order, News::Told(Told::Captured), 300).await.unwrap().unwrap();
    assert_eq!((settled.payment.state, settled.order), (PaymentState::Refunding, None));
    assert_eq!(levels(&store, seller).await, (3, 0), "nothing is sold");
    let due = store.payments_to_check(300, 300, 10).await.unwrap();
    assert_eq!(due.iter().map(|payment| payment.order_id).collect::<Vec<_>>(), [order], "due at once");
    let settled = store.settle(order, News::GivenBack, 400).await.unwrap().unwrap();
    assert_eq!(settled.payment.state, PaymentState::Refunded);
    assert!(store.payments_to_check(i64::MAX, 500, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_pays_is_forgotten_by_the_payment_once_it_is_decided() {
    for (told, buyers) in [(Told::Captured, 1), (Told::Declined { why: Decline::Refused }, 0)] {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap();
        let (_, reservation) = reserved(&store).await;
        let intent = intent(reservation);
        let order = intent.order_id;
        store.begin_payment(intent).await.unwrap();
        store.settle(order, News::NoAnswer, 2).await.unwrap();
        let kept = "SELECT name || phone || address FROM payments";
        let text: String = query_scalar(kept).fetch_one(&store.write).await.unwrap();
        assert!(text.contains("张小雨") && text.contains("13812348000"), "needed for the order it may become");
        store.settle(order, News::Told(told), 3).await.unwrap();
        let text: String = query_scalar(kept).fetch_one(&store.write).await.unwrap();
        assert_eq!(text, "", "{told:?}");
        let count: i64 =
            query_scalar("SELECT count(*) FROM buyers WHERE name = '张小雨'").fetch_one(&store.write).await.unwrap();
        assert_eq!(count, buyers, "{told:?}");
    }
}

#[tokio::test]
async fn what_was_sold_before_there_were_payments_is_paid_and_can_go_back() {
    let dir = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("old.db")).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let all = Migrator::new(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations"))).await.unwrap();
    let (before, after): (Vec<_>, Vec<_>) = all.iter().cloned().partition(|migration| migration.version < 5);
    for migration in before {
        sqlx::raw_sql(migration.sql).execute(&pool).await.unwrap();
    }
    let (seller, show) = (Uuid::now_v7(), Uuid::now_v7());
    query("INSERT INTO sellers (seller_id, email, password_hash, shop_name, created_us) VALUES (?, 'a', 'x', 'a', 1)")
        .bind(seller)
        .execute(&pool)
        .await
        .unwrap();
    query("INSERT INTO shows (show_id, seller_id, title, running_order, created_us) VALUES (?, ?, 'a', '[]', 1)")
        .bind(show)
        .bind(seller)
        .execute(&pool)
        .await
        .unwrap();
    let order = Uuid::now_v7();
    for (state, order) in [("paid", Some(order)), ("held", None), ("released", None)] {
        query(
            "INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor, currency,
                 expires_us, paying_until_us, order_id, created_us) VALUES (?, ?, ?, ?, x'00', ?, 1580, 'CNY', 9, 8, ?, 7)",
        )
        .bind(Uuid::now_v7())
        .bind(seller)
        .bind(show)
        .bind(state)
        .bind(state)
        .bind(order)
        .execute(&pool)
        .await
        .unwrap();
    }
    for migration in after {
        sqlx::raw_sql(migration.sql).execute(&pool).await.unwrap();
    }
    let store = SqliteStore { write: pool.clone(), read: pool };
    let (seller, order) = (SellerId(seller), OrderId(order));
    let payment = store.begin_refund(seller, order).await.unwrap();
    assert_eq!((payment.state, payment.amount.minor), (PaymentState::Refunding, 1_580));
    let count: i64 = query_scalar("SELECT count(*) FROM payments").fetch_one(&store.read).await.unwrap();
    assert_eq!(count, 1, "what was not sold was not paid");
}
