use crate::support::*;
use bytes::Bytes;
use hawker_domain::{CanvasShape, SourceId, reason::SourceWhy};
use hawker_media::{Card, Fault, MediaEvent, MicSpec, SourceSpec};
use std::{
    io::Cursor,
    time::{Duration, Instant},
};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// A grey still picture as source: whatever else is in the picture was put there by us.
fn grey(dir: &std::path::Path) -> SourceSpec {
    let file = dir.join("grey.png");
    image::RgbImage::from_pixel(640, 360, image::Rgb([128, 128, 128])).save(&file).unwrap();
    SourceSpec::Image(file)
}

fn photo() -> Bytes {
    let mut out = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(200, 200, image::Rgb([20, 200, 40]))
        .write_to(&mut out, image::ImageFormat::Jpeg)
        .unwrap();
    out.into_inner().into()
}

#[test]
fn a_card_is_blended_into_the_picture_and_recognition_sees_none_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config();
    settings.sources = sources(grey(dir.path()));
    let (program, mut events) = Listener::start(settings);
    let frames = program.frames();
    program.set_card(Some(Card {
        title: "橄榄油 Olive oil".into(),
        price: "¥ 39.90".into(),
        stock_left: Some(3),
        photo_jpeg: Some(photo()),
        ..Card::default()
    }));
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    recorded_to(&program, 3_000);
    let seen = frames.borrow().clone().expect("recognition gets frames");
    program.set_card(None);
    let off = program.show_ms().0;
    recorded_to(&program, off + 1_500);
    let recording = program.stop().finish().recording.unwrap();

    let with = picture_at(&recording.path, 2.8, WIDTH, HEIGHT);
    let at = |rgb: &[u8], x: usize, y: usize| -> [i32; 3] {
        let i = (y * WIDTH + x) * 3;
        [i32::from(rgb[i]), i32::from(rgb[i + 1]), i32::from(rgb[i + 2])]
    };
    let near = |a: [i32; 3], b: [i32; 3], by: i32| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= by);
    assert!(
        near(at(&with, 600, 40), [128; 3], 6),
        "away from the card the picture is untouched: {:?}",
        at(&with, 600, 40)
    );
    // The ground is #14171c at 82 %: over grey that is 0.82 * 23 + 0.18 * 128 = 42. Without alpha it would be 23.
    let ground = at(&with, 280, 268);
    assert!(near(ground, [39, 42, 46], 8), "the ground of the card lets the picture through: {ground:?}");
    let photo = at(&with, 60, 300);
    assert!(near(photo, [20, 200, 40], 30), "the photo is in place and opaque: {photo:?}");
    let gone = picture_at(&recording.path, (off + 1_200) as f64 / 1000.0, WIDTH, HEIGHT);
    assert!(near(at(&gone, 280, 268), [128; 3], 6), "the card is gone after it was taken off");
    let luma = seen.data[268 * seen.planes[0].stride + 280];
    assert!((120..=132).contains(&luma), "the tap is before the cards: {luma}");
    assert_eq!((seen.width, seen.height), (640, 360));
    assert!(seen.show_ms.0 > 1_000 && seen.running_time_ns > 1_000_000_000);
}

#[test]
fn a_lost_source_is_noticed_replaced_by_the_slate_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let (program, mut events) = Listener::start(config());
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("two seconds are on air", || program.show_ms().0 > 2_000);
    program.inject(Fault::CameraLost(Duration::from_secs(3)));
    let lost = events.wait("lost", |e| matches!(e, MediaEvent::SourceLost { .. }));
    let MediaEvent::SourceLost { why, why_code: SourceWhy::Silent, .. } = &lost else { panic!("{lost:?}") };
    // By the program's own clock: how long this test waited for its turn says nothing.
    let silent_ms = why.split_whitespace().find_map(|word| word.parse::<u64>().ok());
    assert!(silent_ms.is_some_and(|ms| ms < 1_400), "{lost:?}");
    let noticed = program.show_ms().0;
    events.wait("back", |e| matches!(e, MediaEvent::SourceBack { id } if *id == SourceId::main()));
    let back = program.show_ms().0;
    recorded_to(&program, back + 1_500);
    let summary = program.stop().finish();
    let recording = summary.recording.unwrap();
    complete("through the slate", &packets(&recording.path, "v"), &Slow::of(&summary.frames, &events.all()));
    let slate_at = (noticed + (back - noticed) / 2) as f64 / 1000.0;
    let slate = picture_at(&recording.path, slate_at, WIDTH, HEIGHT);
    let corner = &slate[..3];
    assert!(
        corner.iter().zip([0x1b, 0x24, 0x30]).all(|(a, b): (_, i32)| (i32::from(*a) - b).abs() < 10),
        "slate: {corner:?}"
    );
    assert!(slate.iter().any(|v| *v > 200), "with a word on it");
    let after = picture_at(&recording.path, (back + 1_000) as f64 / 1000.0, WIDTH, HEIGHT);
    assert!(after[0] > 150, "the source's bars are back: {:?}", &after[..3]);
}

