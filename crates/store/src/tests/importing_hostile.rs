//! Import of files that were made to do harm, or that are simply very large.

use crate::{ImportError, testing::*};
use hawker_domain::{Currency, Product, reason::ImportWhy};
use std::{
    fs,
    sync::atomic::{AtomicU64, Ordering},
};

async fn refused(store: &TestStore, name: &str, bytes: &[u8]) -> String {
    let file = store.dir.path().join(name);
    fs::write(&file, bytes).unwrap();
    match store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await {
        Err(ImportError::NotATable { why, .. }) => why,
        other => panic!("{name}: {other:?}"),
    }
}

fn cell(place: &str, text: &str) -> String {
    format!(r#"<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

fn sheet(rows: &str) -> String {
    let head = format!(r#"<row r="1">{}{}</row>"#, cell("A1", "sku"), cell("B1", "title"));
    format!("<worksheet><sheetData>{head}{rows}</sheetData></worksheet>")
}

#[tokio::test]
async fn a_workbook_made_to_do_harm_is_refused_in_clear_words() {
    let store = store().await;
    let bomb = sheet(&" ".repeat(17 * 1024 * 1024));
    let styles = zipped(&[("[Content_Types].xml", b"<Types/>"), ("xl/styles.xml", bomb.as_bytes())]);
    assert!(styles.len() < 200_000, "it is small as long as it is packed");
    assert!(refused(&store, "bomb.xlsx", &styles).await.contains("unpacks to more"));
    let claim = "<sst uniqueCount=\"18446744073709551615\"><si><t>a</t></si></sst>";
    assert!(refused(&store, "claim.xlsx", &workbook(&sheet(""), Some(claim))).await.contains("claims more"));
    let wide =
        format!("<worksheet><sheetData><row r=\"1\">{}</row></sheetData></worksheet>", cell("XFD1", "sku").repeat(3));
    assert!(refused(&store, "wide.xlsx", &workbook(&wide, None)).await.contains("columns"));
    let back = sheet(&format!("<row r=\"9\">{}</row><row r=\"2\">{}</row>", cell("A9", "a"), cell("A2", "b")));
    assert!(refused(&store, "back.xlsx", &workbook(&back, None)).await.contains("in order"));
    let whole = workbook(&sheet(&format!("<row r=\"2\">{}{}</row>", cell("A2", "A"), cell("B2", "Milk"))), None);
    for length in (0..whole.len()).step_by(whole.len() / 40) {
        let name = format!("cut-{length}.xlsx");
        assert!(!refused(&store, &name, &whole[..length]).await.is_empty());
    }
    for place in ["A99999999999", "ZZZZZZZZZZ1", "A0", "1", ""] {
        let rows = format!("<row r=\"2\">{}</row>", cell(place, "A"));
        let file = store.dir.path().join("place.xlsx");
        fs::write(&file, workbook(&sheet(&rows), None)).unwrap();
        // Whatever it is taken for, nothing ends and nothing lands.
        let _ = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await;
    }
    assert_eq!(store.all_products().await.unwrap(), []);
}

#[tokio::test]
async fn a_shared_text_that_is_used_over_and_over_stays_bounded() {
    let store = store().await;
    // 300 KB times 1,000 rows of 2 cells would be 600 MB.
    let long = "x".repeat(300 * 1024);
    let strings = format!("<sst><si><t>{long}</t></si></sst>");
    let rows: String = (2..1002)
        .map(|row| format!(r#"<row r="{row}"><c r="A{row}" t="s"><v>0</v></c><c r="B{row}" t="s"><v>0</v></c></row>"#))
        .collect();
    let why = refused(&store, "shared.xlsx", &workbook(&sheet(&rows), Some(&strings))).await;
    assert!(why.contains("says more than"), "{why}");
}

#[tokio::test]
async fn far_cells_cost_nothing_and_far_rows_are_read() {
    let store = store().await;
    let rows = format!("<row r=\"2\">{}{}{}</row>", cell("A2", "A"), cell("B2", "Milk"), cell("XFD2", "far"))
        + &format!("<row r=\"1048576\">{}{}</row>", cell("A1048576", "Z"), cell("B1048576", "Last"));
    let file = store.dir.path().join("far.xlsx");
    fs::write(&file, workbook(&sheet(&rows), None)).unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((report.added, report.problems), (2, vec![]));
}

#[tokio::test]
async fn another_kind_of_spreadsheet_is_named_with_what_to_do() {
    let store = store().await;
    let container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let mut encrypted = container.clone();
    encrypted.extend([0; 600]);
    encrypted.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let why = refused(&store, "secret.xlsx", &encrypted).await;
    assert!(why.contains("password") && why.contains("save it without one"), "{why}");
    assert!(refused(&store, "old.xls", &container).await.contains("save it as .xlsx"));
    let ods = zipped(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>")]);
    assert!(refused(&store, "open.ods", &ods).await.contains(".ods"));
    let file = store.dir.path().join("columns.xlsx");
    fs::write(
        &file,
        workbook("<worksheet><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c></row></sheetData></worksheet>", None),
    )
    .unwrap();
    let failed = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await;
    assert!(matches!(failed, Err(ImportError::MissingColumns { .. })), "{failed:?}");
}

#[tokio::test]
async fn a_csv_row_without_end_is_reported_and_the_rest_lands() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    let wide = "1,".repeat(1_000_000);
    let long = "x".repeat(3_000_000);
    fs::write(&file, format!("sku,title\nA,Milk\n{wide}\n{long}\nB,Bread\n")).unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code)).collect();
    assert_eq!((report.added, problems), (2, vec![(3, ImportWhy::RowTooLong), (4, ImportWhy::RowTooLong)]));
    assert!(report.problems[0].message.contains("1024 columns"), "{}", report.problems[0].message);
    assert!(refused(&store, "endless.csv", wide.as_bytes()).await.contains("columns"));
    assert!(refused(&store, "endless.csv", long.as_bytes()).await.contains("KB"));
}

/// What a spreadsheet would run is text here, on the way in and on the way out.
#[tokio::test]
async fn formulas_in_a_csv_are_data_and_leave_as_text() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    let rows = ["=\"007\",=1+1", "B,+cmd|' /C calc'!A0", "C,@SUM(1)", "D,-2+3", "E,\"\ttab\"", "F,\"a\rb\""];
    fs::write(&file, format!("sku,title\n{}\n", rows.join("\n"))).unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((report.added, report.problems), (6, vec![]));
    let all = store.all_products().await.unwrap();
    let found: Vec<_> = all.iter().map(|one| (one.sku.as_str(), one.title.as_str())).collect();
    let want =
        [("007", "=1+1"), ("B", "+cmd|' /C calc'!A0"), ("C", "@SUM(1)"), ("D", "-2+3"), ("E", "tab"), ("F", "a\rb")];
    assert_eq!(found, want);
    for (code, title) in [("G", "\tstarts with a tab"), ("H", "\rstarts with a return"), ("I", "＝1+1")] {
        store.put_product(&product(code, title)).await.unwrap();
    }
    let text = store.export_catalogue().await.unwrap();
    for line in text.lines() {
        for cell in line.split(',') {
            let runs = cell.trim_start_matches('"').starts_with(['+', '-', '@', '\t', '\r', '＝']);
            assert!(!runs && !cell.starts_with("=1"), "{cell:?} would run");
        }
    }
    let before = store.all_products().await.unwrap();
    let file = store.dir.path().join("out.csv");
    fs::write(&file, text).unwrap();
    let again = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((again.unchanged, again.problems), (9, vec![]));
    assert_eq!(store.all_products().await.unwrap(), before);
}

#[tokio::test]
async fn a_sku_of_emoji_is_a_sku_and_a_stock_below_zero_is_reported() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    fs::write(&file, "sku,title,stock\n🍎👩‍👩‍👧,Apple 🍏,3\nB,Owed,-3\n").unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    assert_eq!((report.added, problems), (1, vec![(3, ImportWhy::BadStock, "-3")]));
    assert_eq!(store.level(&sku("🍎👩‍👩‍👧")).await.unwrap().on_hand, 3);
    let text = store.export_catalogue().await.unwrap();
    assert!(text.contains("🍎👩‍👩‍👧,Apple 🍏"), "{text}");
}

#[tokio::test]
async fn a_hundred_thousand_rows_land_with_progress_and_can_be_stopped() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    let mut text = String::from("sku,title,price,barcode\n");
    for n in 0..100_000 {
        text.push_str(&format!("S{n},Goods {n},1.50,{}\n", 6_900_000_000_000_u64 + n));
    }
    fs::write(&file, text).unwrap();
    let steps = AtomicU64::new(0);
    let stopped = store
        .import_catalogue(&file, Currency::CNY, false, |done, all| {
            assert!(done <= all && all == 100_000);
            steps.fetch_add(1, Ordering::Relaxed);
            done < 8_000
        })
        .await
        .unwrap();
    assert!(stopped.stopped && stopped.added == 8_000, "{} added", stopped.added);
    assert_eq!(steps.load(Ordering::Relaxed), 3, "once before and once after each four thousand");
    let joins_from: i64 = sqlx::query_scalar("SELECT v FROM product_search_config WHERE k = 'automerge'")
        .fetch_one(&store.reader)
        .await
        .unwrap();
    assert_eq!(
        joins_from,
        i64::from(crate::search::JOIN_SOON),
        "the index is kept in few parts again, however it ended"
    );
    // A dry run reads every row as a real one does and keeps the test short.
    let rest = store.import_catalogue(&file, Currency::CNY, true, |_, _| true).await.unwrap();
    assert_eq!((rest.added, rest.unchanged, rest.stopped, rest.problems), (92_000, 8_000, false, vec![]));
}

/// A comma for a decimal point is what much of Europe writes; read as a thousands sign it would cost ten times as much.
#[tokio::test]
async fn a_price_with_a_comma_for_a_point_is_reported_and_never_ten_times_as_much() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    fs::write(&file, "sku;title;price\nA;Milk;12,5\nB;Bread;¥1,299.00\nC;Tea;1.299,00\nD;Rice;1,2999\n").unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    use ImportWhy::BadPrice;
    assert_eq!(problems, [(2, BadPrice, "12,5"), (4, BadPrice, "1.299,00"), (5, BadPrice, "1,2999")]);
    assert!(report.problems[0].message.contains("12,5") && report.problems[0].message.contains("write it like"));
    let prices: Vec<(String, i64)> = store
        .all_products()
        .await
        .unwrap()
        .iter()
        .map(|one: &Product| (one.sku.to_string(), one.price.minor))
        .collect();
    assert_eq!(prices, [("B".to_owned(), 129_900)], "nothing is guessed");
}
