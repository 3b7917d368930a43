//! Stock takes: differences are written, sales stay sold.

use crate::{StockTake, Store, testing::*};
use hawker_domain::{
    Product,
    order::OrderSource,
    stock::{MovementReason, StockMovement},
};
use std::fs;

async fn shelf(store: &Store) {
    for (code, barcode, pieces) in [("A", "6900000000011", 10), ("B", "6900000000028", 5), ("C", "", 3), ("D", "", 0)] {
        store
            .put_product(&Product { barcode: barcode.into(), ..product(code, &format!("Goods {code}")) })
            .await
            .unwrap();
        if pieces > 0 {
            let received =
                StockMovement { sku: sku(code), delta: pieces, reason: MovementReason::Received, order_id: None };
            store.move_stock(&received).await.unwrap();
        }
    }
}

fn lines(take: &StockTake) -> Vec<(&str, i64, i64, i64)> {
    take.products.iter().map(|one| (one.sku.as_str(), one.expected, one.counted, one.correction)).collect()
}

async fn on_hand(store: &Store, code: &str) -> i64 {
    store.level(&sku(code)).await.unwrap().on_hand
}

#[tokio::test]
async fn a_dry_run_says_row_by_row_what_differs_and_writes_nothing() {
    let store = store().await;
    shelf(&store).await;
    let file = store.dir.path().join("count.csv");
    fs::write(&file, "条码,货号,数量\n6900000000011,,8\n,B,5\n,D,2\n999,,1\n6900000000011,,1\n,B,x\n").unwrap();
    let before = store.pending_count().await.unwrap();
    let take = store.take_stock(&file, now_us(), false).await.unwrap();
    assert_eq!(lines(&take), [("A", 10, 9, -1), ("B", 5, 5, 0), ("D", 0, 2, 2)], "two places of one shelf add up");
    let problems: Vec<_> = take.problems.iter().map(|one| (one.row, one.code.as_str(), one.message.as_str())).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(problems[0], (5, "999", "no product has this code"));
    assert!(problems[1].2.contains("\"x\" is no number"));
    let unscanned: Vec<_> = take.unscanned.iter().map(|one| (one.sku.as_str(), one.expected)).collect();
    assert_eq!(unscanned, [("C", 3)]);
    assert!(!take.applied);
    assert_eq!((on_hand(&store, "A").await, store.pending_count().await.unwrap()), (10, before));
}

#[tokio::test]
async fn what_was_sold_between_counting_and_applying_stays_sold() {
    let store = store().await;
    shelf(&store).await;
    let counted_at = now_us();
    let mut sale = order(OrderSource::Venue, &[("A", 2), ("B", 1)]);
    sale.buyer = "张*".into();
    sale.placed_at_us = now_us();
    store.record_venue_sale(&sale).await.unwrap();
    let file = store.dir.path().join("scans.txt");
    // Nine of A, one of B, and none of C was held before the scanner.
    fs::write(&file, format!("{}6900000000028\n", "6900000000011\n".repeat(9))).unwrap();
    let take = store.take_stock(&file, counted_at, true).await.unwrap();
    assert_eq!(lines(&take), [("A", 10, 9, -1), ("B", 5, 1, -4)]);
    assert_eq!(take.products[0].moved_since, -2);
    assert_eq!((on_hand(&store, "A").await, on_hand(&store, "B").await, on_hand(&store, "C").await), (7, 0, 3));
    let (_, last) = store.movements(&sku("A"), 1).await.unwrap().remove(0);
    assert_eq!((last.delta, last.reason), (-1, MovementReason::Counted));

    let again = store.take_stock(&file, counted_at, true).await.unwrap();
    assert!(again.products.iter().all(|one| one.correction == 0), "the same count corrects once: {again:?}");
    assert_eq!((on_hand(&store, "A").await, on_hand(&store, "B").await), (7, 0));
    let now = store.take_stock(&file, now_us(), false).await.unwrap();
    assert_eq!(lines(&now), [("A", 7, 9, 2), ("B", 0, 1, 1)], "counted now, it would be another count");
}

#[tokio::test]
async fn what_was_sold_while_the_clock_ran_ahead_was_sold_before_the_count() {
    const YEAR_US: i64 = 365 * 86_400_000_000;
    let clock = SetClock::default();
    let store = store_by(&clock).await;
    clock.set_ahead(YEAR_US);
    shelf(&store).await;
    let mut sale = order(OrderSource::Venue, &[("A", 2)]);
    sale.placed_at_us = now_us() + YEAR_US;
    store.record_venue_sale(&sale).await.unwrap();
    clock.set_ahead(0);
    let file = store.dir.path().join("count.csv");
    fs::write(&file, "sku,count\nA,8\n").unwrap();
    let take = store.take_stock(&file, now_us(), true).await.unwrap();
    assert_eq!(lines(&take), [("A", 8, 8, 0)], "it lay on the shelf as it was counted");
    assert_eq!((take.products[0].moved_since, on_hand(&store, "A").await), (0, 8));
}

#[tokio::test]
async fn a_count_that_says_too_little_is_not_written_and_one_of_tomorrow_is_refused() {
    let store = store().await;
    shelf(&store).await;
    let file = store.dir.path().join("count.csv");
    fs::write(&file, "sku,count\nA,4\nA,\nB,4\n").unwrap();
    let take = store.take_stock(&file, now_us(), true).await.unwrap();
    assert_eq!(lines(&take), [("A", 10, 4, 0), ("B", 5, 4, -1)]);
    assert!(take.products[0].left_alone.as_deref().is_some_and(|why| why.contains("mend that row")));
    assert_eq!((on_hand(&store, "A").await, on_hand(&store, "B").await), (10, 4));
    let tomorrow = now_us() + 86_400_000_000;
    assert!(store.take_stock(&file, tomorrow, true).await.unwrap_err().to_string().contains("future"));
}

#[tokio::test]
async fn a_workbook_is_counted_by_numbers_that_lost_their_zeros() {
    let store = store().await;
    store.put_product(&Product { barcode: "0690000000011".into(), ..product("A", "Milk") }).await.unwrap();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "条形码").unwrap();
    sheet.write_string(0, 1, "实盘数量").unwrap();
    sheet.write_number(1, 0, 690_000_000_011.0).unwrap();
    sheet.write_number(1, 1, 12.0).unwrap();
    let file = store.dir.path().join("count.xlsx");
    book.save(&file).unwrap();
    let take = store.take_stock(&file, now_us(), true).await.unwrap();
    assert_eq!((lines(&take), take.sheet.as_deref()), (vec![("A", 0, 12, 12)], Some("Sheet1")));
    assert_eq!(on_hand(&store, "A").await, 12);
}
