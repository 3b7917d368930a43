#![allow(clippy::unwrap_used)]
use super::*;

/// An entry of a manifest: its family, its outputs' shapes, and whatever else it says.
fn spec(family: &str, outputs: &[&str], more: &str) -> ModelSpec {
    let outputs: Vec<_> = outputs.iter().map(|shape| format!(r#"{{"name": "out", "shape": {shape}}}"#)).collect();
    let text = format!(
        r#"{{"family": "{family}", "file": "", "bytes": 0, "sha256": "", "licence": "", "source": "", "obtained": "",
             "inputs": [], "outputs": [{}], "labels": ["a", "b", "c"] {more}}}"#,
        outputs.join(", ")
    );
    serde_json::from_str(&text).unwrap()
}

/// For an input 96 wide and 64 high, which has 126 cells at strides 8, 16 and 32.
fn of(family: &str, outputs: &[&str], more: &str) -> Result<Family, VisionError> {
    Family::of("mine", &spec(family, outputs, more), (96, 64))
}

const STRIDES: &str = r#", "strides": [8, 16, 32]"#;

#[test]
fn an_entry_that_fits_its_family_is_taken() {
    let fitting = [
        ("nanodet", vec!["[1, 126, 3]", "[1, 126, 44]"], r#", "strides": [8, 16, 32], "bins": 11"#),
        ("yolox", vec!["[1, 126, 8]"], STRIDES),
        ("yolox", vec![r#"["n", "cells", 8]"#], STRIDES),
        ("yolox", vec!["[1, 378, 8]"], r#", "decoded": true, "activation": "none""#),
        ("yolov8", vec!["[1, 7, 126]"], ""),
        ("yolov8", vec![r#"["n", 7, "cells"]"#], r#", "activation": "sigmoid""#),
        ("detr", vec!["[1, 100, 4]", "[1, 100, 4]"], ""),
        ("detr", vec!["[1, 100, 3]", "[1, 100, 4]"], r#", "activation": "sigmoid""#),
        ("detr", vec!["[1, 100, 3]", "[1, 100, 4]"], r#", "activation": "none""#),
    ];
    for (family, outputs, more) in fitting {
        let taken = of(family, &outputs, more);
        assert!(taken.is_ok(), "{family} {outputs:?} {more}: {}", taken.unwrap_err());
        assert!(KNOWN.split(", ").any(|known| known == family), "{family} is in the list");
    }
}

#[test]
fn an_entry_that_does_not_fit_is_told_what_is_wanted() {
    let unfit = [
        ("nanodet", vec!["[1, 126, 3]", "[1, 126, 44]"], r#", "strides": [8, 16, 32], "bins": 1"#, "bins"),
        ("nanodet", vec!["[1, 126, 47]"], r#", "strides": [8, 16, 32], "bins": 11"#, "[1, 126, 3] and [1, 126, 44]"),
        ("yolox", vec!["[1, 126, 8]"], "", "strides"),
        ("yolox", vec!["[1, 126, 8]"], r#", "strides": [8, 0]"#, "strides"),
        ("yolox", vec!["[1, 8, 126]"], STRIDES, "[1, 126, 8]"),
        ("yolox", vec!["[1, 120, 8]"], STRIDES, "[1, 126, 8]"),
        ("yolox", vec![r#"[1, 126, "columns"]"#], STRIDES, "says [1, 126, columns]"),
        ("yolox", vec!["[2, 126, 8]"], STRIDES, "says [2, 126, 8]"),
        ("yolox", vec!["[126, 8]"], STRIDES, "says [126, 8]"),
        ("yolox", vec!["[1, 126, 8]"], r#", "strides": [8, 16, 32], "activation": "softmax""#, "softmax"),
        ("yolov8", vec!["[1, 126, 7]"], "", "[1, 7, cells]"),
        ("yolov8", vec!["[1, 300, 6]"], "", "[1, 7, cells]"),
        ("yolov8", vec!["[1, 7, 126]", "[1, 32, 160, 160]"], "", "says [1, 7, 126] and [1, 32, 160, 160]"),
        ("yolov8", vec![], "", "says none"),
        ("detr", vec!["[1, 100, 3]", "[1, 100, 4]"], "", "activation = \"sigmoid\""),
        ("detr", vec!["[1, 9, 4]", "[1, 9, 4]"], r#", "activation": "sigmoid""#, "activation = \"softmax\""),
        ("detr", vec!["[1, 100, 4]", "[1, 100, 3]"], "", "[1, queries, 4] and [1, queries, 4]"),
    ];
    for (family, outputs, more, word) in unfit {
        let error = of(family, &outputs, more).unwrap_err();
        assert!(matches!(&error, VisionError::Unfit { name, role: "detector", .. } if name == "mine"), "{error}");
        assert!(error.to_string().contains(word), "{family} {outputs:?} {more} misses {word}: {error}");
    }
}

#[test]
fn a_detector_without_labels_is_no_detector() {
    for family in KNOWN.split(", ") {
        let entry = ModelSpec { labels: Vec::new(), ..spec(family, &["[1, 4, 126]"], STRIDES) };
        let error = Family::of("mine", &entry, (96, 64)).unwrap_err().to_string();
        assert!(error.contains("labels are missing"), "{family}: {error}");
    }
}

#[test]
fn an_unknown_family_is_answered_with_all_that_are_known() {
    let error = of("yolov3", &[], "").unwrap_err();
    assert!(matches!(error, VisionError::Family { .. }), "{error}");
    for family in ["nanodet", "yolox", "yolov8", "detr"] {
        assert!(error.to_string().contains(family), "{error}");
    }
}

#[test]
fn outputs_that_are_missing_are_no_boxes() {
    let family = of("detr", &["[1, 100, 4]", "[1, 100, 4]"], "").unwrap();
    let one = Output { name: "logits".to_owned(), shape: vec![1, 1, 4], data: vec![9.0, 0.0, 0.0, 0.0] };
    assert_eq!(family.decode(&[], 0.1), []);
    assert_eq!(family.decode(std::slice::from_ref(&one), 0.1), []);
    let place = Output { name: "boxes".to_owned(), shape: vec![1, 1, 4], data: vec![0.5; 4] };
    assert_eq!(family.decode(&[one, place], 0.1).len(), 1);
}
