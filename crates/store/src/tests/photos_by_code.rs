//! Photos beside a table, found by SKU or by barcode.

use crate::testing::*;
use hawker_domain::{Currency, Product, reason::ImportWhy};
use std::fs;

#[tokio::test]
async fn photos_are_found_by_barcode_where_it_is_of_one_product_alone() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("photos")).unwrap();
    let names =
        ["A.png", "6900000000011-2.png", "photos/6900000000011.png", "6900000000028.png", "690-C.png", "4711.png"];
    for (shade, name) in (1..).zip(names) {
        fs::write(dir.path().join(name), png(5, 5, [shade, 0, 0, 255])).unwrap();
    }
    // Of the catalogue and not in the table, with the barcode of one that is.
    store.put_product(&Product { barcode: "4711".into(), ..product("OLD", "Cologne of old") }).await.unwrap();
    let file = dir.path().join("catalog.csv");
    fs::write(
        &file,
        "sku,title,barcode\nA,Milk,6900000000011\nB,Bread,6900000000028\nC,Bun,6900000000028\n690,Tea,\nE,Rice,690-C\nF,Cologne,4711\n",
    )
    .unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    use ImportWhy::SharedBarcode;
    let shared = |row, code| (row, SharedBarcode, code);
    assert_eq!(problems, [shared(3, "6900000000028"), shared(4, "6900000000028"), shared(7, "4711")]);
    assert!(report.problems[0].message.contains("C has this barcode too"), "{}", report.problems[0].message);
    let mut counts = Vec::new();
    for code in ["A", "B", "C", "690", "E", "F"] {
        counts.push(store.photos_of(&sku(code)).await.unwrap().len());
    }
    assert_eq!(counts, [3, 0, 0, 1, 0, 0], "a name that begins with a SKU is that product's");
    assert_eq!(store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap().photos, 0);
}
