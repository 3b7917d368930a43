//! Which encoder a show gets, and the language in which it is told.

use hawker_tests::{Studio, eventually};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);
/// Of another system than these tests'.
const FOREIGN: &str = if cfg!(target_os = "macos") { "mfh264enc" } else { "vtenc_h264" };

/// The numbers of the show on air.
fn metrics(studio: &Studio) -> String {
    let out = studio.run(&["show", "metrics"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// None before a show has more than its first picture on the disk; one that ends then has carried nothing.
fn recorded_s(metrics: &str) -> Option<f64> {
    let line = metrics.lines().find(|line| line.starts_with("hawker_recording_seconds"))?;
    line.rsplit(' ').next()?.parse().ok().filter(|seconds| *seconds > 0.0)
}

/// Names of the encoders of the picture in the numbers of the show on air.
fn encoders(metrics: &str) -> Vec<String> {
    let named = metrics.lines().filter_map(|line| line.split("encoder=\"").nth(1)?.split('"').next());
    named.map(str::to_owned).collect()
}

#[test]
fn a_show_gets_the_encoder_of_its_own_or_that_of_the_settings() {
    let studio = Studio::new();
    let set = studio.json(&["settings", "set", "encoder", "openh264enc"]);
    assert_eq!(set["encoder"], "openh264enc");
    assert_eq!(studio.json(&["settings", "set", "preset", "ultrafast"])["preset"], "ultrafast");
    let refused = studio.run(&["settings", "set", "encoder", "nvenc"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nvh264enc"), "it says which there are");
    let live = ["live", "--source", "test", "--no-platform"];
    for (words, want) in [(&[][..], "openh264enc"), (&["--encoder", "x264enc", "--preset", "veryfast"], "x264enc")] {
        let recording = studio.folder().join(format!("{want}.mkv"));
        let arguments = [&live[..], words, &["--record", recording.to_str().unwrap()]].concat();
        let mut show = studio.start(&arguments, None);
        show.wait_for("on air", SOON, |line| line["event"] == "on_air");
        eventually("a piece of it is recorded", SOON, || recorded_s(&metrics(&studio)));
        let found = encoders(&metrics(&studio));
        assert!(!found.is_empty() && found.iter().all(|one| one == want), "{want}: {found:?}");
        let (lines, status, errors) = show.end();
        assert!(status.success(), "{errors}");
        assert!(lines.iter().all(|line| line["why_code"] != "other_encoder"), "{lines:?}");
        if want == "x264enc" {
            // It writes what it was set to into its first picture.
            let film = std::fs::read(lines.last().unwrap()["recording"]["path"].as_str().unwrap()).unwrap();
            let has = |text: &[u8]| film.windows(text.len()).any(|part| part == text);
            assert!(has(b" subme=2 ") && !has(b" subme=1 "), "the preset is veryfast, and not the usual superfast");
        }
    }
}

#[test]
fn a_show_whose_encoder_does_not_work_goes_on_air_and_is_told_in_the_hosts_language() {
    let studio = Studio::new();
    assert_eq!(studio.json(&["settings", "set", "language", "zh-CN"])["language"], "zh-CN");
    let live = ["live", "--source", "test", "--no-platform", "--seconds", "3", "--encoder", FOREIGN];
    let recording = studio.folder().join("show.mkv");
    // Nobody listens on the first port.
    let troubles = ["--to", "rtmp://127.0.0.1:1/live/key", "--fault", "camera-lost@1s:1s", "--record"];
    let troubles = [&troubles[..], &[recording.to_str().unwrap()]].concat();
    let out = studio.run(&[&live[..], &troubles].concat());
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{told}{}", String::from_utf8_lossy(&out.stderr));
    let ledger = studio.run(&["show"]);
    let again = String::from_utf8_lossy(&ledger.stdout).into_owned();
    for said in [&told, &again] {
        for want in
            ["已开播", &format!("{FOREIGN}：本系统没有；直播改用 "), "画面断开（", "重连中（没有回应", "直播结束，共 "]
        {
            assert!(said.contains(want), "\"{want}\" is missing in:\n{said}");
        }
    }
    assert_eq!(studio.json(&["settings", "set", "language", "en"])["language"], "en");
    let english = String::from_utf8_lossy(&studio.run(&["show"]).stdout).into_owned();
    for want in ["on air", "lost (", "reconnecting (", "ended after "] {
        assert!(english.contains(want), "\"{want}\" is missing in:\n{english}");
    }
    assert!(english.contains(&format!("{FOREIGN}: not on this system; the show uses ")), "{english}");
}
