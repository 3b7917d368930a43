//! Several sources on two canvases, looked at in what comes out.

use crate::support::*;
use hawker_domain::{
    CanvasShape, SourceId,
    scene::{Content, Layer, Place, Scene, Transition},
};
use hawker_media::{CanvasConfig, Fault, MediaEvent, MicSpec, OutputPhase, ProgramConfig, SourceSpec};
use std::{path::Path, time::Duration};

const RED: [u8; 3] = [200, 30, 30];
const BLUE: [u8; 3] = [30, 60, 200];

fn id(name: &str) -> SourceId {
    SourceId::new(name).unwrap()
}

/// A still picture of one colour.
fn still(dir: &Path, name: &str, (width, height): (u32, u32), colour: [u8; 3]) -> SourceSpec {
    let file = dir.join(format!("{name}.png"));
    image::RgbImage::from_pixel(width, height, image::Rgb(colour)).save(&file).unwrap();
    SourceSpec::Image(file)
}

fn both_canvases() -> Vec<CanvasConfig> {
    let canvas = |shape, width, height| CanvasConfig { shape, width, height, bitrate_bps: 800_000 };
    vec![canvas(CanvasShape::Landscape, 640, 360), canvas(CanvasShape::Portrait, 360, 640)]
}

#[test]
fn two_canvases_show_the_same_sources_each_in_its_own_way() {
    let dir = tempfile::tempdir().unwrap();
    let nginx = Nginx::start();
    let settings = ProgramConfig {
        sources: vec![
            (id("host"), still(dir.path(), "host", (1280, 720), RED)),
            (id("desk"), still(dir.path(), "desk", (480, 640), BLUE)),
        ],
        canvases: both_canvases(),
        scene: Scene::side_by_side("both", &id("host"), &id("desk")),
        ..config()
    };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("wide.mkv")).unwrap();
    let mut tall = destination(&nginx.url("tall"));
    tall.canvas = CanvasShape::Portrait;
    let tall_id = tall.id;
    program.add_output(tall).unwrap();
    program.go_on_air().unwrap();
    events.wait_phase(tall_id, OutputPhase::Live);
    let subscriber = Subscriber::start(&nginx.url("tall"), dir.path(), 3);
    let on_tall = program.source_on_canvas(&id("desk"), CanvasShape::Portrait).unwrap();
    assert!(on_tall.left <= 0.0 && on_tall.right >= 1.0, "it fills the width: {on_tall:?}");
    assert!(on_tall.top < 0.5 && on_tall.bottom > 1.0, "what sticks out of the lower half is cut off: {on_tall:?}");
    assert_eq!(program.source_on_canvas(&id("nobody"), CanvasShape::Portrait), None);
    let tall = subscriber.finish();
    recorded_to(&program, 2_500);
    let counts = program.stats().frames;
    let summary = program.stop().finish();
    let slow = Slow::of(&summary.frames, &events.all());
    let (recording, second) = (summary.recording.unwrap().path, summary.upright.unwrap().path);
    assert_eq!((&recording, &second), (&dir.path().join("wide.mp4"), &dir.path().join("wide-9x16.mp4")));

    let wide = Picture::at(&recording, 2.0, 640, 360);
    wide.is(160, 180, RED);
    wide.is(480, 180, BLUE);
    for upright in [&tall, &second].map(|file| Picture::at(file, 1.0, 360, 640)) {
        upright.is(180, 160, RED);
        upright.is(180, 480, BLUE);
    }
    let [wide, tall] = [CanvasShape::Landscape, CanvasShape::Portrait].map(|shape| counts.by_canvas[&shape]);
    assert!(slow.thinned || wide.abs_diff(tall) <= 3 + slow.lost, "{counts:?}");
    for file in [&recording, &second] {
        complete(&file.display().to_string(), &packets(file, "v"), &slow);
    }
}

