use crate::support::*;
use hawker_domain::{CanvasShape, Rendition};
use hawker_media::{CanvasConfig, OutputConfig, OutputPhase, ProgramConfig};
use std::path::Path;

#[test]
fn a_smaller_picture_is_encoded_once_while_somebody_wants_it_and_not_after() {
    let nginx = Nginx::start();
    let dir = tempfile::tempdir().unwrap();
    let canvas = CanvasConfig { shape: CanvasShape::Landscape, width: 960, height: 540, bitrate_bps: 1_500_000 };
    let (program, mut events) = Listener::start(ProgramConfig { canvases: vec![canvas], ..config() });
    let small = |key: &str| OutputConfig { rendition: Some(Rendition::P360), ..destination(&nginx.url(key)) };
    let (whole, first, second) = (destination(&nginx.url("whole")), small("first"), small("second"));
    let ids = [whole.id, first.id, second.id];
    program.go_on_air().unwrap();
    for output in [whole, first, second] {
        let id = output.id;
        program.add_output(output).unwrap();
        events.wait_phase(id, OutputPhase::Live);
    }
    let names = || program.stats().encodes.into_iter().map(|encode| encode.name).collect::<Vec<_>>();
    assert_eq!(names(), ["16:9", "16:9 360p"], "two destinations share one encode");
    let files = ["whole", "first"].map(|key| {
        let folder = dir.path().join(key);
        std::fs::create_dir(&folder).unwrap();
        Subscriber::start(&nginx.url(key), &folder, 4)
    });
    let [whole, small] = files.map(Subscriber::finish);
    let size = |file: &Path| {
        let found = probe(file, &["-select_streams", "v", "-show_entries", "stream=width,height"]);
        (found["streams"][0]["width"].as_u64().unwrap(), found["streams"][0]["height"].as_u64().unwrap())
    };
    assert_eq!((size(&whole), size(&small)), ((960, 540), (640, 360)));
    assert_eq!(codecs(&small), ["h264", "aac"], "the sound is that of the show");
    assert!(longest_gap(&packets(&small, "v")) < 0.5);
    let encodes = program.stats().encodes;
    assert!(encodes[1].encoded > 60 && encodes[1].picture_ms > 0.0, "{encodes:?}");
    assert_eq!(encodes[1].bitrate_bps, 600_000);
    // One leaves and the other keeps the encode; with the last it ends.
    program.remove_output(ids[1]);
    events.wait_phase(ids[1], OutputPhase::Ended);
    assert_eq!(names().len(), 2);
    program.remove_output(ids[2]);
    until("the encode that nobody wants ends", || names() == ["16:9"]);
    program.stop().finish();
}
