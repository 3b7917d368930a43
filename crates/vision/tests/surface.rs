//! The crate as the studio uses it: real models, real runtime, frames made of the demo catalogue's photos.
#![allow(clippy::unwrap_used, clippy::panic)]

use hawker_av::{Rect, VideoFrame};
use hawker_domain::tag::TagState;
use hawker_domain::{ShowMs, Sku};
use hawker_infer::{Manifest, Runtime, SessionConfig};
use hawker_vision::embed::{LOOK_LEN, Look};
use hawker_vision::read::{Names, Reader, Words};
use hawker_vision::tagger::{Record, Spoken, TaggerConfig};
use hawker_vision::{
    Embedder, Found, Gallery, Learned, PhotoVectors, Recogniser, RecogniserConfig, TrackReport, VisionError, evaluate,
    photo,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const GOODS: [&str; 4] = ["milk", "power-bank", "noodles", "ginger"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn runtime() -> Runtime {
    Runtime::load(None).unwrap_or_else(|error| panic!("{error}"))
}

/// Photos of one product of the demo catalogue, in order of their names.
fn photos(slug: &str) -> Vec<VideoFrame> {
    let folder = root().join("assets/demo/photos");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        name.strip_prefix(slug)
            .is_some_and(|rest| rest.starts_with('-') && rest[1..].chars().all(|c| c.is_ascii_digit()))
    });
    files.sort();
    assert!(files.len() >= 3, "{slug} has three photos or more");
    files.iter().map(|path| photo::read(path).unwrap()).collect()
}

/// The photo held up in the middle of a striped room, at a time.
fn frame(held: Option<&VideoFrame>, show_ms: u64) -> VideoFrame {
    frame_at(held, 210, show_ms)
}

fn frame_at(held: Option<&VideoFrame>, left: usize, show_ms: u64) -> VideoFrame {
    let (width, height, side) = (640_usize, 360_usize, 220_usize);
    let mut data = vec![0_u8; width * height * 3];
    for (index, pixel) in data.chunks_exact_mut(3).enumerate() {
        let (x, y) = (index % width, index / width);
        pixel.copy_from_slice(&[90 + (x / 20 % 3) as u8 * 20, 80 + (y / 15 % 4) as u8 * 12, 70]);
        let top = (height - side) / 2;
        if let (Some(photo), true) = (held, (left..left + side).contains(&x) && (top..top + side).contains(&y)) {
            let from = (y - top) * photo.height as usize / side * photo.planes[0].stride
                + (x - left) * photo.width as usize / side * 3;
            pixel.copy_from_slice(&photo.data[from..from + 3]);
        }
    }
    let mut frame = VideoFrame::rgb(width as u32, height as u32, data.into()).unwrap();
    (frame.show_ms, frame.running_time_ns) = (ShowMs(show_ms), show_ms * 1_000_000);
    frame
}

/// A recogniser that knows each product by all its photos but the last.
fn recogniser() -> Recogniser {
    let models = root().join("models");
    let mut embedder = Embedder::load(&models, &runtime(), 2).unwrap();
    let mut items = Vec::new();
    for slug in GOODS {
        let all = photos(slug);
        let known = all[..all.len() - 1].iter();
        let vectors: Vec<PhotoVectors> = known
            .map(|photo| PhotoVectors::from_bytes(&embedder.embed_photo(photo).unwrap().to_bytes()).unwrap())
            .collect();
        assert!(vectors.iter().all(|photo| photo.model_id() == embedder.model_id()));
        items.push((Sku::new(slug).unwrap(), vectors));
    }
    Recogniser::load(&models, &runtime(), RecogniserConfig { threads: 2, ..Default::default() }, Gallery::build(items))
        .unwrap()
}

/// Shows something for a while at eight frames a second; answers the changes as `sku:state`.
fn show(recogniser: &mut Recogniser, held: Option<&VideoFrame>, from_ms: u64, frames: u64) -> Vec<(u32, String)> {
    let reports = (0..frames).map(|step| recogniser.observe(&frame(held, from_ms + step * 125)).unwrap());
    let changes = reports.flat_map(|report| report.changes);
    changes.map(|change| (change.track_id, format!("{}:{:?}", change.sku, change.state))).collect()
}

