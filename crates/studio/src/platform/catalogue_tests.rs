#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use hawker_domain::{Currency, Money, ProductId};
use hawker_store::KeyPolicy;
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{
    account::{LogIn, Tokens},
    show::ShowCreated,
    viewer::PublicShow,
};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use uuid::Uuid;
use zeroize::Zeroizing;

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn product(name: &str) -> Product {
    Product {
        id: ProductId(Uuid::now_v7()),
        sku: sku(name),
        title: format!("title of {name}"),
        brand: String::new(),
        category: String::new(),
        description: String::new(),
        price: Money::new(1_580, Currency::CNY),
        cost: None,
        barcode: String::new(),
        aliases: vec![],
        variant: None,
    }
}

async fn store_with(names: &[&str]) -> (Store, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let passphrase = Some(Zeroizing::new("open sesame".to_owned()));
    let store = Store::open(dir.path(), KeyPolicy { passphrase, use_keychain: false }).await.unwrap();
    for name in names {
        store.put_product(&product(name)).await.unwrap();
    }
    (store, dir)
}

async fn client_of(platform: &TestPlatform, seller: &TestSeller) -> PlatformClient {
    let client = PlatformClient::new(platform.http(), None);
    client.log_in(&LogIn { email: seller.email.clone(), password: TestSeller::PASSWORD.into() }).await.unwrap();
    client
}

async fn shelf(platform: &TestPlatform, show: &ShowCreated) -> Vec<String> {
    let url = platform.url(&format!("/api/v1/public/shows/{}", show.show_id));
    let page: PublicShow = platform.client.get(url).send().await.unwrap().json().await.unwrap();
    page.shelf.into_iter().map(|product| product.sku.to_string()).collect()
}

#[test]
fn what_is_new_and_what_is_gone_follows_from_both_sides() {
    let table: [[&[&str]; 4]; 5] = [
        [&[], &[], &[], &[]],
        [&["A", "B"], &[], &["A", "B"], &[]],
        [&["A", "B"], &["A", "B"], &[], &[]],
        [&["B", "C"], &["B", "A", "Z"], &["C"], &["A", "Z"]],
        [&[], &["A"], &[], &["A"]],
    ];
    for [here, told, new, gone] in table {
        let products: Vec<Product> = here.iter().map(|name| product(name)).collect();
        let told = told.iter().map(|name| (sku(name), None)).collect();
        let want = |names: &[&str]| -> Vec<Sku> { names.iter().map(|name| sku(name)).collect() };
        assert_eq!(unpublished(&products, &told), want(new), "{here:?} against {told:?}");
        assert_eq!(removed(&products, &told), want(gone), "{here:?} against {told:?}");
    }
}

#[tokio::test]
async fn a_product_removed_while_the_platform_was_away_leaves_its_shelf_when_it_is_back() {
    let mut platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    let (store, _dir) = store_with(&["A", "B", "C"]).await;
    let client = client_of(&platform, &seller).await;
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "C"]);

    store.remove_product(&sku("B")).await.unwrap();
    let http = platform.http();
    platform.stop().await;
    let failed = publish_listings(&store, &client, &mut Refusals::default()).await.unwrap_err();
    assert!(failed.retryable, "{failed}");
    platform.start_again(&http).await;
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["A", "C"], "nothing is forgotten");
    assert_eq!(store.published(seller.seller_id).await.unwrap().len(), 2);

    store.put_product(&product("B")).await.unwrap();
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "C"], "what is put back is sold again");
}

#[tokio::test]
async fn what_another_device_of_the_seller_sells_is_left_alone() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    seller.list("THEIRS", 100).await;
    let (store, _dir) = store_with(&["MINE"]).await;
    let client = client_of(&platform, &seller).await;
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    store.remove_product(&sku("MINE")).await.unwrap();
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["THEIRS"]);
}

#[tokio::test]
async fn a_product_with_an_absurd_price_is_named_and_keeps_none_of_the_others_off_the_shelf() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    let names = ["A", "B", "C", "D", "E", "F", "G"];
    let (store, _dir) = store_with(&names).await;
    let client = client_of(&platform, &seller).await;
    let mut refusals = Refusals::default();
    assert_eq!(publish_listings(&store, &client, &mut refusals).await.unwrap(), []);
    let absurd = Money::new(i64::MAX, Currency::CNY);
    for name in ["C", "G"] {
        store.put_product(&Product { price: absurd, ..product(name) }).await.unwrap();
    }
    let cheap = Product { price: Money::new(990, Currency::CNY), ..product("D") };
    store.put_product(&cheap).await.unwrap();
    let mut refused = publish_listings(&store, &client, &mut refusals).await.unwrap();
    refused.sort_by(|one, other| one.sku.cmp(&other.sku));
    let told: Vec<_> = refused.iter().map(|one| (one.sku.as_str(), one.title.as_str(), one.why.code)).collect();
    let [first, second] = [("C", "title of C"), ("G", "title of G")];
    assert_eq!(told, [(first.0, first.1, ErrorCode::BadInput), (second.0, second.1, ErrorCode::BadInput)]);
    assert!(refused[0].why.message.contains("price"), "{}", refused[0].why);
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "D", "E", "F"], "no product is sold at a price of before");
    let page = platform.running().app().store.show_page(show.show_id).await.unwrap().unwrap();
    assert_eq!(page.shelf[2].price.minor, 990, "the others are up to date");

    store.put_product(&product("C")).await.unwrap();
    let still = publish_listings(&store, &client, &mut refusals).await.unwrap();
    assert_eq!(still, refused[1..], "told again, for it is still so");
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "C", "D", "E", "F"], "what is put right is sold");
}