#[test]
fn a_clip_plays_on_over_its_end_with_its_sound() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config();
    (settings.sources, settings.mics) = (sources(SourceSpec::File(clip(dir.path(), 2, 25))), vec![MicSpec::FromSource]);
    let (program, mut events) = Listener::start(settings);
    program.start_recording(&dir.path().join("show.mkv")).unwrap();
    program.go_on_air().unwrap();
    events.wait("on air", |e| *e == MediaEvent::FirstFrameEncoded);
    until("seven seconds are on air", || program.show_ms().0 > 7_000);
    let stats = program.stats();
    let summary = program.stop().finish();
    let (recording, seen) = (summary.recording.unwrap(), events.all());
    assert!(
        !seen.iter().any(|e| matches!(e, MediaEvent::SourceLost { .. })),
        "the end of a looped clip is no loss: {seen:?}"
    );
    complete("recording", &packets(&recording.path, "v"), &Slow::of(&summary.frames, &seen));
    assert!(longest_gap(&packets(&recording.path, "a")) < 0.03, "the sound has no hole");
    // AAC decoders begin again with a frame or two of nothing; with a clip of two seconds that is four seams.
    assert!(stats.audio_gap_ms < 4 * 100, "silence put in: {} ms", stats.audio_gap_ms);
    assert!(stats.audio_rms_db.is_some(), "the clip's tone is heard");
    assert!(stats.frames.captured > 150, "25 pictures a second for seven seconds: {:?}", stats.frames);
}

#[test]
fn a_clip_that_is_read_before_it_is_seen_begins_again_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config();
    (settings.sources, settings.mics) = (sources(SourceSpec::File(clip(dir.path(), 1, 30))), vec![MicSpec::FromSource]);
    let (program, events) = Listener::start(settings);
    until("the clip was shown three times", || program.stats().frames.captured > 100);
    let seen = events.all();
    assert!(!seen.iter().any(|e| matches!(e, MediaEvent::SourceLost { .. })), "{seen:?}");
    program.stop().finish();
}

#[test]
fn a_clip_that_ends_gives_way_to_the_slate() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = config();
    (settings.sources, settings.loop_file) = (sources(SourceSpec::File(clip(dir.path(), 1, 30))), false);
    let (program, mut events) = Listener::start(settings);
    let event = events.wait("the end", |e| matches!(e, MediaEvent::SourceLost { .. }));
    assert!(
        matches!(&event, MediaEvent::SourceLost { why, why_code: SourceWhy::Ended, .. } if why.contains("ended")),
        "{event:?}"
    );
    program.stop().finish();
}

#[test]
fn the_preview_costs_nothing_until_somebody_looks() {
    let (program, _events) = Listener::start(config());
    until("a second of pictures", || program.stats().frames.composed > 30);
    let mut preview = program.preview(CanvasShape::Landscape).unwrap();
    let mut over = preview.clone();
    let wait = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut next = |after| wait.block_on(preview.next(after)).unwrap();
    let first = next(0);
    assert_eq!(first.seq, 1, "nobody looked before, so none was made");
    let picture = image::load_from_memory(&first.jpeg).unwrap();
    assert_eq!((picture.width(), picture.height()), (640, 360));
    let (began, since) = (program.stats().frames.composed, Instant::now());
    let mut seq = first.seq;
    while seq < first.seq + 30 {
        seq = next(seq).seq;
    }
    // Two seconds; a computer that is busy with something else makes fewer, and never more.
    let (composed, took) = (program.stats().frames.composed - began, since.elapsed());
    assert!(took > Duration::from_millis(1_500), "about 15 a second at most: 30 in {took:?}");
    assert!(composed < 90, "every other picture or so: 30 of {composed}");
    let composed = program.stats().frames.composed;
    until("three seconds nobody looks", || program.stats().frames.composed >= composed + 90);
    let unseen = next(seq).seq;
    assert!(unseen - seq <= 18, "a second's pictures at most were made for nobody, {}", unseen - seq);
    assert_eq!(program.stats().frames.encoded, 0, "a preview encodes no video");
    program.stop().finish();
    assert!(wait.block_on(over.next(u64::MAX)).is_none(), "that program is over");
    let (another, _events) = Listener::start(config());
    let picture = wait.block_on(another.preview(CanvasShape::Landscape).unwrap().next(unseen)).unwrap();
    // The one that was stopped may still have made what its last second was asked for.
    let on = picture.seq - unseen;
    assert!((1..=18).contains(&on), "a window goes on with the next program where it was, {on} later");
    another.stop().finish();
}
