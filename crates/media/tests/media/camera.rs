//! The canvas as a camera of this computer, and cameras that change their size, in a PipeWire of their own.

use crate::{
    session::{Guard, in_session},
    support::*,
};
use hawker_av::VideoFrame;
use hawker_domain::{CanvasShape, SourceId};
use hawker_media::{DeviceKind, MediaEvent, OutputPhase, Program, ProgramConfig, SourceOnCanvas, SourceSpec, devices};
use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const NAME: &str = "Hawker of a test";

/// Pictures that a program which opens the camera gets in `seconds`, as raw video in a file.
fn pictures(dir: &Path, seconds: u32) -> (u64, Duration) {
    let file = dir.join("seen.yuv");
    let began = Instant::now();
    let done = Command::new("timeout")
        .arg("40")
        .args(["gst-launch-1.0", "-q", "pipewiresrc"])
        .arg(format!("target-object={NAME}"))
        .arg(format!("num-buffers={}", seconds * 30))
        .args(["!", "videoconvert", "!", "video/x-raw,format=I420,width=640,height=360", "!", "filesink"])
        .arg(format!("location={}", file.display()))
        .status()
        .unwrap();
    assert!(done.success(), "the camera was read to the end");
    (std::fs::metadata(&file).unwrap().len() / (640 * 360 * 3 / 2), began.elapsed())
}

fn is_listed() -> bool {
    devices().unwrap().iter().any(|device| device.kind == DeviceKind::Camera && device.name == NAME)
}

#[test]
fn other_programs_see_the_show_as_a_camera_and_again_after_it_was_stopped() {
    in_session(&[], "camera::other_programs_see_the_show_as_a_camera_and_again_after_it_was_stopped", provided);
}

#[test]
fn a_camera_that_changes_its_size_without_a_word_is_followed() {
    in_session(&[], "camera::a_camera_that_changes_its_size_without_a_word_is_followed", || {
        // Enough pictures to be listed, opened and seen in the first size, on a busy computer too.
        let (wide, narrow) = (part("red", 600, WIDE), part("blue", -1, NARROW));
        let camera = plug(&format!("concat name=parts ! {PROVIDED} {wide} ! parts. {narrow} ! parts."));
        let (program, mut events, frames) = shown();
        until("it is shown", || seen(&frames) == Some((RED, 16, 9)));
        until("it is shown in its new size", || seen(&frames) == Some((BLUE, 4, 3)));
        until("it lies on the canvas as it is now", || {
            program.source_on_canvas(&SourceId::main(), CanvasShape::Landscape).is_some_and(is_narrow)
        });
        let told = events.wait("the host is told", |event| matches!(event, MediaEvent::OtherSize { .. }));
        let (id, before, now) = (SourceId::main(), (1280, 720), (640, 480));
        assert_eq!(told, MediaEvent::OtherSize { id, before, now });
        let since = program.show_ms().0;
        until("it stays", || program.show_ms().0 > since + 2_000);
        assert_eq!(seen(&frames), Some((BLUE, 4, 3)));
        program.stop().finish();
        assert_eq!(losses(&events.all()), (0, 1));
        drop(camera);
    });
}

#[test]
fn another_camera_and_another_format_of_it_are_taken_on_air() {
    in_session(&[], "camera::another_camera_and_another_format_of_it_are_taken_on_air", || {
        let dir = tempfile::tempdir().unwrap();
        let first = plug(&format!("{} ! {PROVIDED}", part("red", -1, WIDE)));
        let other = PROVIDED.replace(CAMERA, "other-camera");
        let second = plug_as("other-camera", &format!("{} ! {other}", part("blue", -1, NARROW)));
        let (program, mut events, frames) = shown();
        program.start_recording(&dir.path().join("show.mkv")).unwrap();
        until("the first is shown", || seen(&frames) == Some((RED, 16, 9)));
        let is_back = |event: &MediaEvent| matches!(event, MediaEvent::SourceBack { .. });
        let listed = devices().unwrap().into_iter().find(|device| device.name == "other-camera").unwrap();
        let format = listed.formats.first().expect("it offers one");
        for chosen in
            [SourceSpec::camera("other-camera"), SourceSpec::parse(&format!("@{}#{format}", listed.id)).unwrap()]
        {
            program.add_source(&SourceId::main(), &chosen).unwrap();
            events.wait("the other is shown", is_back);
            until("the other is seen", || seen(&frames) == Some((BLUE, 4, 3)));
        }
        program.add_source(&SourceId::main(), &SourceSpec::camera(CAMERA)).unwrap();
        events.wait("the first is shown again", is_back);
        until("the first is seen", || seen(&frames) == Some((RED, 16, 9)));
        let since = program.show_ms().0;
        recorded_to(&program, since + 1_000);
        let summary = program.stop().finish();
        let (recording, told) = (summary.recording.unwrap(), events.all());
        assert_eq!((recording.parts.len(), losses(&told).0), (1, 0), "{told:?}");
        complete("another camera", &packets(&recording.path, "v"), &Slow::of(&summary.frames, &told));
        drop((first, second));
    });
}

