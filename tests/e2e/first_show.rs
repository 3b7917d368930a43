//! The main one: a virtual camera shows catalogue products and an unknown thing to a headless studio.

use hawker_tests::{Desktop, Film, RtmpServer, ShowClock, Studio, asset, lost_s, node, probe};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

/// The key of the foreign server: unlike anything else that is printed.
const KEY: &str = "k7d41b9e2secret";

/// From the picture that decides to the pin: a look by the recogniser and a turn of the owner, on a machine that also encodes.
/// Shorter than the pause between two things of the clip (0.9 s from one's end to the next one's rest), so that a pin can
/// never be excused by the thing before it.
const DECISION_MS: u64 = 800;

/// How much a picture may differ from the clip's, in steps of grey, after camera and encoder; another thing held differs by
/// more than that.
const SAME_PICTURE: f64 = 10.0;

/// The clip never shows more known products than this one after another: of one more that are pinned, two have an unknown
/// thing between them.
const PRODUCTS_IN_A_ROW: usize = 3;

/// Everything in the studio's log files.
fn logs(studio: &Studio) -> String {
    let files = std::fs::read_dir(studio.data_dir().join("logs")).unwrap().flatten();
    files.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect()
}

fn is(line: &Value, event: &str, state: &str) -> bool {
    line["event"] == event && line["state"] == state
}

#[test]
fn from_a_real_camera_to_a_paid_order() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let desktop = Desktop::start();
    let _camera = desktop.camera("demo-camera", &asset("demo/clip.mp4"));
    let mut server = RtmpServer::start();
    let recording = studio.folder().join("show.mkv");
    let arguments =
        ["live", "--source", "@demo-camera", "--to", &server.url(KEY), "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, Some(&desktop));

    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    let on_air = show.wait_for("the viewer page's address", SOON, |line| {
        line["event"] == "on_air" && line["viewer_url"].is_string()
    });
    show.wait_for("nginx receives", SOON, |line| is(line, "output", "live") && line["name"] == "url");
    show.wait_for("the platform receives", SOON, |line| is(line, "output", "live") && line["name"] == "hawker");

    let foreign = probe(&server.url(KEY), Some(6));
    let viewer_url = on_air["viewer_url"].as_str().unwrap();
    let own = probe(&flv_url(viewer_url), Some(6));
    for (name, stream) in [("nginx", &foreign), ("the platform", &own)] {
        assert_eq!(stream.video_codec.as_deref(), Some("h264"), "{name}");
        assert_eq!(stream.audio_codec.as_deref(), Some("aac"), "{name}");
        assert!(stream.longest_keyframe_gap() <= 2.1, "{name}: keyframes {:?}", stream.keyframe_times);
        let lead = stream.video_times.last().unwrap() - stream.audio_times.last().unwrap();
        assert!(lead.abs() < 0.3, "{name}: sound and picture are {lead:.3} s apart");
    }

    let pin = show.wait_for("a product is pinned", Duration::from_secs(60), |line| is(line, "tag", "pinned"));
    assert!(pin["link"].as_str().unwrap().contains(pin["sku"].as_str().unwrap()), "{pin}");

    server.kill();
    show.forget();
    let missed =
        show.wait_for("nginx is missed", SOON, |line| is(line, "output", "reconnecting") && line["name"] == "url");
    server.restart();
    let back = show.wait_for("nginx receives again", SOON, |line| is(line, "output", "live") && line["name"] == "url");

    let shots = std::env::var("HAWKER_SHOTS").unwrap_or_else(|_| studio.folder().display().to_string());
    let bought = node("buy.mjs", &[viewer_url, &shots], None);
    let order_id = bought["order_id"].as_str().unwrap().to_owned();
    let order = show.wait_for("the order is in the studio", SOON, |line| {
        line["event"] == "order" && line["id"] == order_id.as_str()
    });
    let (sku, qty) =
        (order["lines"][0]["sku"].as_str().unwrap().to_owned(), order["lines"][0]["qty"].as_i64().unwrap());
    let listed = studio.json(&["orders", "list"]);
    assert!(listed.as_array().unwrap().iter().any(|kept| kept["id"] == order_id.as_str()), "the store has the order");
    let packed = studio.json(&["orders", "pack", &order_id]);
    assert_eq!(packed[0]["state"], "packed");
    let buyer = studio.json(&["orders", "buyer", &order_id]);
    let name = buyer["name"].as_str().unwrap().to_owned();
    assert!(!name.is_empty() && !name.contains('*'), "who packs sees whom it goes to: {buyer}");
    let list = studio.folder().join("pack.csv");
    studio.json(&["orders", "pack-list", list.to_str().unwrap()]);
    assert!(std::fs::read_to_string(list).unwrap().contains(&name));
    let before = stock_in_file(&sku);
    let found = studio.json(&["catalog", "search", &sku]);
    let product =
        found["products"].as_array().unwrap().iter().find(|product| product["sku"] == sku.as_str()).unwrap().clone();
    assert_eq!(product["on_hand"].as_i64().unwrap(), before - qty, "the stock follows the order");

    pins_until(&mut show, PRODUCTS_IN_A_ROW + 1);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    assert_eq!(summary["event"], "summary");
    assert!(summary["orders"].as_u64().unwrap() >= 1);
    let recording = summary["recording"]["path"].as_str().unwrap();
    let recorded = probe(recording, None);
    // A second before it was noticed, a second after it was over: the outage itself left no trace.
    let outage = (seconds(&missed) - 1.0, seconds(&back) + 1.0);
    let gap = recorded.longest_video_gap_within(outage.0, outage.1) - lost_s(summary);
    assert!(gap <= 0.1, "the recording has a gap of {gap:.3} s while nginx was away");
    every_pin_is_of_what_is_held(Path::new(recording), &studio.ledger());
    let events = lines.iter().map(Value::to_string).collect::<String>();
    for (place, text) in [("events", &events), ("stderr", &errors), ("logs", &logs(&studio))] {
        assert!(!text.contains(KEY), "the stream key stands in the {place}");
        assert!(!text.contains(&name), "the buyer's name stands in the {place}");
    }
    assert!(!logs(&studio).is_empty(), "there are logs to look at");
}