#[test]
fn a_listing_that_was_refused_is_not_asked_again_before_it_changes() {
    let mut refusals = Refusals::default();
    let why = Failure::new(ErrorCode::BadInput, "too dear");
    refusals.note(&product("A"), why.clone());
    refusals.note(&product("B"), why.clone());
    let here = [product("A"), Product { price: Money::new(1, Currency::CNY), ..product("B") }, product("C")];
    refusals.forget_changed(&here);
    assert_eq!(here.each_ref().map(|one| refusals.has(&one.sku)), [true, false, false]);
    assert_eq!(refusals.of(&here), [RefusedListing { sku: sku("A"), title: "title of A".into(), why }]);
    refusals.forget_changed(&here[1..]);
    assert!(!refusals.has(&sku("A")), "what was removed is forgotten");
}

/// A picture in one colour.
fn picture(shade: u8) -> Vec<u8> {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(32, 32, image::Rgb([shade; 3]));
    pixels.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

/// Something that answers every request the same, and a client that is signed in there.
async fn answers_always(status: &'static str, body: String) -> PlatformClient {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        loop {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).await.unwrap() > 2 {
                if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            stream.read_exact(&mut vec![0; length]).await.unwrap();
            let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    let seller_id = SellerId(Uuid::now_v7());
    let tokens = Tokens { seller_id, access_token: "a".into(), refresh_token: "r".into(), expires_in_s: 900 };
    PlatformClient::new(base, Some(tokens))
}

#[tokio::test]
async fn a_page_in_the_platforms_place_takes_nothing_off_the_shelf() {
    let (store, _dir) = store_with(&["A", "B"]).await;
    let client = answers_always("404 Not Found", "<html>back soon</html>".into()).await;
    let mut refusals = Refusals::default();
    let failed = publish_listings(&store, &client, &mut refusals).await.unwrap_err();
    assert!(failed.retryable, "{failed}");
    assert_eq!(store.published(client.seller_id().unwrap()).await.unwrap().len(), 2);
    assert!(!refusals.has(&sku("A")), "nothing was refused");
}

#[tokio::test]
async fn products_refused_for_no_reason_of_their_own_are_told_and_asked_again() {
    let (store, _dir) = store_with(&["A", "B"]).await;
    let why = Failure::new(ErrorCode::Forbidden, "this account may not sell");
    let client = answers_always("403 Forbidden", serde_json::to_string(&why).unwrap()).await;
    let mut refusals = Refusals::default();
    let refused = publish_listings(&store, &client, &mut refusals).await.unwrap();
    let told: Vec<_> = refused.iter().map(|one| (one.sku.as_str(), &one.why)).collect();
    assert_eq!(told, [("A", &why), ("B", &why)]);
    assert!(!refusals.has(&sku("A")), "they may be taken next time");
}

/// Noise: a picture that stays large, however it is written.
fn noise() -> Vec<u8> {
    let mut last = 1_u32;
    let mut next = || {
        last = last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (last >> 24) as u8
    };
    let pixels = image::RgbImage::from_fn(1_600, 1_600, |_, _| image::Rgb([next(), next(), next()]));
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 100).encode_image(&pixels).unwrap();
    jpeg.into_inner()
}

#[tokio::test]
async fn a_photo_that_is_removed_here_is_removed_there() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    let (store, _dir) = store_with(&["A", "B"]).await;
    let client = client_of(&platform, &seller).await;
    publish_listings(&store, &client, &mut Refusals::default()).await.unwrap();
    let first = store.add_photo(&sku("A"), &picture(40)).await.unwrap();
    let second = store.add_photo(&sku("A"), &picture(200)).await.unwrap();
    let shown = async || {
        put_photos(&store, &client).await.unwrap();
        let page = platform.running().app().store.show_page(show.show_id).await.unwrap().unwrap();
        page.shelf[0].photo_url.clone()
    };
    let before = shown().await.unwrap();
    store.remove_photo(first).await.unwrap();
    assert_ne!(shown().await.unwrap(), before, "the next photo takes its place");
    store.remove_photo(second).await.unwrap();
    assert_eq!(shown().await, None);
    let kept = platform.client.get(platform.url(&before)).send().await.unwrap();
    assert_eq!(kept.status(), 404, "nobody who kept the address sees it either");
    assert_eq!(store.published(seller.seller_id).await.unwrap().get(&sku("A")), Some(&None));
    let back = store.add_photo(&sku("A"), &picture(40)).await.unwrap();
    assert_eq!(shown().await, Some(before), "put back, it is shown again");
    let large = store.add_photo(&sku("A"), &noise()).await.unwrap();
    assert!(store.photo(large).await.unwrap().len() > PHOTO_LIMIT);
    store.remove_photo(back).await.unwrap();
    assert_eq!(shown().await, None, "it goes although the next one is too large to take its place");
}

#[test]
fn what_a_piece_costs_the_seller_is_in_no_listing() {
    let cost = Some(Money::new(61_728, Currency::CNY));
    let text = serde_json::to_string(&listing(&Product { cost, ..product("A") })).unwrap();
    assert!(text.contains("1580") && !text.contains("cost") && !text.contains("61728"), "{text}");
}
