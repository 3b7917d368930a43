//! Three devices of one seller sell for three days without a network, then all come back at once: how long until each of them and the
//! platform know every order. Prints one line of JSON. `converge [ORDERS]`, 5,000 by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use hawker_domain::{
    Currency, Money, OrderId, Sku,
    order::{Order, OrderLine, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use hawker_store::Store;
use hawker_sync::{PlatformClient, Sync};
use hawker_test_support::{HandClock, TestPlatform};
use hawker_wire::account::SignUp;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const DEVICES: usize = 3;
const OFFLINE_MS: i64 = 72 * 3_600 * 1_000;
const RECEIVED: i64 = 10_000;
/// Who takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(600);

fn milk() -> Sku {
    Sku::new("MILK").unwrap()
}

fn sale(number: usize) -> Order {
    let unit_price = Money::new(990, Currency::CNY);
    Order {
        id: OrderId(Uuid::now_v7()),
        source: OrderSource::Venue,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        lines: vec![OrderLine { sku: milk(), title: "纯牛奶".into(), qty: 1, unit_price, price_override: None }],
        total: unit_price,
        buyer: String::new(),
        placed_at_us: i64::try_from(number).unwrap(),
        payment: None,
    }
}

/// A device, signed in at the platform while it still had a network.
async fn device(platform: &TestPlatform, client: &PlatformClient) -> (Store, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open_keyed(dir.path(), [3; 32]).await.unwrap();
    Sync::new(store.clone(), client.clone()).sync_once().await.unwrap();
    assert!(platform.running().http.as_str().starts_with("http://127.0.0.1"));
    (store, dir)
}

async fn knows_all(store: &Store, orders: u64) -> bool {
    store.order_count().await.unwrap() == orders && store.pending_count().await.unwrap() == 0
}

#[tokio::main]
async fn main() {
    let orders: usize = std::env::args().nth(1).map_or(5_000, |text| text.parse().expect("a number of orders"));
    let clock = HandClock::default();
    let platform = TestPlatform::start_on(&clock).await;
    let client = PlatformClient::new(platform.http(), None);
    let form = SignUp {
        email: "anna@example.org".into(),
        password: "a long enough password".into(),
        shop_name: "Anna".into(),
    };
    client.sign_up(&form).await.unwrap();
    let mut devices = Vec::new();
    for _ in 0..DEVICES {
        devices.push(device(&platform, &client).await);
    }
    let goods = StockMovement { sku: milk(), delta: RECEIVED, reason: MovementReason::Received, order_id: None };
    devices[0].0.move_stock(&goods).await.unwrap();
    for number in 0..orders {
        devices[number % DEVICES].0.record_venue_sale(&sale(number)).await.unwrap();
    }
    clock.advance_ms(OFFLINE_MS);

    let began = Instant::now();
    let cancel = CancellationToken::new();
    let mut listeners = Vec::new();
    for (store, _) in &devices {
        let (events, mut heard) = mpsc::channel(256);
        tokio::spawn(Sync::new(store.clone(), client.clone()).run(cancel.clone(), events));
        listeners.push(tokio::spawn(async move { while heard.recv().await.is_some() {} }));
    }
    let want = u64::try_from(orders).unwrap();
    let converged = async {
        for (store, _) in &devices {
            while !knows_all(store, want).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    let is_done = tokio::time::timeout(PATIENCE, converged).await.is_ok();
    let seconds = began.elapsed().as_secs_f64();
    cancel.cancel();

    let expected = RECEIVED - i64::try_from(orders).unwrap();
    let app = platform.running().app();
    let at_platform = app.store.stock_level(client.seller_id().unwrap(), &milk()).await.unwrap().unwrap_or_default();
    let mut levels = vec![at_platform.on_hand];
    for (store, _) in &devices {
        levels.push(store.level(&milk()).await.unwrap().on_hand);
    }
    let agree = levels.iter().all(|level| *level == expected);
    let figures = serde_json::json!({
        "orders": orders, "devices": DEVICES, "offline_h": OFFLINE_MS / 3_600_000,
        "seconds": seconds, "converged": is_done && agree, "on_hand": levels, "expected": expected,
    });
    println!("{figures}");
}
