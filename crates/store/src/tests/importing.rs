//! Import: good rows land, bad ones are named, twice is once.

use crate::{
    ImportError, RowProblem,
    search::{JOIN_LATE, JOIN_SOON},
    testing::*,
};
use encoding_rs::GB18030;
use hawker_domain::{Currency, reason::ImportWhy};
use std::{fs, path::Path, sync::Mutex};
use tokio::sync::Notify;

async fn import(store: &crate::Store, path: &Path) -> crate::ImportReport {
    store.import_catalogue(path, Currency::CNY, false, |_, _| true).await.unwrap()
}

#[tokio::test]
async fn a_folder_with_photos_lands_and_a_bad_row_costs_only_itself() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("img")).unwrap();
    fs::write(dir.path().join("img/a.png"), png(50, 50, [255, 0, 0, 255])).unwrap();
    fs::write(dir.path().join("img/fake.jpg"), b"not a picture").unwrap();
    fs::write(
        dir.path().join("catalog.csv"),
        "sku,title,price,stock,images\n\
         A,Milk,12.50,5,img/a.png\n\
         B,Bread,cheap,5,\n\
         C,\"Cheese,1,2,\n\
         D,Duck,30,,img/fake.jpg;img/none.jpg;../secret.png;/etc/passwd\n\
         A,Again,1,1,\n\
         E,Egg,,0,img/a.png\n",
    )
    .unwrap();
    let steps = Mutex::new(Vec::new());
    let report = store
        .import_catalogue(dir.path(), Currency::CNY, false, |done, all| {
            steps.lock().unwrap().push((done, all));
            true
        })
        .await
        .unwrap();
    assert_eq!((report.added, report.updated, report.unchanged, report.photos), (3, 0, 0, 2));
    let problems: Vec<(u64, Option<&str>, &str)> = report
        .problems
        .iter()
        .map(|RowProblem { row, sku, message, .. }| (*row, sku.as_deref(), message.as_str()))
        .collect();
    let codes: Vec<(ImportWhy, &str)> =
        report.problems.iter().map(|problem| (problem.code, problem.about.as_str())).collect();
    let has = |row: u64, sku: Option<&str>, part: &str| {
        assert!(
            problems.iter().any(|(r, s, message)| (*r, *s) == (row, sku) && message.contains(part)),
            "{row} {sku:?} {part}: {problems:#?}"
        );
    };
    has(3, Some("B"), "\"cheap\" is no amount");
    has(4, None, "a quote is opened");
    has(5, Some("D"), "img/fake.jpg was left out");
    has(5, Some("D"), "img/none.jpg can't be read");
    has(5, Some("D"), "../secret.png lies outside");
    has(5, Some("D"), "/etc/passwd lies outside");
    has(6, Some("A"), "stands in line 2 already");
    use ImportWhy::*;
    assert_eq!(
        codes,
        [
            (BadPrice, "cheap"),
            (BadQuotes, ""),
            (PhotoOutside, "../secret.png"),
            (PhotoOutside, "/etc/passwd"),
            (NotAPhoto, "img/fake.jpg"),
            (PhotoUnreadable, "img/none.jpg"),
            (RepeatedSku, "2"),
        ]
    );
    assert!(!report.stopped);
    assert_eq!(*steps.lock().unwrap().last().unwrap(), (6, 6));
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, 5);
    assert_eq!(store.photos_of(&sku("A")).await.unwrap().len(), 1);
    assert_eq!(store.pending_count().await.unwrap(), 2, "the products, and the one stock that changed");
}

#[tokio::test]
async fn importing_again_changes_nothing_and_a_changed_row_updates() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("goods.tsv");
    fs::write(dir.path().join("A.png"), png(5, 5, [255, 0, 0, 255])).unwrap();
    fs::write(dir.path().join("A-2.png"), png(5, 5, [0, 255, 0, 255])).unwrap();
    fs::write(dir.path().join("AB.png"), png(5, 5, [0, 0, 255, 255])).unwrap();
    fs::write(&file, "货号\t商品名\t价格\t库存\nA\t纯牛奶\t12.5\t5\nB\t面包\t3\t\n").unwrap();
    let first = import(&store, &file).await;
    assert_eq!((first.added, first.photos, first.problems.len()), (2, 2, 0), "photos are found by SKU: {first:?}");
    let before = store.all_products().await.unwrap();
    let again = import(&store, dir.path()).await;
    assert_eq!((again.added, again.updated, again.unchanged, again.photos), (0, 0, 2, 0));
    assert_eq!(store.all_products().await.unwrap(), before);
    assert_eq!(store.pending_count().await.unwrap(), 2);
    fs::write(&file, "货号\t商品名\t库存\nA\t鲜牛奶\t\nB\t面包\t7\n").unwrap();
    let changed = import(&store, &file).await;
    assert_eq!((changed.updated, changed.unchanged), (2, 0));
    let milk = store.product(&sku("A")).await.unwrap().unwrap();
    assert_eq!((milk.title.as_str(), milk.price.minor, milk.id), ("鲜牛奶", 1250, before[0].id));
    assert_eq!(store.level(&sku("A")).await.unwrap().on_hand, 5, "an empty cell leaves the stock alone");
    assert_eq!(store.level(&sku("B")).await.unwrap().on_hand, 7);
}

