use crate::support::*;
use hawker_domain::{SourceId, files};
use hawker_media::{
    CanvasConfig, MediaError, MediaErrorKind, MediaEvent, MicSpec, Program, ProgramConfig, SourceSpec, read_video,
};
use std::path::Path;

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
    let camera = refusal(with(SourceSpec::camera("no such camera")));
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
        Listener::start(ProgramConfig { mics: vec![MicSpec::Device("no such microphone".into())], ..config() });
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
    assert!(error.to_string().contains("rtmp, rtmps, srt, https") && !error.to_string().contains(KEY), "{error}");
    program.stop().finish();
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let (program, _events) = Listener::start(config());
    let error = program.start_recording("no/such/folder/show.mkv".as_ref()).unwrap_err();
    assert!(matches!(error, MediaError::Recording { .. }) && error.to_string().contains("no/such/folder"), "{error}");
    program.stop().finish();
}

/// Starts a show of `source` and lets it run for `ms` on air.
fn shown(source: SourceSpec, mic: MicSpec, ms: u64) -> (Program, Listener) {
    let (program, mut events) =
        Listener::start(ProgramConfig { sources: sources(source), mics: vec![mic], ..config() });
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("it has run", || program.show_ms().0 > ms);
    (program, events)
}

/// The first `share` of a file, in another.
fn cut(file: &Path, share: f64, into: &Path) {
    let bytes = std::fs::read(file).unwrap();
    std::fs::write(into, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
}

#[test]
fn an_empty_file_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("empty.mp4");
    std::fs::write(&file, "").unwrap();
    let error = refusal(ProgramConfig { sources: sources(SourceSpec::File(file.clone())), ..config() });
    assert!(error.to_string().contains("empty.mp4"), "{error}");
    assert_eq!(error.kind(), MediaErrorKind::Source);
    let picture = dir.path().join("empty.png");
    std::fs::write(&picture, "").unwrap();
    let error = refusal(ProgramConfig { sources: sources(SourceSpec::Image(picture)), ..config() });
    assert!(error.to_string().contains("empty.png"), "{error}");
}

#[test]
fn a_clip_without_its_index_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let half = dir.path().join("half.mp4");
    // The index of a plain MP4 stands at its end.
    cut(&clip(dir.path(), 4, 30), 0.5, &half);
    let error = refusal(ProgramConfig { sources: sources(SourceSpec::File(half)), ..config() });
    assert!(error.to_string().contains("half.mp4"), "{error}");
}

#[test]
fn a_clip_that_breaks_off_is_shown_as_far_as_it_goes_and_the_show_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let (whole, half) = (dir.path().join("whole.mkv"), dir.path().join("half.mkv"));
    hawker_marks::Clip::of(4).write(&whole).unwrap();
    cut(&whole, 0.5, &half);
    let (program, mut events) = shown(SourceSpec::File(half), MicSpec::FromSource, 6_000);
    let frames = program.stats().frames;
    assert!(frames.captured > 30, "what there is of it is shown: {frames:?}");
    let slow = Slow::of(&frames, events.told());
    let made = frames.encoded + slow.lost;
    assert!(slow.thinned || made > 150, "a frame for every slot, also after the break: {frames:?}");
    program.stop().finish();
}

#[test]
fn a_clip_without_sound_is_shown_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let (clip, recording) = (dir.path().join("silent.mp4"), dir.path().join("show.mkv"));
    let status = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=3", "-pix_fmt", "yuv420p"])
        .arg(&clip)
        .status();
    assert!(status.unwrap().success());
    let (program, mut events) = Listener::start(ProgramConfig {
        sources: sources(SourceSpec::File(clip)),
        mics: vec![MicSpec::FromSource],
        ..config()
    });
    program.start_recording(&recording).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    until("it has run", || program.show_ms().0 > 3_000);
    let summary = program.stop().finish();
    let made = summary.recording.unwrap();
    let (video, audio) = (packets(&made.path, "v"), packets(&made.path, "a"));
    complete("recording", &video, &Slow::of(&summary.frames, &events.all()));
    assert!(longest_gap(&audio) < 0.03, "silence is sound, too: {} s without any", longest_gap(&audio));
    assert!((video.last().unwrap().0 - audio.last().unwrap().0).abs() < 0.25, "both end together");
}

#[test]
fn a_picture_of_one_pixel_and_one_of_eight_million_fill_the_canvas() {
    let dir = tempfile::tempdir().unwrap();
    // What recognition sees has the picture's own shape, made smaller where no canvas shows as much.
    for (name, width, height, seen) in
        [("dot.png", 1, 1, (1, 1)), ("huge.png", 3_840, 2_160, (640, 360)), ("line.png", 2_000, 1, (640, 1))]
    {
        let file = dir.path().join(name);
        image::RgbImage::from_pixel(width, height, image::Rgb([200, 40, 40])).save(&file).unwrap();
        let (program, events) = shown(SourceSpec::Image(file), MicSpec::Silence, 500);
        let frames = program.frames();
        until("recognition gets a frame", || frames.borrow().is_some());
        let frame = frames.borrow().clone().unwrap();
        assert_eq!((frame.width, frame.height), seen, "{name}");
        program.stop().finish();
        let lost = events.all().into_iter().find(|event| matches!(event, MediaEvent::SourceLost { .. }));
        assert_eq!(lost, None, "{name}");
    }
}

