use crate::support::*;
use hawker_domain::ShowMs;
use hawker_media::{MediaEvent, PinSpan, ProgramConfig, RecordedPart};
use std::os::unix::fs::PermissionsExt;

#[test]
fn a_recording_in_parts_loses_and_doubles_nothing_between_them() {
    let dir = tempfile::tempdir().unwrap();
    let journal = dir.path().join("journal");
    let (program, mut events) = Listener::start(ProgramConfig { journal: Some(journal.clone()), ..config() });
    let taken = dir.path().join("show-part2.mkv");
    std::fs::write(&taken, "of another show").unwrap();
    program.start_recording_in_parts(&dir.path().join("show.mkv"), Some("5s".parse().unwrap())).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("the third part is written", || {
        program.stats().recording.is_some_and(|recording| recording.parts == 3 && recording.duration_ms > 13_000)
    });
    let summary = program.stop().finish();
    let (slow, recording) = (Slow::of(&summary.frames, &events.all()), summary.recording.unwrap());
    let names: Vec<_> = recording.parts.iter().map(|part| part.path.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["show.mp4", "show-part2-2.mp4", "show-part3.mp4"]);
    assert_eq!((&recording.path, recording.problem.as_deref()), (&recording.parts[0].path, None));
    assert_eq!(recording.duration_ms, recording.parts.iter().map(|part| part.duration_ms).sum::<u64>());
    for pair in recording.parts.windows(2) {
        let (pictures, sound) = (packets(&pair[0].path, "v"), packets(&pair[0].path, "a"));
        let next = packets(&pair[1].path, "v");
        assert!(next[0].1, "it begins with a keyframe");
        let border_s = (pair[1].began.0 - pair[0].began.0) as f64 / 1000.0;
        let gap_s = border_s - pictures.last().unwrap().0;
        assert!((PICTURE_S * 0.5..slow.gap_s()).contains(&gap_s), "the next picture comes one frame later: {gap_s} s");
        let heard_s = sound.last().unwrap().0 + 1024.0 / 48_000.0 - border_s;
        assert!((-0.05..0.05).contains(&heard_s), "sound goes on where the next part begins: {heard_s} s");
        let next_sound_s = packets(&pair[1].path, "a")[0].0;
        assert!((0.0..0.05).contains(&next_sound_s), "{next_sound_s}");
        assert!((5.0..7.5).contains(&border_s), "{border_s} s");
    }
    for part in &recording.parts {
        assert_eq!(std::fs::metadata(&part.path).unwrap().permissions().mode() & 0o777, 0o600);
        complete("inside a part", &packets(&part.path, "v"), &slow);
    }
    a_clip_goes_from_one_part_into_the_next(&recording.parts, &slow);
    assert_eq!(std::fs::read(&taken).unwrap(), b"of another show");
    assert_eq!(std::fs::read_dir(&journal).unwrap().count(), 0, "every part was noted, and is no longer");
}

/// By hand and for a pin.
fn a_clip_goes_from_one_part_into_the_next(parts: &[RecordedPart], slow: &Slow) {
    let dir = tempfile::tempdir().unwrap();
    let named = |turn: usize| if turn == 0 { "all.mp4".to_owned() } else { format!("all-part{}.mp4", turn + 1) };
    for (turn, part) in parts.iter().enumerate() {
        std::fs::copy(&part.path, dir.path().join(named(turn))).unwrap();
    }
    let border_ms = parts[1].began.0 - parts[0].began.0;
    let (first, out) = (dir.path().join(named(0)), dir.path().join("piece.mp4"));
    let piece = hawker_media::clip(&first, border_ms - 500, border_ms + 1_500, &out).unwrap();
    let span = PinSpan {
        sku: "A".into(),
        from: ShowMs(parts[1].began.0 - 500),
        to: ShowMs(parts[1].began.0 + 2_000),
        earliest: ShowMs(0),
    };
    let stop = std::sync::atomic::AtomicBool::new(false);
    let pinned = hawker_media::pin_clips(parts, &[span], &dir.path().join("clips"), &stop).unwrap();
    for (file, least_s) in [(&piece.path, 1.9), (pinned[0].made.as_ref().unwrap(), 2.4)] {
        let pictures = packets(file, "v");
        assert!(pictures[0].1, "it begins with a keyframe");
        assert!(pictures.last().unwrap().0 > least_s, "it reaches into the next part: {:?}", pictures.last());
        complete("over the border", &pictures, slow);
        assert!(longest_gap(&packets(file, "a")) < 0.05, "nor in the sound");
    }
}
