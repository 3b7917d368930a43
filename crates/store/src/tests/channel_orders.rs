//! Orders of other platforms, from the files they export.

use crate::{ChannelImport, OrderImport, testing::*};
use hawker_domain::{
    Currency, Sku,
    channel::ChannelId,
    order::{OrderEvent, OrderSource, OrderState},
    stock::{MovementReason, StockMovement},
};
use hawker_wire::ops::OpPayload;
use std::fs;

const HEADER: &str = "主订单编号,商家编码,商品数量,商品单价,选购商品,订单状态,售后状态,支付完成时间,收件人";

async fn shop() -> TestStore {
    let store = store().await;
    for (code, pieces) in [("A", 10), ("B", 3)] {
        store.put_product(&product(code, &format!("title of {code}"))).await.unwrap();
        let movement =
            StockMovement { sku: sku(code), delta: pieces, reason: MovementReason::Received, order_id: None };
        store.move_stock(&movement).await.unwrap();
    }
    store
}

fn how(dry_run: bool) -> OrderImport {
    let channel = ChannelId::new("douyin").unwrap();
    OrderImport { channel, currency: Currency::CNY, utc_offset_s: 8 * 3_600, dry_run }
}

async fn import_bytes(store: &TestStore, bytes: &[u8], dry_run: bool) -> ChannelImport {
    let file = store.dir.path().join("orders.csv");
    fs::write(&file, bytes).unwrap();
    store.import_channel_orders(&file, &how(dry_run)).await.unwrap()
}

async fn import(store: &TestStore, rows: &[&str]) -> ChannelImport {
    import_bytes(store, format!("{HEADER}\n{}\n", rows.join("\n")).as_bytes(), false).await
}

fn counts(report: &ChannelImport) -> (u64, u64, u64, u64, u64) {
    (report.orders, report.added, report.moved, report.unchanged, report.passed_over)
}

async fn on_hand(store: &TestStore, code: &str) -> i64 {
    store.level(&sku(code)).await.unwrap().on_hand
}

const TWO: &[&str] = &[
    "6917,A,2,15.80,红茶,待发货,-,2026-01-31 18:00:00,张小雨",
    "6917,B,1,9.90,绿茶,待发货,-,2026-01-31 18:00:00,张小雨",
    "6918,A,1,15.80,红茶,已发货,,2026/1/31 18:05,李雷",
];

#[tokio::test]
async fn orders_land_once_with_their_stock_and_the_op_that_reports_them() {
    let store = shop().await;
    let before = store.pending_count().await.unwrap();
    let dry = import_bytes(&store, format!("{HEADER}\n{}\n", TWO.join("\n")).as_bytes(), true).await;
    assert_eq!((counts(&dry), dry.problems), ((2, 2, 0, 0, 0), vec![]));
    assert_eq!((store.order_count().await.unwrap(), on_hand(&store, "A").await), (0, 10), "a dry run changes nothing");

    let report = import(&store, TWO).await;
    assert_eq!((counts(&report), &report.problems, &report.short), ((2, 2, 0, 0, 0), &vec![], &vec![]));
    assert_eq!((on_hand(&store, "A").await, on_hand(&store, "B").await), (7, 2));
    let orders = store.orders(9).await.unwrap();
    let first = orders.iter().find(|order| order.lines.len() == 2).unwrap();
    assert_eq!((first.source, first.state, first.buyer.as_str()), (OrderSource::Channel, OrderState::Paid, "张*"));
    assert_eq!((first.total.minor, first.placed_at_us), (4_150, 1_769_853_600_000_000));
    assert_eq!(first.lines[0].title, "红茶", "as it was sold there");
    assert!(orders.iter().any(|order| order.state == OrderState::Shipped));
    assert!(store.orders_to_pack().await.unwrap().is_empty(), "whom they go to is known there alone");
    let ops = store.pending_ops(99).await.unwrap();
    let told: Vec<_> =
        ops[usize::try_from(before).unwrap()..].iter().map(|op| serde_json::from_str(&op.payload)).collect();
    assert!(
        matches!(&told[..], [Ok(OpPayload::ChannelSale { sale }), Ok(OpPayload::ChannelSale { .. })] if sale.order_no == "6917")
    );

    let again = import(&store, TWO).await;
    assert_eq!((counts(&again), on_hand(&store, "A").await), ((2, 0, 0, 2, 0), 7));
    assert_eq!(store.pending_count().await.unwrap(), before + 2, "nothing more to report");
    let channels = store.channels().await.unwrap();
    assert_eq!((channels.len(), channels[0].orders, channels[0].seen_at_us), (1, 2, None));
}