#[test]
fn scenes_change_on_air_and_the_recording_shows_it() {
    let dir = tempfile::tempdir().unwrap();
    let settings = ProgramConfig {
        sources: vec![
            (id("host"), still(dir.path(), "host", (640, 360), RED)),
            (id("desk"), still(dir.path(), "desk", (640, 360), BLUE)),
        ],
        scene: Scene::of_source("host", &id("host")),
        ..config()
    };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is on air", || program.show_ms().0 > 1_000);
    let now = || program.show_ms().0 as f64 / 1000.0;
    let before = now();
    program.show_scene(&Scene::of_source("desk", &id("desk")), Transition::Fade { ms: 1_000 });
    // The fade began between the two.
    let after = now();
    until("the fade is over", || now() > after + 1.6);
    program.show_scene(&Scene::picture_in_picture("both", &id("host"), &id("desk")), Transition::Cut);
    let cut = now();
    recorded_to(&program, (cut * 1000.0) as u64 + 1_000);
    let summary = program.stop().finish();
    let recording = summary.recording.unwrap().path;

    Picture::at(&recording, before - 0.3, 640, 360).is(320, 180, RED);
    let half = Picture::at(&recording, before.midpoint(after) + 0.5, 640, 360);
    let [red, _, blue] = [half.0[0], half.0[1], half.0[2]];
    assert!((70..160).contains(&red) && (70..160).contains(&blue), "half way between both: {:?}", &half.0[..3]);
    Picture::at(&recording, after + 1.4, 640, 360).is(320, 180, BLUE);
    let both = Picture::at(&recording, cut + 0.6, 640, 360);
    both.is(100, 250, RED);
    both.is(540, 60, BLUE);
    complete("a change of scenes", &packets(&recording, "v"), &Slow::of(&summary.frames, &events.all()));
}

#[test]
fn a_source_that_is_lost_leaves_the_others_in_the_picture() {
    let dir = tempfile::tempdir().unwrap();
    let settings = ProgramConfig {
        sources: vec![(id("host"), SourceSpec::Test), (id("desk"), still(dir.path(), "desk", (640, 360), BLUE))],
        mics: vec![MicSpec::Silence],
        scene: Scene::side_by_side("both", &id("host"), &id("desk")),
        ..config()
    };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is on air", || program.show_ms().0 > 1_000);
    program.inject(Fault::CameraLost(Duration::from_secs(3)));
    events.wait("lost", |e| matches!(e, MediaEvent::SourceLost { id: lost, .. } if *lost == id("host")));
    let lost = program.show_ms().0 as f64 / 1000.0;
    events.wait("back", |e| matches!(e, MediaEvent::SourceBack { .. }));
    recorded_to(&program, (lost * 1000.0) as u64 + 1_000);
    let summary = program.stop().finish();
    let recording = summary.recording.unwrap().path;
    let picture = Picture::at(&recording, lost + 0.8, 640, 360);
    picture.is(480, 180, BLUE);
    picture.is(10, 340, [0x1b, 0x24, 0x30]);
    complete("recording", &packets(&recording, "v"), &Slow::of(&summary.frames, &events.all()));
}

#[test]
fn another_first_source_takes_the_place_of_the_former_behind_the_slate_and_the_recording_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let host = still(dir.path(), "host", (640, 360), RED);
    let settings = ProgramConfig {
        sources: vec![(id("host"), host)],
        mics: vec![MicSpec::TestTone],
        scene: Scene::of_source("host", &id("host")),
        ..config()
    };
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("a second is on air", || program.show_ms().0 > 1_000);
    let now = || program.show_ms().0 as f64 / 1000.0;
    // Not there: the slate stands, and it is told.
    program.add_source(&id("host"), &SourceSpec::File("no/such/clip.mp4".into())).unwrap();
    events.wait("it is missed", |e| matches!(e, MediaEvent::SourceLost { id: lost, .. } if *lost == id("host")));
    let missed = now();
    until("the slate is on air", || now() > missed + 1.0);
    program.add_source(&id("host"), &still(dir.path(), "desk", (480, 480), BLUE)).unwrap();
    events.wait("it is shown", |e| matches!(e, MediaEvent::SourceBack { id: back } if *back == id("host")));
    let shown = now();
    recorded_to(&program, (shown * 1000.0) as u64 + 1_000);
    let summary = program.stop().finish();
    let recording = summary.recording.unwrap();
    assert_eq!(recording.parts.len(), 1, "one file from beginning to end");
    Picture::at(&recording.path, 0.5, 640, 360).is(320, 180, RED);
    Picture::at(&recording.path, missed + 0.6, 640, 360).is(10, 340, [0x1b, 0x24, 0x30]);
    Picture::at(&recording.path, shown + 0.6, 640, 360).is(320, 180, BLUE);
    complete("another source", &packets(&recording.path, "v"), &Slow::of(&summary.frames, &events.all()));
}

