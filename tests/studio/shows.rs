//! Shows without a window.

use hawker_tests::{RtmpServer, Studio, asset, eventually, probe};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

#[test]
fn a_show_is_published_recorded_and_summed_up() {
    let studio = Studio::new();
    let server = RtmpServer::start();
    let recording = studio.folder().join("show.mkv");
    let clip = asset("demo/clip.mp4");
    let mut show = studio.start(
        &[
            "live",
            "--source",
            clip.to_str().unwrap(),
            "--to",
            &server.url("a"),
            "--record",
            recording.to_str().unwrap(),
            "--no-platform",
        ],
        None,
    );
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    show.wait_for("the output is live", SOON, |line| line["event"] == "output" && line["state"] == "live");
    let stream = probe(&server.url("a"), Some(6));
    assert_eq!((stream.video_codec.as_deref(), stream.audio_codec.as_deref()), (Some("h264"), Some("aac")));
    assert!(stream.longest_keyframe_gap() <= 2.1, "a keyframe every 2 s: {:?}", stream.keyframe_times);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");
    let summary = lines.last().unwrap();
    assert_eq!(summary["event"], "summary");
    assert!(summary["outputs"][0]["sent_bytes"].as_u64().unwrap() > 100_000);
    let path = summary["recording"]["path"].as_str().unwrap();
    assert!(path.ends_with(".mp4"), "the recording is remuxed: {path}");
    let recorded = probe(path, None);
    let on_air_s = summary["on_air_s"].as_f64().unwrap();
    let missing_s = on_air_s - recorded.duration();
    // Up to twelve pictures may wait for the encoder when the show ends.
    assert!((-0.1..0.5).contains(&missing_s), "the recording holds the whole show but {missing_s} of {on_air_s} s");
    assert!(recorded.unexplained_gap(summary) <= 0.08, "{} {summary}", recorded.longest_video_gap());
}

/// A reading of `show metrics`: the value of a line, by its name and a part of its labels.
fn figure(metrics: &str, name: &str, label: &str) -> Option<f64> {
    let mut lines = metrics.lines().filter(|line| !line.starts_with('#'));
    let line = lines.find(|line| line.split(['{', ' ']).next() == Some(name) && line.contains(label))?;
    line.rsplit(' ').next()?.parse().ok()
}

#[test]
fn a_running_show_tells_its_figures_to_a_monitor() {
    let (studio, server) = (Studio::new(), RtmpServer::start());
    let nobody = studio.run(&["show", "metrics"]);
    assert!(!nobody.status.success(), "without a show there are no figures");
    let url = server.url("s3cr3t-key");
    let mut show = studio.start(&["live", "--source", "test", "--no-platform", "--to", &url], None);
    show.wait_for("the output is live", SOON, |line| line["event"] == "output" && line["state"] == "live");
    let read = || {
        let out = studio.run(&["show", "metrics"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let first = read();
    for name in ["hawker_frames_encoded_total", "hawker_output_sent_pictures_total", "hawker_output_sent_bytes_total"] {
        let before = figure(&first, name, "").unwrap_or_else(|| panic!("no {name} in {first}"));
        eventually(name, SOON, || figure(&read(), name, "").filter(|now| *now > before));
    }
    // Of the first second nothing is known.
    let name = "hawker_canvas_frames_per_second";
    eventually(name, SOON, || figure(&read(), name, "").filter(|fps| *fps > 1.0));
    let now = read();
    assert_eq!(figure(&now, "hawker_output_live", "127.0.0.1"), Some(1.0), "{now}");
    assert!(figure(&now, "hawker_encode_load_ratio", "").is_some_and(|load| load > 0.0 && load < 20.0), "{now}");
    let described = |name: &str, kind: &str| now.contains(&format!("# TYPE {name} {kind}\n"));
    assert!(described("hawker_frames_encoded_total", "counter") && described("hawker_output_live", "gauge"));
    assert!(!now.contains("s3cr3t-key"), "{now}");
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

#[test]
fn a_second_show_in_one_data_directory_is_told_that_one_is_on_air() {
    let studio = Studio::new();
    let recording = studio.folder().join("show.mkv");
    let arguments = ["live", "--source", "test", "--no-platform", "--record", recording.to_str().unwrap()];
    let mut show = studio.start(&arguments, None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    let second = studio.run(&["live", "--source", "test", "--no-platform"]);
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert_eq!(second.status.code(), Some(1));
    assert!(said.contains("on air already"), "{said}");
    let listed = studio.run(&["--json", "catalog", "list"]);
    assert!(listed.status.success(), "other commands are answered by the process on air");
    let (_, status, errors) = show.end();
    assert!(status.success(), "{errors}");
}

#[test]
fn a_scene_waits_in_the_preview_until_it_is_taken_and_a_card_that_lacks_its_data_is_told() {
    let studio = Studio::new();
    let catalogue = studio.folder().join("catalog.csv");
    std::fs::write(&catalogue, "sku,title,price,currency\nTEE,Cotton tee,39.90,CNY\n").unwrap();
    let arguments = ["live", "--source", "test", "--source", "test", "--no-platform", "--pin", "TEE", "--catalog"];
    let recording = studio.folder().join("show.mkv");
    let recording = ["--record", recording.to_str().unwrap()];
    let mut show = studio.start(&[&arguments[..], &[catalogue.to_str().unwrap()], &recording].concat(), None);
    show.wait_for("the pin", SOON, |line| line["event"] == "tag" && line["state"] == "pinned");
    let run = |words: &[&str]| {
        let done = studio.run(words);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).into_owned()
    };
    let scenes = || {
        let listed = run(&["--json", "scene", "list"]);
        let lines: Vec<serde_json::Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let named = |mark: &str| lines.iter().find(|line| line[mark] == true).map(|line| line["name"].clone());
        (named("shown"), named("preview"))
    };
    assert!(!studio.run(&["scene", "take"]).status.success(), "nothing waits yet");
    run(&["scene", "preview", "2"]);
    assert_eq!(scenes(), (Some("1".into()), Some("2".into())), "viewers see what they saw");
    run(&["scene", "take"]);
    assert_eq!(scenes(), (Some("2".into()), Some("1".into())));
    run(&["card", "size-chart"]);
    show.wait_for("what the card lacks", SOON, |line| line["why_code"] == "card_no_size_chart");
    // How a show ends is looked at elsewhere.
    let _ = show.end();
}