#[test]
fn a_product_held_up_is_pinned_and_taken_back_when_it_leaves() {
    let mut recogniser = recogniser();
    let view = photos("milk").pop().unwrap();
    let changes = show(&mut recogniser, Some(&view), 0, 12);
    assert!(changes.iter().any(|(_, change)| change == "milk:Pinned"), "{changes:?}");
    assert!(changes.iter().all(|(_, change)| change.starts_with("milk:")), "{changes:?}");
    let changes = show(&mut recogniser, None, 1500, 32);
    assert_eq!(changes.last().map(|(_, change)| change.as_str()), Some("milk:Retracted"), "{changes:?}");
}

#[test]
fn a_thing_that_is_none_of_the_products_is_not_pinned() {
    let mut recogniser = recogniser();
    for (place, unknown) in ["stethoscope", "lobster"].into_iter().enumerate() {
        let view = photos(unknown).remove(0);
        let changes = show(&mut recogniser, Some(&view), place as u64 * 10_000, 16);
        assert!(changes.iter().all(|(_, change)| !change.ends_with("Pinned")), "{unknown}: {changes:?}");
    }
}

/// The host says of what is held up that it is, or is not, a product.
fn tell(recogniser: &mut Recogniser, view: &VideoFrame, at_ms: u64, (sku, is_it): (&str, bool)) -> Learned {
    let report = recogniser.observe(&frame(Some(view), at_ms)).unwrap();
    let held = Rect::new(210.0, 70.0, 220.0, 220.0);
    let boxes = report.tracks.iter().filter(|track| track.best.is_some());
    let track = boxes.max_by(|a, b| a.rect.iou(held).total_cmp(&b.rect.iou(held))).unwrap();
    recogniser.correct(track.track_id, &Sku::new(sku).unwrap(), is_it, at_ms as i64).unwrap()
}

fn pinned(changes: &[(u32, String)], sku: &str) -> bool {
    changes.iter().any(|(_, change)| *change == format!("{sku}:Pinned"))
}

#[test]
fn what_the_host_rejects_once_is_not_pinned_again_now_or_later() {
    let mut recogniser = recogniser();
    let view = photos("power-bank").pop().unwrap();
    assert!(pinned(&show(&mut recogniser, Some(&view), 0, 12), "power-bank"), "it is known at first");
    let learned = tell(&mut recogniser, &view, 1500, ("power-bank", false));
    assert!(!learned.lesson.is_it && learned.crop.is_some());
    let (again, gone, back) = (
        show(&mut recogniser, Some(&view), 1625, 16),
        show(&mut recogniser, None, 3700, 16),
        show(&mut recogniser, Some(&view), 6000, 16),
    );
    for changes in [again, gone, back] {
        assert!(!pinned(&changes, "power-bank"), "{changes:?}");
    }
    let other = photos("milk").pop().unwrap();
    assert!(pinned(&show(&mut recogniser, Some(&other), 9000, 12), "milk"), "other products are not concerned");
}

#[test]
fn what_the_host_names_is_pinned_from_then_on_after_a_restart_too_and_can_be_taken_back() {
    let mut first = recogniser();
    let strange = photos("stethoscope").remove(0);
    assert!(!pinned(&show(&mut first, Some(&strange), 0, 12), "milk"));
    let begun = Instant::now();
    let learned = tell(&mut first, &strange, 1500, ("milk", true));
    assert!(begun.elapsed().as_secs_f32() < 1.0, "{:?} with the look before it", begun.elapsed());
    assert!(pinned(&show(&mut first, Some(&strange), 1625, 16), "milk"));

    let mut second = recogniser();
    assert!(second.teach(&learned.lesson));
    assert!(pinned(&show(&mut second, Some(&strange), 0, 12), "milk"));
    show(&mut second, None, 1500, 16);
    let own = photos("milk").pop().unwrap();
    assert!(pinned(&show(&mut second, Some(&own), 4000, 12), "milk"), "it still is what it was");
    show(&mut second, None, 6000, 16);
    show(&mut second, Some(&strange), 9000, 4);
    tell(&mut second, &strange, 9500, ("milk", false));
    assert!(!pinned(&show(&mut second, Some(&strange), 9625, 24), "milk"));
    assert!(second.correct(u32::MAX, &Sku::new("milk").unwrap(), true, 0).is_none(), "no such thing is in the picture");
}

