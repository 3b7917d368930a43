#![allow(clippy::unwrap_used, clippy::indexing_slicing)]
use super::*;
use hawker_domain::{Currency, Money, ProductId};
use hawker_store::KeyPolicy;
use hawker_test_support::{TestPlatform, TestSeller};
use hawker_wire::{account::LogIn, show::ShowCreated, viewer::PublicShow};
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
        barcode: String::new(),
        aliases: vec![],
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
        let want =
            Difference { new: new.iter().map(|s| sku(s)).collect(), gone: gone.iter().map(|s| sku(s)).collect() };
        assert_eq!(difference(&products, &told), want, "{here:?} against {told:?}");
    }
}

#[tokio::test]
async fn a_product_removed_while_the_platform_was_away_leaves_its_shelf_when_it_is_back() {
    let mut platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    let (store, _dir) = store_with(&["A", "B", "C"]).await;
    let client = client_of(&platform, &seller).await;
    publish_listings(&store, &client).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "C"]);

    store.remove_product(&sku("B")).await.unwrap();
    let http = platform.http();
    platform.stop().await;
    let failed = publish_listings(&store, &client).await.unwrap_err();
    assert!(failed.retryable, "{failed}");
    platform.start_again(&http).await;
    publish_listings(&store, &client).await.unwrap();
    assert_eq!(shelf(&platform, &show).await, ["A", "C"], "nothing is forgotten");
    assert_eq!(store.published(seller.seller_id).await.unwrap().len(), 2);

    store.put_product(&product("B")).await.unwrap();
    publish_listings(&store, &client).await.unwrap();
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
    publish_listings(&store, &client).await.unwrap();
    store.remove_product(&sku("MINE")).await.unwrap();
    publish_listings(&store, &client).await.unwrap();
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
    assert_eq!(publish_listings(&store, &client).await.unwrap(), []);
    let absurd = Money::new(i64::MAX, Currency::CNY);
    for name in ["C", "G"] {
        store.put_product(&Product { price: absurd, ..product(name) }).await.unwrap();
    }
    let cheap = Product { price: Money::new(990, Currency::CNY), ..product("D") };
    store.put_product(&cheap).await.unwrap();
    let mut refused = publish_listings(&store, &client).await.unwrap();
    refused.sort_by(|one, other| one.sku.cmp(&other.sku));
    let told: Vec<_> = refused.iter().map(|one| (one.sku.as_str(), one.title.as_str(), one.why.code)).collect();
    let [first, second] = [("C", "title of C"), ("G", "title of G")];
    assert_eq!(told, [(first.0, first.1, ErrorCode::BadInput), (second.0, second.1, ErrorCode::BadInput)]);
    assert!(refused[0].why.message.contains("price"), "{}", refused[0].why);
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "D", "E", "F"], "no product is sold at a price of before");
    let page = platform.running().app().store.show_page(show.show_id).await.unwrap().unwrap();
    assert_eq!(page.shelf[2].price.minor, 990, "the others are up to date");

    store.put_product(&product("C")).await.unwrap();
    assert_eq!(publish_listings(&store, &client).await.unwrap().len(), 1);
    assert_eq!(shelf(&platform, &show).await, ["A", "B", "C", "D", "E", "F"], "what is put right is sold");
}

/// A picture in one colour.
fn picture(shade: u8) -> Vec<u8> {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbImage::from_pixel(32, 32, image::Rgb([shade; 3]));
    pixels.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

#[tokio::test]
async fn a_photo_that_is_removed_here_is_removed_there() {
    let platform = TestPlatform::start().await;
    let seller = platform.seller("ada").await;
    let show = seller.show("Friday").await;
    let (store, _dir) = store_with(&["A", "B"]).await;
    let client = client_of(&platform, &seller).await;
    publish_listings(&store, &client).await.unwrap();
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
    store.add_photo(&sku("A"), &picture(40)).await.unwrap();
    assert_eq!(shown().await, Some(before), "put back, it is shown again");
}