#[tokio::test]
async fn an_import_that_is_told_to_stop_keeps_what_landed_and_the_next_one_finishes() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.csv");
    let photos = ["a", "b", "c"];
    for (shade, name) in photos.iter().enumerate() {
        fs::write(dir.path().join(format!("{name}.png")), png(5, 5, [shade as u8, 0, 0, 255])).unwrap();
    }
    fs::write(&file, "sku,title,images\nA,Milk,a.png\nB,Bread,b.png\nC,Cheese,c.png\n").unwrap();
    let stopped = store.import_catalogue(&file, Currency::CNY, false, |done, _| done < 1).await.unwrap();
    assert!(stopped.stopped);
    assert_eq!((stopped.added, stopped.photos), (3, 1), "rows land together, photos one by one: {stopped:?}");
    let before = store.import_catalogue(&file, Currency::CNY, false, |_, _| false).await.unwrap();
    assert!(before.stopped && before.unchanged == 0, "told to stop before the first row, it reads none: {before:?}");
    let last = store.import_catalogue(&file, Currency::CNY, false, |done, all| done < all).await.unwrap();
    assert!(!last.stopped, "who says stop at the last row was too late");
    assert_eq!((last.unchanged, last.photos), (3, 2));
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_changes_nothing() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.csv");
    fs::write(dir.path().join("a.png"), png(5, 5, [255, 0, 0, 255])).unwrap();
    fs::write(&file, "sku,title,stock,images\nA,Milk,5,a.png\n,no sku,1,\nB,Bread,x,\n").unwrap();
    let mut dry = store.import_catalogue(&file, Currency::CNY, true, |_, _| true).await.unwrap();
    assert!(dry.dry_run && store.all_products().await.unwrap().is_empty());
    assert_eq!(store.pending_count().await.unwrap(), 0);
    let wet = import(&store, &file).await;
    dry.dry_run = false;
    assert_eq!(dry, wet);
}

#[tokio::test]
async fn a_table_from_an_old_spreadsheet_program_is_read() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("导出.csv");
    fs::write(&file, GB18030.encode("货号,宝贝标题,宝贝价格\r\nA,純棉T恤,59.00\r\n").0).unwrap();
    assert_eq!(import(&store, &file).await.added, 1);
    assert_eq!(store.products("纯棉", 0, 9).await.unwrap().1, 1);
}

#[tokio::test]
async fn what_is_no_table_is_named() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    fs::write(path("empty.csv"), "").unwrap();
    fs::write(path("zip.csv"), b"PK\x03\x04\0\0\0").unwrap();
    fs::write(path("columns.csv"), "price,stock\n1,2\n").unwrap();
    let failed = |name: &str| {
        let file = path(name);
        let store = &store;
        async move { store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap_err() }
    };
    assert!(matches!(failed("none.csv").await, ImportError::Unreadable { .. }));
    assert!(matches!(failed("empty.csv").await, ImportError::NotATable { .. }));
    assert!(matches!(failed("zip.csv").await, ImportError::NotATable { .. }));
    assert!(matches!(failed("columns.csv").await, ImportError::MissingColumns { .. }));
    assert!(matches!(failed("").await, ImportError::NoTable(_)), "three tables and no catalog.csv");
}

#[tokio::test]
async fn needs_data_the_grocery_catalogue_lands_with_its_photos() {
    let data = std::env::var_os("HAWKER_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), std::path::PathBuf::from);
    let file = data.join("grocery/catalog_shop.csv");
    assert!(file.exists(), "{} is not there; HAWKER_DATA names the folder that holds grocery/", file.display());
    let store = store().await;
    let report = import(&store, &file).await;
    assert_eq!((report.added, report.photos), (81, 81), "{:?}", report.problems);
    assert!(report.problems.is_empty());
}

#[tokio::test]
async fn variants_go_on_with_what_the_first_row_says_even_where_that_does_not_land() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("products_export.csv");
    fs::write(
        &file,
        "Handle,Title,Vendor,Option1 Value,Variant SKU,Variant Price\n\
         t-shirt,T-shirt,Loom,Red,TS-R,cheap\n\
         t-shirt,,,Blue,TS-B,13.50\n",
    )
    .unwrap();
    let report = import(&store, &file).await;
    let wrong: Vec<_> = report.problems.iter().map(|problem| (problem.row, problem.code)).collect();
    assert_eq!((report.added, wrong), (1, vec![(2, ImportWhy::BadPrice)]));
    let all = store.all_products().await.unwrap();
    let found: Vec<_> = all.iter().map(|one| (one.sku.as_str(), one.title.as_str(), one.brand.as_str())).collect();
    assert_eq!(found, [("TS-B", "T-shirt", "Loom")]);
}

