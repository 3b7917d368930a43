//! Commands that end by themselves.

use hawker_tests::{Studio, asset};

fn demo_studio() -> Studio {
    let studio = Studio::new();
    let report = studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    assert_eq!(report["problems"], serde_json::json!([]), "the demo catalogue has no broken row");
    studio
}

#[test]
fn the_demo_catalogue_is_imported_once_and_found_in_both_languages() {
    let studio = demo_studio();
    let all = studio.json(&["catalog", "list"]);
    let total = all["total"].as_u64().unwrap();
    assert!((12..=24).contains(&total), "{total} products");
    let again = studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    assert_eq!(again["added"], 0, "the same file twice adds nothing");
    let first = &all["products"][0];
    let title = first["title"].as_str().unwrap();
    let found = studio.json(&["catalog", "search", title]);
    assert!(
        found["products"].as_array().unwrap().iter().any(|product| product["sku"] == first["sku"]),
        "{title} is found by its own title"
    );
}

#[test]
fn a_sale_at_the_table_lowers_the_stock_and_waits_for_the_platform() {
    let studio = demo_studio();
    let product = studio.json(&["catalog", "list"])["products"][0].clone();
    let sku = product["sku"].as_str().unwrap();
    let order = studio.json(&["orders", "add", &format!("{sku}=2"), "--buyer", "张小雨"]);
    assert_eq!(order[0]["state"], "paid");
    assert_eq!(order[0]["buyer"], "张*", "a buyer's name is masked in every list");
    let after = studio.json(&["catalog", "search", sku])["products"].as_array().unwrap().clone();
    let after = after.iter().find(|found| found["sku"] == sku).unwrap().clone();
    assert_eq!(after["on_hand"].as_i64().unwrap(), product["on_hand"].as_i64().unwrap() - 2);
    assert_eq!(studio.json(&["orders", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_key_never_comes_back_out_of_the_destinations() {
    let studio = Studio::new();
    let secret = "live_4f9a-secret-key";
    let added = studio.run_with_stdin(&["destinations", "add", "shop"], &format!("rtmp://live.example/app/{secret}\n"));
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let listed = studio.run(&["--json", "destinations", "list"]);
    for out in [&added, &listed] {
        let text = format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert!(text.contains("live.example") && !text.contains(secret), "{text}");
    }
}
