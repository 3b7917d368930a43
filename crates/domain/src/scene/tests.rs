#![allow(clippy::unwrap_used)]
use super::*;

fn full() -> Layer {
    Layer::full(Content::Source { id: SourceId::main() })
}

#[test]
fn a_side_is_written_as_it_is_kept() {
    for side in Side::ALL {
        assert_eq!(serde_json::to_value(side).unwrap(), side.as_str());
        assert_eq!(side.as_str().parse(), Ok(side));
    }
    assert!("up".parse::<Side>().unwrap_err().contains("left, right, top, bottom"));
}

#[test]
fn numbers_that_make_no_sense_are_named() {
    let place = |x, width| Place { x, width, ..Place::FULL };
    let table = [
        (Layer { place: place(f32::NAN, 1.0), ..full() }, "position"),
        (Layer { place: place(0.0, -0.1), ..full() }, "size"),
        (Layer { place: place(0.0, 1e9), ..full() }, "size"),
        (Layer { crop: Crop { left: 0.5, right: 0.5, ..Crop::default() }, ..full() }, "crop"),
        (Layer { opacity: 1.1, ..full() }, "opacity"),
        (Layer { key: Some(Key { soft: f32::INFINITY, ..Key::GREEN }), ..full() }, "key"),
        (Layer { content: Content::Text(TextLayer { size: 0.0, ..TextLayer::default() }), ..full() }, "text size"),
    ];
    for (layer, want) in table {
        let scene = Scene { name: "x".into(), landscape: Vec::new(), portrait: vec![layer] };
        assert_eq!(scene.checked().unwrap_err(), SceneError::Number { scene: "x".into(), what: want });
    }
    let scene = Scene { landscape: vec![full(); MOST_LAYERS + 1], ..Scene::default() };
    assert!(matches!(scene.checked(), Err(SceneError::TooManyLayers { count: 17, .. })));
    let (a, b) = (SourceId::main(), SourceId::new("top").unwrap());
    for scene in [Scene::of_source("x", &a), Scene::picture_in_picture("x", &a, &b), Scene::side_by_side("x", &a, &b)] {
        assert!(scene.checked().is_ok(), "the ready-made ones can be shown");
    }
}

#[test]
fn scenes_are_kept_under_names_that_tell_them_apart() {
    let of = |names: &[&str]| {
        let scenes: Vec<Scene> = names.iter().map(|name| Scene { name: (*name).into(), ..Scene::default() }).collect();
        check_all(&scenes)
    };
    let long = "长".repeat(41);
    assert_eq!(of(&["Pause", "桌面"]), Ok(()));
    assert_eq!(of(&["Pause", "Pause"]), Err(SceneError::SameName("Pause".into())));
    for wrong in ["", "  ", "a\nb", &long] {
        assert!(matches!(of(&[wrong]), Err(SceneError::SceneName(_))), "{wrong}");
    }
    assert_eq!(of(&["x"; 33]), Err(SceneError::TooManyScenes(33)));
}

#[test]
fn what_is_written_down_of_a_scene_reads_back_and_may_leave_out_what_is_usual() {
    let scene = Scene::picture_in_picture("both", &SourceId::main(), &SourceId::new("屏幕").unwrap());
    let text = serde_json::to_string(&scene).unwrap();
    assert_eq!(serde_json::from_str::<Scene>(&text).unwrap(), scene);
    let short = r#"{"content":{"kind":"source","id":"main"},"place":{"x":0,"y":0,"width":1,"height":1}}"#;
    assert_eq!(serde_json::from_str::<Layer>(short).unwrap(), full());
    assert_eq!(serde_json::to_string(&CanvasShape::Portrait).unwrap(), "\"9:16\"");
}

#[test]
fn a_source_has_a_name_in_one_line() {
    assert!(SourceId::new("  ").is_err() && SourceId::new("a\nb").is_err() && SourceId::new(&"x".repeat(41)).is_err());
    assert_eq!(SourceId::new(" 桌面 ").unwrap().as_str(), "桌面");
}