#[test]
fn a_camera_that_comes_up_again_at_once_in_another_size_is_lost_once() {
    in_session(&[], "camera::a_camera_that_comes_up_again_at_once_in_another_size_is_lost_once", || {
        let camera = plug(&format!("{} ! {PROVIDED}", part("red", -1, WIDE)));
        let (program, mut events, frames) = shown();
        until("it is shown", || seen(&frames) == Some((RED, 16, 9)));
        drop(camera);
        let again = plug(&format!("{} ! {PROVIDED}", part("blue", -1, NARROW)));
        events.wait("it is back", |event| matches!(event, MediaEvent::SourceBack { .. }));
        until("it is shown in its new size", || seen(&frames) == Some((BLUE, 4, 3)));
        let told = events.wait("the host is told", |event| matches!(event, MediaEvent::OtherSize { .. }));
        let (id, before, now) = (SourceId::main(), (1280, 720), (640, 480));
        assert_eq!(told, MediaEvent::OtherSize { id, before, now });
        let since = program.show_ms().0;
        until("it stays", || program.show_ms().0 > since + 3_000);
        program.stop().finish();
        assert_eq!(losses(&events.all()), (1, 1));
        drop(again);
    });
}

const CAMERA: &str = "changing-camera";
const WIDE: &str = "width=1280,height=720";
const NARROW: &str = "width=640,height=480";
/// The second and third plane of what is all red, and all blue, rounded to 16.
const RED: (u8, u8) = (96, 240);
const BLUE: (u8, u8) = (240, 112);
const PROVIDED: &str = "identity sync=true ! pipewiresink mode=provide \
    stream-properties=properties,media.class=Video/Source,node.name=changing-camera,node.description=changing-camera,media.role=Camera";

/// So many pictures of one colour; without end for -1.
fn part(colour: &str, pictures: i32, size: &str) -> String {
    // Behind videorate pipewiresink copies; on pictures of its own pool it fails.
    format!(
        "videotestsrc pattern={colour} num-buffers={pictures} ! video/x-raw,format=I420,{size},framerate=30/1 ! \
         videorate drop-only=true ! queue"
    )
}

/// A camera of this session, as gst-launch is told; there when it is listed.
fn plug(pipeline: &str) -> Guard {
    plug_as(CAMERA, pipeline)
}

fn plug_as(name: &str, pipeline: &str) -> Guard {
    let camera = Command::new("gst-launch-1.0")
        .arg("-q")
        .args(pipeline.split_whitespace())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("gstreamer1.0-tools is installed");
    let camera = Guard(camera);
    until("the camera is listed", || devices().unwrap().iter().any(|device| device.name == name));
    camera
}

fn shown() -> (Program, Listener, Frames) {
    let (program, mut events) =
        Listener::start(ProgramConfig { sources: sources(SourceSpec::camera(CAMERA)), ..config() });
    let frames = program.frames();
    program.go_on_air().unwrap();
    events.wait("on air", |event| *event == MediaEvent::FirstFrameEncoded);
    (program, events, frames)
}

type Frames = tokio::sync::watch::Receiver<Option<VideoFrame>>;

/// The colour of the newest picture, and its shape in lowest terms.
fn seen(frames: &Frames) -> Option<((u8, u8), u32, u32)> {
    let frame = frames.borrow().clone()?;
    let middle = |plane: usize| {
        let about = &frame.planes[plane];
        let (_, rows) = frame.format.plane_size(plane, frame.width, frame.height);
        let at = about.offset + rows / 2 * about.stride + about.stride / 4;
        frame.data[at].saturating_add(8) / 16 * 16
    };
    let (mut divisor, mut rest) = (frame.width, frame.height);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    Some(((middle(1), middle(2)), frame.width / divisor, frame.height / divisor))
}

/// A picture of 4:3 that fills the height of a canvas of 16:9 or is cut to its width.
fn is_narrow(place: SourceOnCanvas) -> bool {
    let shape = (place.right - place.left) * 16.0 / ((place.bottom - place.top) * 9.0);
    (shape - 4.0 / 3.0).abs() < 0.02
}

/// How often it was lost, and told to be of another size.
fn losses(events: &[MediaEvent]) -> (usize, usize) {
    let lost = events.iter().filter(|event| matches!(event, MediaEvent::SourceLost { .. }));
    let other = events.iter().filter(|event| matches!(event, MediaEvent::OtherSize { .. }));
    (lost.count(), other.count())
}

fn provided() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    let output = destination(&format!("virtual-camera:{}", NAME.replace(' ', "%20")));
    assert!(!is_listed());
    program.go_on_air().unwrap();
    for round in 0..2 {
        program.add_output(output.clone()).unwrap();
        events.wait_phase(output.id, OutputPhase::Live);
        until("the camera is listed", is_listed);
        let (seen, took) = pictures(dir.path(), 5);
        assert!(seen >= 149, "round {round}: {seen} pictures");
        assert!(took > Duration::from_millis(4_500), "round {round}: five seconds of pictures took {took:?}");
        program.remove_output(output.id);
        events.wait_phase(output.id, OutputPhase::Ended);
        until("the camera is gone", || !is_listed());
    }
    program.stop().finish();
    assert!(!events.all().iter().any(|e| matches!(e, MediaEvent::Output { state: OutputPhase::Failed, .. })));
}