#[test]
fn a_thing_that_is_away_for_a_moment_is_known_again_elsewhere_and_another_is_not_taken_for_it() {
    let mut recogniser = recogniser();
    let (milk, noodles) = (photos("milk").pop().unwrap(), photos("noodles").pop().unwrap());
    // The number of the box at a place after so many frames.
    let number = |recogniser: &mut Recogniser, held: &VideoFrame, left: usize, from_ms: u64| {
        let place = Rect::new(left as f32, 70.0, 220.0, 220.0);
        let frames = (0..12).map(|step| frame_at(Some(held), left, from_ms + step * 125));
        let last = frames.map(|frame| recogniser.observe(&frame).unwrap()).last().unwrap();
        let boxes = last.tracks.iter().filter(|track| track.rect.iou(place) > 0.5);
        boxes.max_by(|a, b| a.rect.iou(place).total_cmp(&b.rect.iou(place))).map(|track| track.track_id)
    };
    let first = number(&mut recogniser, &milk, 20, 0).expect("it is seen at the left");
    show(&mut recogniser, None, 1_500, 14);
    let again = number(&mut recogniser, &milk, 400, 3_250).expect("it is seen at the right");
    assert_eq!(again, first, "the same thing elsewhere");
    show(&mut recogniser, None, 4_750, 14);
    let other = number(&mut recogniser, &noodles, 20, 6_500).expect("the other one is seen");
    assert_ne!(other, first, "another thing where it was");
}

#[test]
fn a_product_behind_the_show_is_found_taken_in_and_pinned() {
    let mut recogniser = recogniser();
    let all = photos("lobster");
    let photo = |recogniser: &mut Recogniser, photo: &VideoFrame| recogniser.embed_photo(photo).unwrap();
    let known: Vec<PhotoVectors> = all[..all.len() - 1].iter().map(|one| photo(&mut recogniser, one)).collect();
    let (sku, strange) = (Sku::new("lobster").unwrap(), Sku::new("stethoscope").unwrap());
    let other: Vec<PhotoVectors> = photos("stethoscope").iter().map(|one| photo(&mut recogniser, one)).collect();
    let mut behind = recogniser.behind();
    behind.put(sku.clone(), &known);
    behind.put(strange.clone(), &other);
    recogniser.set_behind(Some(behind));
    let view = all.last().unwrap();
    let (mut asked, mut pinned) = (None, false);
    for step in 0..24 {
        let report = recogniser.observe(&frame(Some(view), step * 125)).unwrap();
        if let Some(candidate) = report.candidates.first() {
            assert_eq!((candidate, asked), (&sku, None), "step {step}");
            assert!(recogniser.promote(&sku, &known, &[]) && !recogniser.promote(&sku, &known, &[]));
            asked = Some(step);
        }
        pinned |= report.changes.iter().any(|change| change.sku == sku && change.state == TagState::Pinned);
    }
    assert!(asked.is_some_and(|step| step < 6) && pinned, "{asked:?}");
}

#[test]
fn a_variant_taken_in_from_behind_is_named_on_evidence_alone_and_another_title_forgets_nothing() {
    let mut recogniser = recogniser();
    let all = photos("lobster");
    let known: Vec<PhotoVectors> =
        all[..all.len() - 1].iter().map(|one| recogniser.embed_photo(one).unwrap()).collect();
    let [boiled, raw] = ["lobster", "lobster-raw"].map(|text| Sku::new(text).unwrap());
    let names = |title: &str| {
        let called = |option: &str| Names {
            title: title.to_owned(),
            variant_of: "lobster".to_owned(),
            option: option.to_owned(),
            ..Names::default()
        };
        HashMap::from([(boiled.clone(), called("boiled")), (raw.clone(), called("raw"))])
    };
    recogniser.set_names(names("Lobster"));
    assert!(recogniser.promote(&boiled, &known, &[]));
    let view = all.last().unwrap();
    let reports: Vec<_> = (0..24).map(|step| recogniser.observe(&frame(Some(view), step * 125)).unwrap()).collect();
    let pins = reports.iter().flat_map(|report| &report.changes).filter(|change| change.state == TagState::Pinned);
    let pins: Vec<_> = pins.map(|change| (change.sku.clone(), change.variants.clone())).collect();
    let open = (boiled.clone(), vec![boiled.clone(), raw.clone()]);
    assert!(!pins.is_empty() && pins.iter().all(|pin| *pin == open), "nothing says which of the two it is: {pins:?}");
    recogniser.set_names(names("Homard"));
    let report = recogniser.observe(&frame(Some(view), 23 * 125 + 1)).unwrap();
    let is_known = |track: &TrackReport| track.best.as_ref().is_some_and(|(sku, sure)| *sku == boiled && *sure > 0.9);
    assert!(report.tracks.iter().any(is_known), "before it is looked at again: {:?}", report.tracks);
}

