//! Every family of detectors: its decoder against boxes the original made of the same tensors, and the whole way from a frame to
//! its boxes with a small model. What lies in `detectors/` is made by scripts in models/; see the README there.
#![allow(clippy::unwrap_used, clippy::panic)]

use hawker_av::{Rect, VideoFrame};
use hawker_infer::{Manifest, ModelError, ModelSpec, Output, Role, Runtime, SessionConfig};
use hawker_vision::VisionError;
use hawker_vision::detect::{DetectConfig, Detector, Family, Found};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// What the recordings are rounded to leaves this much between two computations of one edge, pixels, and of one score.
const EDGE_PIXELS: f32 = 0.02;
const SCORE: f32 = 2e-4;

/// Width and height of every input in the folder: not a square, so that exchanged sides are seen.
const SIDE: (usize, usize) = (96, 64);

/// Raw outputs, and what the original implementation makes of them.
#[derive(Deserialize)]
struct Recording {
    threshold: f32,
    /// The original cuts boxes to the picture.
    clipped: bool,
    outputs: Vec<Tensor>,
    /// Left, top, right, bottom in pixels of the input, score, class.
    boxes: Vec<(f32, f32, f32, f32, f32, usize)>,
}

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/detectors").join(name)
}

fn recording(name: &str, file: &str) -> (ModelSpec, Vec<Output>, Recording) {
    let manifest = Manifest::load(&folder(name)).unwrap();
    let spec = manifest.role(Role::Detector).unwrap().1.clone();
    let text = std::fs::read_to_string(folder(name).join(file)).unwrap();
    let mut recording: Recording = serde_json::from_str(&text).unwrap();
    let tensors = std::mem::take(&mut recording.outputs).into_iter();
    let outputs = tensors.map(|tensor| Output { name: String::new(), shape: tensor.shape, data: tensor.data });
    (spec, outputs.collect(), recording)
}

/// Each box of the original is found once, and no other.
fn compare(what: &str, mut found: Vec<Found>, recording: &Recording) {
    let input = Rect::new(0.0, 0.0, SIDE.0 as f32, SIDE.1 as f32);
    if recording.clipped {
        found.iter_mut().for_each(|found| found.rect = found.rect.intersect(input));
    }
    assert_eq!(found.len(), recording.boxes.len(), "{what}: as many boxes");
    assert!(recording.boxes.len() >= 12, "{what}: a recording of few boxes shows little");
    for (left, top, right, bottom, score, class) in &recording.boxes {
        let is_same = |found: &Found| {
            let rect = found.rect;
            let edges = [rect.x - left, rect.y - top, rect.x + rect.width - right, rect.y + rect.height - bottom];
            found.class == *class
                && (found.score - score).abs() < SCORE
                && edges.iter().all(|edge| edge.abs() < EDGE_PIXELS)
        };
        let place = found.iter().position(is_same);
        let place = place.unwrap_or_else(|| panic!("{what}: nothing at {left} {top} {right} {bottom} {score} {class}"));
        found.swap_remove(place);
    }
}

#[test]
fn recorded_tensors_are_read_as_the_original_reads_them() {
    for name in ["yolox", "yolov8", "detr", "rtdetr"] {
        let (spec, outputs, recording) = recording(name, "recorded.json");
        let family = Family::of(name, &spec, SIDE).unwrap();
        compare(name, family.decode(&outputs, recording.threshold), &recording);
        let more = family.decode(&outputs, 0.0).len();
        assert!(more > recording.boxes.len(), "{name}: the threshold keeps something out, of {more}");
    }
}

#[test]
fn an_export_that_decoded_its_boxes_itself_gives_the_same() {
    let (spec, outputs, recording) = recording("yolox", "recorded_decoded.json");
    let spec = ModelSpec { decoded: true, strides: Vec::new(), ..spec };
    let family = Family::of("yolox", &spec, SIDE).unwrap();
    compare("decoded", family.decode(&outputs, recording.threshold), &recording);
}

#[test]
fn a_recording_cut_short_gives_fewer_boxes_at_every_length() {
    for name in ["yolox", "yolov8", "detr", "rtdetr"] {
        let (spec, mut outputs, recording) = recording(name, "recorded.json");
        let family = Family::of(name, &spec, SIDE).unwrap();
        let mut before = recording.boxes.len();
        while outputs.iter().any(|output| !output.data.is_empty()) {
            for output in &mut outputs {
                output.data.truncate(output.data.len().saturating_sub(7));
            }
            // A class that is missing leaves its cells to others, so only their number says something.
            let count = family.decode(&outputs, recording.threshold).len();
            assert!(count <= before, "{name}: {count} boxes, {before} before more was cut");
            before = count;
        }
        assert_eq!(before, 0, "{name}");
    }
}

fn load(name: &str, config: DetectConfig) -> Result<Detector, VisionError> {
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    Detector::load(&Manifest::load(&folder(name)).unwrap(), &runtime, &SessionConfig::default(), config)
}

/// Nothing is merged, and nothing left out for its number.
const ALL: DetectConfig = DetectConfig { score: 0.10, merge_iou: 1.0, smallest: 0.0, largest: 0.5, most: 16 };

/// 1280x720, of one colour.
fn frame() -> VideoFrame {
    VideoFrame::rgb(1280, 720, [204, 102, 51].repeat(1280 * 720).into()).unwrap()
}