/// Merged cells of a spreadsheet are empty but for the first.
#[tokio::test]
async fn a_new_variant_without_a_price_costs_what_the_first_row_says_and_never_nothing() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("goods.csv");
    let head = "SPU,SKU,Title,Price,Currency,Option,Images\n";
    let rows = "tee,TEE-R,T-shirt,12.50,USD,Red,\n\
                tee,TEE-B,,,,Blue,\n\
                tee,TEE-W,,13,,White,\n\
                tee,TEE-E,,,EUR,Euro,\n\
                tee,TEE-T,Tall T-shirt,,,Tall,\n\
                cap,CAP-R,Cap,,USD,Red,\n\
                cap,CAP-B,,,,Blue,../secret.png\n\
                mug,MUG-R,Mug,cheap,,Red,\n\
                mug,MUG-B,,,,Blue,\n\
                mug,MUG-B,,5,,Blue,\n";
    fs::write(&file, [head, rows].concat()).unwrap();
    let report = import(&store, &file).await;
    let wrong: Vec<_> =
        report.problems.iter().map(|problem| (problem.row, problem.code, problem.about.as_str())).collect();
    let empty = |row: u64| (row, ImportWhy::BadPrice, "");
    let want = [empty(5), empty(8), (9, ImportWhy::BadPrice, "cheap"), empty(10)];
    assert_eq!(wrong, want, "neither an amount of another currency nor what is no amount is a price");
    let prices = async || {
        let all = store.all_products().await.unwrap();
        all.iter().map(|one| (one.sku.to_string(), one.price.to_string())).collect::<Vec<_>>()
    };
    let want = [
        ("TEE-R", "12.50 USD"),
        ("TEE-B", "12.50 USD"),
        ("TEE-W", "13.00 USD"),
        ("TEE-T", "12.50 USD"),
        ("CAP-R", "0.00 CNY"),
        ("MUG-B", "5.00 CNY"),
    ];
    let text = |(sku, price): (&str, &str)| (sku.to_owned(), price.to_owned());
    assert_eq!(prices().await, want.map(text), "a first row says all of it");
    let rows = "tee,TEE-R,T-shirt,20,USD,Red,\n\
                tee,TEE-W,,,,White,\n\
                tee,TEE-G,,,,Green,\n";
    fs::write(&file, [head, rows].concat()).unwrap();
    assert_eq!(import(&store, &file).await.problems, []);
    let (known, new) = (prices().await[2].clone(), prices().await[6].clone());
    assert_eq!((known, new), (text(("TEE-W", "13.00 USD")), text(("TEE-G", "20.00 USD"))), "what is stored stays");
}

