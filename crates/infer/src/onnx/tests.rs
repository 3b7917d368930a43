#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;

/// Field `number` with `bytes` in it.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut written = tag(number, 2);
    let mut length = bytes.len();
    while length >= 0x80 {
        written.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    written.push(length as u8);
    written.extend_from_slice(bytes);
    written
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    [tag(number, 0), vec![value]].concat()
}

fn tag(number: u8, kind: u8) -> Vec<u8> {
    match number {
        0..16 => vec![number << 3 | kind],
        _ => vec![(number << 3 | kind) | 0x80, number >> 4],
    }
}

fn model(graph: &[u8]) -> Vec<u8> {
    [varint(1, 8), field(8, &varint(2, 17)), field(7, graph)].concat()
}

fn tensor_inside() -> Vec<u8> {
    [varint(1, 1), varint(2, 1), field(8, b"w"), field(9, &[0, 0, 0x80, 0x3f])].concat()
}

fn tensor_outside() -> Vec<u8> {
    let entry = |key: &str, value: &str| field(13, &[field(1, key.as_bytes()), field(2, value.as_bytes())].concat());
    [varint(2, 1), field(8, b"w"), entry("location", "../../secret.bin"), entry("offset", "0"), varint(14, 1)].concat()
}

fn outside() -> Refusal {
    Refusal::ExternalData { tensor: "w".into(), location: "../../secret.bin".into() }
}

fn node(attribute: &[u8]) -> Vec<u8> {
    [field(3, b"n"), field(4, b"If"), field(5, attribute)].concat()
}

#[test]
fn a_model_that_is_whole_in_itself_is_taken() {
    let constant = node(&[field(1, b"value"), field(5, &tensor_inside()), varint(20, 4)].concat());
    let graph = [field(1, &constant), field(2, b"g"), field(5, &tensor_inside())].concat();
    assert_eq!(inspect(&model(&graph)), Ok(()));
    for known in ["", "ai.onnx", "ai.onnx.ml", "com.microsoft"] {
        let file = [model(&graph), field(8, &field(1, known.as_bytes()))].concat();
        assert_eq!(inspect(&file), Ok(()), "{known:?}");
    }
}

#[test]
fn weights_in_another_file_are_refused_wherever_the_tensor_stands() {
    let tensor = tensor_outside();
    let sparse = field(2, &tensor);
    let inner_graph = field(5, &tensor);
    let function = field(7, &node(&field(5, &tensor)));
    let training = field(1, &inner_graph);
    for (what, file) in [
        ("an initialiser", model(&field(5, &tensor))),
        ("a sparse initialiser", model(&field(15, &sparse))),
        ("a constant", model(&field(1, &node(&field(5, &tensor))))),
        ("one of several constants", model(&field(1, &node(&field(10, &tensor))))),
        ("a sparse constant", model(&field(1, &node(&field(22, &sparse))))),
        ("one of several sparse constants", model(&field(1, &node(&field(23, &sparse))))),
        ("a branch", model(&field(1, &node(&field(6, &inner_graph))))),
        ("one of several branches", model(&field(1, &node(&field(11, &inner_graph))))),
        ("a branch of a branch", model(&field(1, &node(&field(6, &field(1, &node(&field(6, &inner_graph)))))))),
        ("a function", [model(&field(2, b"g")), field(25, &function)].concat()),
        ("a function's default", [model(&field(2, b"g")), field(25, &field(11, &field(5, &tensor)))].concat()),
        ("training", [model(&field(2, b"g")), field(20, &training)].concat()),
        (
            "a second graph, which readers merge into the first",
            [model(&field(2, b"g")), field(7, &inner_graph)].concat(),
        ),
    ] {
        assert_eq!(inspect(&file), Err(outside()), "{what}");
    }
    let told = outside().to_string();
    assert!(told.contains("secret.bin") && told.contains("one file"), "it says what to do: {told}");
}

