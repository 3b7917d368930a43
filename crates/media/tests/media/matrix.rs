//! A few of the clips of every rate, channel count, frame rate and course, four programs at once; `cargo xtask matrix`
//! plays all of them through the whole studio.

use crate::support::*;
use hawker_marks::{Cell, Tolerance, few, judge, look};
use hawker_media::{CanvasConfig, MediaEvent, MicSpec, ProgramConfig, SourceSpec};
use std::path::Path;

/// Programs at once: each is small and waits most of its time.
const AT_ONCE: usize = 4;

#[test]
fn clips_of_every_rate_and_course_come_out_as_they_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let cells = few();
    let mut differ = Vec::new();
    for together in cells.chunks(AT_ONCE) {
        let found: Vec<(String, Vec<String>)> = std::thread::scope(|scope| {
            let threads: Vec<_> = together.iter().map(|cell| scope.spawn(|| play(cell, dir.path()))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        differ.extend(found.into_iter().filter(|(_, findings)| !findings.is_empty()));
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

/// The cell's name and what differs between its clip and the recording of a program that showed it.
fn play(cell: &Cell, dir: &Path) -> (String, Vec<String>) {
    let (clip, recording) = (dir.join(format!("{}.mkv", cell.name())), dir.join(format!("{}-show.mkv", cell.name())));
    cell.clip.write(&clip).unwrap();
    let canvases = config().canvases.iter().map(|canvas| CanvasConfig { width: 320, height: 180, ..*canvas }).collect();
    let settings = ProgramConfig {
        sources: sources(SourceSpec::File(clip.clone())),
        mics: vec![MicSpec::FromSource],
        canvases,
        ..config()
    };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&recording).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("the clip was shown", || program.show_ms().0 > 6_500);
    let stats = program.stats();
    let made = program.stop().finish().recording.unwrap();
    assert!(!events.all().iter().any(|event| matches!(event, MediaEvent::SourceLost { .. })), "{}", cell.name());
    assert!(stats.audio_rms_db.is_some() || stats.audio_gap_ms < 2_000, "{}: {stats:?}", cell.name());
    let out = look(&made.path).unwrap().first_round();
    assert_eq!((out.sample_rate_hz, out.channels), (48_000, 2), "{}", cell.name());
    let tolerance = Tolerance::studio(cell.clip.fps).beside_other_work();
    (cell.name(), judge(&look(&clip).unwrap(), &out, cell.clip.flash_every, tolerance))
}
