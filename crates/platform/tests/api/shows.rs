//! Shows as the studio makes them and as the page sees them.

use crate::{body, failure};
use futures_util::StreamExt;
use hawker_domain::{Currency, Money, ShowMs, Sku, failure::FailureWhy};
use hawker_platform::hub::{PublishGate, PublishRefused};
use hawker_platform::services::gate::Gate;
use hawker_test_support::{TestPlatform, TestSeller, buy, reserve};
use hawker_wire::{
    ErrorCode,
    catalogue::{Listing, PutCatalogue},
    show::{CreateShow, PutRunningOrder, ShowCreated},
    viewer::{
        Action, Behaviour, OpenOffer, Pay, PublicPin, PublicShow, Receipt, Reservation, Say, ShowUpdate, Viewers,
    },
};
use reqwest::{Method, Response, StatusCode};
use std::{sync::Arc, time::Duration};

/// Reads the updates of a show one by one.
pub(crate) struct Updates {
    response: Response,
    text: String,
}

impl Updates {
    pub(crate) async fn of(platform: &TestPlatform, show: &ShowCreated) -> Self {
        let url = platform.url(&format!("/api/v1/public/shows/{}/events", show.show_id));
        let response = platform.client.get(url).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: String::new() }
    }

    /// The next update that is not a count of viewers, which comes when it comes. Nor one of offers: these shows have none.
    async fn next(&mut self) -> ShowUpdate {
        loop {
            match self.any().await {
                ShowUpdate::Viewers { .. } => {}
                ShowUpdate::Offers { open, .. } if open.is_empty() => {}
                update => return update,
            }
        }
    }

    /// What the page is told of offers next.
    pub(crate) async fn offers(&mut self) -> Vec<OpenOffer> {
        loop {
            if let ShowUpdate::Offers { open, .. } = self.any().await {
                return open;
            }
        }
    }

    async fn any(&mut self) -> ShowUpdate {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let Some(data) = event.lines().find_map(|line| line.strip_prefix("data: ")) else { continue };
                let update: ShowUpdate = serde_json::from_str(data).unwrap();
                let kind = serde_json::to_value(&update).unwrap()["kind"].as_str().unwrap().to_owned();
                assert!(event.contains(&format!("event: {kind}")), "{event}");
                return update;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.response.chunk()).await;
            let bytes = chunk.expect("an update comes").unwrap().expect("the stream goes on");
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

pub(crate) async fn page(platform: &TestPlatform, show: &ShowCreated) -> PublicShow {
    let url = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    body(platform.client.get(url).send().await.unwrap()).await
}

fn stock(available: i64) -> ShowUpdate {
    ShowUpdate::stock(Sku::new("A").unwrap(), available)
}

fn shelf(skus: &[&str]) -> ShowUpdate {
    ShowUpdate::Shelf { skus: skus.iter().map(|sku| Sku::new(sku).unwrap()).collect() }
}

#[tokio::test]
async fn how_many_watch_is_answered_without_the_shelf() {
    let platform = TestPlatform::start().await;
    let show = platform.seller("ada").await.show("a").await;
    let count = async |show: &dyn std::fmt::Display| {
        let url = platform.url(&format!("/api/v1/public/shows/{show}/viewers"));
        platform.client.get(url).send().await.unwrap()
    };
    assert_eq!(body::<Viewers>(count(&show.show_id).await).await.viewers, 0);
    let mut page = Updates::of(&platform, &show).await;
    page.next().await;
    assert_eq!(body::<Viewers>(count(&show.show_id).await).await.viewers, 1);
    let missing = count(&uuid::Uuid::now_v7()).await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_page_hears_first_how_things_are_and_then_every_change() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.list("A", 100).await;
    seller.receive("A", 5).await;
    let show = seller.show("a").await;
    seller.pin(show.show_id, Some("A"), 1_200).await;
    let pin = |sku: Option<&str>, at| {
        ShowUpdate::Pin(PublicPin { sku: sku.map(|sku| Sku::new(sku).unwrap()), variants: vec![], at: ShowMs(at) })
    };

    let mut updates = Updates::of(&platform, &show).await;
    assert_eq!(updates.next().await, pin(Some("A"), 1_200));
    assert_eq!(updates.next().await, shelf(&["A"]));
    assert_eq!(updates.next().await, stock(5));
    assert_eq!(updates.next().await, ShowUpdate::Live { live: false });
    assert_eq!(page(&platform, &show).await.viewers, 1, "this page");

    seller.pin(show.show_id, None, 2_000).await;
    assert_eq!(updates.next().await, pin(None, 2_000), "and the shelf is what it was");
    seller.receive("A", 2).await;
    assert_eq!(updates.next().await, stock(7), "stock told by the studio's op");
    buy(&platform.client, &platform.http(), show.show_id, "A", 3).await;
    assert_eq!(updates.next().await, stock(4), "stock taken by a buyer");
    let say = Say { id: None, from: " 小雨 ".into(), text: "多少钱?".into(), at: Some(ShowMs(5)) };
    let chat = platform.url(&format!("/api/v1/public/shows/{}/chat", show.show_id));
    assert!(platform.client.post(chat.clone()).json(&say).send().await.unwrap().status().is_success());
    assert_eq!(updates.next().await, ShowUpdate::Chat { from: "小雨".into(), text: "多少钱?".into() });

    let end = format!("/api/v1/shows/{}/end", show.show_id);
    for _ in 0..2 {
        assert!(seller.request(Method::POST, &end).send().await.unwrap().status().is_success());
    }
    assert_eq!(updates.next().await, ShowUpdate::Ended);
    let after = platform.client.post(chat).json(&say).send().await.unwrap();
    assert_eq!(failure(after).await.1.code, ErrorCode::NotLive, "an ended show is silent");
}

