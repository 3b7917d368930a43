//! Sound against picture as a viewer's decoder has them, for every offset that a host may set.

use crate::support::*;
use hawker_domain::sound::InputSettings;
use hawker_marks::{Clip, look, offsets};
use hawker_media::{CanvasConfig, MediaEvent, MicSpec, ProgramConfig, SourceSpec};
use std::path::Path;

/// The grid of the canvas holds a picture up to a slot, and jitters by as much.
const NEAR_MS: f64 = 30.0;

#[test]
fn an_offset_moves_the_sound_in_what_goes_out_and_a_negative_one_makes_the_picture_wait() {
    let dir = tempfile::tempdir().unwrap();
    let clip = Clip { seconds: 12, ..Clip::of(0) };
    let file = dir.path().join("clip.mkv");
    clip.write(&file).unwrap();
    let found = std::thread::scope(|scope| {
        let play = |offset_ms| {
            let (clip, file, dir) = (&clip, &file, dir.path());
            scope.spawn(move || (offset_ms, sound_behind_ms(clip, file, dir, offset_ms)))
        };
        [0, -300, 300].map(play).map(|thread| thread.join().unwrap())
    });
    for (offset_ms, (seen_ms, told_ms)) in found {
        let off = seen_ms - f64::from(offset_ms);
        assert!(
            (told_ms - off).abs() < NEAR_MS,
            "the show's figure says {told_ms:.1} ms beside the {offset_ms} ms that were set, a decoder sees {off:.1}"
        );
        assert!(
            off.abs() < NEAR_MS,
            "sound set {offset_ms} ms behind the picture is {seen_ms:.1} ms behind it: {found:?}"
        );
    }
}

/// What a decoder sees, and what the program says of it.
fn sound_behind_ms(clip: &Clip, file: &Path, dir: &Path, offset_ms: i32) -> (f64, f64) {
    let canvases = config().canvases.iter().map(|canvas| CanvasConfig { width: 320, height: 180, ..*canvas }).collect();
    let sources = sources(SourceSpec::File(file.to_owned()));
    let settings = ProgramConfig { sources, mics: vec![MicSpec::FromSource], canvases, ..config() };
    let (program, mut events) = Listener::start(settings);
    let input = InputSettings { offset_ms, ..InputSettings::default() };
    program.picture_delayed(input.picture_delay_ms());
    program.set_sound_input(&"main".into(), input).unwrap();
    program.start_recording(&dir.join(format!("show{offset_ms}.mkv"))).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("some marks were shown", || program.show_ms().0 > 7_000);
    let told_ms = program.stats().av_offset_ms.unwrap();
    let made = program.stop().finish().recording.unwrap();
    let found = offsets(&look(file).unwrap(), &look(&made.path).unwrap().first_round(), clip.flash_every);
    assert!(found.each.len() >= 3, "{found:?}");
    eprintln!(
        "offset {offset_ms}: {:.1} ms on average, {:.1} ms at most, told {told_ms:.1}",
        found.mean_ms, found.worst_ms
    );
    (found.mean_ms, f64::from(told_ms))
}
