//! Search on a catalogue made by hand: what somebody means by a query is among the first.

use crate::testing::*;
use hawker_domain::Product;

const GOODS: &str = include_str!("searching/goods.tsv");
const QUERIES: &str = include_str!("searching/queries.tsv");

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

async fn shop() -> TestStore {
    let store = store().await;
    for cells in lines(GOODS) {
        let [code, title, brand, aliases, barcode] = cells.as_slice() else { panic!("{cells:?}") };
        let aliases = aliases.split(';').filter(|alias| !alias.is_empty()).map(str::to_owned).collect();
        let product = Product { brand: (*brand).into(), barcode: (*barcode).into(), aliases, ..product(code, title) };
        store.put_product(&product).await.unwrap();
    }
    store
}

async fn skus(store: &TestStore, query: &str, limit: u32) -> Vec<String> {
    store.products(query, 0, limit).await.unwrap().0.iter().map(|product| product.sku.to_string()).collect()
}

#[tokio::test]
async fn what_is_meant_comes_first_or_among_the_first_three() {
    let store = shop().await;
    let (mut all, mut first, mut in_three) = (0.0, 0.0, 0.0);
    let mut misses = Vec::new();
    for cells in lines(QUERIES) {
        let [query, want] = cells.as_slice() else { panic!("{cells:?}") };
        let found = skus(&store, query, 3).await;
        all += 1.0;
        match found.iter().position(|sku| sku == want) {
            Some(0) => first += 1.0,
            place => misses.push(format!("{query} means {want} at {place:?}: {found:?}")),
        }
        in_three += f64::from(u8::from(found.iter().any(|sku| sku == want)));
    }
    assert!(lines(GOODS).count() >= 200 && all >= 60.0);
    assert!(first / all >= 0.95, "{first} of {all} come first: {misses:#?}");
    assert!(in_three / all >= 0.98, "{in_three} of {all} are among three: {misses:#?}");
}

#[tokio::test]
async fn a_whole_barcode_comes_first_whatever_else_holds_it() {
    let store = shop().await;
    for cells in lines(GOODS).filter(|cells| cells[4].len() == 13) {
        assert_eq!(skus(&store, cells[4], 3).await.first().map(String::as_str), Some(cells[0]));
    }
    assert_eq!(skus(&store, " 6901000000022 ", 3).await, ["G002", "X-6901000000022"], "then what has it in its name");
    assert_eq!(
        skus(&store, "6901", 3).await.first().map(String::as_str),
        Some("6901"),
        "a whole SKU before beginnings"
    );
    store.put_product(&Product { barcode: "G001".into(), ..product("NEW", "New") }).await.unwrap();
    assert_eq!(skus(&store, "g001", 3).await, ["NEW", "G001"], "a barcode before a SKU");
}

#[tokio::test]
async fn pages_of_a_search_hold_each_product_once() {
    let store = store().await;
    for n in 0..150 {
        store.put_product(&product(&format!("S{n}"), &format!("Tea {n}"))).await.unwrap();
    }
    store.put_product(&Product { barcode: "tea".into(), ..product("T", "Tea of teas") }).await.unwrap();
    let mut seen = Vec::new();
    for page in 0..8 {
        let (products, total) = store.products("tea", page * 20, 20).await.unwrap();
        assert_eq!(total, 151);
        seen.extend(products.into_iter().map(|product| product.sku.to_string()));
    }
    assert_eq!(seen.first().map(String::as_str), Some("T"));
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 151);
}

#[tokio::test]
async fn a_sku_without_a_letter_or_digit_is_found_whole() {
    let store = store().await;
    store.put_product(&product("🍎", "Apple")).await.unwrap();
    assert_eq!(skus(&store, "🍎", 3).await, ["🍎"]);
    assert_eq!(skus(&store, "🍌", 3).await, Vec::<String>::new());
    assert_eq!(skus(&store, "\"*", 3).await, Vec::<String>::new(), "signs of the index's own language mean nothing");
}

#[tokio::test]
async fn a_chinese_name_with_a_wrong_character_anywhere_is_found() {
    let store = store().await;
    for (code, title) in [
        ("NOODLE", "晨海 经典面条 200g"),
        ("BREAD", "晨海 家庭装面包"),
        ("JAM", "原味蜂蜜 500g"),
        ("TEA", "茉莉花茶 250g"),
    ] {
        store.put_product(&product(code, title)).await.unwrap();
    }
    for (query, want) in [
        ("经典面竹", "NOODLE"),
        ("经典金条", "NOODLE"),
        ("野典面条", "NOODLE"),
        ("原味野蜜", "JAM"),
        ("茉莉花乔", "TEA"),
    ] {
        assert_eq!(skus(&store, query, 3).await, [want], "{query}");
    }
    assert!(skus(&store, "竹野金兰", 3).await.is_empty(), "all of it wrong means nothing");
    assert!(skus(&store, "面竹", 3).await.is_empty(), "half of it wrong means nothing either");
}