/// It knows the running order alone, and can ask about nothing else.
#[tokio::test]
async fn an_open_page_hears_what_is_sold_before_it_is_asked_which_variant() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    for sku in ["A", "RED", "BLUE"] {
        seller.list(sku, 100).await;
    }
    let show = seller.show("a").await;
    let order = PutRunningOrder { running_order: vec![Sku::new("A").unwrap()] };
    seller.done(Method::PUT, &format!("/api/v1/shows/{}/running-order", show.show_id), &order).await;
    let mut updates = Updates::of(&platform, &show).await;
    while !matches!(updates.next().await, ShowUpdate::Live { .. }) {}

    let skus = |names: &[&str]| names.iter().map(|sku| Sku::new(sku).unwrap()).collect::<Vec<_>>();
    let path = format!("/api/v1/shows/{}/pin", show.show_id);
    let pin = |sku: &str, variants: &[&str], at| hawker_wire::show::PutPin {
        tag_id: hawker_domain::TagId(uuid::Uuid::now_v7()),
        sku: Some(Sku::new(sku).unwrap()),
        variants: skus(variants),
        at: ShowMs(at),
    };
    let put = |pin| seller.request(Method::PUT, &path).json(&pin).send();
    assert!(put(pin("RED", &["RED", "BLUE"], 10)).await.unwrap().status().is_success());
    let open = PublicPin { sku: Some(Sku::new("RED").unwrap()), variants: skus(&["RED", "BLUE"]), at: ShowMs(10) };
    assert_eq!(updates.next().await, shelf(&["A", "BLUE", "RED"]));
    assert_eq!(updates.next().await, ShowUpdate::Pin(open));
    assert!(put(pin("BLUE", &[], 20)).await.unwrap().status().is_success());
    let known = PublicPin { sku: Some(Sku::new("BLUE").unwrap()), variants: Vec::new(), at: ShowMs(20) };
    assert_eq!(updates.next().await, ShowUpdate::Pin(known), "the shelf is what it was");
}

#[tokio::test]
async fn a_page_that_fell_behind_gets_a_fresh_snapshot() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.list("A", 100).await;
    let show = seller.show("a").await;
    let app = Arc::clone(platform.running().app());
    let mut updates =
        Box::pin(hawker_platform::services::updates::listen(Arc::clone(&app), show.show_id).await.unwrap());
    for _ in 0..6 {
        updates.next().await.unwrap();
    }
    for number in 0..2_000 {
        app.bus.tell(show.show_id, stock(number));
    }
    let next = updates.next().await.unwrap();
    assert!(matches!(next, ShowUpdate::Pin(PublicPin { sku: None, .. })), "a snapshot begins with the pin: {next:?}");
    assert_eq!(updates.next().await.unwrap(), shelf(&["A"]), "then what is sold");
    assert_eq!(updates.next().await.unwrap(), stock(0), "and tells the stock as it is, not as it was");
}