/// The models in the folder know nothing: their boxes are constants, written down by the script in pixels of a frame of 1280x720
/// and brought into the input by arithmetic of its own. The scores of two of them are numbers of the input, so that they
/// tell which bytes the model saw where.
#[test]
fn a_frame_goes_in_as_the_manifest_says_and_boxes_come_out_in_its_pixels() {
    let logistic = |number: f32| 1.0 / (1.0 + (-number).exp());
    let (first, third) = ((204.0 - 123.675) / 58.395, (51.0 - 103.53) / 57.375);
    // The scores of the two boxes about the middle, and where the bytes behind them lie in the input.
    let table = [
        ("yolox", [51.0 / 255.0, 114.0 / 255.0], "the blue of the picture at the top; gray beside it, below"),
        ("yolov8", [204.0 / 255.0, 114.0 / 255.0], "the red of the picture in the middle; gray beside it, above"),
        ("detr", [logistic(first), logistic(third)], "red and blue of the picture, at the top"),
        ("rtdetr", [logistic(0.8), logistic(0.0)], "the red of the picture in the middle; black beside it, above"),
    ];
    for (name, scores, why) in table {
        let mut detector = load(name, ALL).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (detections, patch) = detector.detect(&frame()).unwrap();
        assert!(
            patch.width == 96 && patch.data.iter().all(|byte| *byte > 50.0),
            "{name}: the patch is the picture alone"
        );
        let near = |a: Rect, b: Rect| {
            let edges = [a.x - b.x, a.y - b.y, a.width - b.width, a.height - b.height];
            edges.iter().all(|edge| edge.abs() < 0.1)
        };
        let is_person = |rects: &[Rect]| matches!(rects, [one] if near(*one, Rect::new(800.0, 40.0, 240.0, 640.0)));
        assert!(is_person(&detections.people), "{name}: {:?}", detections.people);
        let score_at = |rect: Rect| {
            let found = detections.proposals.iter().find(|proposal| near(proposal.rect, rect));
            found.unwrap_or_else(|| panic!("{name}: nothing at {rect:?} in {:?}", detections.proposals)).score
        };
        assert_eq!(detections.proposals.len(), 3, "{name}: {:?}", detections.proposals);
        let aside = score_at(Rect::new(80.0, 60.0, 320.0, 240.0));
        assert!(aside > 0.0 && aside < 0.5, "{name}: far from the middle little is left of {aside}");
        // Boxes about the middle of the frame keep the score the model gave them.
        let seen = [Rect::new(400.0, 240.0, 480.0, 240.0), Rect::new(480.0, 200.0, 320.0, 320.0)].map(score_at);
        assert!(seen.iter().zip(scores).all(|(seen, want)| (seen - want).abs() < 2e-3), "{name}: {seen:?}: {why}");
    }
}

/// The manifest of a folder with something changed.
fn changed(name: &str, changes: &[(&str, &str)]) -> (tempfile::TempDir, Manifest) {
    let copy = tempfile::tempdir().unwrap();
    std::fs::copy(folder(name).join("model.onnx"), copy.path().join("model.onnx")).unwrap();
    let mut text = std::fs::read_to_string(folder(name).join("manifest.toml")).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "the manifest no longer says {from}");
        text = text.replace(from, to);
    }
    std::fs::write(copy.path().join("manifest.toml"), text).unwrap();
    let manifest = Manifest::load(copy.path()).unwrap();
    (copy, manifest)
}

fn load_changed(name: &str, changes: &[(&str, &str)]) -> Result<Detector, VisionError> {
    let runtime = Runtime::load(None).unwrap_or_else(|error| panic!("{error}"));
    let (_copy, manifest) = changed(name, changes);
    Detector::load(&manifest, &runtime, &SessionConfig::default(), ALL)
}

#[test]
fn a_model_that_wants_more_than_the_picture_is_refused() {
    let error = load("masked", ALL).unwrap_err();
    let VisionError::Model(ModelError::MoreInputs { present, .. }) = &error else { panic!("{error}") };
    assert!(present.contains("pixel_mask"), "{error}");
    let first = "[[model.masked.outputs]]\nname = \"logits\"";
    let mask = format!("[[model.masked.inputs]]\nname = \"pixel_mask\"\nshape = [1, 64, 96]\n\n{first}");
    let error = load_changed("masked", &[(first, &mask)]).unwrap_err();
    assert!(matches!(&error, VisionError::Unfit { .. }) && error.to_string().contains("pixel_mask"), "{error}");
}

#[test]
fn free_sides_want_a_size_and_what_comes_out_of_them_is_compared() {
    let error = load_changed("yolov8", &[("use = [64, 96]", "")]).unwrap_err();
    assert!(error.to_string().contains("use = [height, width]"), "{error}");
    let more = [("\"cup\", ", "\"cup\", \"lid\", "), ("[1, 7, 126]", "[1, 8, 126]")];
    let mut detector = load_changed("yolov8", &more).unwrap_or_else(|error| panic!("the file leaves it open: {error}"));
    let error = detector.detect(&frame()).unwrap_err();
    assert!(matches!(&error, VisionError::Model(ModelError::Shape { .. })), "{error}");
    assert!(error.to_string().contains("[1, 8, 126]") && error.to_string().contains("[1, 7, 126]"), "{error}");
}
