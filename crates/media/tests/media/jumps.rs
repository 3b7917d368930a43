//! Clips whose timestamps jump.

use crate::support::*;
use hawker_media::{MediaEvent, MicSpec, Program, ProgramConfig, SourceSpec};
use std::{path::Path, process::Command};

fn ffmpeg(args: &[&str], file: &Path) {
    let mut command = Command::new("ffmpeg");
    assert!(command.args(["-v", "error", "-y"]).args(args).arg(file).status().unwrap().success());
}

/// Plays `source` on air for `ms`.
fn play(source: SourceSpec, mic: MicSpec, ms: u64) -> (Program, Vec<MediaEvent>) {
    let (program, mut events) =
        Listener::start(ProgramConfig { sources: sources(source), mics: vec![mic], ..config() });
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("it has played", || program.show_ms().0 > ms);
    (program, events.all())
}

fn never_lost(events: &[MediaEvent]) {
    assert!(!events.iter().any(|e| matches!(e, MediaEvent::SourceLost { .. })), "{events:?}");
}

#[test]
fn a_picture_stamped_an_hour_ahead_is_shown_when_it_comes() {
    let dir = tempfile::tempdir().unwrap();
    let clip = dir.path().join("clip.mkv");
    let picture = "testsrc2=size=640x360:rate=25:duration=6";
    let jump = "setpts=PTS+gte(N\\,50)*3600/TB";
    let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"];
    ffmpeg(&[&["-f", "lavfi", "-i", picture, "-vf", jump, "-fps_mode", "passthrough"][..], &codec].concat(), &clip);
    let (program, events) = play(SourceSpec::File(clip), MicSpec::Silence, 4_500);
    never_lost(&events);
    let stats = program.stats();
    assert!(stats.time_jumps >= 1, "{stats:?}");
    assert!(stats.frames.captured > 95, "the pictures after the jump came too: {:?}", stats.frames);
    program.stop().finish();
}

#[test]
fn a_stream_that_begins_anew_goes_on_with_its_sound() {
    let dir = tempfile::tempdir().unwrap();
    let part = |name: &str, from: &str| {
        let file = dir.path().join(name);
        let picture = ["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=3"];
        let tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=3"];
        let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-output_ts_offset", from];
        ffmpeg(&[&picture[..], &tone, &codec, &["-f", "mpegts"]].concat(), &file);
        std::fs::read(file).unwrap()
    };
    let clip = dir.path().join("clip.ts");
    std::fs::write(&clip, [part("late.ts", "7200"), part("early.ts", "0")].concat()).unwrap();
    // As an address: a server's stream is played from where it is, and never sought in.
    let stream = SourceSpec::Url(url::Url::from_file_path(&clip).unwrap());
    let (program, events) = play(stream, MicSpec::FromSource, 5_000);
    never_lost(&events);
    let stats = program.stats();
    assert!(stats.frames.captured > 100, "both parts are shown: {:?}", stats.frames);
    assert!(stats.audio_gap_ms < 1_500, "{} ms of silence", stats.audio_gap_ms);
    program.stop().finish();
}

#[test]
fn a_clip_and_a_stream_whose_size_changes_in_the_middle_are_shown_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let part = |name: &str, size: &str, from: &str| {
        let file = dir.path().join(name);
        let picture = format!("testsrc2=size={size}:rate=25:duration=3");
        let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-output_ts_offset", from, "-f", "mpegts"];
        ffmpeg(&[&["-f", "lavfi", "-i", &picture][..], &codec].concat(), &file);
        std::fs::read(file).unwrap()
    };
    let clip = dir.path().join("clip.ts");
    std::fs::write(&clip, [part("wide.ts", "640x360", "0"), part("narrow.ts", "320x240", "3")].concat()).unwrap();
    for source in [SourceSpec::File(clip.clone()), SourceSpec::Url(url::Url::from_file_path(&clip).unwrap())] {
        let what = source.to_string();
        let (program, mut events) = Listener::start(ProgramConfig {
            sources: sources(source),
            mics: vec![MicSpec::Silence],
            loop_file: false,
            ..config()
        });
        let frames = program.frames();
        let size = || frames.borrow().as_ref().map(|frame| (frame.width, frame.height));
        program.go_on_air().unwrap();
        events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
        until(&format!("{what} is shown"), || size() == Some((640, 360)));
        until(&format!("{what} is shown in its new size"), || size() == Some((320, 240)));
        never_lost(&events.all());
        program.stop().finish();
    }
}
