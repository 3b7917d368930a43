use crate::support::*;
use hawker_media::{
    CanvasConfig, MediaError, MediaErrorKind, MediaEvent, MicSpec, Program, ProgramConfig, SourceSpec, read_video,
};

fn refusal(config: ProgramConfig) -> MediaError {
    match Program::start(config) {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

#[test]
fn a_source_that_is_not_there_is_named() {
    let with = |source| ProgramConfig { sources: sources(source), ..config() };
    let missing = refusal(with(SourceSpec::File("no/such/clip.mp4".into())));
    assert!(
        matches!(missing, MediaError::SourceNotFound { .. }) && missing.to_string().contains("no/such/clip.mp4"),
        "{missing}"
    );
    let camera = refusal(with(SourceSpec::Camera("no such camera".into())));
    assert!(
        matches!(camera, MediaError::DeviceNotFound { .. }) && camera.to_string().contains("no such camera"),
        "{camera}"
    );
    let picture = refusal(with(SourceSpec::Image("no/such.png".into())));
    assert!(matches!(picture, MediaError::SourceNotFound { .. }), "{picture}");
    for error in [missing, camera, picture] {
        assert_eq!(error.kind(), MediaErrorKind::Source);
    }
}

#[test]
fn a_microphone_that_is_not_there_is_named_and_the_show_begins_in_silence() {
    let (program, mut events) =
        Listener::start(ProgramConfig { mic: MicSpec::Device("no such microphone".into()), ..config() });
    let lost = events.wait("the microphone is missed", |event| matches!(event, MediaEvent::MicLost { .. }));
    assert!(matches!(&lost, MediaEvent::MicLost { why, .. } if why.contains("no such microphone")), "{lost:?}");
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("sound is encoded, too", || program.stats().audio_gap_ms > 500);
    assert_eq!(program.stats().audio_rms_db, None);
    program.stop().finish();
}

#[test]
fn a_file_that_is_no_clip_is_refused_and_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("note.mp4");
    std::fs::write(&file, "this is no film ".repeat(1000)).unwrap();
    let error = refusal(ProgramConfig { sources: sources(SourceSpec::File(file.clone())), ..config() });
    assert!(matches!(error, MediaError::Source { .. }) && error.to_string().contains("note.mp4"), "{error}");
    assert!(matches!(read_video(&file, 10).map(drop), Err(MediaError::Clip { .. })));
    assert!(matches!(read_video(&dir.path().join("none.mp4"), 10).map(drop), Err(MediaError::SourceNotFound { .. })));
}

#[test]
fn a_canvas_without_sense_is_refused() {
    for (width, height, fps) in [(0, 720, 30), (1281, 720, 30), (1280, 720, 0), (100_000, 720, 30)] {
        let canvases = config().canvases.iter().map(|canvas| CanvasConfig { width, height, ..*canvas }).collect();
        let error = refusal(ProgramConfig { canvases, fps, ..config() });
        assert!(matches!(error, MediaError::BadCanvas { .. }), "{width}x{height}@{fps}: {error}");
    }
}

#[test]
fn an_address_no_element_serves_is_refused_without_its_key() {
    let (program, _events) = Listener::start(config());
    let error = program.add_output(destination(&format!("ftp://example.com/live/{KEY}"))).unwrap_err();
    assert!(error.to_string().contains("rtmp, rtmps or srt") && !error.to_string().contains(KEY), "{error}");
    program.stop().finish();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (program, _events) = Listener::start(config());
    let error = program.start_recording("no/such/folder/show.mkv".as_ref()).unwrap_err();
    assert!(matches!(error, MediaError::Recording { .. }) && error.to_string().contains("no/such/folder"), "{error}");
    program.stop().finish();
}