/// As many products as are ever taken in, none of them like anything in a picture, and all of that is decided again.
#[test]
fn when_many_were_taken_in_the_next_is_all_the_same_and_the_one_that_gave_way_is_found_again() {
    let mut recogniser = recogniser();
    let written = Shared::default();
    recogniser.record(Record::new(Box::new(written.clone())));
    let vectors = |recogniser: &mut Recogniser, slug: &str| -> Vec<PhotoVectors> {
        photos(slug).iter().map(|one| recogniser.embed_photo(one).unwrap()).collect()
    };
    let lobster = vectors(&mut recogniser, "lobster");
    let strange = |n: usize| {
        let numbers = (0..LOOK_LEN).map(|i| ((i * 2_654_435_761 + n * 40_503) >> 7 & 0xff) as f32).collect();
        vec![PhotoVectors::new("strange", vec![Look::from_blocks(numbers).unwrap()])]
    };
    let (sku, first) = (Sku::new("lobster").unwrap(), Sku::new("S0").unwrap());
    let mut behind = recogniser.behind();
    behind.put(sku.clone(), &lobster);
    behind.put(first.clone(), &strange(0));
    recogniser.set_behind(Some(behind));
    for n in 0..256 {
        assert!(recogniser.promote(&Sku::new(&format!("S{n}")).unwrap(), &strange(n), &[]), "{n}");
    }
    let view = photos("lobster").pop().unwrap();
    let (mut taken_in, mut pinned) = (false, false);
    for step in 0..24 {
        let report = recogniser.observe(&frame(Some(&view), step * 125)).unwrap();
        if report.candidates.first() == Some(&sku) {
            taken_in |= recogniser.promote(&sku, &lobster, &[]);
        }
        pinned |= report.changes.iter().any(|change| change.sku == sku && change.state == TagState::Pinned);
    }
    assert!(taken_in && pinned, "{taken_in} {pinned}");
    assert!(!recogniser.has_photos(&first) && recogniser.has_photos(&Sku::new("S1").unwrap()), "the first gave way");
    // Nothing was like any of the others either, but the tagged one stays: 255 more, and it is there still.
    for n in 256..511 {
        assert!(recogniser.promote(&Sku::new(&format!("S{n}")).unwrap(), &strange(n), &[]), "{n}");
    }
    assert!(recogniser.has_photos(&sku) && !recogniser.has_photos(&Sku::new("S255").unwrap()));
    assert!(recogniser.promote(&first, &strange(0), &[]), "what gave way comes back");
    recogniser.observe(&frame(Some(&view), 3_000)).unwrap();
    recogniser.end_record().unwrap();
    let bytes = written.0.lock().unwrap().clone();
    let report = evaluate::replay(bytes.as_slice(), TaggerConfig::default(), None).unwrap();
    assert!(report.as_recorded && report.recorded_tags >= 1, "{:?}", report.first_difference);
}

/// What is written to it can be read afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_show_that_was_recorded_is_decided_again_in_the_same_way() {
    let mut recogniser = recogniser();
    let written = Shared::default();
    recogniser.record(Record::new(Box::new(written.clone())));
    let (milk, noodles) = (photos("milk").pop().unwrap(), photos("noodles").pop().unwrap());
    assert!(pinned(&show(&mut recogniser, Some(&milk), 0, 12), "milk"));
    tell(&mut recogniser, &milk, 1500, ("milk", false));
    show(&mut recogniser, Some(&milk), 1625, 8);
    show(&mut recogniser, None, 2700, 12);
    let order = [Sku::new("noodles").unwrap(), Sku::new("milk").unwrap()];
    recogniser.set_running_order(&order);
    recogniser.hear(&Spoken { words: "noodles".to_owned(), t0: 4_000, t1: 4_400 });
    assert!(pinned(&show(&mut recogniser, Some(&noodles), 4_300, 12), "noodles"));
    recogniser.start_over();
    assert!(pinned(&show(&mut recogniser, Some(&noodles), 0, 12), "noodles"));
    // Among more products the same looks are worth more: from the next beginning on.
    let more = ["lobster", "stethoscope", "avocado", "cherimoya", "fizz", "nuts", "laundry", "toothpaste"];
    let found = more.map(|slug| {
        let known = recogniser.embed_photo(&photos(slug)[0]).unwrap();
        Found { sku: Sku::new(slug).unwrap(), photos: vec![known], lessons: Vec::new() }
    });
    assert_eq!((recogniser.promote_all(&found), recogniser.promote_all(&found)), (8, 0), "once each");
    assert!(recogniser.has_room() && more.iter().all(|slug| recogniser.has_photos(&Sku::new(slug).unwrap())));
    show(&mut recogniser, Some(&noodles), 1_500, 4);
    recogniser.start_over();
    assert!(!show(&mut recogniser, Some(&noodles), 0, 12).is_empty());
    recogniser.end_record().unwrap();
    let bytes = written.0.lock().unwrap().clone();
    let report = evaluate::replay(bytes.as_slice(), TaggerConfig::default(), None).unwrap();
    assert!(report.as_recorded, "{:?}", report.first_difference);
    assert!(report.recorded_tags >= 5 && report.looks > 20 && report.spoken == 1, "{report:?}");
    let text = String::from_utf8(bytes).unwrap();
    let of_products = |line: &&str| line.starts_with("{\"step\":\"products\"");
    assert_eq!(text.lines().filter(of_products).count(), 2, "the curve of more products is recorded");
}

