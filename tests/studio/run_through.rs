//! Before a show products are held up one after another, before a camera or in a clip.

use crate::learning::{catalogue, show};
use hawker_tests::{Hawker, Studio, asset};
use serde_json::Value;
use std::io::Write;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

fn imported(studio: &Studio, csv: &str) {
    let out = studio.run(&["catalog", "import", csv]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

fn verdict(line: &Value, sku: &str, what: &str) -> bool {
    line["event"] == "verdict" && line["sku"] == sku && line["verdict"]["what"] == what
}

fn asked(line: &Value, sku: &str) -> bool {
    line["event"] == "asked" && line["sku"] == sku
}

/// The last line, and what it says of a product.
fn reported<'a>(lines: &'a [Value], sku: &str) -> (&'a Value, &'a Value) {
    let report = lines.last().unwrap();
    assert_eq!(report["event"], "report", "{lines:?}");
    (report, report["products"].as_array().unwrap().iter().find(|one| one["shown"]["sku"] == sku).unwrap())
}

/// Nothing went on air, so nothing was published or recorded.
fn no_show(studio: &Studio) {
    let shows = studio.run(&["show"]);
    assert!(String::from_utf8_lossy(&shows.stderr).contains("there was no show yet"), "{shows:?}");
}

#[test]
fn a_clip_is_gone_through_as_its_truth_says_and_nothing_of_it_is_kept() {
    let studio = Studio::new();
    imported(&studio, asset("demo/catalog.csv").to_str().unwrap());
    let (clip, truth) = (asset("demo/clip.mp4"), asset("demo/clip.truth.json"));
    let (clip, truth) = (clip.to_str().unwrap(), truth.to_str().unwrap());
    // One that the clip shows first, one that it shows next, and one that it never shows.
    let products = "YD-LAUN-2,CC-CHIP-SEA,QY-TEA-JAS";
    let run = ["--json", "catalog", "rehearse", "--source", clip, "--truth", truth, "--products", products];
    let out = studio.run(&run);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let order: Vec<&str> = lines.iter().filter_map(|line| line["sku"].as_str()).collect();
    assert_eq!(order, ["CC-CHIP-SEA", "YD-LAUN-2"], "as the clip shows them: {text}");
    let (report, chips) = reported(&lines, "CC-CHIP-SEA");
    assert_eq!(report["held"], 2, "both were, as the truth says: {report}");
    assert_eq!(chips["shown"]["verdict"]["what"], "recognised", "{text}");
    assert!(chips["shown"]["verdict"]["after_ms"].as_u64().unwrap() < 3_000, "{chips}");
    assert_eq!(chips["photos"]["tested"], chips["photos"]["photos"], "joined with its photos: {chips}");
    assert_eq!(studio.json(&["catalog", "lessons"]), serde_json::json!([]));
    no_show(&studio);
    let none = studio.run(&[&run[..7], &["--products", "QY-TEA-JAS"]].concat());
    assert!(String::from_utf8_lossy(&none.stderr).contains("none of these products"), "{none:?}");
}

#[test]
fn before_a_camera_what_is_recognised_goes_on_by_itself_and_what_stays_in_the_hand_is_no_answer() {
    let studio = Studio::new();
    let (csv, _) = catalogue(&studio);
    imported(&studio, &csv);
    let noodles = asset("demo/photos/noodles-4.jpg");
    let run =
        ["catalog", "rehearse", "--source", noodles.to_str().unwrap(), "--by-itself", "--products", "noodles,milk"];
    let mut run = studio.start(&run, None);
    run.wait_for("noodles are asked for", SOON, |line| asked(line, "noodles") && line["all"] == 2);
    run.wait_for("they are recognised", SOON, |line| verdict(line, "noodles", "recognised"));
    run.wait_for("milk is asked for", SOON, |line| asked(line, "milk"));
    // The noodles are still there: nobody shows milk.
    let milk = run.wait_for("nothing is held up", SOON, |line| verdict(line, "milk", "not_seen"));
    assert_eq!(milk["verdict"]["why"], Value::Null, "{milk}");
    let (lines, status, errors) = run.end();
    assert!(status.success(), "{errors}");
    let (report, noodles) = reported(&lines, "noodles");
    // Milk was asked for and never held up: that says nothing of how it would be recognised.
    assert_eq!((&report["held"], &report["recognised"], &report["rate_percent"]), (&1.into(), &1.into(), &100.into()));
    assert_eq!(noodles["photos"]["photos"], 3, "{noodles}");
    no_show(&studio);
}

#[test]
fn the_host_teaches_by_a_key_what_was_not_known_and_it_is_known_from_then_on() {
    let studio = Studio::new();
    let (csv, strange) = catalogue(&studio);
    imported(&studio, &csv);
    let run = ["--json", "catalog", "rehearse", "--source", &strange, "ginger", "milk"];
    let (mut first, mut keys) = Hawker::start_typed(&mut studio.command(&run, None));
    first.wait_for("ginger is asked for", SOON, |line| asked(line, "ginger"));
    let said = first.wait_for("something is said of it", SOON, |line| line["event"] == "verdict");
    assert_ne!(said["verdict"]["what"], "recognised", "{said}");
    writeln!(keys, "y").unwrap();
    first.wait_for("it is learned", SOON, |line| line["event"] == "learned" && line["is_it"] == true);
    writeln!(keys).unwrap();
    first.wait_for("the next is asked for", SOON, |line| asked(line, "milk"));
    writeln!(keys, "s").unwrap();
    let (lines, status, errors) = first.wait();
    assert!(status.success(), "{errors}");
    let (report, ginger) = reported(&lines, "ginger");
    assert_eq!((&ginger["shown"]["taught"], &report["recognised"]), (&true.into(), &0.into()), "{report}");
    assert_eq!(reported(&lines, "milk").1["shown"]["skipped"], true);

    let (mut second, mut keys) = Hawker::start_typed(&mut studio.command(&run, None));
    second.wait_for("it is known by itself", SOON, |line| verdict(line, "ginger", "recognised"));
    writeln!(keys, "q").unwrap();
    let (lines, status, errors) = second.wait();
    assert!(status.success(), "{errors}");
    assert_eq!(reported(&lines, "ginger").0["recognised"], 1);
}

#[test]
fn a_word_that_means_nothing_does_nothing_and_where_nobody_types_it_says_so() {
    let studio = Studio::new();
    let (csv, strange) = catalogue(&studio);
    imported(&studio, &csv);
    let run = ["--json", "catalog", "rehearse", "--source", &strange, "milk", "noodles"];
    let (mut typed, mut keys) = Hawker::start_typed(&mut studio.command(&run, None));
    typed.wait_for("milk is asked for", SOON, |line| asked(line, "milk"));
    writeln!(keys, "what").unwrap();
    typed.wait_for("it means nothing", SOON, |line| line["event"] == "not_understood" && line["typed"] == "what");
    writeln!(keys, "q").unwrap();
    let (lines, status, errors) = typed.wait();
    assert!(status.success(), "{errors}");
    assert!(!lines.iter().any(|line| asked(line, "noodles")), "{lines:?}");

    let (silent, keys) = Hawker::start_typed(&mut studio.command(&run, None));
    drop(keys);
    let (_, status, errors) = silent.wait();
    assert!(!status.success() && errors.contains("nobody types"), "{errors}");
}

#[test]
fn beside_a_show_nothing_is_held_up() {
    let studio = Studio::new();
    let (csv, strange) = catalogue(&studio);
    let live = show(&studio, &csv, &strange);
    for truth in [&[][..], &["--truth", "truth.json"]] {
        let refused = studio.run(&[&["catalog", "rehearse", "--source", &strange], truth].concat());
        let why = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && why.contains("a show is on air"), "{truth:?}: {refused:?}");
    }
    let (_, status, errors) = live.end();
    assert!(status.success(), "{errors}");
}
