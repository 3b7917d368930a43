//! Cameras that are pulled out, held by another program, or forbidden.

use hawker_tests::{Desktop, Studio, asset, eventually, probe, with_a_forbidden_camera};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

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
    let unplugged = Instant::now();
    camera.unplug();
    let lost = show.wait_for("the loss is noticed", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    let noticed = unplugged.elapsed();
    let why = lost["why"].as_str().unwrap();
    assert!(why.contains("plug-camera") && why.contains("check its cable"), "which, and what to do: {why}");
    assert!(noticed < Duration::from_secs(3), "noticed after {noticed:?}");
    let _camera = desktop.camera("plug-camera", &asset("demo/clip.mp4"));
    show.wait_for("the picture is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let recorded = probe(lines.last().unwrap()["recording"]["path"].as_str().unwrap(), None);
    assert!(recorded.longest_video_gap() <= 0.1, "the slate filled the time: {}", recorded.longest_video_gap());
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
fn a_camera_that_the_system_forbids_is_told_from_one_that_is_not_there() {
    let studio = Studio::new();
    let live = studio.command(&["live", "--source", "@video0", "--no-platform"], None);
    let Some(mut there) = with_a_forbidden_camera(&live, studio.folder()) else { return };
    let said = refusal(&there.stdin(Stdio::null()).output().unwrap());
    assert!(said.contains("denies access") && said.contains("/dev/video0") && said.contains("group video"), "{said}");
    let listed = studio.json(&["catalog", "list"]);
    assert_eq!(listed["total"], 0, "the store opens as before");
}