#[test]
fn evidence_names_the_products_that_are_looked_for_alone() {
    let mut recogniser = recogniser();
    let written = Shared::default();
    recogniser.record(Record::new(Box::new(written.clone())));
    let called = |title: &str| Names { title: title.to_owned(), ..Names::default() };
    let (milk, lobster) = (Sku::new("milk").unwrap(), Sku::new("lobster").unwrap());
    recogniser.set_names([(milk, called("Fresh milk")), (lobster.clone(), called("Boiled lobster"))].into());
    let text = || String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert!(text().contains("Fresh milk") && !text().contains("Boiled lobster"));
    let known = recogniser.embed_photo(&photos("lobster")[0]).unwrap();
    assert!(recogniser.promote(&lobster, &[known], &[]));
    let text = text();
    let last: Vec<&str> = text.lines().rev().take(2).collect();
    assert!(last[0].contains("Boiled lobster") && !last[0].contains("Fresh milk"), "{last:?}");
    assert!(last[1].starts_with("{\"step\":\"lineup\""), "{last:?}");
}

#[test]
fn a_still_is_ranked_and_pinned_by_itself() {
    let mut recogniser = recogniser();
    let view = photos("noodles").pop().unwrap();
    let decision = recogniser.observe_still(&view).unwrap();
    assert_eq!(decision.ranking[0].0.as_str(), "noodles");
    assert_eq!(decision.pin.as_ref().map(Sku::as_str), Some("noodles"), "{decision:?}");
}

#[test]
fn an_empty_gallery_and_an_empty_frame_are_no_trouble() {
    let mut recogniser = recogniser();
    recogniser.set_gallery(Gallery::build(Vec::new()));
    let view = photos("milk").pop().unwrap();
    assert_eq!(show(&mut recogniser, Some(&view), 0, 4), []);
    let empty = VideoFrame::rgb(0, 0, Vec::new().into()).unwrap();
    assert!(matches!(recogniser.observe(&empty), Err(VisionError::EmptyFrame { .. })));
    assert!(matches!(recogniser.observe_still(&empty), Err(VisionError::EmptyFrame { .. })));
    assert_eq!(recogniser.provider(), "CPU");
}

