use crate::support::*;
use hawker_domain::ShowMs;
use hawker_media::{MediaError, MediaEvent, PinSpan, RecordedPart, clip, pin_clips, pin_clips_folder};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::AtomicBool,
};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Shots of four seconds each, of one colour with something that moves, a keyframe every two seconds and nowhere else.
fn film(dir: &Path, name: &str, colours: &[&str], sound: bool) -> PathBuf {
    let file = dir.join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y"]);
    for colour in colours {
        let shot = format!(
            "color={colour}:size=640x360:rate=30:duration=4,drawbox=x=100+40*t:y=150:w=60:h=60:color=white:t=fill"
        );
        command.args(["-f", "lavfi", "-i", &shot]);
    }
    let length = 4 * colours.len();
    if sound {
        command.args(["-f", "lavfi", "-i", &format!("sine=frequency=440:duration={length}")]);
    }
    let inputs: String = (0..colours.len()).map(|n| format!("[{n}:v]")).collect();
    command.args(["-filter_complex", &format!("{inputs}concat=n={}:v=1:a=0[v]", colours.len()), "-map", "[v]"]);
    if sound {
        command.args(["-map", &format!("{}:a", colours.len()), "-c:a", "aac"]);
    }
    command.args(["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "60", "-sc_threshold", "0"]);
    assert!(command.args(["-pix_fmt", "yuv420p"]).arg(&file).status().unwrap().success());
    file
}

#[test]
fn a_piece_of_a_finished_recording_begins_with_a_keyframe_and_says_how_much_earlier() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["film.mp4", "film.mkv"] {
        let film = film(dir.path(), name, &["red", "green", "blue"], true);
        let out = dir.path().join(format!("piece of {name}.mp4"));
        for (from, to, begins, early, pictures) in [
            (5_000, 9_000, 4_000, 1_000, 150),
            (4_030, 4_100, 4_000, 30, 3),
            (0, 2_000, 0, 0, 60),
            (10_500, 99_000, 10_000, 500, 60),
        ] {
            let clipped = clip(&film, from, to, &out).unwrap();
            // Matroska keeps the moment by which the sound's encoder is ahead.
            let near = |value: u64, want: u64| value.abs_diff(want) <= 25;
            assert!(
                near(clipped.begins_ms, begins) && near(clipped.early_ms, early),
                "{name} {from}..{to}: {clipped:?}"
            );
            let found = packets(&clipped.path, "v");
            assert!(found.len().abs_diff(pictures) <= 1, "{name} {from}..{to}: {} pictures", found.len());
            assert!(found[0].1 && found[0].0 == 0.0, "{name} {from}..{to}: {:?}", found[0]);
            let sound = packets(&clipped.path, "a");
            assert!(sound[0].0.abs() < 0.05 && (sound.last().unwrap().0 - found.last().unwrap().0).abs() < 0.1);
            assert!(clipped.duration_ms.abs_diff(found.len() as u64 * 1000 / 30) <= 2, "{clipped:?}");
            assert_eq!(mode(&clipped.path), 0o600);
        }
        assert!(dir.path().join(format!("piece of {name}-4.mp4")).exists(), "names that are taken get a number");
    }
}

#[test]
fn a_piece_is_cut_out_of_a_recording_that_is_still_written() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("show.mkv");
    let (program, mut events) = Listener::start(config());
    program.start_recording(&path).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("six seconds are recorded", || program.stats().recording.is_some_and(|r| r.duration_ms > 6_500));
    let clipped = clip(&path, 2_500, 4_000, &dir.path().join("piece.mp4")).unwrap();
    assert!((1_950..=2_050).contains(&clipped.begins_ms), "{clipped:?}");
    let found = packets(&clipped.path, "v");
    let summary = program.stop().finish();
    let slow = Slow::of(&summary.frames, &events.all());
    complete("the piece", &found, &slow);
    let length_s = found.last().unwrap().0 - found[0].0 + PICTURE_S;
    assert!((length_s - 2.0).abs() < 0.15 + slow.gap_s(), "two seconds are {length_s} s");
    let recording = summary.recording.unwrap();
    assert_eq!(recording.problem, None, "the recording did not notice");
}

