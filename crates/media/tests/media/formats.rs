//! Cameras that deliver in each of the common forms, in a PipeWire of their own.

use crate::{
    session::{Guard, in_session},
    support::*,
};
use hawker_av::VideoFrame;
use hawker_media::{MediaEvent, ProgramConfig, SourceSpec, devices};
use std::process::{Command, Stdio};

/// Whether a bar of the test picture has red, green and blue in it, from left to right.
const BARS: [[bool; 3]; 7] = [
    [true, true, true],
    [true, true, false],
    [false, true, true],
    [false, true, false],
    [true, false, true],
    [true, false, false],
    [false, false, true],
];
const SIZE: &str = "width=640,height=360,framerate=30/1";

/// Format as a person chooses it, how the camera makes it, and what PipeWire calls it.
fn cameras() -> [(&'static str, String, &'static str); 4] {
    // Behind videorate pipewiresink copies; on pictures of its own pool it fails.
    let raw = |layout: &str| format!("video/x-raw,format={layout},{SIZE} ! videorate drop-only=true ! queue");
    let from_raw = |then: &str| format!("video/x-raw,format=I420,{SIZE} ! {then}");
    let h264 = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=2000 ! h264parse \
        config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au";
    [
        ("nv12-640x360-30", raw("NV12"), "NV12"),
        ("yuy2-640x360-30", raw("YUY2"), "YUY2"),
        ("mjpeg-640x360-30", from_raw("jpegenc"), "mjpg"),
        ("h264-640x360-30", from_raw(h264), "h264"),
    ]
}

fn plug(name: &str, pictures: &str) -> Guard {
    let properties =
        format!("properties,media.class=Video/Source,node.name={name},node.description={name},media.role=Camera");
    let camera = Command::new("gst-launch-1.0")
        .args(["-q", "videotestsrc", "is-live=true", "pattern=smpte", "!"])
        .args(pictures.split_whitespace())
        .args(["!", "identity", "sync=true", "!", "pipewiresink", "mode=provide"])
        .arg(format!("stream-properties={properties}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let camera = Guard(camera.expect("gstreamer1.0-tools is installed"));
    until("the camera is listed", || devices().unwrap().iter().any(|device| device.id == name));
    camera
}

/// What PipeWire says a camera is opened in: of coded pictures the coding, of raw ones the layout.
fn opened_in(camera: &str) -> Option<String> {
    let out = Command::new("pw-dump").output().expect("pw-dump comes with pipewire");
    let objects: serde_json::Value = serde_json::from_slice(&out.stdout).ok()?;
    let is_meant = |object: &&serde_json::Value| object["info"]["props"]["node.name"] == camera;
    let format = &objects.as_array()?.iter().find(is_meant)?["info"]["params"]["Format"][0];
    let raw = format["format"].as_str().filter(|_| format["mediaSubtype"] == "raw");
    raw.or(format["mediaSubtype"].as_str()).map(str::to_owned)
}

/// The colours of the bars.
fn bars(frame: &VideoFrame) -> [[bool; 3]; 7] {
    let sample = |plane: usize, x: u32, y: u32| {
        let about = &frame.planes[plane];
        let shift = u32::from(plane > 0);
        f64::from(frame.data[about.offset + (y >> shift) as usize * about.stride + (x >> shift) as usize])
    };
    std::array::from_fn(|bar| {
        let (x, y) = (frame.width * (2 * bar as u32 + 1) / 14, frame.height / 4);
        let (luma, blue, red) = (1.164 * (sample(0, x, y) - 16.0), sample(1, x, y) - 128.0, sample(2, x, y) - 128.0);
        [luma + 1.596 * red, luma - 0.392 * blue - 0.813 * red, luma + 2.017 * blue].map(|part| part > 95.0)
    })
}

#[test]
fn a_camera_is_shown_in_its_colours_in_the_format_that_was_chosen() {
    in_session(&[], "formats::a_camera_is_shown_in_its_colours_in_the_format_that_was_chosen", || {
        // All together, as each is left alone for a second when it has just appeared.
        let plugged: Vec<_> = cameras()
            .into_iter()
            .enumerate()
            .map(|(at, (format, pictures, called))| {
                (format!("camera-{at}"), format, called, plug(&format!("camera-{at}"), &pictures))
            })
            .collect();
        for (name, format, called, _) in &plugged {
            let known = devices().unwrap().into_iter().find(|device| device.id == *name).unwrap();
            assert_eq!(known.formats, [*format]);
            let source = SourceSpec::parse(&format!("@{name}#{format}")).unwrap();
            let (program, mut events) = Listener::start(ProgramConfig { sources: sources(source), ..config() });
            let frames = program.frames();
            until(&format!("{format} is shown in its colours"), || {
                frames.borrow().as_ref().is_some_and(|frame| bars(frame) == BARS)
            });
            let frame = frames.borrow().clone().unwrap();
            assert_eq!((frame.width, frame.height), (640, 360), "{format}");
            until(&format!("{format} is what is opened"), || opened_in(name).as_deref() == Some(called));
            let since = program.stats().frames.captured;
            until(&format!("{format} goes on"), || program.stats().frames.captured > since + 45);
            let told = events.told();
            let trouble = told.iter().find(|event| {
                matches!(
                    event,
                    MediaEvent::OtherFormat { .. } | MediaEvent::OtherSize { .. } | MediaEvent::SourceLost { .. }
                )
            });
            assert_eq!(trouble, None, "{format}");
            program.stop().finish();
        }
    });
}
