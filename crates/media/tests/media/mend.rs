use crate::support::*;
use hawker_media::{EncodePhase, Fault, MediaEvent, OutputPhase};

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
