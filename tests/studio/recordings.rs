//! What is kept of a show, and what becomes of it when the program is killed.

use hawker_tests::{SmallDisk, Studio, eventually, probe, send_signal};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

fn noted(why: &str) -> impl Fn(&Value) -> bool {
    move |line| line["event"] == "notice" && line["why_code"] == why
}

fn playable(file: &Path) -> f64 {
    let found = probe(file.to_str().unwrap(), None);
    assert!(found.audio_codec.is_some() && found.longest_video_gap() < 0.5, "{}: {found:?}", file.display());
    found.duration()
}

fn path_of(part: &Value) -> PathBuf {
    part["path"].as_str().unwrap().into()
}

#[test]
fn a_recording_is_split_clipped_replayed_ended_and_begun_again_while_the_show_goes_on_needs_root() {
    let studio = Studio::new();
    let small = studio.folder().join("small");
    // Less than the gigabyte that is little, and enough for this show.
    let _disk = SmallDisk::mount(&small, 300 * 1024);
    let file = |name: &str| small.join(name);
    let catalogue = studio.folder().join("catalog.csv");
    std::fs::write(&catalogue, "sku,title,price,currency\nTEE,Cotton tee,39.90,CNY\n").unwrap();
    for (key, value) in [("width", "640"), ("height", "360"), ("video_bitrate_bps", "1000000")] {
        assert!(studio.run(&["settings", "set", key, value]).status.success(), "{key}");
    }
    let show = ["live", "--source", "test", "--no-platform", "--canvas", "both", "--pin", "TEE", "--replay", "5"];
    let keep = ["--record-split", "1M", "--catalog", catalogue.to_str().unwrap(), "--record"];
    let mut show = studio.start(&[&show[..], &keep, &[file("show.mkv").to_str().unwrap()]].concat(), None);
    show.wait_for("little room is told", SOON, noted("recording_space_low"));
    // It is there before the keyframe that begins it.
    eventually("another file is written", Duration::from_secs(40), || {
        std::fs::metadata(file("show-part2.mkv")).ok().filter(|meta| meta.len() > 100_000).map(drop)
    });

    let saved = studio.json(&["show", "replay", file("replay.mp4").to_str().unwrap()]);
    assert!(saved["duration_ms"].as_u64() > Some(2_000), "{saved}");
    assert!(playable(&file("replay.mp4")) > 2.0);
    let cut = eventually("a clip is cut out of the first file", SOON, || {
        let first = [file("show.mp4"), file("show.mkv")].into_iter().find(|path| path.exists())?;
        let cut = ["--json", "recording", "clip", first.to_str().unwrap(), "--from", "3", "--to", "5"];
        let out = studio.run(&[&cut[..], &[file("clip.mp4").to_str().unwrap()]].concat());
        // Its MP4 may have taken its place meanwhile.
        assert!(out.status.success() || !first.exists(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice::<Value>(&out.stdout).ok()
    });
    assert!(cut["begins_ms"].as_u64() <= Some(3_000), "{cut}");
    assert!((1.9..=4.2).contains(&playable(&file("clip.mp4"))), "{cut}");

    let ended = studio.run(&["--json", "show", "record", "--stop"]);
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let ended = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert_eq!(ended.lines().count(), 2, "one of each canvas: {ended}");
    let again = studio.run(&["show", "record", "--stop"]);
    assert!(!again.status.success() && String::from_utf8_lossy(&again.stderr).contains("nothing is being recorded"));
    let begun = studio.json(&["show", "record", file("second.mkv").to_str().unwrap()]);
    assert_eq!(begun["path"].as_str().map(PathBuf::from), Some(file("second.mkv")));
    show.wait_for("its MP4 is there while the show goes on", SOON, noted("recording_saved"));
    eventually("a second is recorded", SOON, || {
        std::fs::metadata(file("second.mkv")).ok().filter(|meta| meta.len() > 200_000).map(drop)
    });

    let (lines, status, errors) = show.end();
    assert!(status.success(), "the recording carried the show: {errors}");
    let recording = &lines.last().unwrap()["recording"];
    // Each is split by its own size.
    for (recording, least) in [(recording, 3), (&recording["upright"], 2)] {
        let parts = recording["parts"].as_array().unwrap();
        assert!(parts.len() >= least, "{recording}");
        for part in parts {
            // How long one is depends on when the show was told to end it: it has what it says, and that is something.
            let (says_s, has_s) = (part["duration_ms"].as_f64().unwrap() / 1000.0, playable(&path_of(part)));
            assert!(says_s > 0.0 && (says_s - has_s).abs() < 0.5, "{has_s} s of {part}");
        }
        assert_eq!(recording["lost_pictures"], 0);
        let clips: Vec<_> = std::fs::read_dir(recording["clips"].as_str().unwrap()).unwrap().flatten().collect();
        assert!(clips.len() == 1 && clips[0].file_name().to_string_lossy().starts_with("TEE_"), "{clips:?}");
        playable(&clips[0].path());
    }
}

#[test]
fn what_a_killed_studio_recorded_is_whole_after_the_next_start_which_says_so() {
    let studio = Studio::new();
    let file = studio.folder().join("晚场.mkv");
    let arguments = ["live", "--source", "test", "--no-platform", "--record", file.to_str().unwrap()];
    let mut show = studio.start(&arguments, None);
    show.wait_for("on air", SOON, |line| line["event"] == "on_air");
    eventually("two seconds are recorded", SOON, || {
        std::fs::metadata(&file).ok().filter(|meta| meta.len() > 400_000).map(drop)
    });
    send_signal(show.pid(), "KILL");
    let (_, status, _) = show.wait();
    assert!(!status.success());
    let mut next = studio.start(&["live", "--source", "test", "--no-platform"], None);
    let told = next.wait_for("it is told", SOON, noted("recording_recovered"));
    assert_eq!(told["about"], "晚场.mp4", "{told}");
    assert!(playable(&file.with_extension("mp4")) > 0.5);
    assert!(!file.exists(), "the MP4 took its place");
    let _ = next.end();
}