/// A PNG's beginning that says it has so many pixels, and nothing after it.
fn header_of(width: u32, height: u32) -> Vec<u8> {
    let picture = image::GrayImage::new(2, 2);
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let mut png = png.into_inner();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    // The sum over the header's name and content, without which nothing of it is believed.
    let sum = png[12..29].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
    });
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

#[test]
fn a_broken_or_absurd_picture_is_refused_in_words_and_on_air_it_costs_no_more_than_itself() {
    let dir = tempfile::tempdir().unwrap();
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8, y as u8, 7]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let png = png.into_inner();
    let files: [(&str, Vec<u8>, &str); 6] = [
        ("empty.png", Vec::new(), "empty"),
        ("words.jpg", b"this is no picture ".repeat(100), "no PNG, JPEG or WebP"),
        ("half.png", png[..png.len() / 2].to_vec(), "damaged"),
        ("bomb.png", header_of(20_000, 20_000), "20000x20000"),
        ("hundred-megapixels.png", header_of(10_000, 10_000), "10000x10000"),
        ("promised.png", header_of(4_000, 4_000), "damaged"),
    ];
    let (program, mut events) = shown(SourceSpec::Test, MicSpec::Silence, 100);
    for (name, bytes, expected) in files {
        let file = dir.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let source = SourceSpec::Image(file);
        let error = refusal(ProgramConfig { sources: sources(source.clone()), ..config() });
        let said = error.to_string();
        assert!(said.contains(name) && said.contains(expected), "{name}: {said}");
        assert_eq!(error.kind(), MediaErrorKind::Source, "{name}");
        let id = SourceId::new(name).unwrap();
        program.add_source(&id, &source).unwrap();
        let lost = events.wait(name, |event| matches!(event, MediaEvent::SourceLost { id: lost, .. } if *lost == id));
        assert!(matches!(&lost, MediaEvent::SourceLost { why, .. } if why.contains(expected)), "{name}: {lost:?}");
    }
    let before = program.stats().frames.encoded;
    until("the show goes on", || program.stats().frames.encoded > before + 15);
    assert!(!events.all().iter().any(|event| matches!(event, MediaEvent::Fatal { .. })));
    program.stop().finish();
}

#[test]
fn every_kind_of_picture_that_can_be_chosen_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    for ending in files::PICTURES {
        let file = dir.path().join(format!("red.{ending}"));
        image::RgbImage::from_pixel(640, 360, image::Rgb([200, 40, 40])).save(&file).unwrap();
        let spec = SourceSpec::parse(file.to_str().unwrap()).unwrap();
        assert_eq!(spec, SourceSpec::Image(file), "{ending}");
        let (program, _events) = shown(spec, MicSpec::Silence, 500);
        assert!(program.stats().frames.captured > 5, "{ending}");
        program.stop().finish();
    }
}

#[test]
fn every_kind_of_clip_that_can_be_chosen_is_shown() {
    let dir = tempfile::tempdir().unwrap();
    for ending in files::CLIPS {
        let file = dir.path().join(format!("clip.{ending}"));
        let status = std::process::Command::new("ffmpeg")
            .args([
                "-v",
                "error",
                "-f",
                "lavfi",
                "-i",
                "testsrc2=size=320x180:rate=25:duration=2",
                "-pix_fmt",
                "yuv420p",
            ])
            .arg(&file)
            .status();
        assert!(status.unwrap().success(), "ffmpeg writes .{ending}");
        let spec = SourceSpec::parse(file.to_str().unwrap()).unwrap();
        assert_eq!(spec, SourceSpec::File(file), "{ending}");
        let (program, _events) = shown(spec, MicSpec::Silence, 500);
        assert!(program.stats().frames.captured > 5, "{ending}");
        program.stop().finish();
    }
}

#[test]
fn a_program_or_transport_stream_is_begun_again_with_its_sound() {
    let dir = tempfile::tempdir().unwrap();
    for ending in ["ts", "mpg"] {
        let clip = dir.path().join(format!("two-seconds.{ending}"));
        let status = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=2"])
            .args(["-f", "lavfi", "-i", "sine=frequency=440:duration=2", "-pix_fmt", "yuv420p"])
            .arg(&clip)
            .status();
        assert!(status.unwrap().success());
        let (program, _events) = shown(SourceSpec::File(clip), MicSpec::FromSource, 7_000);
        // Three times round; each time a moment is lost while the pipeline is emptied.
        let frames = program.stats().frames;
        assert!(frames.captured > 140, "{ending}: {frames:?}");
        // This may be such a moment.
        until("it is heard", || program.stats().audio_rms_db.is_some_and(|rms| rms > -40.0));
        program.stop().finish();
    }
}
