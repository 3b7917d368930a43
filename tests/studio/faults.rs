//! Parts made to fail on purpose: each is seen as the real thing is.

use hawker_tests::{RtmpServer, Studio, probe};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn faults_on_purpose_are_told_as_real_ones_and_the_show_goes_on() {
    let studio = Studio::new();
    let server = RtmpServer::start();
    let (recording, url) = (studio.folder().join("show.mkv"), server.url("a"));
    let faults = "camera-lost@2s:1s,encoder-lost@5s,network-drop@7s,cpu@9s:1s,disk-full@11s";
    let show = ["live", "--source", "test", "--no-platform", "--to", &url, "--fault", faults, "--record"];
    let mut show = studio.start(&[&show[..], &[recording.to_str().unwrap()]].concat(), None);
    show.wait_for("the camera is lost", SOON, |line| line["event"] == "source" && line["state"] == "lost");
    show.wait_for("the camera is back", SOON, |line| line["event"] == "source" && line["state"] == "back");
    show.wait_for("another encoder takes over", SOON, |line| {
        line["event"] == "notice" && line["why_code"] == "encode_mended" && line["about"] == "16:9"
    });
    show.wait_for("the connection is cut", SOON, |line| {
        line["event"] == "output"
            && line["state"] == "reconnecting"
            && line["why"].as_str().is_some_and(|why| why.contains("cut"))
    });
    show.forget();
    show.wait_for("it is live again", SOON, |line| line["event"] == "output" && line["state"] == "live");
    show.wait_for("the disk is full", SOON, |line| line["event"] == "notice" && line["code"] == "disk_full");
    let (lines, status, errors) = show.end();
    assert!(status.success(), "the destination carried the show: {errors}");
    let summary = lines.last().unwrap();
    assert!(summary["recording"]["problem"].as_str().is_some_and(|why| why.contains("full")), "{summary}");
    assert!(summary["outputs"][0]["reconnects"].as_u64() >= Some(1), "{summary}");
    let kept = probe(summary["recording"]["path"].as_str().unwrap(), None);
    assert!(kept.duration() > 8.0, "what was recorded until then is kept: {} s", kept.duration());
}
