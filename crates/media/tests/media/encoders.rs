use crate::support::*;
use hawker_domain::{EncodeSpeed, RecordQuality};
use hawker_media::{EncoderChoice, MediaEvent, ProgramConfig, VideoCodec};

fn named(name: &str, speed: EncodeSpeed) -> ProgramConfig {
    ProgramConfig { encoder: EncoderChoice { codec: VideoCodec::Named(name.into()), speed }, ..config() }
}

#[test]
fn every_encode_of_a_show_gets_the_encoder_that_was_named() {
    let dir = tempfile::tempdir().unwrap();
    // The one that comes last by itself: nothing else would take it where x264 is.
    let (program, mut events) = Listener::start(named("openh264enc", EncodeSpeed::Ultrafast));
    let quality: RecordQuality = "180p".parse().unwrap();
    program.start_recording_of(&dir.path().join("show.mkv"), None, Some(quality)).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("both encode", || program.stats().encodes.iter().filter(|one| one.encoded > 10).count() == 2);
    let stats = program.stats();
    assert_eq!(stats.encoder, "openh264enc");
    assert!(stats.encodes.iter().all(|one| one.encoder == "openh264enc"), "{:?}", stats.encodes);
    assert_eq!(stats.encoder_report.instead_of(&VideoCodec::Named("openh264enc".into())), None);
    program.stop().finish();
}

#[test]
fn a_show_goes_on_air_without_the_encoder_that_was_named_and_says_which_it_has() {
    let foreign = if cfg!(target_os = "macos") { "mfh264enc" } else { "vtenc_h264" };
    let (program, mut events) = Listener::start(named(foreign, EncodeSpeed::default()));
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    let stats = program.stats();
    let words = stats.encoder_report.instead_of(&VideoCodec::Named(foreign.into())).unwrap();
    assert!(words.en.contains(foreign) && words.en.contains(&stats.encoder), "{words:?}");
    program.stop().finish();
}
