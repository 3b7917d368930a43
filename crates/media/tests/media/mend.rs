use crate::support::*;
use hawker_domain::{
    CanvasShape, DestinationId,
    reason::{OutputWhy, RecordingWhy},
};
use hawker_media::{
    CanvasConfig, DropCause, EncodePhase, Fault, MediaEvent, MediaStats, OutputConfig, OutputPhase, ProgramConfig,
};
use std::time::Duration;

#[test]
fn an_encoder_that_fails_on_air_costs_viewers_a_moment_and_no_connection() {
    let nginx = Nginx::start();
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    program.go_on_air().unwrap();
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    let output = destination(&nginx.url("mended"));
    let id = output.id;
    program.add_output(output).unwrap();
    events.wait_phase(id, OutputPhase::Live);
    let subscriber = Subscriber::start(&nginx.url("mended"), dir.path(), 6);
    let before = program.stats().frames.encoded;
    until("the subscriber is served", || program.stats().frames.encoded > before + 45);
    program.inject(Fault::EncoderLost);
    events.wait(
        "another encoder takes over",
        |event| matches!(event, MediaEvent::Encode { name, phase: EncodePhase::Mended, .. } if name == "16:9"),
    );
    let seen = subscriber.finish();
    let pictures = packets(&seen, "v");
    assert!(longest_gap(&pictures) < 0.6, "viewers miss a moment: {} s", longest_gap(&pictures));
    assert!(longest_gap(&packets(&seen, "a")) < 0.1, "the sound goes on");
    let summary = program.stop().finish();
    assert_eq!(summary.outputs[0].reconnects, 0, "no connection was lost");
    let recording = summary.recording.unwrap();
    assert!(longest_gap(&packets(&recording.path, "v")) < 0.6, "the recording goes on");
}

#[test]
fn a_canvas_whose_encoder_keeps_failing_is_given_up_and_only_the_last_one_ends_the_show() {
    let nginx = Nginx::start();
    let dir = tempfile::tempdir().unwrap();
    let upright = CanvasConfig { shape: CanvasShape::Portrait, width: 360, height: 640, bitrate_bps: 800_000 };
    let base = config();
    let (program, mut events) =
        Listener::start(ProgramConfig { canvases: [base.canvases.clone(), vec![upright]].concat(), ..base });
    program.go_on_air().unwrap();
    program.keep_replay(Duration::from_secs(2));
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    let wide = destination(&nginx.url("wide"));
    let tall = OutputConfig { canvas: CanvasShape::Portrait, ..destination(&nginx.url("tall")) };
    let (wide_id, tall_id) = (wide.id, tall.id);
    program.add_output(wide).unwrap();
    program.add_output(tall.clone()).unwrap();
    let phase_of = |events: &[MediaEvent], wanted: DestinationId, phase: OutputPhase| {
        let found = |event: &&MediaEvent| matches!(event, MediaEvent::Output { id, state, .. } if *id == wanted && *state == phase);
        events.iter().find(found).cloned()
    };
    until("both are live", || {
        [wide_id, tall_id].into_iter().all(|id| phase_of(events.told(), id, OutputPhase::Live).is_some())
    });
    recorded_to(&program, 1_000);

    // The main one: what hangs on "the first canvas" must not go with it.
    program.inject(Fault::CanvasLost(CanvasShape::Landscape));
    until("the canvas is given up", || {
        let lost = |event: &MediaEvent| matches!(event, MediaEvent::Encode { name, phase: EncodePhase::Lost, .. } if name == "16:9");
        events.told().iter().any(lost)
    });
    until("its destination ends", || phase_of(events.told(), wide_id, OutputPhase::Failed).is_some());
    let failed = phase_of(events.told(), wide_id, OutputPhase::Failed).unwrap();
    assert!(
        matches!(&failed, MediaEvent::Output { why: Some(why), why_code: Some(OutputWhy::EncodeLost), .. } if why.contains("16:9")),
        "its destination ends with the cause: {failed:?}"
    );
    until("its recording ends with the same cause", || {
        events.told().iter().any(|event| {
            let MediaEvent::RecordingStopped { canvas, why_code, .. } = event else { return false };
            (*canvas, *why_code) == (CanvasShape::Landscape, RecordingWhy::EncodeLost)
        })
    });
    let told = events.told().to_vec();
    assert!(!told.iter().any(|event| matches!(event, MediaEvent::Fatal { .. })), "the show goes on: {told:?}");

    // All of the other canvas goes on.
    program.keep_replay(Duration::from_secs(2));
    let before = program.stats();
    let upright_ms = before.upright.as_ref().unwrap().duration_ms;
    until("two seconds more are recorded and sent", || {
        let stats = program.stats();
        let sent = |stats: &MediaStats| stats.outputs.iter().find(|output| output.id == tall_id).unwrap().sent_pictures;
        stats.upright.as_ref().unwrap().duration_ms > upright_ms + 2_000 && sent(&stats) > sent(&before) + 45
    });
    let after = program.stats();
    assert_eq!(after.frames.by_canvas[&CanvasShape::Landscape], before.frames.by_canvas[&CanvasShape::Landscape]);
    // Sixty pictures at least came for it meanwhile, and none of them counts as lost. Others may be, on a busy computer.
    let full = |stats: &MediaStats| stats.frames.dropped_by(DropCause::QueueFull);
    assert!(full(&after) < full(&before) + 45, "{} and {}", full(&before), full(&after));
    assert_eq!(after.encodes.len(), 1);
    let moment = dir.path().join("moment.mp4");
    let saved = program.save_replay(&moment).unwrap()().unwrap();
    let size = probe(&saved.path, &["-select_streams", "v", "-show_entries", "stream=width,height"]);
    assert_eq!(size["streams"][0]["height"], 640, "the replay is of the canvas that is left");

    // A destination that wants the canvas that is gone is told so; the last canvas takes the show with it.
    let late = destination(&nginx.url("late"));
    let late_id = late.id;
    program.add_output(late).unwrap();
    events.wait_phase(late_id, OutputPhase::Failed);
    program.inject(Fault::CanvasLost(CanvasShape::Portrait));
    events.wait("the show ends", |event| matches!(event, MediaEvent::Fatal { .. }));
    let summary = program.stop().finish();
    let tall = summary.outputs.iter().find(|output| output.id == tall_id).unwrap();
    assert_eq!((tall.reconnects, tall.phase), (0, OutputPhase::Ended), "it was never disturbed");
    let [wide, tall] = [summary.recording.unwrap(), *summary.upright.unwrap()];
    assert!(wide.problem.is_some_and(|why| why.contains("16:9")), "why it is short");
    for (path, least_s) in [(&wide.path, 1.0), (&tall.path, 3.0)] {
        assert_eq!(path.extension().unwrap(), "mp4", "both are finished");
        let pictures = packets(path, "v");
        assert!(pictures.last().unwrap().0 - pictures[0].0 > least_s, "{}", path.display());
    }
}
