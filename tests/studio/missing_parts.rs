//! Shows that lose a part, or start without one: which part is said, with what to do; the rest goes on, and nothing stored
//! is lost.

use super::bad_input::{refused, something_is_in};
use hawker_tests::{Hawker, Platform, RtmpServer, SmallDisk, Studio, asset, node, probe, root};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

fn notice(line: &Value, code: &str) -> bool {
    line["event"] == "notice" && line["code"] == code
}

fn output_is(line: &Value, name: &str, state: &str) -> bool {
    line["event"] == "output" && line["name"] == name && line["state"] == state
}

fn viewer_url(show: &mut Hawker) -> String {
    let on_air = |line: &Value| line["event"] == "on_air" && line["viewer_url"].is_string();
    show.wait_for("the viewer page's address", SOON, on_air)["viewer_url"].as_str().unwrap().to_owned()
}

/// One product without a photo: nothing to recognise, something to sell.
fn studio_with_apples() -> Studio {
    let studio = Studio::new();
    stock_apples(&studio);
    studio
}

fn stock_apples(studio: &Studio) {
    let csv = studio.folder().join("apples.csv");
    std::fs::write(&csv, "sku,title,price,stock\nAPPLE,Apple,3.50,40\n").unwrap();
    studio.json(&["catalog", "import", csv.to_str().unwrap()]);
}

fn apples_left(studio: &Studio) -> i64 {
    studio.json(&["catalog", "search", "APPLE"])["products"][0]["on_hand"].as_i64().unwrap()
}

#[test]
fn a_destination_that_refuses_the_key_is_given_up_and_the_other_carries_the_show() {
    let studio = Studio::new();
    let server = RtmpServer::start_for("the-right-key");
    let arguments = ["live", "--source", "test", "--no-platform", "--to"];
    let (wrong, right) = (server.url("a-stale-key"), server.url("the-right-key"));
    let mut show = studio.start(&[&arguments[..], &[&wrong, "--to", &right]].concat(), None);
    show.wait_for("the right key is taken", SOON, |line| output_is(line, "url-2", "live"));
    let refusal = show.wait_for("the wrong key is given up", SOON, |line| output_is(line, "url", "failed"));
    // It hangs up without a word, as a server does that is only starting.
    assert_eq!(refusal["why_code"], "refused_or_starting", "{refusal}");
    let why = refusal["why"].as_str().unwrap();
    assert!(why.contains("refuses the key") && why.contains("check the address"), "{why}");
    let stream = probe(&right, Some(2));
    assert_eq!(stream.video_codec.as_deref(), Some("h264"), "the other destination still gets the show");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let said = lines.iter().map(Value::to_string).collect::<String>() + &errors;
    assert!(!said.contains("a-stale-key") && !said.contains("the-right-key"), "no key is repeated: {said}");
}

#[test]
fn a_disk_that_fills_up_ends_the_recording_and_not_the_show_needs_root() {
    let studio = Studio::new();
    let small = studio.folder().join("small");
    // What is left to the system, and six megabytes.
    let _disk = SmallDisk::mount(&small, 70 * 1024);
    let server = RtmpServer::start();
    let (url, recording) = (server.url("a"), small.join("show.mkv"));
    let clip = asset("demo/clip.mp4");
    let arguments = ["live", "--source", clip.to_str().unwrap(), "--no-platform", "--to", &url, "--record"];
    let mut show = studio.start(&[&arguments[..], &[recording.to_str().unwrap()]].concat(), None);
    show.wait_for("the output is live", SOON, |line| output_is(line, "url", "live"));
    let full = show
        .wait_for("the full disk is said", Duration::from_secs(60), |line| line["why_code"] == "recording_disk_full");
    assert!(full["message"].as_str().unwrap().contains("recording stopped"), "{full}");
    assert!(full["hint"].as_str().unwrap().contains("free some space"), "{full}");
    let still = probe(&url, Some(4)).video_times;
    assert!(still.len() > 30, "the show is still sent: {still:?}");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "the destination carried the show: {errors}");
    assert!(!lines.iter().any(|line| output_is(line, "url", "reconnecting")), "the destination did not notice");
    let kept = lines.last().unwrap()["recording"]["path"].as_str().unwrap().to_owned();
    let kept = probe(&kept, None);
    assert!(
        kept.duration() > 1.0 && kept.audio_codec.is_some(),
        "what was recorded can be played: {}",
        kept.duration()
    );
}

fn bought_on_the_page(line: &Value) -> bool {
    line["event"] == "order" && line["source"] == "page"
}

