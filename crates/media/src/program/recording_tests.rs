#![allow(clippy::unwrap_used)]

use super::*;
use crate::{CanvasConfig, MicSpec, ProgramConfig, SourceSpec};
use hawker_domain::{SourceId, reason::RecordingWhy, scene::Scene};
use std::{path::PathBuf, process::Command, time::Instant};

fn until(what: &str, mut ready: impl FnMut() -> bool) {
    let began = Instant::now();
    while !ready() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::park_timeout(Duration::from_millis(10));
    }
}

/// Times of the pictures in a file, seconds.
fn pictures(file: &Path) -> Vec<f64> {
    let show = ["-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0"];
    let found = Command::new("ffprobe").args(show).arg(file).output().unwrap();
    assert!(found.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&found.stderr));
    let text = String::from_utf8(found.stdout).unwrap();
    let mut times: Vec<f64> = text.lines().map(|line| line.trim_end_matches(',').parse().unwrap()).collect();
    times.sort_by(f64::total_cmp);
    times
}

fn on_two_canvases(journal: PathBuf) -> (Program, crate::MediaEvents) {
    let id = SourceId::main();
    let canvas = |shape, width, height| CanvasConfig { shape, width, height, bitrate_bps: 300_000 };
    let config = ProgramConfig {
        sources: vec![(id.clone(), SourceSpec::Test)],
        mics: vec![MicSpec::TestTone],
        canvases: vec![canvas(CanvasShape::Landscape, 320, 180), canvas(CanvasShape::Portrait, 180, 320)],
        fps: 30,
        audio_bitrate_bps: 96_000,
        scene: Scene::of_source("main", &id),
        encoder: Default::default(),
        loop_file: true,
        beauty: 0,
        watch_fps: 10,
        journal: Some(journal),
        decoder: None,
        leaves: Default::default(),
    };
    let (program, events) = Program::start(config).unwrap();
    (program, events)
}

#[test]
fn a_recording_is_ended_and_begun_again_on_air_and_that_of_one_canvas_stops_alone() {
    use CanvasShape::{Landscape, Portrait};
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let (program, mut events) = on_two_canvases(file("journal"));
    assert!(matches!(program.stop_recording(), Err(MediaError::NotRecording)));
    program.start_recording(&file("one.mkv")).unwrap();
    program.go_on_air().unwrap();
    let main_lasts =
        |ms| until("the main canvas is recorded", || program.stats().recording.is_some_and(|r| r.duration_ms > ms));
    let tall_lasts =
        |ms| until("the other canvas is recorded", || program.stats().upright.is_some_and(|r| r.duration_ms > ms));
    main_lasts(1_000);
    tall_lasts(1_000);
    let lost_room = |canvas| {
        let consumers = program.consumers();
        consumers
            .recordings
            .current
            .iter()
            .filter(|one| one.recorder.canvas() == canvas)
            .for_each(|one| one.recorder.fill_disk());
    };
    lost_room(Portrait);
    let mut told = Vec::new();
    until("it is told", || {
        let news = std::iter::from_fn(|| events.try_recv());
        told.extend(news.filter(|event| matches!(event, MediaEvent::RecordingStopped { .. })));
        !told.is_empty()
    });
    assert!(
        matches!(&told[..], [MediaEvent::RecordingStopped { canvas: Portrait, why_code: RecordingWhy::DiskFull, .. }]),
        "{told:?}"
    );
    assert!(program.stats().upright.is_some_and(|tall| tall.stopped.is_some()));
    assert!(program.stats().recording.is_some_and(|main| main.stopped.is_none()), "the main one goes on");

    program.start_recording(&file("two.mkv")).unwrap();
    tall_lasts(500);
    let stats = program.stats();
    assert_eq!(stats.recording.map(|main| main.path), Some(file("one.mkv")), "the main one was not disturbed");
    assert_eq!(stats.upright.map(|tall| (tall.canvas, tall.path)), Some((Portrait, file("two-9x16.mkv"))));
    assert!(matches!(program.start_recording(&file("x.mkv")), Err(MediaError::AlreadyRecording(_))));

    let (ended, wait) = program.stop_recording().unwrap();
    assert_eq!(ended.iter().map(|one| one.canvas).collect::<Vec<_>>(), [Landscape, Portrait]);
    assert!(matches!(program.stop_recording(), Err(MediaError::NotRecording)));
    assert!(program.stats().recording.is_none());
    program.start_recording(&file("three.mkv")).unwrap();
    main_lasts(500);
    tall_lasts(500);
    let made: Vec<_> = wait().into_iter().map(|(canvas, made)| (canvas, made.path)).collect();
    assert_eq!(made, [(Landscape, file("one.mp4")), (Portrait, file("two-9x16.mp4"))], "while the show goes on");

    let summary = program.stop().finish();
    // What this computer was too slow for.
    let lost_s = summary.frames.dropped_by(crate::DropCause::Overload) as f64 / 30.0;
    let (main, tall) = (summary.recording.unwrap(), *summary.upright.unwrap());
    let paths = |all: &RecordingSummary| all.parts.iter().map(|part| part.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&main), [file("one.mp4"), file("three.mp4")]);
    assert_eq!(paths(&tall), [file("one-9x16.mp4"), file("two-9x16.mp4"), file("three-9x16.mp4")]);
    assert!(main.problem.is_none() && tall.problem.is_some_and(|why| why.contains("full")));
    for part in main.parts.iter().chain(&tall.parts) {
        let times = pictures(&part.path);
        let gap = times.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(times.len() > 10 && gap < 0.2 + lost_s, "{}: {} pictures, gap {gap}", part.path.display(), times.len());
    }
    assert_eq!(std::fs::read_dir(file("journal")).unwrap().count(), 0, "nothing is left to mend");
}