/// A copy of the models with a changed manifest; answers the error of loading a recogniser from it.
fn load_changed(from: &str, to: &str) -> VisionError {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("models")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let path = folder.path().join("manifest.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "the manifest no longer says {from}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let gallery = Gallery::build(Vec::new());
    Recogniser::load(folder.path(), &runtime(), RecogniserConfig::default(), gallery).unwrap_err()
}

#[test]
fn models_that_do_not_fit_are_refused_with_their_name() {
    let family = load_changed("family = \"nanodet\"", "family = \"yolov3\"");
    assert!(matches!(&family, VisionError::Family { family, .. } if family == "yolov3"), "{family}");
    let other = load_changed("family = \"nanodet\"", "family = \"yolov8\"");
    assert!(other.to_string().contains("[1, 84, cells]"), "it says what a yolov8 of 80 labels gives: {other}");
    let bins = load_changed("bins = 11", "bins = 1");
    assert!(matches!(&bins, VisionError::Unfit { role: "detector", .. }), "{bins}");
    let outputs = load_changed("name = \"mid_a\"", "name = \"mid_z\"");
    assert!(matches!(&outputs, VisionError::Unfit { role: "embedder", .. }), "{outputs}");
    let missing = load_changed("file = \"nanodet_g_416.onnx\"", "file = \"gone.onnx\"");
    assert!(missing.to_string().contains("gone.onnx"), "{missing}");
}

/// A label with two scripts, one line turned by 14 degrees and one upside down.
fn label() -> VideoFrame {
    photo::read(&root().join("crates/vision/tests/words/tea.png")).unwrap()
}

/// The label held up before a gray wall, at a time.
fn held_label(show_ms: u64) -> VideoFrame {
    let (label, width, height) = (label(), 640_usize, 360_usize);
    let mut data = vec![90_u8; width * height * 3];
    for (y, row) in label.data.chunks_exact(480 * 3).enumerate() {
        let from = ((y + 20) * width + 80) * 3;
        data[from..from + row.len()].copy_from_slice(row);
    }
    let mut frame = VideoFrame::rgb(width as u32, height as u32, data.into()).unwrap();
    (frame.show_ms, frame.running_time_ns) = (ShowMs(show_ms), show_ms * 1_000_000);
    frame
}

#[test]
fn chinese_and_english_words_are_read_whichever_way_they_stand() {
    let manifest = Manifest::load(&root().join("models")).unwrap();
    let mut reader = Reader::load(&manifest, &runtime(), &SessionConfig::default()).unwrap();
    let reading = reader.read(&label(), Rect::new(0.0, 0.0, 480.0, 320.0)).unwrap();
    let mut texts: Vec<String> = reading.lines.iter().map(|line| line.text.replace(' ', "")).collect();
    texts.sort();
    assert_eq!(texts, ["JASMINETEA", "QINGYU", "净含量100g", "茉莉花茶"], "{reading:?}");
    assert!(reading.lines.iter().all(|line| line.confidence > 0.9), "{reading:?}");
    assert!(matches!(reader.read(&label(), Rect::new(900.0, 900.0, 10.0, 10.0)), Err(VisionError::EmptyFrame { .. })));
}

#[test]
fn words_on_a_thing_that_is_held_still_name_the_product() {
    for words in [Words::Inline, Words::Beside] {
        let models = root().join("models");
        let mut embedder = Embedder::load(&models, &runtime(), 2).unwrap();
        let mut photo_of = |slug: &str| {
            let view = photos(slug).remove(0);
            (Sku::new(slug).unwrap(), vec![embedder.embed_photo(&view).unwrap()])
        };
        let gallery = Gallery::build(vec![photo_of("milk"), photo_of("noodles"), photo_of("ginger")]);
        let config = RecogniserConfig { threads: 2, words, ..Default::default() };
        let mut recogniser = Recogniser::load(&models, &runtime(), config, gallery).unwrap();
        let called = |title: &str| Names { title: title.to_owned(), ..Names::default() };
        let names = [("milk", called("青屿 茉莉花茶 Jasmine Tea")), ("noodles", called("红烧牛肉面 Beef Noodles"))];
        recogniser.set_names(names.into_iter().map(|(sku, names)| (Sku::new(sku).unwrap(), names)).collect());
        // A thread of its own needs time that no clip has: it is asked until it has answered.
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        let (mut step, mut read) = (0, None);
        while read.is_none() && std::time::Instant::now() < until {
            read = recogniser.observe(&held_label(step * 125)).unwrap().read;
            step += 1;
        }
        let (track, reading) = read.unwrap_or_else(|| panic!("{words:?}: nothing was read in {step} frames"));
        assert!(reading.lines.iter().any(|line| line.text.contains("JASMINE")), "{words:?}: {reading:?}");
        let report = recogniser.observe(&held_label(step * 125)).unwrap();
        let best = report.tracks.iter().find(|other| other.track_id == track).and_then(|track| track.best.clone());
        assert_eq!(best.unwrap().0.as_str(), "milk", "{words:?}: its name stands there");
    }
}

#[test]
fn without_the_models_of_words_everything_else_works() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root().join("models")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("ppocr") {
            std::fs::copy(&path, folder.path().join(name)).unwrap();
        }
    }
    let gallery = Gallery::build(Vec::new());
    let mut recogniser = Recogniser::load(folder.path(), &runtime(), RecogniserConfig::default(), gallery).unwrap();
    let report = recogniser.observe(&frame(None, 0)).unwrap();
    assert!(report.read.is_none() && report.changes.is_empty());
}
