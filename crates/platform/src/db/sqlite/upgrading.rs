//! A database of every format there ever was opens, with all that sellers and buyers had in it. A format is tried by what the first one
//! held, which every later one has taken over.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::db::{AccountStore, CatalogueStore, FeedRead, OrderStore, ShowStore, StockNews, SyncStore};
use hawker_domain::{SellerId, ShowId, Sku, stock::StockLevel};
use hawker_wire::feed::{FeedEvent, FeedPosition};
use sqlx::{query_as, raw_sql};
use uuid::Uuid;

const SELLER: u128 = 1;
const SHOW: u128 = 2;

/// As a shop's database looked in format 1: seven pieces of a product, two of them held, one order paid.
const FIRST: &str = r#"
INSERT INTO sellers VALUES (x'00000000000000000000000000000001', 'ada@example.org', 'hash', 'Ada', 1, 10);
INSERT INTO devices VALUES (x'00000000000000000000000000000001', x'0000000000000000000000000000000a', 'stall', 3, 7, 0, 11);
INSERT INTO listings VALUES (x'00000000000000000000000000000001', 'MILK', '纯牛奶', '蒙牛', '奶', '', 1580, 'CNY');
INSERT INTO stock VALUES (x'00000000000000000000000000000001', 'MILK', 5, 2, 0);
INSERT INTO stock_moves (seller_id, sku, delta, reason, order_id, at_us)
VALUES (x'00000000000000000000000000000001', 'MILK', 8, 'received', NULL, 12);
INSERT INTO shows (show_id, seller_id, title, running_order, created_us)
VALUES (x'00000000000000000000000000000002', x'00000000000000000000000000000001', 'Friday', '["MILK"]', 13);
INSERT INTO reservations (reservation_id, seller_id, show_id, idem_key, body_hash, state, total_minor, currency, expires_us,
                          order_id, created_us) VALUES
(x'00000000000000000000000000000003', x'00000000000000000000000000000001', x'00000000000000000000000000000002', 'k1', x'00',
 'held', 3160, 'CNY', 1000, NULL, 14),
(x'00000000000000000000000000000004', x'00000000000000000000000000000001', x'00000000000000000000000000000002', 'k2', x'00',
 'paid', 1580, 'CNY', 1000, x'00000000000000000000000000000005', 15);
INSERT INTO reservation_lines VALUES (x'00000000000000000000000000000003', 'MILK', '纯牛奶', 2, 1580),
                                     (x'00000000000000000000000000000004', 'MILK', '纯牛奶', 1, 1580);
INSERT INTO orders VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000005', '{}', 16);
INSERT INTO buyers VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000005', 'Bo', '138', 'Road 1');
INSERT INTO feed (seller_id, server_seq, event, at_us)
VALUES (x'00000000000000000000000000000001', 1, '{"kind":"reserved","sku":"MILK","reserved":2}', 14);
INSERT INTO chat (seller_id, show_id, author, body, at_us)
VALUES (x'00000000000000000000000000000001', x'00000000000000000000000000000002', 'bo', 'hello', 17);
"#;

/// A database in `format`, with what was written in format 1.
async fn of_format(data_dir: &Path, format: i64) {
    let secret = key::load_or_create(&key_beside(data_dir), false).unwrap();
    let options = options(&data_dir.join(DATABASE), secret);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let all = sqlx::migrate!("./migrations");
    all.run_to(1, &pool).await.unwrap();
    raw_sql(FIRST).execute(&pool).await.unwrap();
    all.run_to(format, &pool).await.unwrap();
    pool.close().await;
}

#[tokio::test]
async fn a_database_of_any_format_opens_with_all_that_was_in_it() {
    let newest = sqlx::migrate!("./migrations").iter().map(|migration| migration.version).max().unwrap();
    let (seller, milk) = (SellerId(Uuid::from_u128(SELLER)), Sku::new("MILK").unwrap());
    for format in 1..=newest {
        let dir = tempfile::tempdir().unwrap();
        of_format(dir.path(), format).await;
        let (store, _) = SqliteStore::open(dir.path()).await.unwrap_or_else(|why| panic!("format {format}: {why}"));

        let found = store.seller_by_email("Ada@example.org").await.unwrap();
        assert_eq!(found, Some((seller, "hash".to_owned())), "format {format}");
        let level = store.stock_level(seller, &milk).await.unwrap();
        assert_eq!(level, Some(StockLevel { on_hand: 7, reserved: 2 }), "format {format}");
        let page = store.show_page(ShowId(Uuid::from_u128(SHOW))).await.unwrap().unwrap();
        assert_eq!((page.title.as_str(), page.shelf.len(), page.ended), ("Friday", 1, false), "format {format}");

        // What was held runs out as it would have; what was paid can be given back.
        let news = store.release_expired(1_001).await.unwrap();
        let back = StockNews { sku: milk.clone(), available: 7, offer_moved: false };
        assert_eq!(news, [(seller, back)], "format {format}");
        let paid: Vec<(Uuid, String, i64)> =
            query_as("SELECT order_id, state, amount_minor FROM payments").fetch_all(&store.read).await.unwrap();
        assert_eq!(paid, [(Uuid::from_u128(5), "captured".to_owned(), 1580)], "format {format}");

        // The feed goes on where it stood, without a gap.
        let read = store.feed_after(seller, &FeedPosition::default(), None, 100).await.unwrap();
        let FeedRead::Page(page) = read else { panic!("format {format}: it is the same feed") };
        let told: Vec<(u64, FeedEvent)> =
            page.entries().into_iter().map(|entry| (entry.server_seq, entry.event)).collect();
        let reserved = |reserved| FeedEvent::Reserved { sku: milk.clone(), reserved };
        assert_eq!(told, [(1, reserved(2)), (2, reserved(0))], "format {format}");
        store.close().await;
    }
}
