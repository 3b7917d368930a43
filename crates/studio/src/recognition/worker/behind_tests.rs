//! What is behind a show, named by the host and tagged: with the real models, and frames made of the demo catalogue's photos.

use super::*;
use hawker_domain::tag::TagState;

const SHOWN: [&str; 4] = ["milk", "power-bank", "noodles", "ginger"];

/// A worker of a large catalogue of which those four can be seen, and their models.
fn large(bench: &Bench) -> (Worker, mpsc::Receiver<RecognitionEvent>, Recogniser) {
    bench.stock(5_000, &["lobster"]);
    for (n, slug) in SHOWN.iter().enumerate() {
        photos(slug).iter().for_each(|file| _ = bench.photo_of(&numbered(n), file));
    }
    let (mut worker, heard, _) = worker(bench);
    let recogniser = recogniser(bench, Words::Off);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    (worker, heard, recogniser)
}

/// Looks at every photo and builds the gallery.
fn learn_photos(bench: &Bench, worker: &mut Worker, recogniser: &mut Recogniser) {
    for (sku, photo) in gallery::missing(&bench.handle, &bench.store, recogniser).unwrap() {
        assert!(gallery::embed(&bench.handle, &bench.store, recogniser, (&sku, photo)).unwrap());
    }
    assert!(!worker.build(recogniser).unwrap());
}

/// The files of a product's photos.
fn photos(slug: &str) -> Vec<String> {
    let names = std::fs::read_dir(demo("")).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_of = |name: &String| name.strip_prefix(slug).and_then(|rest| rest.strip_prefix('-')).is_some();
    let mut names: Vec<String> = names.filter(is_of).collect();
    names.sort();
    names
}

/// A photo held up in the middle of a striped room, at a time.
fn held_up(file: &str, now_ms: u64) -> VideoFrame {
    let photo = image::open(demo(file)).unwrap().into_rgb8();
    let photo = image::imageops::resize(&photo, 220, 220, image::imageops::FilterType::Triangle);
    let mut picture = image::RgbImage::from_fn(640, 360, |x, y| {
        image::Rgb([90 + (x / 20 % 3) as u8 * 20, 80 + (y / 15 % 4) as u8 * 12, 70])
    });
    image::imageops::replace(&mut picture, &photo, 210, 70);
    let mut frame = VideoFrame::rgb(640, 360, picture.into_raw().into()).unwrap();
    (frame.show_ms, frame.running_time_ns) = (hawker_domain::ShowMs(now_ms), now_ms * 1_000_000);
    frame
}

/// Eight frames a second of it; the reports.
fn show(recogniser: &mut Recogniser, file: &str, from_ms: u64, frames: u64) -> Vec<FrameReport> {
    (0..frames).map(|step| recogniser.observe(&held_up(file, from_ms + step * 125)).unwrap()).collect()
}

/// The track of what is held up, and what it may be.
fn held(report: &FrameReport) -> (u32, Sku) {
    let place = hawker_av::Rect::new(210.0, 70.0, 220.0, 220.0);
    let known = report.tracks.iter().filter_map(|track| Some((track, track.best.clone()?.0)));
    let (track, best) = known.max_by(|a, b| a.0.rect.iou(place).total_cmp(&b.0.rect.iou(place))).unwrap();
    (track.track_id, best)
}

#[test]
fn what_the_host_names_is_in_force_at_once_though_it_is_behind_the_show_and_has_no_photo() {
    let bench = Bench::new();
    let (mut worker, mut heard, mut recogniser) = large(&bench);
    learn_photos(&bench, &mut worker, &mut recogniser);
    let (lobster, strange) = (sku("lobster"), "stethoscope-1.jpg");
    assert!(!worker.shown.holds(&lobster));
    let (track_id, before) = held(show(&mut recogniser, strange, 0, 8).last().unwrap());
    assert_ne!(before, lobster);
    let correction = Correction { track_id, sku: lobster.clone(), variants: Vec::new(), is_it: true };
    let begun = Instant::now();
    assert_eq!(worker.learn(&correction, &mut recogniser), Learning::Done);
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert!(matches!(heard.try_recv(), Ok(RecognitionEvent::Learned { is_it: true, .. })));
    assert_eq!(held(show(&mut recogniser, strange, 1_000, 8).last().unwrap()).1, lobster);
    // A gallery that is built anew has it still, until it is taken back.
    worker.build(&mut recogniser).unwrap();
    assert_eq!(held(show(&mut recogniser, strange, 2_000, 8).last().unwrap()).1, lobster);
    assert_eq!(bench.handle.block_on(bench.store.remove_all_lessons()).unwrap(), 1);
    worker.build(&mut recogniser).unwrap();
    assert_ne!(held(show(&mut recogniser, strange, 3_000, 8).last().unwrap()).1, lobster);
    // Of what nobody looks for there is nothing to unlearn.
    let no = Correction { is_it: false, ..correction };
    assert_eq!(worker.learn(&no, &mut recogniser), Learning::Done);
    assert!(matches!(heard.try_recv(), Ok(RecognitionEvent::Learned { is_it: false, .. })));
}

#[test]
fn a_tagged_product_from_behind_the_show_stays_tagged_when_the_gallery_is_built_anew() {
    let bench = Bench::new();
    let (mut worker, _heard, mut recogniser) = large(&bench);
    let lobster = sku("lobster");
    let mut files = photos("lobster");
    let view = files.pop().unwrap();
    files.iter().for_each(|file| _ = bench.photo_of(&lobster, file));
    learn_photos(&bench, &mut worker, &mut recogniser);
    worker.take_in(std::slice::from_ref(&lobster), &mut recogniser);
    let is_tagged = |report: &FrameReport| report.tracks.iter().any(|track| track.state.is_some());
    let reports = show(&mut recogniser, &view, 0, 24);
    assert!(is_tagged(reports.last().unwrap()), "{:?}", reports.last());
    for round in 1..=2 {
        worker.build(&mut recogniser).unwrap();
        assert!(recogniser.has_photos(&lobster));
        let reports = show(&mut recogniser, &view, 1_000 + round * 2_000, 16);
        let changes: Vec<_> = reports.iter().flat_map(|report| &report.changes).collect();
        assert!(
            changes.iter().all(|change| change.sku == lobster && change.state != TagState::Retracted),
            "{changes:?}"
        );
        assert!(is_tagged(reports.last().unwrap()));
    }
}