#[tokio::test]
async fn the_shelf_follows_the_running_order_and_whatever_is_pinned() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    for sku in ["A", "B", "C", "D"] {
        seller.list(sku, 100).await;
    }
    let all = seller.show("all").await;
    let skus = |page: &PublicShow| page.shelf.iter().map(|p| p.sku.to_string()).collect::<Vec<_>>();
    assert_eq!(skus(&page(&platform, &all).await), ["A", "B", "C", "D"], "without an order, the catalogue");
    let form = CreateShow {
        show_id: hawker_domain::ShowId(uuid::Uuid::now_v7()),
        title: "some".into(),
        running_order: ["C", "A", "gone", "C"].map(|sku| Sku::new(sku).unwrap()).to_vec(),
    };
    let some: ShowCreated = seller.ok(Method::POST, "/api/v1/shows", &form).await;
    assert_eq!(skus(&page(&platform, &some).await), ["C", "A"]);
    seller.pin(some.show_id, Some("D"), 10).await;
    let seen = page(&platform, &some).await;
    assert_eq!(skus(&seen), ["C", "A", "D"], "what is pinned is on the shelf");
    assert_eq!(seen.pin, Some(PublicPin { sku: Some(Sku::new("D").unwrap()), variants: vec![], at: ShowMs(10) }));
    assert_eq!((seen.shop_name.as_str(), seen.live), ("ada's shop", false));
    assert_eq!(seen.flv_url, format!("/live/{}.flv", some.show_id));
    let pin = |sku: &str, variants: &[&str]| hawker_wire::show::PutPin {
        tag_id: hawker_domain::TagId(uuid::Uuid::now_v7()),
        sku: Some(Sku::new(sku).unwrap()),
        variants: variants.iter().map(|sku| Sku::new(sku).unwrap()).collect(),
        at: ShowMs(11),
    };
    let put = |pin| seller.request(Method::PUT, &format!("/api/v1/shows/{}/pin", some.show_id)).json(&pin).send();
    assert_eq!(failure(put(pin("gone", &[])).await.unwrap()).await.0, StatusCode::NOT_FOUND);
    assert!(put(pin("A", &["A", "B"])).await.unwrap().status().is_success());
    let seen = page(&platform, &some).await;
    assert_eq!(seen.pin.clone().unwrap().variants.len(), 2, "whoever opens the page now is asked which");
    assert_eq!(skus(&seen), ["C", "A", "B", "D"], "and can buy any of them");
    seller.pin(some.show_id, Some("A"), 12).await;
    assert_eq!(page(&platform, &some).await.pin.unwrap().variants, []);
}

/// Lists so many products that a shelf does not hold them: S000, S001 and so on, and `more` after them.
async fn list_many(seller: &TestSeller, more: &[&str]) {
    let listing = |name: String| Listing {
        sku: Sku::new(&name).unwrap(),
        title: name,
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(100, Currency::CNY),
    };
    let names = (0..450).map(|number| format!("S{number:03}")).chain(more.iter().map(|name| (*name).to_owned()));
    seller.done(Method::PUT, "/api/v1/catalogue", &PutCatalogue { listings: names.map(listing).collect() }).await;
}

#[tokio::test]
async fn what_is_pinned_now_is_on_the_shelf_however_much_else_is_sold() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let skus = |names: &[&str]| names.iter().map(|sku| Sku::new(sku).unwrap()).collect::<Vec<_>>();
    list_many(&seller, &["Y", "Z"]).await;
    let show = seller.show("a").await;
    let path = format!("/api/v1/shows/{}/pin", show.show_id);
    let pin = hawker_wire::show::PutPin {
        tag_id: hawker_domain::TagId(uuid::Uuid::now_v7()),
        sku: Some(Sku::new("gone").unwrap()),
        variants: skus(&["gone", "Y", "Z"]),
        at: ShowMs(10),
    };
    assert!(seller.request(Method::PUT, &path).json(&pin).send().await.unwrap().status().is_success());
    let seen = page(&platform, &show).await;
    let want = PublicPin { sku: Some(Sku::new("Y").unwrap()), variants: skus(&["Y", "Z"]), at: ShowMs(10) };
    assert_eq!(seen.pin, Some(want), "one that is not sold is no choice");
    let on_shelf = |sku: &str| seen.shelf.iter().any(|product| product.sku.as_str() == sku);
    assert!(on_shelf("Y") && on_shelf("Z") && on_shelf("S000"));
    assert!(!on_shelf("S449"), "there is an end to what a phone scrolls through");
    assert!(seen.shelf.is_sorted_by_key(|product| product.title.clone()), "in the order of before");
}

#[tokio::test]
async fn a_pin_leaves_the_rest_of_a_shelf_alone_that_has_more_than_is_shown() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    list_many(&seller, &[]).await;
    let show = seller.show("a").await;
    let mut updates = Updates::of(&platform, &show).await;
    while updates.next().await != (ShowUpdate::Live { live: false }) {}
    for (sku, at) in [(Some("S000"), 10), (None, 20), (Some("S001"), 30)] {
        seller.pin(show.show_id, sku, at).await;
        let next = updates.next().await;
        assert!(matches!(next, ShowUpdate::Pin(_)), "no page has anything to read anew: {sku:?}");
    }
}

