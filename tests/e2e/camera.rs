//! A camera that is pulled out and put back during the show.

use hawker_tests::{Desktop, Studio, asset, probe};
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
    show.wait_for("the loss is noticed", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    let noticed = unplugged.elapsed();
    assert!(noticed < Duration::from_secs(3), "noticed after {noticed:?}");
    let _camera = desktop.camera("plug-camera", &asset("demo/clip.mp4"));
    show.wait_for("the picture is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let recorded = probe(lines.last().unwrap()["recording"]["path"].as_str().unwrap(), None);
    assert!(recorded.longest_video_gap() <= 0.1, "the slate filled the time: {}", recorded.longest_video_gap());
}
