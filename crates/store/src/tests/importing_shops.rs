//! Import of what shops export, with their variants packed into one row.

use crate::testing::*;
use hawker_domain::{Currency, Product, reason::ImportWhy};
use std::fs;

fn shown(product: &Product) -> (&str, &str, i64, String) {
    let variant = product.variant.as_ref().map(|variant| format!("{}: {}", variant.of, variant.option));
    (product.sku.as_str(), product.title.as_str(), product.price.minor, variant.unwrap_or_default())
}

/// The form of Taobao's assistant: tabs, UTF-16, a line with its version, one of names for programs, one for people.
#[tokio::test]
async fn an_export_of_taobao_gives_each_variant_its_code_price_and_stock() {
    let store = store().await;
    let lines = [
        "version 1.00",
        "title\tcid\tprice\tnum\tdescription\tskuProps\touter_id\tpropAlias\tnum_id\tinput_custom_cpv\tbarcode",
        "宝贝名称\t宝贝类目\t宝贝价格\t宝贝数量\t宝贝描述\t销售属性组合\t商家编码\t销售属性别名\t数字ID\t自定义属性值\t商品条形码",
        "\"纯棉T恤\"\t50000671\t59.00\t45\t\"<p>好, \"\"真\"\"好</p>\"\t\"59.00:10:TS-R-L:1627207:28326;20509:28314;59.00:20:TS-R-M:1627207:28326;20509:28315;62.50:15::1627207:-1001;20509:28314;\"\t\"TS\"\t\"1627207:28326:红色;20509:28314:L;20509:28315:M;\"\t100\t\"1627207:-1001:雾霾蓝;\"\t\"6900000000011\"",
        "\"马克杯\"\t50000671\t19.90\t7\t\"\"\t\"\"\t\"MUG\"\t\"\"\t101\t\"\"\t\"6900000000028\"",
        "\"坏行\"\t1\t5\t1\t\"\"\t\"5:1\"\t\"BAD\"\t\"\"\t102\t\"\"\t\"\"",
    ];
    let text = lines.join("\r\n") + "\r\n";
    let bytes: Vec<u8> = std::iter::once(0xfeff_u16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let file = store.dir.path().join("淘宝数据.csv");
    fs::write(&file, bytes).unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code, one.about.as_str())).collect();
    assert_eq!((report.added, problems), (4, vec![(6, ImportWhy::BadPacked, "5:1")]), "{:#?}", report.problems);
    let all = store.all_products().await.unwrap();
    let of = |option: &str| format!("TS: {option}");
    let want = [
        ("TS-R-L", "纯棉T恤", 5900, of("红色 / L")),
        ("TS-R-M", "纯棉T恤", 5900, of("红色 / M")),
        ("TS-雾霾蓝-L", "纯棉T恤", 6250, of("雾霾蓝 / L")),
        ("MUG", "马克杯", 1990, String::new()),
    ];
    assert_eq!(all.iter().map(shown).collect::<Vec<_>>(), want);
    let mut stock = Vec::new();
    for product in &all {
        stock.push(store.level(&product.sku).await.unwrap().on_hand);
    }
    assert_eq!(stock, [10, 20, 15, 7]);
    let codes: Vec<_> = all.iter().map(|one| (one.barcode.as_str(), one.category.as_str())).collect();
    assert_eq!(codes, [("", ""), ("", ""), ("", ""), ("6900000000028", "")], "one code is not that of three");
    assert!(all.iter().take(3).all(|one| one.description == "<p>好, \"真\"好</p>"), "they share what the row says");
    let again = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((again.added, again.unchanged), (0, 4), "codes that were made up are the same again");
}

#[tokio::test]
async fn properties_in_one_cell_are_options_and_packed_rows_are_variants() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    fs::write(
        &file,
        "SPU,商家编码,标题,价格,成本,库存,销售属性\n\
         TEE,T-R|T-B,T恤,59|62,30|31,3|4,颜色:红色;尺码:L|颜色:蓝色;尺码:M\n\
         CAP,CAP-R,帽子,20,12,1,颜色:红色\n\
         BAG,B-1|B-2,包,20,9,1|2,红\n\
         BOX,X-1|X-2,箱,1|2|3,,,大|小\n",
    )
    .unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    let problems: Vec<_> = report.problems.iter().map(|one| (one.row, one.code)).collect();
    assert_eq!(problems, [(4, ImportWhy::BadStock), (5, ImportWhy::BadPacked)], "{:#?}", report.problems);
    let all = store.all_products().await.unwrap();
    let want = [
        ("T-R", "T恤", 5900, "TEE: 红色 / L".to_owned()),
        ("T-B", "T恤", 6200, "TEE: 蓝色 / M".to_owned()),
        ("CAP-R", "帽子", 2000, "CAP: 红色".to_owned()),
    ];
    assert_eq!(all.iter().map(shown).collect::<Vec<_>>(), want);
    let costs: Vec<_> = all.iter().map(|one| one.cost.map(|cost| cost.minor)).collect();
    assert_eq!(costs, [Some(3000), Some(3100), Some(1200)]);
}

#[tokio::test]
async fn packed_rows_of_more_variants_than_are_written_together_land_whole_and_each_once() {
    let store = store().await;
    let file = store.dir.path().join("goods.csv");
    let row = |spu: &str, from: u32| {
        let each = |text: &str| (from..from + 700).map(|n| format!("{text}{n}")).collect::<Vec<_>>().join("|");
        format!("{spu},{},T恤,59,{},{}\n", each("T-"), each("1"), each("No "))
    };
    fs::write(&file, format!("SPU,商家编码,标题,价格,库存,销售属性\n{}{}", row("A", 0), row("B", 100))).unwrap();
    let report = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((report.added, report.problems.len()), (800, 600));
    assert!(report.problems.iter().all(|one| (one.row, one.code) == (3, ImportWhy::RepeatedSku)));
    let all = store.all_products().await.unwrap();
    assert_eq!(all.first().map(shown), Some(("T-0", "T恤", 5900, "A: No 0".to_owned())));
    assert_eq!(all.last().map(shown), Some(("T-799", "T恤", 5900, "B: No 799".to_owned())));
    for (code, pieces) in [("T-0", 10), ("T-699", 1_699), ("T-799", 1_799)] {
        assert_eq!(store.level(&sku(code)).await.unwrap().on_hand, pieces, "{code}");
    }
    let again = store.import_catalogue(&file, Currency::CNY, false, |_, _| true).await.unwrap();
    assert_eq!((again.added, again.updated, again.unchanged), (0, 0, 800));
}