#[test]
fn either_sign_of_weights_elsewhere_is_enough() {
    let marked = [field(8, b"w"), varint(14, 1)].concat();
    let unnamed = Refusal::ExternalData { tensor: "w".into(), location: "unnamed".into() };
    assert_eq!(inspect(&model(&field(5, &marked))), Err(unnamed.clone()));
    // Read as a 32-bit number this is 1.
    let beyond = [field(8, b"w"), tag(14, 0), vec![0x81, 0x80, 0x80, 0x80, 0x10]].concat();
    assert_eq!(inspect(&model(&field(5, &beyond))), Err(unnamed.clone()));
    let taken_back = [field(8, b"w"), varint(14, 1), varint(14, 0)].concat();
    assert_eq!(inspect(&model(&field(5, &taken_back))), Err(unnamed));
    let entry_alone = [field(8, b"w"), field(13, &[field(1, b"location"), field(2, b"a.bin")].concat())].concat();
    let named = Refusal::ExternalData { tensor: "w".into(), location: "a.bin".into() };
    assert_eq!(inspect(&model(&field(5, &entry_alone))), Err(named));
    let said_inside = [tensor_inside(), varint(14, 0)].concat();
    assert_eq!(inspect(&model(&field(5, &said_inside))), Ok(()), "saying that it is inside is no place elsewhere");
}

#[test]
fn operators_of_a_library_of_their_own_are_refused_by_name() {
    let custom = Refusal::CustomOps { domain: "evil.ops".into() };
    let node = [field(4, b"Run"), field(7, b"evil.ops")].concat();
    for (what, file) in [
        ("declared", [model(&field(2, b"g")), field(8, &field(1, b"evil.ops"))].concat()),
        ("used", model(&field(1, &node))),
        ("used in a branch", model(&field(1, &super::tests::node(&field(6, &field(1, &node)))))),
        ("declared by a function", [model(&field(2, b"g")), field(25, &field(9, &field(1, b"evil.ops")))].concat()),
    ] {
        assert_eq!(inspect(&file), Err(custom.clone()), "{what}");
    }
    assert!(custom.to_string().contains("evil.ops"));
}

#[test]
fn code_compiled_for_a_device_is_refused() {
    let node = [field(3, b"trt"), field(4, b"EPContext"), field(7, b"com.microsoft")].concat();
    assert_eq!(inspect(&model(&field(1, &node))), Err(Refusal::Compiled { node: "trt".into() }));
}

#[test]
fn graphs_within_graphs_end_somewhere() {
    let nested = |levels: usize| {
        let graph = (0..levels).fold(field(2, b"g"), |graph, _| field(1, &node(&field(6, &graph))));
        model(&graph)
    };
    assert_eq!(inspect(&nested(20)), Ok(()));
    assert_eq!(inspect(&nested(21)), Err(Refusal::TooDeep));
    assert_eq!(inspect(&nested(2_000)), Err(Refusal::TooDeep), "and no stack runs out");
}

#[test]
fn what_is_no_onnx_file_is_refused() {
    let whole = model(&[field(2, b"g"), field(5, &tensor_inside())].concat());
    for (what, file) in [
        ("nothing", vec![]),
        ("no graph", varint(1, 8)),
        ("text", b"Licences of the models".to_vec()),
        ("half a model", whole[..whole.len() - 3].to_vec()),
        ("a graph that is a number", [varint(1, 8), varint(7, 1)].concat()),
        ("the runtime's own form", b"\x20\0\0\0ORTM\0\0\0\0".to_vec()),
    ] {
        assert!(matches!(inspect(&file), Err(Refusal::NotOnnx(_))), "{what}");
    }
    assert_eq!(inspect(&whole), Ok(()));
}

#[test]
fn a_files_own_words_are_shortened_and_move_no_cursor() {
    let long = "x".repeat(500);
    let Err(Refusal::CustomOps { domain }) = inspect(&model(&field(1, &field(7, long.as_bytes())))) else {
        panic!("it is refused")
    };
    assert_eq!(domain.chars().count(), SHOWN + 1);
    let hostile = "a\u{1b}[2Jb\u{202e}c\n";
    let refused = inspect(&model(&field(1, &field(7, hostile.as_bytes())))).unwrap_err().to_string();
    assert!(!refused.contains(['\u{1b}', '\u{202e}', '\n']), "{refused:?}");
    assert!(refused.contains("[2Jb"), "{refused}");
}
