//! A full disk is named, and costs nothing that was stored. The limit on pages makes SQLite fail where a full file
//! system would, with the same code (SQLITE_FULL).

use crate::{ImportError, PhotoError, StoreError, testing::*};
use hawker_domain::{Currency, order::OrderSource};
use sqlx::AssertSqlSafe;

async fn limit_pages(store: &crate::Store, more: i64) {
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.writer).await.unwrap();
    let limit = AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + more));
    sqlx::query(limit).execute(&store.writer).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_the_new_and_keeps_the_old() {
    let store = store().await;
    store.put_product(&product("A", "纯牛奶")).await.unwrap();
    limit_pages(&store, 2).await;
    let mut sold = 0;
    let error = loop {
        match store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await {
            Ok(()) => sold += 1,
            Err(error) => break error,
        }
        assert!(sold < 10_000, "the limit was never reached");
    };
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    let noise: Vec<u8> = png(900, 900, [1, 2, 3, 255]);
    let photo = store.add_photo(&sku("A"), &noise).await.unwrap_err();
    assert!(matches!(photo, PhotoError::Store(StoreError::DiskFull)), "{photo:?}");
    assert_eq!(store.order_count().await.unwrap(), sold);
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, -i64::try_from(sold).unwrap());
    assert_eq!(
        store.pending_count().await.unwrap(),
        sold + 1,
        "the product; no order without its op, no op without its order"
    );
    limit_pages(&store, 10_000).await;
    store.record_venue_sale(&order(OrderSource::Venue, &[("A", 1)])).await.unwrap();
    let dir = store.into_dir().await;
    let again = open(dir.path()).await.unwrap();
    assert_eq!(again.order_count().await.unwrap(), sold + 1);
}

#[tokio::test]
async fn an_import_stops_on_a_full_disk_and_what_landed_stays() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let mut table = "sku,title,description\n".to_owned();
    for number in 0..12_000 {
        table.push_str(&format!("S{number},杯子 {number},{}\n", "x".repeat(400)));
    }
    let file = dir.path().join("catalog.csv");
    std::fs::write(&file, table).unwrap();
    limit_pages(&store, 1_700).await;
    let error = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap_err();
    assert!(matches!(error, ImportError::Store(StoreError::DiskFull)), "{error:?}");
    let landed = store.all_products().await.unwrap().len();
    assert!(landed > 0 && landed < 12_000 && landed.is_multiple_of(4_000), "{landed}");
    limit_pages(&store, 100_000).await;
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((report.unchanged, report.added), (landed as u64, 12_000 - landed as u64), "trying again completes it");
}
