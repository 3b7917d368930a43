//! Cameras that are pulled out, held by another program, or forbidden.

use hawker_tests::{Desktop, Studio, asset, eventually, frame, probe, with_a_forbidden_camera};
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_camera_that_is_pulled_out_and_put_back_does_not_end_the_show() {
    let studio = Studio::new();
    let desktop = Desktop::start();
    let camera = desktop.camera("plug-camera", &asset("demo/clip.mp4"));
    let listed = studio.command(&["--json", "devices"], Some(&desktop)).output().unwrap();
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("plug-camera"), "the camera is offered: {listed}");
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", "@plug-camera", "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, Some(&desktop));
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    camera.unplug();
    let lost = show.wait_for("the loss is noticed", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    let why = lost["why"].as_str().unwrap();
    assert!(why.contains("plug-camera") && why.contains("check its cable"), "which, and what to do: {why}");
    // By the program's own clock: how long this test waited for its turn says nothing.
    let silent_ms = why.split_whitespace().find_map(|word| word.parse::<u64>().ok());
    assert!(silent_ms.is_some_and(|ms| ms <= 1_500), "it is noticed soon: {why}");
    let _camera = desktop.camera("plug-camera", &asset("demo/clip.mp4"));
    show.wait_for("the picture is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    let gap_s = probe(summary["recording"]["path"].as_str().unwrap(), None).unexplained_gap(summary);
    assert!(gap_s <= 0.1, "the slate filled the time, but for {gap_s} s: {summary}");
}

/// The line that says why a command failed.
fn refusal(out: &Output) -> String {
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    said.lines().find(|line| line.starts_with("error: ")).unwrap_or_else(|| panic!("no error line: {said}")).to_owned()
}

#[test]
fn a_camera_that_another_program_holds_is_said_and_free_again_is_taken() {
    let studio = Studio::new();
    let desktop = Desktop::start();
    let _camera = desktop.camera("busy-camera", &asset("demo/clip.mp4"));
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", "@busy-camera", "--no-platform", "--record", recording.to_str().unwrap()];
    // PipeWire shares cameras; a program may ask for one alone, and then the session manager gives nobody else a link.
    let other = desktop.hold_alone("busy-camera");
    let said = refusal(&studio.command(&arguments, Some(&desktop)).stdin(Stdio::null()).output().unwrap());
    assert!(said.contains("busy-camera") && said.contains("close the program that uses it"), "{said}");
    drop(other);
    let mut show = studio.start(&arguments, Some(&desktop));
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    // A show of a single picture has carried nothing.
    eventually("something is recorded", SOON, || std::fs::metadata(&recording).ok().filter(|file| file.len() > 50_000));
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

/// A real camera node that this user may not open: session managers leave it out of their lists without a word. What the
/// node would deliver is never asked, since opening it fails; so an empty file with a camera's name does.
#[test]
fn a_camera_that_the_system_forbids_is_told_from_one_that_is_not_there_needs_root() {
    let studio = Studio::new();
    let live = studio.command(&["live", "--source", "@video0", "--no-platform"], None);
    let mut there = with_a_forbidden_camera(&live, studio.folder());
    let said = refusal(&there.stdin(Stdio::null()).output().unwrap());
    assert!(said.contains("denies access") && said.contains("/dev/video0") && said.contains("group video"), "{said}");
    let listed = studio.json(&["catalog", "list"]);
    assert_eq!(listed["total"], 0, "the store opens as before");
}

/// Cameras that do not deliver what they say, each in a show of its own, one after the other: none is lost, none ends its show, and what
/// they have is shown.
#[test]
fn a_camera_that_lies_about_its_formats_is_shown_all_the_same() {
    let desktop = Desktop::start();
    let raw = |size: &str, fps: u32| format!("video/x-raw,format=I420,{size},framerate={fps}/1");
    let green = |caps: &str| format!("videotestsrc is-live=true pattern=green ! {caps}");
    let (small, large) = ("width=320,height=240", "width=640,height=480");
    let says = |truth: String, said: String| format!("{} ! capssetter replace=true caps={said}", green(&truth));
    let cameras = [
        // Its pictures are smaller than it says, and end early.
        ("small-camera", says(raw(small, 30), raw(large, 30)), "small-camera"),
        ("slow-camera", says(raw(small, 5), raw(small, 30)), "slow-camera"),
        ("plain-camera", green(&raw(small, 30)), "plain-camera#yuy2-1920x1080-30"),
    ];
    let plugged: Vec<_> = cameras.iter().map(|(name, pictures, _)| desktop.camera_of(name, pictures)).collect();
    for (name, _, source) in &cameras {
        shown_all_the_same(&desktop, name, source);
    }
    drop(plugged);
}

fn shown_all_the_same(desktop: &Desktop, name: &str, source: &str) {
    let studio = Studio::new();
    for (side, pixels) in [("width", "640"), ("height", "480")] {
        studio.json(&["settings", "set", side, pixels]);
    }
    let (recording, source) = (studio.folder().join("show.mkv"), format!("@{source}"));
    let live =
        ["live", "--source", &source, "--no-platform", "--seconds", "3", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&live, Some(desktop));
    if source.contains('#') {
        let other = show.wait_for("it is said that it has another", SOON, |line| line["why_code"] == "other_format");
        let said = other["message"].as_str().unwrap();
        assert!(said.contains("yuy2-1920x1080-30") && said.contains("it offers i420-320x240-30"), "{said}");
    }
    let (lines, status, errors) = show.wait();
    assert!(status.success() && !errors.contains("panicked"), "{name}: {errors}");
    assert!(!lines.iter().any(|line| line["state"] == "lost"), "{name}: {lines:?}");
    let summary = lines.last().unwrap();
    let film = summary["recording"]["path"].as_str().unwrap();
    assert!(probe(film, None).unexplained_gap(summary) <= 0.1, "{name}: {summary}");
    // What stands where its pictures end early is anybody's guess; that it harms nobody is not.
    if name != "small-camera" {
        let rgb = frame(Path::new(film), 2.0, "crop=16:16,scale=1:1", (1, 1)).rgb;
        assert!(rgb[1] > 180 && rgb[0] < 60 && rgb[2] < 60, "{name} shows {rgb:?} instead of green");
    }
}
