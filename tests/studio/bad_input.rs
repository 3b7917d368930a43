//! What goes wrong on real machines, one test each: a clear word, nothing lost, and the show goes on where it can.

use hawker_tests::{Studio, asset, bound_by_permissions, eventually, forbid, program, root};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// Waits until there is. A show that ends with its first picture was carried by nothing.
pub(crate) fn something_is_in(recording: &Path) {
    let size = || std::fs::metadata(recording).map_or(0, |file| file.len());
    eventually("the show is recorded", SOON, || (size() > 50_000).then_some(()));
}

pub(crate) fn refused(out: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    let line = said.lines().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("no error line: {said}"));
    for word in words {
        assert!(line.contains(word), "{word:?} is missing in: {line}");
    }
}

#[test]
fn a_camera_that_is_not_there_is_named() {
    let studio = Studio::new();
    refused(&studio.run(&["live", "--source", "@no-such-camera", "--no-platform"]), &["no-such-camera"]);
}

#[test]
fn a_clip_that_is_not_there_is_named() {
    let studio = Studio::new();
    refused(&studio.run(&["live", "--source", "gone.mp4", "--no-platform"]), &["gone.mp4"]);
}

#[test]
fn a_clip_that_this_user_may_not_read_is_told_from_one_that_is_gone() {
    let studio = Studio::new();
    let clip = studio.folder().join("private.mp4");
    std::fs::copy(asset("demo/clip.mp4"), &clip).unwrap();
    forbid(&clip);
    let live = studio.command(&["live", "--source", clip.to_str().unwrap(), "--no-platform"], None);
    let out = bound_by_permissions(&live).stdin(Stdio::null()).output().unwrap();
    refused(&out, &["private.mp4", "may not read", "give it read permission"]);
}

/// A store of a later version: made by this one, under the passphrase of these tests, and then given a migration number 9000.
#[test]
fn a_database_of_a_newer_version_is_named_and_left_alone() {
    let studio = Studio::new();
    let sample = root().join("tests/studio/samples/future-store");
    std::fs::create_dir_all(studio.data_dir()).unwrap();
    for file in ["hawker.db", "key.json"] {
        std::fs::copy(sample.join(file), studio.data_dir().join(file)).unwrap();
    }
    let out = studio.run(&["live", "--source", "test", "--no-platform"]);
    refused(&out, &["newer version", "9000", "update the program"]);
    let (kept, given) = (studio.data_dir().join("hawker.db"), sample.join("hawker.db"));
    assert_eq!(std::fs::read(kept).unwrap(), std::fs::read(given).unwrap(), "the newer version finds all as it was");
}

#[test]
fn a_port_that_another_program_has_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for flag in ["--http", "--rtmp"] {
        let mut serve = Command::new(program("hawker-platform"));
        serve.args(["serve", "--embedded", "--data-dir"]).arg(folder.path()).args([flag, &address.to_string()]);
        let out = serve.stdin(Stdio::null()).output().unwrap();
        refused(&out, &[&address.port().to_string(), "taken by another program", "choose another port", flag]);
    }
}

#[test]
fn the_wrong_passphrase_opens_nothing_and_harms_nothing() {
    let studio = Studio::new();
    studio.json(&["catalog", "list"]);
    let passphrase = studio.folder().join("passphrase");
    std::fs::write(&passphrase, "something else\n").unwrap();
    refused(&studio.run(&["catalog", "list"]), &["passphrase"]);
    std::fs::write(&passphrase, "correct horse battery staple\n").unwrap();
    studio.json(&["catalog", "list"]);
}

#[test]
fn a_broken_row_is_reported_and_the_others_land() {
    let studio = Studio::new();
    let csv = studio.folder().join("mixed.csv");
    std::fs::write(
        &csv,
        "sku,title,price,stock,images\nA,Apple,3.50,4,\n,No sku,1.00,1,\nB,Pear,abc,2,\nC,Plum,2.00,1,nothing.jpg\n",
    )
    .unwrap();
    let report = studio.json(&["catalog", "import", csv.to_str().unwrap()]);
    let rows: Vec<u64> = report["problems"].as_array().unwrap().iter().map(|p| p["row"].as_u64().unwrap()).collect();
    assert!(rows.contains(&3) && rows.contains(&4) && rows.contains(&5), "{report}");
    let all = studio.json(&["catalog", "list"]);
    assert!(all["products"].as_array().unwrap().iter().any(|product| product["sku"] == "A" && product["on_hand"] == 4));
}

#[test]
fn a_key_of_somebody_elses_server_is_not_taken_from_the_command_line() {
    let studio = Studio::new();
    let out = studio.run(&["live", "--source", "test", "--no-platform", "--to", "rtmp://live.example/app/secret-key"]);
    refused(&out, &["destinations add"]);
    assert!(!String::from_utf8_lossy(&out.stderr).contains("secret-key"), "the refusal does not repeat the key");
}

#[test]
fn a_destination_that_refuses_does_not_end_the_show() {
    let studio = Studio::new();
    // A port that was free a moment ago and that nobody listens on.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let recording = studio.folder().join("show.mkv");
    let url = format!("rtmp://127.0.0.1:{closed}/live/k");
    let live = ["live", "--source", "test", "--no-platform", "--to", &url, "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&live, None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show.wait_for("the output reconnects", SOON, |line| {
        line["event"] == "output" && line["state"] == "reconnecting" && line["why"].is_string()
    });
    something_is_in(&recording);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "the recording carried the show: {errors}");
    assert!(lines.last().unwrap()["recording"]["duration_ms"].as_u64().unwrap() > 0);
}

#[test]
fn without_models_the_show_goes_on_without_tags() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let recording = studio.folder().join("show.mkv");
    let live = ["--json", "live", "--source", "test", "--no-platform", "--record", recording.to_str().unwrap()];
    let mut command = studio.command(&live, None);
    command.env("HAWKER_MODELS", studio.folder()).current_dir(studio.folder());
    let mut show = hawker_tests::Hawker::start(&mut command);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show.wait_for("the notice", SOON, |line| {
        line["event"] == "notice" && line["code"] == "model_unavailable" && line["hint"].is_string()
    });
    something_is_in(&recording);
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

#[test]
fn a_photo_that_is_none_is_reported_and_its_product_lands() {
    let studio = Studio::new();
    let folder = studio.folder();
    std::fs::write(folder.join("not.jpg"), "this is no picture").unwrap();
    std::fs::write(folder.join("shop.csv"), "sku,title,price,images\nA,Apple,3.50,not.jpg\n").unwrap();
    let report = studio.json(&["catalog", "import", folder.join("shop.csv").to_str().unwrap()]);
    assert_eq!((&report["added"], &report["photos"]), (&1.into(), &0.into()), "{report}");
    let problem = report["problems"][0]["message"].as_str().unwrap();
    assert!(problem.contains("not.jpg"), "{problem}");
}

#[test]
fn a_damaged_database_is_said_and_left_alone() {
    let studio = Studio::new();
    studio.json(&["catalog", "list"]);
    let file = studio.data_dir().join("hawker.db");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let _ = std::fs::remove_file(studio.data_dir().join("hawker.db-wal"));
    refused(&studio.run(&["catalog", "list"]), &["damaged"]);
    assert_eq!(std::fs::read(&file).unwrap(), bytes, "nobody repairs behind the seller's back");
}