/// Waits until `wanted` different products were pinned in this show.
fn pins_until(show: &mut hawker_tests::Hawker, wanted: usize) {
    let mut pinned: BTreeSet<String> = BTreeSet::new();
    while pinned.len() < wanted {
        let known = pinned.clone();
        let line = show.wait_for("another product is pinned", Duration::from_secs(90), move |line| {
            is(line, "tag", "pinned") && !known.contains(line["sku"].as_str().unwrap_or_default())
        });
        pinned.insert(line["sku"].as_str().unwrap().to_owned());
    }
}

/// One thing the clip shows, milliseconds of the clip: in the picture from `raised` to `gone`, held still from `from` to `to`.
#[derive(Debug, Deserialize)]
struct Held {
    /// Empty: the catalogue does not know it.
    sku: String,
    name: String,
    raised_from_ms: u64,
    from_ms: u64,
    to_ms: u64,
    gone_at_ms: u64,
}

/// Every pin of the ledger is looked up in the recording, and the picture there in the clip: what the clip shows at that
/// moment is the product that was pinned, and never a thing that the catalogue does not know. The camera starts the clip when
/// it likes and starts it again; the pictures tell where it is.
fn every_pin_is_of_what_is_held(recording: &Path, ledger: &[Value]) {
    let text = std::fs::read_to_string(asset("demo/clip.truth.json")).unwrap();
    let truth: Vec<Held> = serde_json::from_str(&text).unwrap();
    let (clip, film, clock) = (Film::read(&asset("demo/clip.mp4")), Film::read(recording), ShowClock::read(recording));
    let clip_ms = |show_ms: u64| {
        let (moment, difference) = clip.moment_of(film.at(clock.seconds_at(show_ms)));
        assert!(difference < SAME_PICTURE, "at {show_ms} ms the show is not the clip: {difference:.1} steps of grey");
        moment
    };
    let unknown_at =
        |ms: u64| truth.iter().find(|held| held.sku.is_empty() && (held.from_ms..=held.to_ms).contains(&ms));
    let pins: Vec<(u64, &str)> = ledger
        .iter()
        .filter(|line| is(line, "tag", "pinned"))
        .map(|line| (line["t_ms"].as_u64().unwrap(), line["sku"].as_str().unwrap()))
        .collect();
    for (show_ms, sku) in &pins {
        let at = clip_ms(*show_ms);
        let right = truth
            .iter()
            .any(|held| held.sku == *sku && (held.raised_from_ms..=held.gone_at_ms + DECISION_MS).contains(&at));
        let shown = truth.iter().find(|held| (held.raised_from_ms..=held.gone_at_ms).contains(&at));
        let shown = shown.map_or("nothing", |held| held.name.as_str());
        assert!(right, "{sku} was pinned at {show_ms} ms of the show, {at} ms of the clip, which shows {shown}");
        assert!(unknown_at(at).is_none(), "{sku} was pinned while {shown}, an unknown thing, was held");
    }
    let (first, last) = (pins.first().unwrap().0, pins.last().unwrap().0);
    let strangers: BTreeSet<&str> =
        (first..last).step_by(500).filter_map(|at| Some(unknown_at(clip_ms(at))?.name.as_str())).collect();
    assert!(!strangers.is_empty(), "an unknown thing was held between the pins, or this proves nothing: {pins:?}");
}

fn seconds(line: &Value) -> f64 {
    line["t_ms"].as_f64().unwrap() / 1000.0
}

/// `http://host/s/SHOW` -> `http://host/live/SHOW.flv`
fn flv_url(viewer_url: &str) -> String {
    format!("{}.flv", viewer_url.replace("/s/", "/live/"))
}

/// The stock that the demo catalogue starts with.
fn stock_in_file(sku: &str) -> i64 {
    let mut table = csv::Reader::from_path(asset("demo/catalog.csv")).unwrap();
    let column = table.headers().unwrap().iter().position(|name| name == "stock").unwrap();
    let row = table.records().map(Result::unwrap).find(|row| row.get(0) == Some(sku)).unwrap();
    row.get(column).unwrap().parse().unwrap()
}