#[tokio::test]
async fn rows_in_another_order_are_the_same_order_and_other_rows_are_not() {
    let store = shop().await;
    import(&store, TWO).await;
    let turned = import(&store, &[TWO[2], TWO[1], TWO[0]]).await;
    assert_eq!(counts(&turned), (2, 0, 0, 2, 0));
    let other = import(&store, &["6917,A,5,15.80,红茶,待发货,-,2026-01-31 18:00:00,张小雨"]).await;
    assert!(other.problems[0].message.contains("taken before with other lines"), "{:?}", other.problems);
    assert_eq!(on_hand(&store, "A").await, 7);
}

#[tokio::test]
async fn what_the_channel_says_later_becomes_steps() {
    let store = shop().await;
    import(&store, &["1,A,2,15.80,,待发货,,,", "2,A,1,15.80,,待发货,,,", "3,B,1,9.90,,已发货,,,"]).await;
    let report =
        import(&store, &["1,A,2,15.80,,已完成,,,", "2,A,1,15.80,,已关闭,,,", "3,B,1,9.90,,已完成,退款成功,,"]).await;
    assert_eq!(counts(&report), (3, 0, 3, 0, 0));
    let state_of = async |pieces: u32, code: &str| {
        let orders = store.orders(9).await.unwrap();
        orders.into_iter().find(|one| one.lines[0].qty == pieces && one.lines[0].sku == sku(code)).unwrap()
    };
    let (done, closed, refunded) = (state_of(2, "A").await, state_of(1, "A").await, state_of(1, "B").await);
    assert_eq!(
        (done.state, closed.state, refunded.state),
        (OrderState::Done, OrderState::Refunded, OrderState::Refunded)
    );
    let events: Vec<_> = store.order_moves(done.id).await.unwrap().into_iter().map(|one| one.event).collect();
    assert_eq!(events, [OrderEvent::Pack, OrderEvent::Ship, OrderEvent::Deliver]);
    assert_eq!(on_hand(&store, "A").await, 8, "what was not sent lies here still");
    assert_eq!(on_hand(&store, "B").await, 2, "what was sent has to come back first");
    let notes: Vec<_> = report.problems.iter().map(|one| (one.order_no.as_str(), one.is_taken)).collect();
    assert_eq!(notes, [("3", true)], "{:?}", report.problems);
    assert_eq!(counts(&import(&store, &["2,A,1,15.80,,已关闭,,,"]).await), (1, 0, 0, 1, 0));
}

#[tokio::test]
async fn what_is_not_paid_or_was_called_off_sells_nothing() {
    let store = shop().await;
    let report =
        import(&store, &["1,A,2,15.80,,待付款,,,", "2,A,1,15.80,,交易关闭,,,", "3,A,1,15.80,,已发货,退款成功,,"]).await;
    assert_eq!((counts(&report), report.problems), ((3, 0, 0, 0, 3), vec![]));
    assert_eq!((store.order_count().await.unwrap(), on_hand(&store, "A").await), (0, 10));
    let paid = import(&store, &["1,A,2,15.80,,待发货,,,"]).await;
    assert_eq!((counts(&paid), on_hand(&store, "A").await), ((1, 1, 0, 0, 0), 8), "paid by now");
}

#[tokio::test]
async fn an_order_with_a_bad_row_waits_as_a_whole_and_lands_when_it_is_mended() {
    let store = shop().await;
    let report = import(
        &store,
        &[
            "1,A,1,15.80,,待发货,,,",
            "1,NEW,1,5.00,,待发货,,,",
            "2,A,1,15.80,,待发货,,,",
            "3,A,one,15.80,,待发货,,,",
            "4,A,1,15.80,,审核中,,,",
            "5,A,1,15.80,,待发货,退款成功,,",
            "5,B,1,9.90,,待发货,,,",
            "6.91769E+18,A,1,15.80,,待发货,,,",
            "7,A,1,15.80,,待发货,,昨天,",
        ],
    )
    .await;
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.order_no.as_str(), one.is_taken)).collect();
    let want = [
        (3, "1", false),
        (5, "3", false),
        (6, "4", false),
        (7, "5", false),
        (7, "5", false),
        (9, "", false),
        (10, "7", false),
    ];
    assert_eq!(problems, want, "{:#?}", report.problems);
    assert_eq!((report.added, on_hand(&store, "A").await), (1, 9), "the second alone");
    store.put_product(&product("NEW", "New")).await.unwrap();
    let mended =
        import(&store, &["1,A,1,15.80,,待发货,,,", "1,NEW,1,5.00,,待发货,,,", "7,A,1,15.80,,待发货,,昨天,"]).await;
    assert_eq!((counts(&mended), on_hand(&store, "A").await), ((2, 2, 0, 0, 0), 7));
    let short: Vec<_> = mended.short.iter().map(|one| (one.sku.as_str(), one.pieces)).collect();
    assert_eq!(short, [("NEW", 1)], "a sale is a fact: the shortfall is said");
    let notes: Vec<_> = mended.problems.iter().map(|one| (one.order_no.as_str(), one.is_taken)).collect();
    assert_eq!(notes, [("7", true)], "a time that is none costs no sale: {:?}", mended.problems);
}

