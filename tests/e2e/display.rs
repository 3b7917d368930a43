//! What a display shows as a source. A window: shown though another lies over it, and missed when it is closed. A screen: missed
//! when its X server dies.

use hawker_tests::{Desktop, Guard, Studio, eventually, frame, probe};
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

/// A window of one colour, all in the same place: the later one lies over the earlier.
fn window(desktop: &Desktop, title: &str, colour: &str) -> Guard {
    let mut command = Command::new("xmessage");
    desktop.env(&mut command);
    command.args(["-geometry", "400x300+20+20", "-title", title, "-bg", colour, "-fg", colour, "of one colour"]);
    Guard::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

fn windows(studio: &Studio, desktop: &Desktop) -> Vec<String> {
    let listed = studio.command(&["--json", "devices"], Some(desktop)).output().unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    let windows = listed.as_array().unwrap().iter().filter(|one| one["kind"] == "window");
    windows.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_window_is_shown_though_another_covers_it_and_closing_it_does_not_end_the_show() {
    let (studio, desktop) = (Studio::new(), Desktop::start_with_display(800, 600));
    let mut prices = window(&desktop, "Price list", "red");
    let source = "window:Xmessage/Price list";
    eventually("the window is offered", SOON, || windows(&studio, &desktop).contains(&source.into()).then_some(()));
    let _orders = window(&desktop, "Orders", "blue");
    eventually("the other lies over it", SOON, || (windows(&studio, &desktop).len() == 2).then_some(()));
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", source, "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, Some(&desktop));
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    eventually("something is recorded", SOON, || std::fs::metadata(&recording).ok().filter(|file| file.len() > 20_000));
    prices.kill();
    show.wait_for("it is missed", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    let _prices = window(&desktop, "Price list", "red");
    show.wait_for("it is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let path = summary["recording"]["path"].as_str().unwrap();
    assert!(probe(path, None).unexplained_gap(summary) <= 0.1, "the slate filled the time: {summary}");
    let seen = frame(path.as_ref(), 0.3, "crop=64:64:608:500,scale=1:1", (1, 1)).rgb;
    assert!(seen[0] > 180 && seen[2] < 80, "the red one is shown, not what covers it: {seen:?}");
}

#[test]
fn an_x_server_that_dies_takes_the_screen_along_and_not_the_show() {
    let (studio, mut desktop) = (Studio::new(), Desktop::start_with_display(800, 600));
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", "screen", "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, Some(&desktop));
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    eventually("something is recorded", SOON, || std::fs::metadata(&recording).ok().filter(|file| file.len() > 20_000));
    desktop.kill_display();
    let lost = show.wait_for("it is missed", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    assert_eq!(lost["why_code"], "not_found", "{lost}");
    desktop.restart_display(800, 600);
    show.wait_for("it is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let path = summary["recording"]["path"].as_str().unwrap();
    assert!(probe(path, None).unexplained_gap(summary) <= 0.1, "the slate filled the time: {summary}");
}