#[test]
fn a_further_source_that_is_not_there_is_told_and_the_show_begins() {
    let missing = SourceSpec::File("no/such/clip.mp4".into());
    let settings = ProgramConfig { sources: vec![(id("host"), SourceSpec::Test), (id("desk"), missing)], ..config() };
    let (program, mut events) = Listener::start(settings);
    events.wait("told", |e| matches!(e, MediaEvent::SourceLost { id: lost, .. } if *lost == id("desk")));
    let dir = tempfile::tempdir().unwrap();
    program.add_source(&id("desk"), &still(dir.path(), "desk", (64, 64), BLUE)).unwrap();
    let scene = Scene {
        landscape: vec![Layer {
            place: Place { x: 0.0, y: 0.0, width: 0.5, height: 0.5 },
            ..Layer::full(Content::Source { id: id("desk") })
        }],
        ..Scene::default()
    };
    program.show_scene(&scene, Transition::Cut);
    until("it is in the picture", || program.source_on_canvas(&id("desk"), CanvasShape::Landscape).is_some());
    program.remove_source(&id("desk"));
    assert_eq!(program.source_on_canvas(&id("desk"), CanvasShape::Landscape), None);
    program.stop().finish();
}

/// The mean colour of a square in the middle of a JPEG.
fn middle(jpeg: &[u8]) -> [u8; 3] {
    let picture = image::load_from_memory(jpeg).unwrap().to_rgb8();
    let (x, y) = (picture.width() / 2, picture.height() / 2);
    picture.get_pixel(x, y).0
}

fn near(colour: [u8; 3], wanted: [u8; 3]) -> bool {
    colour.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 24)
}

#[test]
fn a_staged_scene_is_seen_by_the_host_alone_until_it_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let settings = ProgramConfig {
        sources: vec![
            (id("host"), still(dir.path(), "host", (640, 360), RED)),
            (id("desk"), still(dir.path(), "desk", (640, 360), BLUE)),
        ],
        scene: Scene::of_source("host", &id("host")),
        ..config()
    };
    let (program, _events) = Listener::start(settings);
    let waiting = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let colour_of = |preview: &mut hawker_media::Preview, wanted: [u8; 3]| {
        let mut seen = [0; 3];
        let mut after = 0;
        // Some pictures may be on their way from before.
        for _ in 0..30 {
            let picture = waiting.block_on(async {
                tokio::time::timeout(Duration::from_secs(5), preview.next(after)).await.unwrap().unwrap()
            });
            (after, seen) = (picture.seq, middle(&picture.jpeg));
            if near(seen, wanted) {
                return;
            }
        }
        panic!("{seen:?} is not {wanted:?}");
    };
    let mut on_air = program.preview(CanvasShape::Landscape).unwrap();
    let desk = Scene::of_source("desk", &id("desk"));
    let mut staged = program.stage(&desk, CanvasShape::Landscape).unwrap();
    colour_of(&mut staged, BLUE);
    colour_of(&mut on_air, RED);
    // Words are drawn for the preview too, and a scene that is changed while somebody looks is followed.
    let plain = Layer::full(Content::Colour { red: 20, green: 160, blue: 40 });
    let green = Scene { name: "pause".into(), landscape: vec![plain], portrait: Vec::new() };
    program.stage(&green, CanvasShape::Landscape).unwrap();
    colour_of(&mut staged, [20, 160, 40]);
    colour_of(&mut on_air, RED);
    let mut upright = program.stage(&desk, CanvasShape::Portrait).unwrap();
    colour_of(&mut upright, BLUE);
    let picture = waiting.block_on(upright.next(0)).unwrap();
    let size = image::load_from_memory(&picture.jpeg).unwrap();
    assert!(size.height() > size.width(), "a canvas that the show does not have can be staged as well");
    program.show_scene(&desk, Transition::Cut);
    colour_of(&mut on_air, BLUE);
    program.unstage();
    let gone = waiting.block_on(upright.next(u64::MAX - 1));
    assert_eq!(gone, None, "what waits for a picture hears that none comes");
}
