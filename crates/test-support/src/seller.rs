//! A seller's studio as far as the platform can tell, and a buyer.

use hawker_domain::{
    Currency, DeviceId, Money, OpId, SellerId, ShowId, ShowMs, Sku, TagId,
    stock::{MovementReason, StockMovement},
};
use hawker_wire::{
    account::{Device, RegisterDevice, SignUp, Tokens},
    catalogue::{Delist, Listing, PutCatalogue},
    feed::FeedPage,
    ops::{OpEnvelope, OpPayload, OpsApplied, PostOps},
    show::{CreateShow, PutPin, ShowCreated},
    viewer::{Pay, Receipt, Reservation, Reserve, ReserveLine},
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use url::Url;
use uuid::Uuid;

/// One account with one registered device.
pub struct TestSeller {
    pub client: Client,
    pub http: Url,
    pub email: String,
    pub seller_id: SellerId,
    pub tokens: Tokens,
    pub device: Device,
    next_seq: AtomicU64,
}

impl TestSeller {
    /// The password of every test seller.
    pub const PASSWORD: &'static str = "a long enough password";

    pub async fn sign_up(client: Client, http: Url, name: &str) -> Self {
        let email = format!("{name}@example.org");
        let form =
            SignUp { email: email.clone(), password: Self::PASSWORD.into(), shop_name: format!("{name}'s shop") };
        let request = client.post(http.join("/api/v1/accounts").unwrap()).json(&form);
        let tokens: Tokens = expect(request, StatusCode::CREATED).await;
        let device = Device { device_id: DeviceId(Uuid::now_v7()), epoch: 0, is_revoked: false };
        let next_seq = AtomicU64::new(1);
        let mut seller = Self { client, http, email, seller_id: tokens.seller_id, tokens, device, next_seq };
        seller.device = seller.ok(Method::POST, "/api/v1/devices", &seller.registration()).await;
        seller
    }

    /// How the device says who it is. It signs nothing, as studios from before signatures.
    pub fn registration(&self) -> RegisterDevice {
        let device_id = self.device.device_id;
        RegisterDevice { device_id, name: "studio".into(), public_key: None, restored: false }
    }

    /// A signed-in request.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.http.join(path).unwrap()).bearer_auth(&self.tokens.access_token)
    }

    /// A signed-in request with a body that must succeed and answers JSON.
    pub async fn ok<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> T {
        let response = self.request(method, path).json(body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Like `ok`, for answers without a body.
    pub async fn done(&self, method: Method, path: &str, body: &impl Serialize) {
        let response = self.request(method, path).json(body).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
    }

    /// Lists a product at a price in fen.
    pub async fn list(&self, sku: &str, minor: i64) {
        self.list_in(sku, minor, Currency::CNY).await;
    }

    /// The same in another currency.
    pub async fn list_in(&self, sku: &str, minor: i64, currency: Currency) {
        let listing = Listing {
            sku: Sku::new(sku).unwrap(),
            title: format!("Product {sku}"),
            brand: String::new(),
            category: String::new(),
            description: String::new(),
            price: Money::new(minor, currency),
        };
        self.done(Method::PUT, "/api/v1/catalogue", &PutCatalogue { listings: vec![listing] }).await;
    }

    /// Takes products off the shelf.
    pub async fn delist(&self, skus: &[&str]) {
        let form = Delist { skus: skus.iter().map(|sku| Sku::new(sku).unwrap()).collect() };
        self.done(Method::POST, "/api/v1/catalogue/delist", &form).await;
    }

    /// The next op of this device.
    pub fn op(&self, payload: &OpPayload) -> OpEnvelope {
        self.op_of_text(serde_json::to_string(payload).unwrap(), self.next_seq.fetch_add(1, Ordering::SeqCst))
    }

    /// An op with any payload and number.
    pub fn op_of_text(&self, payload: String, seq: u64) -> OpEnvelope {
        let hash = hex::encode(Sha256::digest(payload.as_bytes()));
        let Device { device_id, epoch, .. } = self.device;
        OpEnvelope {
            op_id: OpId(Uuid::now_v7()),
            device_id,
            epoch,
            seq,
            payload_version: 1,
            payload,
            hash,
            signature: String::new(),
        }
    }

    /// Posts ops, whatever comes of it.
    pub async fn post_ops(&self, ops: Vec<OpEnvelope>) -> Response {
        self.request(Method::POST, "/api/v1/ops")
            .json(&PostOps { ops, seen: None, acked_op: None })
            .send()
            .await
            .unwrap()
    }

    /// Goods come in, told by an op.
    pub async fn receive(&self, sku: &str, delta: i64) {
        let sku = Sku::new(sku).unwrap();
        let movement = StockMovement { sku, delta, reason: MovementReason::Received, order_id: None };
        let ops = vec![self.op(&OpPayload::stock_moved(movement))];
        let _: OpsApplied = self.ok(Method::POST, "/api/v1/ops", &PostOps { ops, seen: None, acked_op: None }).await;
    }

    /// Starts a show.
    pub async fn show(&self, title: &str) -> ShowCreated {
        let form = CreateShow { show_id: ShowId(Uuid::now_v7()), title: title.into(), running_order: vec![] };
        self.ok(Method::POST, "/api/v1/shows", &form).await
    }

    /// Pins a product, or takes the card away.
    pub async fn pin(&self, show: ShowId, sku: Option<&str>, at_ms: u64) {
        let sku = sku.map(|sku| Sku::new(sku).unwrap());
        let pin = PutPin { tag_id: TagId(Uuid::now_v7()), sku, variants: Vec::new(), at: ShowMs(at_ms) };
        self.done(Method::PUT, &format!("/api/v1/shows/{show}/pin"), &pin).await;
    }

    pub async fn feed(&self, after: u64, wait_ms: u64) -> FeedPage {
        let request = self.request(Method::GET, &format!("/api/v1/feed?after={after}&wait_ms={wait_ms}"));
        expect(request, StatusCode::OK).await
    }
}

/// A viewer asks for goods, whatever comes of it.
pub async fn reserve(client: &Client, http: &Url, show: ShowId, key: &str, lines: &[(&str, u32)]) -> Response {
    let line = |(sku, qty): &(&str, u32)| ReserveLine { sku: Sku::new(sku).unwrap(), qty: *qty };
    let form = Reserve { lines: lines.iter().map(line).collect(), at: Some(ShowMs(1_000)), coupon: None, viewer: None };
    let url = http.join(&format!("/api/v1/public/shows/{show}/reservations")).unwrap();
    client.post(url).header("Idempotency-Key", key).json(&form).send().await.unwrap()
}

/// A viewer reserves and pays one product.
pub async fn buy(client: &Client, http: &Url, show: ShowId, sku: &str, qty: u32) -> Receipt {
    let key = Uuid::now_v7().to_string();
    let held: Reservation = reserve(client, http, show, &key, &[(sku, qty)]).await.json().await.unwrap();
    pay(client, http, &held, &key).await
}

/// A viewer pays what was reserved.
pub async fn pay(client: &Client, http: &Url, held: &Reservation, key: &str) -> Receipt {
    let url = http.join(&format!("/api/v1/public/reservations/{}/pay", held.reservation_id)).unwrap();
    let form = Pay {
        secret: held.secret.clone(),
        card: "4242 4242 4242 4242".into(),
        name: "张小雨".into(),
        phone: "13812348000".into(),
        address: "上海市静安区南京西路 1 号".into(),
    };
    expect(client.post(url).header("Idempotency-Key", key).json(&form), StatusCode::OK).await
}

async fn expect<T: DeserializeOwned>(request: RequestBuilder, status: StatusCode) -> T {
    let response = request.send().await.unwrap();
    let (got, url, text) = (response.status(), response.url().clone(), response.text().await.unwrap());
    assert_eq!(got, status, "{url}: {text}");
    serde_json::from_str(&text).unwrap()
}