#[tokio::test]
async fn a_delisted_product_leaves_the_pages_and_its_buyers_keep_what_they_hold() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    for sku in ["A", "B"] {
        seller.list(sku, 100).await;
        seller.receive(sku, 5).await;
    }
    let show = seller.show("a").await;
    seller.pin(show.show_id, Some("A"), 10).await;
    let (client, http) = (&platform.client, platform.http());
    let held: Reservation = body(reserve(client, &http, show.show_id, "k", &[("A", 2)]).await).await;
    let mut updates = Updates::of(&platform, &show).await;
    while updates.next().await != (ShowUpdate::Live { live: false }) {}

    seller.delist(&["A", "unknown"]).await;
    assert_eq!(updates.next().await, shelf(&["B"]));
    let seen = page(&platform, &show).await;
    assert_eq!((seen.shelf.len(), seen.pin), (1, None), "off the shelf, off the card");
    let (status, told) = failure(reserve(client, &http, show.show_id, "k2", &[("A", 1)]).await).await;
    assert_eq!((status, told.code), (StatusCode::CONFLICT, ErrorCode::OutOfStock), "nobody new gets it");
    let again: Reservation = body(reserve(client, &http, show.show_id, "k", &[("A", 2)]).await).await;
    assert_eq!(again.reservation_id, held.reservation_id, "a repeated request answers as before");
    let pay = Pay {
        secret: held.secret,
        card: "4242".into(),
        name: "张小雨".into(),
        phone: String::new(),
        address: String::new(),
    };
    let url = platform.url(&format!("/api/v1/public/reservations/{}/pay", held.reservation_id));
    let receipt: Receipt = body(client.post(url).header("Idempotency-Key", "p").json(&pay).send().await.unwrap()).await;
    assert_eq!(receipt.total.minor, 200, "what was held is paid at the price that was shown");
    let level = platform.running().app().store.stock_level(seller.seller_id, &Sku::new("A").unwrap()).await.unwrap();
    assert_eq!(level.map(|level| (level.on_hand, level.reserved)), Some((3, 0)));

    seller.delist(&["A"]).await;
    seller.list("A", 120).await;
    assert_eq!(updates.next().await, shelf(&["A", "B"]), "said twice is no news; listed again, it is back");
    assert_eq!(page(&platform, &show).await.shelf[0].available, 3);
}

#[tokio::test]
async fn a_running_order_changed_on_air_is_the_shelf_of_every_open_page() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    for sku in ["A", "B", "C"] {
        seller.list(sku, 100).await;
    }
    let show = seller.show("a").await;
    let mut updates = Updates::of(&platform, &show).await;
    while updates.next().await != (ShowUpdate::Live { live: false }) {}
    let path = format!("/api/v1/shows/{}/running-order", show.show_id);
    let order = |skus: &[&str]| PutRunningOrder { running_order: skus.iter().map(|s| Sku::new(s).unwrap()).collect() };
    for (given, sold) in [
        (&["C", "A"][..], &["C", "A"][..]),
        (&["B", "gone", "C"], &["B", "C"]),
        // Nothing chosen: everything is sold.
        (&[], &["A", "B", "C"]),
    ] {
        for _ in 0..2 {
            seller.done(Method::PUT, &path, &order(given)).await;
        }
        assert_eq!(updates.next().await, shelf(sold), "{given:?}, told once");
        let seen = page(&platform, &show).await.shelf;
        assert_eq!(seen.iter().map(|product| product.sku.as_str()).collect::<Vec<_>>(), sold);
    }
    let many: Vec<String> = (0..501).map(|number| format!("S{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = seller.request(Method::PUT, &path).json(&order(&many)).send().await.unwrap();
    let refused = failure(refused).await.1;
    let why = refused.reason.map(|reason| reason.why);
    assert_eq!((refused.code, why), (ErrorCode::BadInput, Some(FailureWhy::RunningOrderTooLong)));
    seller.request(Method::POST, &format!("/api/v1/shows/{}/end", show.show_id)).send().await.unwrap();
    let late = seller.request(Method::PUT, &path).json(&order(&["A"])).send().await.unwrap();
    assert_eq!(failure(late).await.1.code, ErrorCode::NotLive);
}

#[tokio::test]
async fn a_publish_token_is_good_for_its_show_until_it_is_replaced_or_the_show_ends() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let gate = Gate(Arc::clone(platform.running().app()));
    let token = |show: &ShowCreated| show.ingest_urls[0].rsplit_once('/').unwrap().1.to_owned();
    let form =
        CreateShow { show_id: hawker_domain::ShowId(uuid::Uuid::now_v7()), title: "a".into(), running_order: vec![] };
    let first: ShowCreated = seller.ok(Method::POST, "/api/v1/shows", &form).await;
    assert!(first.ingest_urls[0].starts_with(&format!("{}/", platform.rtmp())));
    assert_eq!(first.viewer_url, platform.url(&format!("/s/{}", form.show_id)).as_str());
    assert_eq!(gate.authorise("guess").await, Err(PublishRefused::UnknownToken));
    assert_eq!(gate.authorise(&token(&first)).await, Ok(form.show_id));
    assert_eq!(gate.authorise(&token(&first)).await, Err(PublishRefused::AlreadyPublishing));
    gate.on_stream(form.show_id, true).await;
    assert!(page(&platform, &first).await.live);
    gate.on_stream(form.show_id, false).await;
    assert!(!page(&platform, &first).await.live);

    let second: ShowCreated = seller.ok(Method::POST, "/api/v1/shows", &form).await;
    assert_ne!(token(&first), token(&second), "asked twice: one show, a fresh token");
    assert_eq!(gate.authorise(&token(&first)).await, Err(PublishRefused::UnknownToken));
    assert_eq!(gate.authorise(&token(&second)).await, Ok(form.show_id));
    gate.on_stream(form.show_id, false).await;
    seller.request(Method::POST, &format!("/api/v1/shows/{}/end", form.show_id)).send().await.unwrap();
    assert_eq!(gate.authorise(&token(&second)).await, Err(PublishRefused::UnknownToken));
    let again = seller.request(Method::POST, "/api/v1/shows").json(&form).send().await.unwrap();
    assert_eq!(failure(again).await.1.code, ErrorCode::Conflict, "an ended show does not come back");
}

