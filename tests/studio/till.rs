//! The till, with a receipt printer in the network.

use hawker_domain::receipt::PaperWidth;
use hawker_tests::{Studio, asset};
use std::io::Read;
use std::net::TcpListener;

/// The first product of the demo catalogue, and its price.
fn stall() -> (Studio, String, i64) {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let product = studio.json(&["catalog", "list"])["products"][0].clone();
    let (sku, minor) = (product["sku"].as_str().unwrap().to_owned(), product["price"]["minor"].as_i64().unwrap());
    (studio, sku, minor)
}

fn said(out: &std::process::Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr))
}

fn amount(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[test]
fn a_day_at_the_till_from_opening_to_the_count() {
    let (studio, sku, minor) = stall();
    studio.json(&["till", "setup", "--role", "seller", "--seller-floor", "90", "--shop", "小雨茶铺"]);
    let opened = studio.json(&["till", "open", "100"]);
    assert_eq!(opened["drawer"][0]["expected"]["minor"], 10_000);
    let received = amount(minor * 2 + 500);
    let sale = studio.json(&["orders", "add", &format!("{sku}=2"), "--received", &received]);
    assert_eq!(sale[0]["payment"]["change"]["minor"], 500);
    let cheap = format!("{sku}={}", amount(minor / 2));
    let refused = studio.run(&["orders", "add", &sku, "--price", &cheap, "--reason", "a friend"]);
    assert!(said(&refused).contains("90 % of the price shown"), "{}", said(&refused));
    let id = sale[0]["id"].as_str().unwrap();
    assert_eq!(studio.json(&["orders", "return", id, &sku])[0]["state"], "paid", "one of two");
    assert!(said(&studio.run(&["orders", "return", id, &format!("{sku}=2")])).contains("1 of 2 are left"));
    studio.json(&["till", "pay-out", "20", "lunch"]);
    let expected = 10_000 + minor - 2_000;
    let short = studio.run(&["till", "close", &amount(expected - 100)]);
    assert!(said(&short).contains("say why with a note"), "{}", said(&short));
    let csv = studio.folder().join("day.csv");
    let words = ["till", "close", &amount(expected - 100), "--note", "wrong change", "--csv", csv.to_str().unwrap()];
    let closed = studio.json(&words);
    assert_eq!(closed["drawer"][0]["difference"]["minor"], -100);
    assert!(std::fs::read_to_string(&csv).unwrap().contains("wrong change"));
    assert!(said(&studio.run(&["till", "report"])).contains("no till is open"));
    assert_eq!(studio.json(&["till", "report", "--closed", "1"]), closed);
}

#[test]
fn a_payment_by_code_waits_until_it_is_found_at_the_provider() {
    let (studio, sku, _) = stall();
    let sale = studio.json(&["orders", "add", &sku, "--tender", "qr"]);
    let id = sale[0]["id"].as_str().unwrap();
    assert_eq!(studio.json(&["orders", "unverified"])[0]["order_id"], id);
    let found = studio.json(&["orders", "match", id, "--ref", "4200001"]);
    assert_eq!(found[0]["payment"]["verified_by"]["reference"], "4200001");
    assert!(studio.json(&["orders", "unverified"]).as_array().unwrap().is_empty());
    let other = studio.run(&["orders", "match", id, "--ref", "4200002"]);
    assert!(said(&other).contains("matched to 4200001 already"), "{}", said(&other));
}

#[test]
fn a_receipt_goes_to_a_printer_and_one_that_is_off_costs_no_sale() {
    let (studio, sku, _) = stall();
    let printer = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", printer.local_addr().unwrap());
    let paper = std::thread::spawn(move || {
        let mut read = Vec::new();
        printer.accept().unwrap().0.read_to_end(&mut read).unwrap();
        read
    });
    studio.json(&["till", "setup", "--printer", &address]);
    let sale = studio.json(&["orders", "add", &sku, "--print"]);
    let id = sale[0]["id"].as_str().unwrap();
    let bytes = paper.join().unwrap();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|found| found == part);
    assert!(bytes.starts_with(b"\x1b@") && holds(id.as_bytes()), "it begins anew and names the order");
    assert!(holds(b"\x1bp\x00\x19\xfa") && holds(b"\x1dVB"), "the drawer opens and the paper is cut");
    // Nobody listens there any more.
    let off = studio.run(&["orders", "add", &sku, "--print"]);
    assert_eq!(off.status.code(), Some(1));
    assert!(said(&off).contains("the sale is kept"), "{}", said(&off));
    assert_eq!(studio.json(&["orders", "list"]).as_array().unwrap().len(), 2);
    let text = studio.json(&["orders", "receipt", id, "--printer", "-"])["receipt"].as_str().unwrap().to_owned();
    assert!(
        text.contains(id.split_at(24).0) && text.lines().all(|line| line.len() <= 3 * PaperWidth::Narrow.columns())
    );
    assert!(said(&studio.run(&["till", "setup", "--printer", "lp0"])).contains("is no printer"));
}
