//! Import of workbooks: the same as a CSV of what a spreadsheet shows, and nothing guessed.

use crate::{ImportError, ImportReport, testing::*};
use hawker_domain::{Currency, reason::ImportWhy};
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use std::{fs, path::Path};

async fn import(store: &crate::Store, path: &Path) -> Result<ImportReport, ImportError> {
    store.import_catalogue(path, Currency::CNY, false, |_, _| true).await
}

fn header(sheet: &mut Worksheet, names: &[&str]) {
    for (column, name) in (0..).zip(names) {
        sheet.write_string(0, column, *name).unwrap();
    }
}

fn row(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        match cell.parse::<f64>() {
            Ok(number) => sheet.write_number(row, column, number).unwrap(),
            Err(_) => sheet.write_string(row, column, *cell).unwrap(),
        };
    }
}

#[tokio::test]
async fn a_workbook_is_read_as_its_csv_would_be() {
    let store = store().await;
    let mut book = Workbook::new();
    let notes = book.add_worksheet().set_name("说明").unwrap();
    notes.write_string(0, 0, "请填写第二张表").unwrap();
    let hidden = book.add_worksheet().set_name("old").unwrap();
    header(hidden, &["sku", "title"]);
    row(hidden, 1, &["OLD", "Old"]);
    hidden.set_hidden(true);
    let goods = book.add_worksheet().set_name("商品").unwrap();
    header(goods, &["货号", "商品名", "价格", "库存", "条码", "备注"]);
    goods.write_string(1, 0, "007").unwrap();
    goods.write_string(1, 1, "纯牛奶").unwrap();
    goods.write_number(1, 2, 0.1 + 0.2).unwrap();
    goods.write_number(1, 3, 5.0).unwrap();
    goods.write_number(1, 4, 6_901_234_567_892.0).unwrap();
    goods.write_boolean(1, 5, true).unwrap();
    row(goods, 3, &["42", "Bread", "12.5"]);
    goods.write_formula(3, 3, Formula::new("=2*4").set_result("8")).unwrap();
    goods.write_formula(3, 4, Formula::new("=\"69\"&\"0001\"").set_result("690001")).unwrap();
    let second = book.add_worksheet().set_name("more").unwrap();
    header(second, &["sku", "title"]);
    row(second, 1, &["Z", "Never read"]);
    let file = store.dir.path().join("goods.xlsx");
    book.save(&file).unwrap();

    let report = import(&store, &file).await.unwrap();
    assert_eq!((report.added, report.problems, report.sheet.as_deref()), (2, vec![], Some("商品")));
    let milk = store.product(&sku("007")).await.unwrap().unwrap();
    assert_eq!((milk.price.minor, milk.barcode.as_str()), (30, "6901234567892"), "0.1 + 0.2 costs 0.30");
    let bread = store.product(&sku("42")).await.unwrap().unwrap();
    assert_eq!((bread.price.minor, bread.barcode.as_str()), (1250, "690001"));
    assert_eq!(store.level(&sku("42")).await.unwrap().on_hand, 8, "what a formula gave");
    assert_eq!(import(&store, &file).await.unwrap().unchanged, 2, "again it changes nothing");
    assert_eq!(import(&store, store.dir.path()).await.unwrap().unchanged, 2, "it is the only table of its folder");
}

#[tokio::test]
async fn a_cell_that_is_neither_text_nor_number_costs_its_row_and_is_named() {
    let store = store().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    header(sheet, &["sku", "title", "price", "stock", "barcode", "note"]);
    row(sheet, 1, &["A", "Good", "1"]);
    row(sheet, 2, &["", "Date for a code", "1"]);
    let date = ExcelDateTime::from_ymd(2026, 3, 12).unwrap();
    sheet.write_datetime_with_format(2, 0, &date, &Format::new().set_num_format("m-d")).unwrap();
    row(sheet, 3, &["C", "Error", "1"]);
    sheet.write_formula(3, 2, Formula::new("=NA()").set_result("#N/A")).unwrap();
    row(sheet, 4, &["D", "Truth", "1"]);
    sheet.write_boolean(4, 3, true).unwrap();
    row(sheet, 5, &["E", "Long", "1", "1", "12345678901234567890"]);
    row(sheet, 6, &["F", "Nobody wants this", "1"]);
    sheet.write_datetime_with_format(6, 5, &date, &Format::new().set_num_format("yyyy-mm-dd")).unwrap();
    row(sheet, 7, &["G", "Owed", "1", "-3"]);
    row(sheet, 8, &["H", "Dear", "12.345"]);
    let file = store.dir.path().join("goods.xlsx");
    book.save(&file).unwrap();
    let report = import(&store, &file).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    use ImportWhy::*;
    let want = [
        (3, BadCell, "A3"),
        (4, BadCell, "C4"),
        (5, BadCell, "D5"),
        (6, BadCell, "E6"),
        (8, BadStock, "-3"),
        (9, BadPrice, "12.345"),
    ];
    assert_eq!(problems, want, "{:#?}", report.problems);
    assert_eq!(report.added, 2, "a date in a column without a meaning harms nothing");
    let said: Vec<&str> = report.problems.iter().map(|one| one.message.as_str()).collect();
    for (said, part) in said.iter().zip(["a date", "#N/A", "TRUE", "15 digits"]) {
        assert!(said.contains(part), "{said}");
    }
}

#[tokio::test]
async fn a_formula_that_was_never_calculated_is_no_empty_cell() {
    let store = store().await;
    let file = store.dir.path().join("written-by-a-program.xlsx");
    let sheet = r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c><c r="B1" t="inlineStr"><is><t>title</t></is></c><c r="C1" t="inlineStr"><is><t>price</t></is></c></row>
        <row r="2"><c r="A2" t="inlineStr"><is><t>A</t></is></c><c r="B2" t="inlineStr"><is><t>Milk</t></is></c><c r="C2"><f>1+1</f><v></v></c></row>
        <row r="3"><c r="A3" t="inlineStr"><is><t>B</t></is></c><c r="B3" t="inlineStr"><is><t>Bread</t></is></c><c r="C3"/></row>
        </sheetData></worksheet>"#;
    fs::write(&file, workbook(sheet, None)).unwrap();
    let report = import(&store, &file).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    assert_eq!((report.added, problems), (1, vec![(2, ImportWhy::BadCell, "C2")]));
    assert!(report.problems[0].message.contains("without its result"));
}

#[tokio::test]
async fn a_title_may_stand_above_the_header() {
    let store = store().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "2026 春季价目表").unwrap();
    for (column, name) in (0..).zip(["货号", "商品名", "价格"]) {
        sheet.write_string(2, column, name).unwrap();
    }
    row(sheet, 3, &["A", "茶", "9.9"]);
    let file = store.dir.path().join("goods.xlsx");
    book.save(&file).unwrap();
    let report = import(&store, &file).await.unwrap();
    assert_eq!((report.added, report.problems), (1, vec![]));
}
