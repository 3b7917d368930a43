//! Another microphone and another first source, chosen while the show goes on.

use hawker_tests::{Studio, frame, probe};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(60);

/// A picture of one colour, as ffmpeg calls it.
fn still(folder: &Path, colour: &str) -> PathBuf {
    let file = folder.join(format!("{colour}.png"));
    let picture = format!("color=c={colour}:size=640x360");
    let done = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", &picture, "-frames:v", "1"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(done.success());
    file
}

/// What the recording says of its sound: each time at which it fell silent or began again, seconds.
fn silences(film: &str) -> Vec<(String, f64)> {
    let out = Command::new("ffmpeg")
        .args([
            "-nostdin",
            "-hide_banner",
            "-i",
            film,
            "-vn",
            "-af",
            "silencedetect=noise=-50dB:d=0.5",
            "-f",
            "null",
            "-",
        ])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let moments = said.lines().filter_map(|line| {
        let (_, rest) = line.split_once("silence_")?;
        let (what, rest) = rest.split_once(": ")?;
        Some((what.to_owned(), rest.split_whitespace().next()?.parse().ok()?))
    });
    moments.collect()
}

#[test]
fn who_chooses_another_microphone_or_picture_on_air_gets_it_and_the_show_goes_on() {
    let studio = Studio::new();
    let [red, blue] = ["red", "blue"].map(|colour| still(studio.folder(), colour));
    let [red, blue] = [&red, &blue].map(|file| file.to_str().unwrap());
    let set = |name: &str, value: &str| studio.run(&["settings", "set", name, value]);
    for (name, value) in [("source", red), ("mic", "tone")] {
        assert!(set(name, value).status.success());
    }
    let recording = studio.folder().join("show.mkv");
    let mut show = studio.start(&["live", "--no-platform", "--record", recording.to_str().unwrap()], None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    let of_sound = |line: &Value| line["why_code"].as_str().is_some_and(|why| why.contains("mic"));
    show.stays_without("all is well", Duration::from_secs(2), of_sound);

    // Nobody's microphone takes the place of one that is not plugged in.
    assert!(set("mic", "@no-such-mic").status.success());
    let missing = show.wait_for("it is missed by name", SOON, |line| line["why_code"] == "mic_missing");
    assert_eq!(missing["about"], "no-such-mic", "{missing}");
    show.stays_without("it is told once", Duration::from_secs(2), of_sound);
    assert!(set("mic", "tone").status.success());
    show.wait_for("it is heard", SOON, |line| line["why_code"] == "mic_chosen");

    show.forget();
    assert!(set("source", blue).status.success());
    let shown = show.wait_for("it is shown", SOON, |line| line["event"] == "source" && line["state"] == "back");
    assert!(shown["id"].as_str().unwrap().contains("blue.png"), "{shown}");
    let refused = set("more_mics", "[\"tone\"]");
    assert!(!refused.status.success(), "one microphone twice");
    let kept = studio.run(&["settings", "list"]).stdout;
    assert!(String::from_utf8_lossy(&kept).contains("more_mics\t[]\n"), "what was refused is not kept");
    show.stays_without("the show goes on", Duration::from_secs(2), of_sound);
    let (lines, status, errors) = show.end();
    assert!(status.success(), "{errors}");

    let summary = lines.last().unwrap();
    assert_eq!(summary["recording"]["parts"].as_array().map_or(0, Vec::len), 1, "{summary}");
    let film = summary["recording"]["path"].as_str().unwrap();
    let recorded = probe(film, None);
    assert!(recorded.unexplained_gap(summary) <= 0.08, "{} {summary}", recorded.longest_video_gap());
    assert!(recorded.longest_audio_gap() <= 0.1, "silence is sound too: {}", recorded.longest_audio_gap());
    let heard = silences(film);
    let names: Vec<&str> = heard.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(names, ["start", "end"], "silent once, as long as nothing else was chosen: {heard:?}");
    let colour = |seconds: f64| {
        let picture = frame(Path::new(film), seconds, "scale=1:1", (1, 1));
        (picture.rgb[0], picture.rgb[2])
    };
    let ((red, _), (_, blue)) = (colour(1.0), colour(recorded.duration() - 0.5));
    assert!(red > 180 && blue > 180, "red at first, blue at last: {red} {blue}");
}