#[tokio::test]
async fn variants_of_a_shops_export_are_articles_of_their_own_that_know_each_other() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("products_export.csv");
    fs::write(
        &file,
        "Handle,Title,Vendor,Type,Tags,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Price,Variant Barcode,Cost per item\n\
         t-shirt,T-shirt,Loom,Tops,tee,Colour,Red,Size,L,TS-R-L,12.50,2001001001018,6.20\n\
         t-shirt,,,,,,Red,,M,TS-R-M,12.50,,6.40\n\
         t-shirt,,,,,,Blue,,L,TS-B-L,13.50,,\n\
         t-shirt,T-shirt long,,,,,Red,,XL,TS-R-XL,14.50,,\n\
         mug,Mug,Clay,,,Title,Default Title,,,MUG,5,,\n",
    )
    .unwrap();
    let report = import(&store, &file).await;
    assert_eq!((report.added, report.problems), (5, vec![]));
    let all = store.all_products().await.unwrap();
    let variant =
        |product: &hawker_domain::Product| product.variant.clone().map(|variant| (variant.of, variant.option));
    let of = |option: &str| Some(("t-shirt".to_owned(), option.to_owned()));
    let found: Vec<_> =
        all.iter().map(|product| (product.sku.as_str(), product.title.as_str(), variant(product))).collect();
    let want = [
        ("TS-R-L", "T-shirt", of("Red / L")),
        ("TS-R-M", "T-shirt", of("Red / M")),
        ("TS-B-L", "T-shirt", of("Blue / L")),
        ("TS-R-XL", "T-shirt long", of("Red / XL")),
        ("MUG", "Mug", None),
    ];
    assert_eq!(found, want);
    let shared = |product: &hawker_domain::Product| {
        (product.brand.clone(), product.category.clone(), product.aliases.clone(), product.barcode.clone())
    };
    let of_first = |barcode: &str| ("Loom".to_owned(), "Tops".to_owned(), vec!["tee".to_owned()], barcode.to_owned());
    assert_eq!(all.iter().take(3).map(shared).collect::<Vec<_>>(), ["2001001001018", "", ""].map(of_first));
    assert_eq!(all[3].brand, "", "a row with a title of its own says all of it");
    let costs: Vec<_> = all.iter().map(|product| product.cost.map(|cost| cost.minor)).collect();
    assert_eq!(costs, [Some(620), Some(640), None, None, None], "each variant's own");
    let (hits, _) = store.products("t-shirt blue", 0, 10).await.unwrap();
    assert_eq!(hits.first().map(|product| product.sku.as_str()), Some("TS-B-L"), "it is found by its option");
    let again = import(&store, &file).await;
    assert_eq!((again.unchanged, again.updated), (5, 0));
}

#[tokio::test]
async fn rows_of_several_statements_and_transactions_land_as_if_each_came_alone() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.csv");
    let rows = 4_301_u64;
    let table = |stock: u64| {
        let line = |number: u64| format!("S{number:04},纯牛奶 Milk {number},1.50,{}\n", number + stock);
        format!("sku,title,price,stock\n{}", (0..rows).map(line).collect::<String>())
    };
    fs::write(&file, table(1)).unwrap();
    let first = import(&store, &file).await;
    assert_eq!((first.added, first.problems.len()), (rows, 0));
    let again = import(&store, &file).await;
    assert_eq!((again.added, again.updated, again.unchanged), (0, 0, rows));
    fs::write(&file, table(3)).unwrap();
    assert_eq!(import(&store, &file).await.updated, rows);
    for number in [0, 499, 500, 999, 1_000, 3_999, 4_000, 4_300] {
        let one = sku(&format!("S{number:04}"));
        assert_eq!(store.level(&one).await.unwrap().on_hand, number + 3);
        assert_eq!(store.movements(&one, 9).await.unwrap().len(), 2, "the ledger has both counts");
        let (found, _) = store.products(&format!("milk {number}"), 0, 5_000).await.unwrap();
        assert!(found.iter().any(|product| product.sku == one), "the index has the words of row {number}");
    }
    let ops = store.ops_from(0, 10_000).await.unwrap();
    let numbers: Vec<u64> = ops.iter().map(|op| op.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "without a gap, whatever was written together");
    assert_eq!(ops.iter().filter(|op| !op.is_edit()).count() as u64, 2 * rows, "each count, and the products in few");
    assert_eq!(store.all_products().await.unwrap().first().unwrap().sku, sku("S0000"), "in the table's order");
}

#[tokio::test]
async fn an_import_that_is_cut_off_leaves_no_index_that_joins_its_parts_late() {
    let store = store().await;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("catalog.csv");
    let rows: String = (0..4_001).map(|number| format!("S{number:04},Milk,1.50\n")).collect();
    fs::write(&file, format!("sku,title,price\n{rows}")).unwrap();
    let joined_at = async |store: &crate::Store| -> i64 {
        let set = sqlx::query_scalar("SELECT v FROM product_search_config WHERE k = 'automerge'");
        set.fetch_optional(&store.reader).await.unwrap().unwrap_or(JOIN_SOON.into())
    };
    let landing = Notify::new();
    let begun = |done: u64, _| {
        if done > 0 {
            landing.notify_one();
        }
        true
    };
    tokio::select! {
        biased;
        _ = store.import_catalogue(&file, Currency::CNY, false, begun) => panic!("nobody cut it off"),
        () = landing.notified() => {}
    }
    assert_eq!(joined_at(&store).await, i64::from(JOIN_LATE), "cut off in its middle");
    let dir_of_store = store.into_dir().await;
    let store = open(dir_of_store.path()).await.unwrap();
    assert_eq!(joined_at(&store).await, i64::from(JOIN_SOON), "set right at the next start");
    assert_eq!(import(&store, &file).await.unchanged, 4_000);
    assert_eq!(joined_at(&store).await, i64::from(JOIN_SOON), "and at its own end");
}