#[test]
fn a_full_disk_holds_an_order_back_and_loses_none_needs_root() {
    let studio = Studio::new();
    let disk = SmallDisk::mount(&studio.data_dir(), 16_384);
    stock_apples(&studio);
    // The platform lies on another disk, as one on another machine does.
    let platform = Platform::start(&studio.folder().join("platform"));
    studio.json(&["settings", "set", "platform_url", &platform.http]);
    let mut show = studio.start(&["live", "--source", "test"], None);
    let page = viewer_url(&mut show);
    show.wait_for("the platform receives", SOON, |line| output_is(line, "hawker", "live"));
    let sold = studio.json(&["orders", "add", "APPLE=2"]);
    assert_eq!(sold[0]["state"], "paid");
    node("order.mjs", &[&page, "APPLE"], None);
    show.wait_for("the first order is here", SOON, bought_on_the_page);
    assert_eq!(apples_left(&studio), 37);

    disk.fill();
    show.forget();
    let bought = node("order.mjs", &[&page, "APPLE"], None)["order_id"].as_str().unwrap().to_owned();
    let full = show.wait_for("the full disk is said", SOON, |line| notice(line, "disk_full"));
    assert!(full["message"].as_str().unwrap().contains("free some space"), "{full}");
    refused(&studio.run(&["orders", "add", "APPLE"]), &["disk is full", "free some space"]);
    assert!(!show.seen.iter().any(bought_on_the_page), "nothing is told that is not kept");

    disk.free();
    let order = show.wait_for("the order comes after all", SOON, bought_on_the_page);
    assert_eq!(order["id"], bought.as_str());
    assert_eq!(apples_left(&studio), 36, "the refused sale took nothing");
    let disturbed = show.seen.iter().any(|line| output_is(line, "hawker", "reconnecting"));
    assert!(!disturbed, "the stream went on: {}", show.transcript());
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    assert_eq!(lines.last().unwrap()["orders"], 3, "two from the page, one at the table");
    let orders = studio.json(&["orders", "list"]);
    assert_eq!(orders.as_array().unwrap().len(), 3, "{orders}");
    assert!(studio.ledger().iter().any(|line| notice(line, "disk_full")), "the ledger was written when there was room");
}

#[test]
fn a_model_of_another_shape_is_named_and_the_show_goes_on_without_tags() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let models = studio.folder().join("models");
    swap_models(&models);
    let recording = studio.folder().join("show.mkv");
    let arguments = ["--json", "live", "--source", "test", "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = Hawker::start(studio.command(&arguments, None).env("HAWKER_MODELS", &models));
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    let off = show.wait_for("the notice", SOON, |line| notice(line, "model_unavailable"));
    let message = off["message"].as_str().unwrap();
    assert!(message.contains("efficientnet_lite2_multi") && message.contains("manifest"), "which, and why: {message}");
    assert!(off["hint"].as_str().unwrap().contains("goes on without tags"), "{off}");
    something_is_in(&recording);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    assert_eq!(lines.last().unwrap()["pins"], 0);
    assert!(lines.last().unwrap()["recording"]["duration_ms"].as_u64().unwrap() > 0);
}

/// A models folder whose embedder is the detector's file, entered with its right size and hash: only its tensors are wrong.
fn swap_models(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let shipped = root().join("models");
    let manifest = std::fs::read_to_string(shipped.join("manifest.toml")).unwrap();
    let (detector, embedder) = manifest.split_once("[model.efficientnet_lite2_multi]").unwrap();
    let line_of =
        |text: &str, key: &str| text.lines().find(|line| line.starts_with(&format!("{key} = "))).unwrap().to_owned();
    let swapped = ["file", "bytes", "sha256"]
        .iter()
        .fold(embedder.to_owned(), |text, key| text.replacen(&line_of(embedder, key), &line_of(detector, key), 1));
    let text = format!("{detector}[model.efficientnet_lite2_multi]{swapped}");
    std::fs::write(folder.join("manifest.toml"), text).unwrap();
    let file = "nanodet_g_416.onnx";
    std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
}

#[test]
fn a_platform_that_another_program_holds_is_said_and_taken_over_once_it_is_free() {
    let studio = studio_with_apples();
    let other = Platform::start(&studio.data_dir().join("platform"));
    let recording = studio.folder().join("show.mkv");
    let mut show = studio.start(&["live", "--source", "test", "--record", recording.to_str().unwrap()], None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    let missing = show.wait_for("the notice", SOON, |line| notice(line, "unreachable"));
    assert!(missing["message"].as_str().unwrap().contains("embedded platform did not start"), "{missing}");
    assert!(missing["hint"].as_str().unwrap().contains("can go on without it"), "{missing}");
    drop(other);
    viewer_url(&mut show);
    show.wait_for("the platform receives", SOON, |line| output_is(line, "hawker", "live"));
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let recorded = probe(summary["recording"]["path"].as_str().unwrap(), None);
    assert!(recorded.unexplained_gap(summary) <= 0.1, "the show went on: {summary}");
}
