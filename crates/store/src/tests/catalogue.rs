//! Products, photos, vectors, search, settings, destinations, shows.

use crate::{DestinationError, PhotoError, ShowEvent, StoreError, testing::*};
use futures_util::TryStreamExt;
use hawker_domain::{DestinationWay, PhotoId, SellerId, ShowId, ShowMs, Sku};
use serde_json::json;
use uuid::Uuid;

async fn titles(store: &crate::Store, query: &str) -> Vec<String> {
    let (products, total) = store.products(query, 0, 50).await.unwrap();
    assert_eq!(products.len() as u64, total);
    products.into_iter().map(|product| product.title).collect()
}

async fn vectors(store: &crate::Store, model_id: &str) -> Vec<(Sku, PhotoId, Vec<u8>)> {
    store.vectors(model_id).try_collect().await.unwrap()
}

#[tokio::test]
async fn search_finds_what_people_type() {
    let store = store().await;
    for (code, title, brand) in [
        ("M-100", "蒙牛纯牛奶 250ml", "蒙牛"),
        ("M-200", "Oatly Oat Milk 1L", "Oatly"),
        ("D-300", "红色连衣裙 夏季新款", ""),
        ("T-400", "绿茶 礼盒装", ""),
    ] {
        let mut product = product(code, title);
        product.brand = brand.to_owned();
        product.barcode = format!("69{}", code.replace('-', "0"));
        product.aliases = if code == "M-200" { vec!["燕麦奶".to_owned()] } else { vec![] };
        store.put_product(&product).await.unwrap();
    }
    for (query, want) in [
        ("牛奶", "蒙牛纯牛奶 250ml"),
        ("純牛奶", "蒙牛纯牛奶 250ml"),
        ("牛纯", "蒙牛纯牛奶 250ml"),
        ("裙", "红色连衣裙 夏季新款"),
        ("连衣", "红色连衣裙 夏季新款"),
        ("oat", "Oatly Oat Milk 1L"),
        ("ＭＩＬＫ", "Oatly Oat Milk 1L"),
        ("mil oatl", "Oatly Oat Milk 1L"),
        ("燕麦", "Oatly Oat Milk 1L"),
        ("cnn", "蒙牛纯牛奶 250ml"),
        ("niunai", "蒙牛纯牛奶 250ml"),
        ("lianyiq", "红色连衣裙 夏季新款"),
        ("d-300", "红色连衣裙 夏季新款"),
        ("69T0400", "绿茶 礼盒装"),
        ("mlik", "Oatly Oat Milk 1L"),
        ("连衣群", "红色连衣裙 夏季新款"),
    ] {
        assert_eq!(titles(&store, query).await, [want], "{query}");
    }
    for nothing in ["bicycle", "\"", "*", "(a OR", "NEAR(", "！", "col:x", "xyzzyqqq plugh"] {
        assert_eq!(titles(&store, nothing).await, Vec::<String>::new(), "{nothing}");
    }
    assert_eq!(titles(&store, "  ").await.len(), 4, "an empty query lists everything");
}

