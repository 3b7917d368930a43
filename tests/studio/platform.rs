//! The platform that is not there, goes away, and comes back.

use hawker_tests::{Hawker, Studio, asset, eventually};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// The pid of the embedded platform that `parent` started.
fn platform_of(parent: u32) -> u32 {
    eventually("the embedded platform runs", SOON, || {
        let out = Command::new("pgrep").args(["-P", &parent.to_string(), "hawker-platfor"]).output().unwrap();
        String::from_utf8_lossy(&out.stdout).trim().parse().ok()
    })
}

fn viewer_url(show: &mut Hawker) -> String {
    let line = show.wait_for("the viewer page's address", SOON, |line| {
        line["event"] == "on_air" && line["viewer_url"].is_string()
    });
    line["viewer_url"].as_str().unwrap().to_owned()
}

#[test]
fn a_platform_that_does_not_answer_is_said_and_the_show_goes_on() {
    let studio = Studio::new();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    studio.json(&["settings", "set", "platform_url", &format!("http://127.0.0.1:{closed}/")]);
    let recording = studio.folder().join("show.mkv");
    let mut show =
        studio.start(&["live", "--source", "test", "--seconds", "2", "--record", recording.to_str().unwrap()], None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show.wait_for("the notice", SOON, |line| line["event"] == "notice" && line["code"] == "unreachable");
    let (lines, status, errors) = show.wait();
    assert!(status.success(), "the recording carried the show: {errors}");
    assert!(lines.last().unwrap()["recording"]["duration_ms"].as_u64().unwrap() > 0);
}

#[test]
fn a_platform_that_dies_during_the_show_is_started_again_and_found_again() {
    let studio = Studio::new();
    studio.json(&["catalog", "import", asset("demo").to_str().unwrap()]);
    let mut show = studio.start(&["live", "--source", "test"], None);
    let first = viewer_url(&mut show);
    show.wait_for("the platform receives", SOON, |line| line["event"] == "output" && line["state"] == "live");
    show.forget();
    let killed = Command::new("kill").args(["-9", &platform_of(show.pid()).to_string()]).status().unwrap();
    assert!(killed.success());
    let second = viewer_url(&mut show);
    assert_ne!(first, second, "the new platform listens somewhere else");
    show.wait_for("the platform receives again", SOON, |line| line["event"] == "output" && line["state"] == "live");
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}