#[test]
fn what_cannot_be_cut_is_said_and_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let good = film(dir.path(), "good.mp4", &["red"], true);
    let bytes = std::fs::read(&good).unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    };
    let matroska = film(dir.path(), "good.mkv", &["red"], true);
    let head = &std::fs::read(&matroska).unwrap()[..200];
    let out = dir.path().join("out.mp4");
    for (path, word) in [
        (file("empty.mp4", b""), "empty"),
        (file("letter.mkv", b"dear Ada, how are you"), "neither"),
        (file("half.mp4", &bytes[..bytes.len() / 2]), ""),
        (file("head.mkv", head), ""),
        (file("head.mp4", &bytes[..30]), ""),
        (dir.path().join("none.mp4"), "not found"),
        (dir.path().to_owned(), ""),
    ] {
        let error = clip(&path, 0, 1_000, &out).unwrap_err();
        assert!(
            matches!(error, MediaError::Clip { .. } | MediaError::SourceNotFound { .. } | MediaError::BadRange { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(word), "{}: {error}", path.display());
    }
    for (from, to) in [(1_000, 1_000), (2_000, 1_000), (4_100, 9_000), (u64::MAX - 1, u64::MAX)] {
        let error = clip(&good, from, to, &out).unwrap_err();
        assert!(matches!(error, MediaError::BadRange { .. }), "{from}..{to}: {error:?}");
    }
    let error = clip(&good, 0, 1_000, &dir.path().join("no/such/out.mp4")).unwrap_err();
    assert!(matches!(error, MediaError::Recording { .. }), "{error:?}");
    let names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().flatten().map(|e| e.file_name()).collect();
    assert!(!names.iter().any(|name| name.to_string_lossy().starts_with("out")), "{names:?}");
}

#[test]
fn a_recording_without_sound_is_cut_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let silent = film(dir.path(), "silent.mkv", &["red", "green"], false);
    let clipped = clip(&silent, 3_000, 6_000, &dir.path().join("piece")).unwrap();
    assert_eq!(clipped.path, dir.path().join("piece.mp4"));
    assert_eq!((codecs(&clipped.path), packets(&clipped.path, "v").len()), (vec!["h264".to_owned()], 120));
}

#[test]
fn a_matroska_file_that_was_cut_off_gives_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let whole = film(dir.path(), "whole.mkv", &["red", "green", "blue"], true);
    let bytes = std::fs::read(&whole).unwrap();
    let cut_off = dir.path().join("cut off.mkv");
    std::fs::write(&cut_off, &bytes[..bytes.len() * 6 / 10]).unwrap();
    let clipped = clip(&cut_off, 1_000, 3_000, &dir.path().join("piece.mp4")).unwrap();
    assert!(clipped.begins_ms < 30 && packets(&clipped.path, "v").len().abs_diff(90) <= 1, "{clipped:?}");
}

#[test]
fn every_pin_gets_a_clip_that_begins_with_its_shot() {
    let dir = tempfile::tempdir().unwrap();
    // Shots at 0, 4, 8 and 12 s.
    let path = film(dir.path(), "show.mp4", &["maroon", "lime", "blue", "yellow"], true);
    let parts =
        [RecordedPart { path: path.clone(), began: ShowMs(500), duration_ms: 16_000, problem: None, cut_short: false }];
    let span = |sku: &str, from: u64, to: u64| PinSpan {
        sku: sku.into(),
        from: ShowMs(from),
        to: ShowMs(to),
        earliest: ShowMs(0),
    };
    let spans = [span("A/1", 7_000, 9_000), span("B", 11_500, 15_900), span("B", 60_000, 70_000)];
    let folder = pin_clips_folder(&path);
    let clips = pin_clips(&parts, &spans, &folder, &AtomicBool::new(false)).unwrap();
    assert_eq!(clips.len(), 2, "what was shown after the recording has no clip: {clips:?}");
    let made: Vec<_> = clips.iter().map(|clip| clip.made.as_ref().unwrap().clone()).collect();
    assert_eq!(made, [folder.join("A_1_00-00-07.mp4"), folder.join("B_00-00-11.mp4")]);
    assert_eq!((mode(&folder), mode(&made[0])), (0o700, 0o600));
    // Pinned at 6.5 s of the file, so wanted from 3.5 s: half a second before the lime shot. It ends with that shot.
    let colour = |file: &Path, at: f64| {
        let rgb = picture_at(file, at, 640, 360);
        [rgb[0], rgb[1], rgb[2]]
    };
    let length = |file: &Path| packets(file, "v").len();
    assert!(colour(&made[0], 0.0)[1] > 100 && colour(&made[0], 0.0)[0] < 60, "{:?}", colour(&made[0], 0.0));
    assert_eq!(length(&made[0]), 120, "from 4 to 8 s");
    // Pinned at 11 s, wanted from 8 s: the blue shot begins there. It ends at 15.4 s, and the recording at 16.
    assert!(colour(&made[1], 0.0)[2] > 200, "{:?}", colour(&made[1], 0.0));
    assert!((220..=223).contains(&length(&made[1])), "from 8 to 15.4 s: {}", length(&made[1]));
    // Pinned at 8.5 s, wanted from 5.5 s and so from the lime shot, which must not be seen.
    let after = PinSpan { earliest: ShowMs(8_480), ..span("C", 9_000, 12_000) };
    let clips = pin_clips(&parts, &[after], &folder, &AtomicBool::new(false)).unwrap();
    let first = colour(clips[0].made.as_ref().unwrap(), 0.0);
    assert!(first[2] > 200 && first[1] < 100, "{first:?}");
    let stopped = pin_clips(&parts, &spans, &folder, &AtomicBool::new(true)).unwrap();
    assert!(stopped.is_empty());
}