#[tokio::test]
async fn a_photo_is_served_under_the_hash_of_what_it_shows() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    seller.list("红 L", 100).await;
    let mut jpeg = Vec::new();
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([200, 30, 30]));
    picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new(&mut jpeg)).unwrap();
    let put = |sku: &str, body: Vec<u8>| {
        let path = format!("/api/v1/catalogue/{sku}/photo");
        seller.request(Method::PUT, &path).header("content-type", "image/jpeg").body(body).send()
    };
    assert_eq!(put("红 L", jpeg.clone()).await.unwrap().status(), StatusCode::OK);
    let show = seller.show("a").await;
    let url = page(&platform, &show).await.shelf[0].photo_url.clone().unwrap();
    let photo = platform.client.get(platform.url(&url)).send().await.unwrap();
    assert_eq!(photo.headers()["content-type"], "image/jpeg");
    assert!(photo.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    let served = image::load_from_memory(&photo.bytes().await.unwrap()).unwrap();
    assert_eq!((served.width(), served.height()), (64, 48));

    let (status, _) = failure(put("nothing", jpeg.clone()).await.unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, told) = failure(put("红 L", b"<svg onload=alert(1)>".to_vec()).await.unwrap()).await;
    assert_eq!((status, told.code), (StatusCode::BAD_REQUEST, ErrorCode::BadInput), "a photo that is not one");
    let (status, _) = failure(put("红 L", vec![0xff; 2 * 1024 * 1024 + 1]).await.unwrap()).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "larger than 2 MiB");

    let bob = platform.seller("bob").await;
    let path = "/api/v1/catalogue/红 L/photo";
    let removed_by = async |seller: &TestSeller| {
        let status = seller.request(Method::DELETE, path).send().await.unwrap().status();
        assert_eq!(status, StatusCode::NO_CONTENT);
        page(&platform, &show).await.shelf[0].photo_url.is_none()
    };
    assert!(!removed_by(&bob).await, "another seller's product of that name is another one");
    assert!(removed_by(&seller).await);
    assert!(removed_by(&seller).await, "said twice it is said once");
    assert_eq!(platform.client.get(platform.url(&url)).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_viewers_do_is_kept() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("a").await;
    let url = platform.url(&format!("/api/v1/public/shows/{}/events", show.show_id));
    for action in [Action::View, Action::Dwell, Action::Click, Action::Like, Action::Cart, Action::Buy] {
        let seen = Behaviour { action, sku: Some(Sku::new("A").unwrap()), at: Some(ShowMs(u64::MAX)) };
        let response = platform.client.post(url.clone()).json(&seen).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
    }
}
