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

/// A line that takes nothing, and one that takes too little.
#[test]
fn a_stalled_line_and_a_narrow_one_are_named_and_cost_the_recording_nothing() {
    let stalled = || {
        let seen = behind_a_fault("network-stall@3s:9s", |line| {
            line["state"] == "reconnecting"
                && line["why_code"] == "behind"
                && line["why"].as_str().is_some_and(|why| why.contains("took nothing"))
        });
        assert!(seen["outputs"][0]["reconnects"].as_u64() >= Some(1), "{seen}");
    };
    let narrow = || {
        // The processor is taken away meanwhile: what is said of the line stays true.
        let seen = behind_a_fault("bandwidth@3s:150k:6s,cpu@4s:3s", |line| {
            line["state"] == "live"
                && line["why_code"] == "slow_network"
                && line["why"].as_str().is_some_and(|why| why.contains("your network"))
        });
        assert_eq!(seen["outputs"][0]["reconnects"], 0, "{seen}");
    };
    stalled();
    narrow();
}

/// A show that this fault befalls, until its destination said what is `wanted` and was well again; its last line.
fn behind_a_fault(fault: &str, wanted: impl Fn(&serde_json::Value) -> bool) -> serde_json::Value {
    let (studio, server) = (Studio::new(), RtmpServer::start());
    for (name, value) in [("width", "320"), ("height", "180"), ("video_bitrate_bps", "600000")] {
        studio.json(&["settings", "set", name, value]);
    }
    let (recording, url, clip) = (studio.folder().join("show.mkv"), server.url("a"), busy(studio.folder()));
    let show = ["live", "--no-platform", "--source", &clip, "--to", &url, "--fault", fault, "--record"];
    let mut show = studio.start(&[&show[..], &[recording.to_str().unwrap()]].concat(), None);
    let of_output = |line: &serde_json::Value| line["event"] == "output";
    show.wait_for("it is live", SOON, |line| of_output(line) && line["state"] == "live");
    show.wait_for(fault, SOON, |line| of_output(line) && wanted(line));
    show.forget();
    show.wait_for("it is well again", SOON, |line| {
        of_output(line) && line["state"] == "live" && line["why_code"].is_null()
    });
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap().clone();
    let recorded = probe(summary["recording"]["path"].as_str().unwrap(), None);
    let gap = recorded.unexplained_gap(&summary).max(recorded.longest_audio_gap());
    // Half the pictures are as many as the governor leaves of them while the processor is taken away.
    assert!(gap <= 0.1, "{gap} s are missing from the recording behind {fault}");
    summary
}

/// A picture that needs every bit it can get.
fn busy(folder: &std::path::Path) -> String {
    let clip = folder.join("busy.mp4");
    let mut command = std::process::Command::new("ffmpeg");
    command.args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=3,noise=alls=60:allf=t"]);
    let made = command.args(["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]).arg(&clip).status();
    assert!(made.unwrap().success());
    clip.to_str().unwrap().to_owned()
}
