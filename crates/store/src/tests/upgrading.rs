//! A store of every format there ever was opens, with all that a seller had in it. A format is tried by what the first one held, which
//! every later one has taken over.

use crate::{
    open::{self, MIGRATIONS},
    testing::*,
};
use hawker_domain::{
    Currency, Money, OrderId, ShowId, ShowMs,
    order::{OrderSource, OrderState},
    stock::StockLevel,
};
use hawker_wire::ops::{OpPayload, Read};
use sqlx::sqlite::SqlitePoolOptions;
use std::path::Path;
use uuid::Uuid;

const KEY: [u8; 32] = [7; 32];
const DEVICE: u128 = 1;
const SALE: u128 = 3;
const SHOW: u128 = 4;

/// As a seller's file looked in format 1, after a delivery, a sale and a show.
const FIRST: &str = r#"
INSERT INTO device VALUES (1, x'00000000000000000000000000000001', 2, 3);
INSERT INTO product (row, sku, id, title, brand, category, description, price_minor, currency, barcode, aliases, changed_at_us)
VALUES (1, 'MILK', x'00000000000000000000000000000002', '纯牛奶', '蒙牛', '奶', 'fresh', 1580, 'CNY', '6901', '["牛奶"]', 5);
INSERT INTO product_search (rowid, name, code, more, sound) VALUES (1, '纯 牛奶', 'milk 6901', '奶 fresh', 'chunniunai cnn');
INSERT INTO stock_movement (sku, delta, reason, order_id, at_us)
VALUES ('MILK', 10, 'received', NULL, 6), ('MILK', -2, 'sold', x'00000000000000000000000000000003', 7);
INSERT INTO stock_level (sku, on_hand, reserved) VALUES ('MILK', 8, 1);
INSERT INTO sale_order (id, source, state, show_id, at_ms, total_minor, currency, buyer, placed_at_us)
VALUES (x'00000000000000000000000000000003', 'venue', 'done', x'00000000000000000000000000000004', 90, 3160, 'CNY', '', 7);
INSERT INTO sale_order_line VALUES (x'00000000000000000000000000000003', 0, 'MILK', '纯牛奶', 2, 1580, 'CNY');
INSERT INTO outbox (op_id, device_id, epoch, seq, payload, hash, state, created_at_us, settled_at_us) VALUES
(x'00000000000000000000000000000005', x'00000000000000000000000000000001', 2, 1,
 '{"kind":"stock_moved","movement":{"sku":"MILK","delta":10,"reason":"received","order_id":null}}', 'h1', 'applied', 6, 8),
(x'00000000000000000000000000000006', x'00000000000000000000000000000001', 2, 2,
 '{"kind":"stock_moved","movement":{"sku":"MILK","delta":3,"reason":"received","order_id":null}}', 'h2', 'pending', 9, NULL);
UPDATE feed SET last_seq = 12;
INSERT INTO show VALUES (x'00000000000000000000000000000004', 'Friday', 1, NULL);
INSERT INTO show_event (show_id, at_ms, event) VALUES (x'00000000000000000000000000000004', 90, '{"kind":"chat"}');
INSERT INTO destination (id, name, url, deadline_s) VALUES (x'00000000000000000000000000000008', 'shop', 'rtmp://live.example/app/KEY', 20);
INSERT INTO setting VALUES ('ui.language', '"zh-CN"');
INSERT INTO secret VALUES ('platform.refresh', 'token');
"#;

/// A file in `format`, with what was written in format 1.
async fn of_format(dir: &Path, format: i64) {
    let path = dir.join(open::DATABASE_FILE);
    open::make_private(&path).unwrap();
    let options = open::options(&path, &crate::key::DatabaseKey::new(KEY), false);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    MIGRATIONS.run_to(1, &pool).await.unwrap();
    sqlx::raw_sql(FIRST).execute(&pool).await.unwrap();
    MIGRATIONS.run_to(format, &pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_store_of_any_format_opens_with_all_that_was_in_it() {
    for format in 1..=open::known_schema() {
        let dir = tempfile::tempdir().unwrap();
        of_format(dir.path(), format).await;
        let store =
            crate::Store::open_keyed(dir.path(), KEY).await.unwrap_or_else(|why| panic!("format {format}: {why}"));

        let device = store.device().await.unwrap();
        assert_eq!((device.device_id.0, device.epoch), (Uuid::from_u128(DEVICE), 2), "format {format}");
        let milk = store.product(&sku("MILK")).await.unwrap().expect("the product is there");
        assert_eq!((milk.title.as_str(), milk.price), ("纯牛奶", Money::new(1580, Currency::CNY)), "format {format}");
        assert_eq!(milk.aliases, ["牛奶"], "format {format}");
        assert_eq!(milk.cost, None, "format {format}: nobody said");
        let (found, _) = store.products("牛奶", 0, 10).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&milk), "format {format}: found by the index of then");
        let level = store.level(&sku("MILK")).await.unwrap();
        assert_eq!(level, StockLevel { on_hand: 8, reserved: 1 }, "format {format}");

        let sale = store.order(OrderId(Uuid::from_u128(SALE))).await.unwrap();
        assert_eq!((sale.source, sale.state), (OrderSource::Venue, OrderState::Done), "format {format}");
        assert_eq!(sale.total, Money::new(3160, Currency::CNY), "format {format}");
        assert_eq!((sale.show_id, sale.at), (Some(ShowId(Uuid::from_u128(SHOW))), Some(ShowMs(90))), "format {format}");

        // What waited still waits, under its number; behind it the products are told of.
        let ops = store.pending_ops(100).await.unwrap();
        let first = ops.first().expect("an op waits");
        assert_eq!((first.op_id.0, first.seq, first.epoch), (Uuid::from_u128(6), 2, 2), "format {format}");
        assert!(matches!(first.read(), Read::Known(OpPayload::StockMoved { .. })), "format {format}");
        let told =
            |op: &hawker_wire::ops::OpEnvelope| matches!(op.read(), Read::Known(OpPayload::ProductEdited { .. }));
        assert_eq!(ops.iter().filter(|op| told(op)).count(), 1, "format {format}");

        // And it goes on from there.
        let cost = Some(Money::new(900, Currency::CNY));
        let other = hawker_domain::Product { cost, ..product("TEA", "绿茶") };
        store.put_product(&other).await.unwrap();
        assert_eq!(store.product(&other.sku).await.unwrap(), Some(other), "format {format}");
        store.close().await;
        let again = crate::Store::open_keyed(dir.path(), KEY).await.unwrap();
        assert_eq!(again.product(&milk.sku).await.unwrap(), Some(milk), "format {format}: opened a second time");
        again.close().await;
    }
}