#[tokio::test]
async fn search_follows_changes_and_removals() {
    let store = store().await;
    let mut item = product("A", "teapot");
    store.put_product(&item).await.unwrap();
    item.title = "kettle".to_owned();
    store.put_product(&item).await.unwrap();
    assert!(titles(&store, "teapot").await.is_empty());
    assert_eq!(titles(&store, "kettle").await, ["kettle"]);
    store.remove_product(&item.sku).await.unwrap();
    assert!(titles(&store, "kettle").await.is_empty());
    assert!(matches!(store.remove_product(&item.sku).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn lists_come_in_pages() {
    let store = store().await;
    for number in 0..7 {
        store.put_product(&product(&format!("P{number}"), "cup")).await.unwrap();
    }
    for query in ["", "cup"] {
        let (page, total) = store.products(query, 5, 5).await.unwrap();
        assert_eq!((page.len(), total), (2, 7));
        assert_eq!(page[0].sku, sku("P5"));
    }
}

#[tokio::test]
async fn a_product_keeps_its_id_when_it_changes() {
    let store = store().await;
    let first = product("A", "a");
    store.put_product(&first).await.unwrap();
    let mut second = product("A", "b");
    store.put_product(&second).await.unwrap();
    second.id = first.id;
    assert_eq!(store.all_products().await.unwrap(), [second]);
    let mut thief = product("B", "c");
    thief.id = first.id;
    assert!(matches!(store.put_product(&thief).await, Err(StoreError::Conflict(_))));
}

#[tokio::test]
async fn the_same_bytes_are_one_photo() {
    let store = store().await;
    store.put_product(&product("A", "a")).await.unwrap();
    let (red, blue) = (png(40, 30, [200, 0, 0, 255]), png(40, 30, [0, 0, 200, 255]));
    let first = store.add_photo(&sku("A"), &red).await.unwrap();
    assert_eq!(store.add_photo(&sku("A"), &red).await.unwrap(), first);
    let second = store.add_photo(&sku("A"), &blue).await.unwrap();
    assert_eq!(store.photos_of(&sku("A")).await.unwrap(), [first, second]);
    let firsts = store.first_photos().await.unwrap();
    assert_eq!(firsts.into_iter().collect::<Vec<_>>(), [(sku("A"), first)]);
    for jpeg in [store.photo(first).await.unwrap(), store.thumbnail(first).await.unwrap()] {
        assert!(jpeg.starts_with(b"\xff\xd8\xff"));
    }
}

#[tokio::test]
async fn a_photo_needs_a_product_and_has_to_be_one() {
    let store = store().await;
    store.put_product(&product("A", "a")).await.unwrap();
    let red = png(4, 4, [200, 0, 0, 255]);
    assert!(matches!(store.add_photo(&sku("A"), b"no photo").await, Err(PhotoError::NotAPicture(_))));
    assert!(matches!(store.add_photo(&sku("B"), &red).await, Err(PhotoError::NoProduct(_))));
    assert!(store.photos_of(&sku("A")).await.unwrap().is_empty());
    let nobody = PhotoId(Uuid::now_v7());
    assert!(matches!(store.photo(nobody).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.remove_photo(nobody).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn vectors_belong_to_a_photo_and_a_model() {
    let store = store().await;
    store.put_product(&product("A", "a")).await.unwrap();
    let photo = store.add_photo(&sku("A"), &png(4, 4, [1, 2, 3, 255])).await.unwrap();
    assert_eq!(store.photos_without_vector("m1").await.unwrap(), [(sku("A"), photo)]);
    store.put_vector(photo, "m1", &[1, 2]).await.unwrap();
    store.put_vector(photo, "m1", &[3, 4]).await.unwrap();
    assert_eq!(vectors(&store, "m1").await, [(sku("A"), photo, vec![3, 4])]);
    assert!(store.photos_without_vector("m1").await.unwrap().is_empty());
    assert!(vectors(&store, "m2").await.is_empty(), "another model starts anew");
    store.remove_photo(photo).await.unwrap();
    assert!(vectors(&store, "m1").await.is_empty());
    assert!(matches!(store.put_vector(photo, "m1", &[1]).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn words_belong_to_a_photo_and_a_reader() {
    let store = store().await;
    for code in ["A", "B"] {
        store.put_product(&product(code, code)).await.unwrap();
    }
    let photo = store.add_photo(&sku("A"), &png(4, 4, [1, 2, 3, 255])).await.unwrap();
    let second = store.add_photo(&sku("A"), &png(4, 4, [3, 2, 1, 255])).await.unwrap();
    assert_eq!(store.photos_without_words(&sku("A"), "r1").await.unwrap(), [photo, second]);
    store.put_photo_words(second, "r1", "[]").await.unwrap();
    store.put_photo_words(photo, "r1", "[1]").await.unwrap();
    store.put_photo_words(photo, "r1", "[2]").await.unwrap();
    assert_eq!(
        store.photo_words("r1").await.unwrap(),
        [(sku("A"), "[2]".to_owned()), (sku("A"), "[]".to_owned())],
        "in the order of the photos"
    );
    assert!(store.photos_without_words(&sku("A"), "r1").await.unwrap().is_empty());
    assert_eq!(store.photos_without_words(&sku("A"), "r2").await.unwrap().len(), 2, "another reader starts anew");
    assert!(store.photos_without_words(&sku("B"), "r1").await.unwrap().is_empty());
    store.put_photo_words(second, "r2", "[3]").await.unwrap();
    assert_eq!(store.photo_words("r2").await.unwrap().len(), 1);
    assert_eq!(
        store.photos_without_words(&sku("A"), "r1").await.unwrap(),
        [second],
        "of a former reader nothing stays"
    );
    store.put_photo_words(second, "r1", "[]").await.unwrap();
    store.remove_photo(photo).await.unwrap();
    assert_eq!(store.photo_words("r1").await.unwrap().len(), 1);
    assert!(matches!(store.put_photo_words(photo, "r1", "[]").await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn settings_and_secrets_come_back() {
    let store = store().await;
    assert_eq!(store.setting::<u32>("volume").await.unwrap(), None);
    store.put_setting("volume", &3_u32).await.unwrap();
    store.put_setting("volume", &4_u32).await.unwrap();
    assert_eq!(store.setting::<u32>("volume").await.unwrap(), Some(4));
    assert!(matches!(store.setting::<Vec<u8>>("volume").await, Err(StoreError::Damaged(_))));
    store.put_secret("token", "t").await.unwrap();
    assert_eq!(store.secret("token").await.unwrap().unwrap().as_str(), "t");
    store.remove_secret("token").await.unwrap();
    assert!(store.secret("token").await.unwrap().is_none());
}

#[tokio::test]
async fn a_destination_shows_its_key_only_to_the_one_who_publishes() {
    let store = store().await;
    let way = DestinationWay {
        deadline_s: Some(30),
        one_show: false,
        delay_ms: 5_000,
        canvas: hawker_domain::CanvasShape::Portrait,
        rendition: Some(hawker_domain::Rendition::P360),
        primary: false,
    };
    let plain = DestinationWay::default();
    let id = store.add_destination(" Main ", "rtmp://a.example/live/KEY", &way).await.unwrap();
    let shown = store.destination_by_name("Main").await.unwrap().unwrap();
    assert_eq!((shown.id, shown.redacted_url.as_str(), &shown.way), (id, "rtmp://a.example/live/…", &way));
    assert_eq!(store.destinations().await.unwrap(), [shown]);
    assert_eq!(store.destination_url(id).await.unwrap().as_str(), "rtmp://a.example/live/KEY");
    let again = store.add_destination("Main", "rtmp://b.example/live/KEY", &plain).await;
    assert!(matches!(again, Err(DestinationError::NameTaken(_))));
    for bad in ["", "KEY", "file:///etc/KEY", "rtmp:///live/KEY", "mailto:KEY@example.org"] {
        let error = store.add_destination("Other", bad, &plain).await.unwrap_err();
        assert!(matches!(error, DestinationError::BadUrl(_)), "{bad}: {error:?}");
        assert!(!error.to_string().contains("KEY"), "the address may hold a key: {error}");
    }
    store.remove_destination(id).await.unwrap();
    assert!(matches!(store.destination_url(id).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn at_most_one_destination_of_those_that_get_the_same_picture_is_primary() {
    let store = store().await;
    let first = DestinationWay { primary: true, ..DestinationWay::default() };
    let upright = DestinationWay { canvas: hawker_domain::CanvasShape::Portrait, ..first.clone() };
    let a = store.add_destination("a", "rtmp://a.example/live/k", &first).await.unwrap();
    store.add_destination("b", "rtmp://b.example/live/k", &DestinationWay::default()).await.unwrap();
    store.add_destination("c", "rtmp://c.example/live/k", &upright).await.unwrap();
    let primary = async || {
        let all = store.destinations().await.unwrap();
        all.into_iter().filter(|kept| kept.way.primary).map(|kept| kept.name).collect::<Vec<_>>()
    };
    assert_eq!(primary().await, ["a", "c"], "the upright picture has a primary of its own");
    let d = store.add_destination("d", "rtmp://d.example/live/k", &first).await.unwrap();
    assert_eq!(primary().await, ["c", "d"]);
    store.change_destination(a, None, &first).await.unwrap();
    assert_eq!(primary().await, ["a", "c"]);
    assert_eq!(*store.destination_url(a).await.unwrap(), "rtmp://a.example/live/k");
    store.change_destination(a, Some("rtmp://a.example/live/new"), &DestinationWay::default()).await.unwrap();
    assert_eq!(primary().await, ["c"]);
    assert_eq!(*store.destination_url(a).await.unwrap(), "rtmp://a.example/live/new");
    store.remove_destination(d).await.unwrap();
    assert!(matches!(store.change_destination(d, None, &first).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_shows_ledger_keeps_its_order() {
    let store = store().await;
    let id = ShowId(Uuid::now_v7());
    store.start_show(id, "Friday", 1_000).await.unwrap();
    store.start_show(id, "Friday again", 2_000).await.unwrap();
    for ms in [5_u64, 3, 9] {
        store.append_show_event(id, ShowMs(ms), &json!({"event": "tag", "n": ms})).await.unwrap();
    }
    let events = store.show_events(id).await.unwrap();
    assert_eq!(events[1], ShowEvent { at: ShowMs(3), event: json!({"event": "tag", "n": 3}) });
    assert_eq!(events.len(), 3);
    store.end_show(id).await.unwrap();
    let shows = store.shows(10).await.unwrap();
    assert_eq!((shows.len(), shows[0].title.as_str(), shows[0].started_at_us), (1, "Friday", 1_000));
    assert!(shows[0].ended_at_us.is_some());
    let unknown = ShowId(Uuid::now_v7());
    assert!(matches!(store.append_show_event(unknown, ShowMs(0), &json!({})).await, Err(StoreError::NotFound(_))));
    assert!(matches!(store.end_show(unknown).await, Err(StoreError::NotFound(_))));
}

#[tokio::test]
async fn each_account_has_its_own_list_of_what_it_was_told() {
    let store = store().await;
    let (one, other) = (SellerId(Uuid::now_v7()), SellerId(Uuid::now_v7()));
    store.note_published(one, &[sku("A"), sku("B")]).await.unwrap();
    store.note_published(one, &[sku("A")]).await.unwrap();
    store.note_photo(one, &sku("A"), Some("hash")).await.unwrap();
    store.note_published(other, &[sku("A")]).await.unwrap();
    let of = async |account| {
        let mut all: Vec<_> = store.published(account).await.unwrap().into_iter().collect();
        all.sort();
        all
    };
    assert_eq!(of(one).await, [(sku("A"), Some("hash".to_owned())), (sku("B"), None)]);
    store.note_delisted(one, &[sku("A")]).await.unwrap();
    store.note_photo(one, &sku("A"), Some("late")).await.unwrap();
    assert_eq!(of(one).await, [(sku("B"), None)], "a photo that comes late does not bring the product back");
    assert_eq!(of(other).await, [(sku("A"), None)]);
}
