//! A studio's side of a test: a store, a client, goods, a show.

use hawker_domain::{
    Currency, Money, OrderId, ShowId, Sku,
    order::{Order, OrderLine, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use hawker_store::{KeyPolicy, Store};
use hawker_sync::PlatformClient;
use hawker_test_support::TestPlatform;
use hawker_wire::{
    account::SignUp,
    catalogue::{Listing, PutCatalogue},
    show::{CreateShow, ShowCreated},
    viewer::PublicShow,
};
use std::path::Path;
use tempfile::TempDir;
use url::Url;
use uuid::Uuid;
use zeroize::Zeroizing;

pub async fn open(dir: &Path) -> Store {
    let passphrase = Some(Zeroizing::new("open sesame".to_owned()));
    Store::open(dir, KeyPolicy { passphrase, use_keychain: false }).await.unwrap()
}

pub async fn store() -> (Store, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (open(dir.path()).await, dir)
}

pub fn sku() -> Sku {
    Sku::new("MILK").unwrap()
}

pub fn received(delta: i64) -> StockMovement {
    StockMovement { sku: sku(), delta, reason: MovementReason::Received, order_id: None }
}

pub fn venue_sale(qty: u32) -> Order {
    let unit_price = Money::new(990, Currency::CNY);
    Order {
        id: OrderId(Uuid::now_v7()),
        source: OrderSource::Venue,
        state: OrderState::Paid,
        show_id: None,
        at: None,
        lines: vec![OrderLine { sku: sku(), title: "纯牛奶".into(), qty, unit_price, price_override: None }],
        total: unit_price.times(qty).unwrap(),
        buyer: String::new(),
        placed_at_us: 1,
        payment: None,
    }
}

/// A new account at `base`, with the product listed and a show to buy in.
pub async fn seller(base: Url, name: &str) -> (PlatformClient, ShowCreated) {
    let client = PlatformClient::new(base, None);
    let form = SignUp {
        email: format!("{name}@example.org"),
        password: "a long enough password".into(),
        shop_name: name.into(),
    };
    client.sign_up(&form).await.unwrap();
    let listing = Listing {
        sku: sku(),
        title: "纯牛奶".into(),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(990, Currency::CNY),
    };
    client.put_catalogue(&PutCatalogue { listings: vec![listing] }).await.unwrap();
    let form = CreateShow { show_id: ShowId(Uuid::now_v7()), title: "Friday".into(), running_order: vec![] };
    let show = client.create_show(&form).await.unwrap();
    (client, show)
}

/// What the platform would still sell.
pub async fn on_shelf(platform: &TestPlatform, show: &ShowCreated) -> i64 {
    let url = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    let page: PublicShow = platform.client.get(url).send().await.unwrap().json().await.unwrap();
    page.shelf.iter().find(|product| product.sku == sku()).unwrap().available
}
