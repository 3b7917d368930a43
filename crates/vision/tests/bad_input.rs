//! What a seller's disk and an app store of models really hold: photos that are none, files of every form, models of another age.
//! A clear error or a right answer, never a crash, never a wrong pin.
#![allow(clippy::unwrap_used, clippy::panic)]

use hawker_av::VideoFrame;
use hawker_domain::tag::TagState;
use hawker_domain::{ShowMs, Sku};
use hawker_infer::{ModelError, Runtime};
use hawker_vision::{CatalogueItem, Gallery, Recogniser, RecogniserConfig, VisionError, evaluate, photo};
use image::{ExtendedColorType, ImageEncoder, codecs::jpeg::JpegEncoder, codecs::png::PngEncoder};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn runtime() -> Runtime {
    Runtime::load(None).unwrap_or_else(|error| panic!("{error}"))
}

fn recogniser(models: &Path) -> Result<Recogniser, VisionError> {
    Recogniser::load(models, &runtime(), RecogniserConfig::default(), Gallery::build(Vec::new()))
}

fn pixels(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let count = width as usize * height as usize;
    (0..count * channels).map(|index| (index.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

fn png((width, height): (u32, u32), colour: ExtendedColorType, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    PngEncoder::new(&mut out).write_image(data, width, height, colour).unwrap();
    out
}

/// A JPEG, left half red and right half blue, whose EXIF data say that it was taken with the camera turned to a side.
fn turned() -> Vec<u8> {
    let (width, height) = (64_u32, 32_u32);
    let colour = |index: u32| if index % width < width / 2 { [200, 30, 30] } else { [30, 30, 200] };
    let data: Vec<u8> = (0..width * height).flat_map(colour).collect();
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, 95);
    // Little-endian TIFF with one entry: orientation (0x0112), a short, one, 6: turn by 90 degrees clockwise.
    let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.set_exif_metadata(tiff.to_vec()).unwrap();
    encoder.write_image(&data, width, height, ExtendedColorType::Rgb8).unwrap();
    out
}

/// The head of a PNG of so many pixels, and nothing behind it.
fn promised(width: u32, height: u32) -> Vec<u8> {
    let small = png((1, 1), ExtendedColorType::L8, &[0]);
    let mut head = small[..16].to_vec();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend(&small[24..29]);
    head.extend(crc(&head[12..]).to_be_bytes());
    head.extend(&small[33..]);
    head
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    !bytes.iter().fold(!0_u32, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[test]
fn files_that_are_no_photo_or_too_large_are_named_and_none_is_decoded() {
    let gif = std::fs::read(root().join("crates/store/src/tests/photos/moving.gif")).unwrap();
    let whole = turned();
    for (what, bytes) in [
        ("empty", &b""[..]),
        ("ten bytes", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("text", b"name,price\nTea,12\n"),
        ("cut off", &whole[..whole.len() / 3]),
        ("of a form that is not read", &gif),
    ] {
        let error = photo::decode(what, bytes).unwrap_err();
        assert!(matches!(&error, VisionError::NotAPhoto { what: named, .. } if named == what), "{what}: {error}");
        assert!(error.to_string().contains(what), "{error}");
    }
    let error = photo::decode("wall.png", &promised(20_000, 20_000)).unwrap_err();
    assert!(matches!(error, VisionError::PhotoTooLarge { width: 20_000, height: 20_000, .. }), "{error}");
}

#[test]
fn photos_of_every_form_are_read_as_they_look_and_nothing_is_pinned_on_them() {
    let mut recogniser = recogniser(&root().join("models")).unwrap();
    let products = ["milk", "noodles", "ginger"].map(|slug| {
        let photos = ["0", "1", "2"].map(|n| photo::read(&demo_photo(slug, n)).unwrap());
        (Sku::new(slug).unwrap(), photos.iter().map(|photo| recogniser.embed_photo(photo).unwrap()).collect())
    });
    recogniser.set_gallery(Gallery::build(products.into()));
    let file = |name: &str| std::fs::read(root().join("crates/store/src/tests/photos").join(name)).unwrap();
    let cases = [
        ("grey", png((90, 60), ExtendedColorType::L8, &pixels(90, 60, 1)), (90, 60)),
        ("grey, and large", png((360, 240), ExtendedColorType::L8, &pixels(360, 240, 1)), (360, 240)),
        ("grey of 16 bits", png((90, 60), ExtendedColorType::L16, &pixels(90, 60, 2)), (90, 60)),
        ("grey with holes", png((9, 60), ExtendedColorType::La8, &pixels(9, 60, 2)), (9, 60)),
        ("colours of 16 bits", png((33, 21), ExtendedColorType::Rgb16, &pixels(33, 21, 6)), (33, 21)),
        ("with holes", png((33, 21), ExtendedColorType::Rgba8, &pixels(33, 21, 4)), (33, 21)),
        ("one pixel", png((1, 1), ExtendedColorType::Rgb8, &[9, 9, 9]), (1, 1)),
        ("a line", png((1, 700), ExtendedColorType::Rgb8, &pixels(1, 700, 3)), (1, 700)),
        ("a long line", png((2_999, 1), ExtendedColorType::Rgb8, &pixels(2_999, 1, 3)), (1_600, 1)),
        ("for print", file("cmyk.jpg"), (16, 8)),
        ("a moving one's first picture", file("moving.webp"), (16, 8)),
        ("turned", turned(), (32, 64)),
    ];
    for (what, bytes, size) in cases {
        let frame = photo::decode(what, &bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!((frame.width, frame.height), size, "{what}");
        let decision = recogniser.observe_still(&frame).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(decision.pin, None, "{what}: {decision:?}");
        assert!(decision.ranking.iter().all(|(_, score)| score.is_finite()), "{what}: {decision:?}");
        // As frames of a clip, too, for three times as long as a pin takes.
        for step in 0..=10 {
            let report = recogniser.observe(&at(&frame, step * 120)).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert!(report.changes.iter().all(|change| change.state != TagState::Pinned), "{what}: {report:?}");
        }
        recogniser.start_over();
    }
    let turned = photo::decode("turned", &turned()).unwrap();
    let pixel = |x: usize, y: usize| &turned.data[(y * turned.planes[0].stride + x * 3)..][..3];
    assert!(pixel(16, 4)[0] > 150 && pixel(16, 60)[2] > 150, "red is above, {:?}, {:?}", pixel(16, 4), pixel(16, 60));
}

fn demo_photo(slug: &str, n: &str) -> PathBuf {
    let folder = root().join("assets/demo/photos");
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&format!("{slug}-")))
        .collect();
    found.sort();
    found[n.parse::<usize>().unwrap()].clone()
}

fn at(frame: &VideoFrame, ms: u64) -> VideoFrame {
    let mut frame = frame.clone();
    (frame.show_ms, frame.running_time_ns) = (ShowMs(ms), ms * 1_000_000);
    frame
}

#[test]
fn another_thing_is_less_likely_one_single_product_than_that_product_and_is_never_pinned() {
    let mut recogniser = recogniser(&root().join("models")).unwrap();
    let photos: Vec<VideoFrame> = (0..3).map(|n| photo::read(&demo_photo("milk", &n.to_string())).unwrap()).collect();
    let looks = photos[..2].iter().map(|photo| recogniser.embed_photo(photo).unwrap()).collect();
    recogniser.set_gallery(Gallery::build(vec![(Sku::new("milk").unwrap(), looks)]));
    let own = recogniser.observe_still(&photos[2]).unwrap();
    assert_eq!(own.ranking.len(), 1);
    for n in ["0", "1", "2", "3"] {
        let other = photo::read(&demo_photo("noodles", n)).unwrap();
        let other = recogniser.observe_still(&other).unwrap();
        assert_eq!(other.pin, None, "{n}: {other:?}");
        assert!(own.probability > other.probability, "{n}: {own:?} {other:?}");
    }
}

#[test]
fn a_catalogue_without_a_single_photo_says_that_there_is_nothing_to_recognise() {
    let item = CatalogueItem {
        sku: Sku::new("A").unwrap(),
        title: "Tea".to_owned(),
        category: String::new(),
        brand: String::new(),
        aliases: Vec::new(),
        barcode: String::new(),
        variant_of: String::new(),
        option: String::new(),
        photos: Vec::new(),
    };
    let config = RecogniserConfig::default();
    for items in [Vec::new(), vec![item]] {
        let error = evaluate::images(&root().join("models"), &runtime(), config.clone(), &items, &[]).unwrap_err();
        assert!(matches!(error, evaluate::EvaluateError::EmptyCatalogue), "{error}");
    }
}

/// A copy of the models with one file changed, which its entry in the manifest agrees to.
fn models_with(file: &str, change: impl FnOnce(&mut Vec<u8>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("models")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join(file);
    let mut bytes = std::fs::read(&path).unwrap();
    let (before, size) = (sha256(&bytes), bytes.len());
    change(&mut bytes);
    std::fs::write(&path, &bytes).unwrap();
    let manifest = folder.path().join("manifest.toml");
    let text = std::fs::read_to_string(&manifest).unwrap();
    assert!(text.contains(&before), "the manifest does not know {file}");
    let text =
        text.replace(&before, &sha256(&bytes)).replace(&format!("bytes = {size}"), &format!("bytes = {}", bytes.len()));
    std::fs::write(&manifest, text).unwrap();
    folder
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const EMBEDDER: &str = "efficientnet_lite2_multi.onnx";

#[test]
fn a_model_of_another_age_or_cut_off_is_refused_with_its_name() {
    // The last field of the file: the operator set, of version 13.
    let newer = models_with(EMBEDDER, |bytes| {
        assert!(bytes.ends_with(&[0x42, 0x02, 0x10, 0x0d]), "the file ends with its operator set");
        *bytes.last_mut().unwrap() = 0x7d;
    });
    let error = recogniser(newer.path()).unwrap_err();
    assert!(error.to_string().contains("efficientnet_lite2_multi"), "{error}");
    assert!(error.to_string().to_lowercase().contains("opset"), "{error}");
    let cut = models_with(EMBEDDER, |bytes| bytes.truncate(bytes.len() / 2));
    let error = recogniser(cut.path()).unwrap_err();
    assert!(error.to_string().contains("efficientnet_lite2_multi"), "{error}");
}

#[test]
fn a_model_that_answers_with_no_numbers_is_an_error_at_every_look_and_tags_nothing() {
    let good = root().join("models");
    let mut known = recogniser(&good).unwrap();
    let milk = photo::read(&demo_photo("milk", "0")).unwrap();
    let looks = known.embed_photo(&milk).unwrap();
    let broken = models_with(EMBEDDER, |bytes| {
        // Every fourth byte run of weights in the middle of the file becomes the bits of "not a number".
        let middle = bytes.len() / 2;
        for chunk in bytes[middle..middle + 65_536].chunks_exact_mut(4) {
            chunk.copy_from_slice(&[0xff; 4]);
        }
    });
    let mut recogniser = recogniser(broken.path()).unwrap();
    recogniser.set_gallery(Gallery::build(vec![(Sku::new("milk").unwrap(), vec![looks])]));
    let error = recogniser.observe_still(&milk).unwrap_err();
    assert!(matches!(error, VisionError::Model(ModelError::NoNumber { .. })), "{error}");
    // The state stays usable: the next look is an error again, not a panic and not a tag. What was seen once is not looked at,
    // and what looks like no product every 360 ms.
    let reports: Vec<_> = (0..12).map(|step| recogniser.observe(&at(&milk, step * 120))).collect();
    assert!(reports[0].is_ok(), "{:?}", reports[0]);
    for due in [1, 4, 7, 10] {
        let report = &reports[due];
        assert!(matches!(report, Err(VisionError::Model(ModelError::NoNumber { .. }))), "frame {due}: {report:?}");
    }
    for report in reports.iter().flatten() {
        assert_eq!(report.changes, []);
    }
}