#[tokio::test]
async fn every_encoding_and_hostile_cell_is_data() {
    let text =
        format!("{HEADER}\r\n\"=1+1\",A,1,15.80,\"=cmd|' /C calc'!A0\",待发货,-,2026-01-31 18:00:00,=HYPERLINK(1)\r\n");
    let utf16: Vec<u8> = std::iter::once(0xfeff_u16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let gbk = encoding_rs::GBK.encode(&text).0.into_owned();
    for bytes in [text.as_bytes(), &utf16, &gbk] {
        let store = shop().await;
        let report = import_bytes(&store, bytes, false).await;
        assert_eq!((counts(&report), report.problems), ((1, 1, 0, 0, 0), vec![]));
        let order = store.orders(1).await.unwrap().remove(0);
        assert_eq!((order.lines[0].title.as_str(), order.buyer.as_str()), ("=cmd|' /C calc'!A0", "=*"));
        let csv = store.export_orders().await.unwrap();
        assert!(csv.contains("\"=\"\"=cmd|"), "it leaves as text: {csv}");
    }
    let store = shop().await;
    let stray =
        import(&store, &["1,A,1,15.80,\"open,待发货,,,", "2,A,1,15.80,,待发货,,,", "3,A,1,15.80,,待发货,,,"]).await;
    let held: Vec<_> = stray.problems.iter().map(|one| (one.row, one.order_no.as_str())).collect();
    assert_eq!((held, stray.added), (vec![(2, ""), (3, "2")], 1), "the one beside it may be cut short");
}

#[tokio::test]
async fn a_table_without_the_columns_is_refused_by_their_names() {
    let store = shop().await;
    let file = store.dir.path().join("orders.csv");
    fs::write(&file, "订单编号,数量\n1,2\n").unwrap();
    let why = store.import_channel_orders(&file, &how(false)).await.unwrap_err().to_string();
    assert!(why.contains("商家编码") && why.contains("商品单价"), "{why}");
}

#[tokio::test]
async fn the_order_of_another_device_is_the_same_order() {
    let (here, there) = (shop().await, shop().await);
    import(&here, TWO).await;
    import(&there, TWO).await;
    let ids = async |store: &TestStore| {
        let mut ids: Vec<_> = store.orders(9).await.unwrap().into_iter().map(|order| (order.id, order.lines)).collect();
        ids.sort_by_key(|(id, _)| *id);
        ids
    };
    assert_eq!(ids(&here).await, ids(&there).await);
    // The feed brings what the other device took.
    let op = here.pending_ops(99).await.unwrap().pop().unwrap();
    let event = serde_json::to_string(&hawker_wire::feed::FeedEvent::Op { op }).unwrap();
    let line = hawker_wire::feed::FeedLine { server_seq: 1, event, head: "0".repeat(64) };
    there.apply_feed(std::slice::from_ref(&line)).await.unwrap();
    assert_eq!((there.order_count().await.unwrap(), on_hand(&there, "A").await), (2, 7));
    let third = shop().await;
    third.apply_feed(&[line]).await.unwrap();
    assert_eq!((on_hand(&third, "A").await, third.channels().await.unwrap()[0].orders), (9, 1));
    assert_eq!(counts(&import(&third, TWO).await), (2, 1, 0, 1, 0), "the file brings the other one alone");
}

#[tokio::test]
async fn ten_thousand_rows_land_once() {
    let store = shop().await;
    let rows: String = (0..5_000).map(|n| format!("{n},A,1,15.80,,待发货,,,\n{n},B,1,9.90,,待发货,,,\n")).collect();
    let text = format!("{HEADER}\n{rows}");
    let report = import_bytes(&store, text.as_bytes(), false).await;
    assert_eq!((counts(&report), report.problems), ((5_000, 5_000, 0, 0, 0), vec![]));
    let short: Vec<_> = report.short.iter().map(|one| (one.sku.clone(), one.pieces)).collect();
    assert_eq!(short, [(Sku::new("A").unwrap(), 4_990), (Sku::new("B").unwrap(), 4_997)]);
    assert_eq!(counts(&import_bytes(&store, text.as_bytes(), false).await), (5_000, 0, 0, 5_000, 0));
}
