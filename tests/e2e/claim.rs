//! A comment in the chat becomes a paid order: the studio as hosts run it, the embedded platform, a viewer in Chromium.

use hawker_tests::{Studio, asset, node};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
const SKU: &str = "SQ-MILK-1L";

#[test]
fn a_viewer_buys_by_a_comment_and_pays_by_the_link_that_only_this_viewer_is_shown() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    studio.json(&["show", "claims", "rules", "--take", "on", "--shipping", "6", "--free-from", "99"]);
    let on_hand = |studio: &Studio| {
        let found = studio.json(&["catalog", "search", SKU]);
        found["products"].as_array().unwrap().iter().find(|product| product["sku"] == SKU).unwrap()["on_hand"]
            .as_i64()
            .unwrap()
    };
    let before = on_hand(&studio);
    let mut show = studio.start(&["live", "--source", "test"], None);
    let on_air = show.wait_for("the viewer page's address", SOON, |line| {
        line["event"] == "on_air" && line["viewer_url"].is_string()
    });
    let shots = std::env::var("HAWKER_SHOTS").unwrap_or_else(|_| studio.folder().display().to_string());
    let bought = node("claim.mjs", &[on_air["viewer_url"].as_str().unwrap(), "要2件牛奶", &shots], None);
    // Two at 16.80 and the parcel.
    assert!(bought["total"].as_str().unwrap().contains("39.60"), "{bought}");
    let order = show.wait_for("the order is in the studio", SOON, |line| {
        line["event"] == "order" && line["id"] == bought["order_id"]
    });
    assert_eq!((&order["lines"][0]["sku"], &order["lines"][0]["qty"]), (&SKU.into(), &2.into()), "{order}");
    assert_eq!(on_hand(&studio), before - 2, "the stock follows the order");
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}
