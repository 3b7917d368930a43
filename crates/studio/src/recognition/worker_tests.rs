#![allow(clippy::unwrap_used, clippy::panic)]
#[path = "worker/behind_tests.rs"]
mod behind;

use super::super::testing::{Bench, numbered, sku, vectors};
use super::*;
use crate::recognition::gallery;
use hawker_store::StoreError;
use hawker_vision::read::Words;

/// A worker on a bench, with the real models; what it says is heard.
fn worker(bench: &Bench) -> (Worker, mpsc::Receiver<RecognitionEvent>, watch::Sender<Wishes>) {
    let (wishes, wished) = watch::channel(Wishes::default());
    let (events, heard) = mpsc::channel(64);
    (Worker::new(bench.handle.clone(), bench.config(), bench.store.clone(), events, wished), heard, wishes)
}

fn recogniser(bench: &Bench, words: Words) -> Recogniser {
    let config = RecogniserConfig { words, ..RecogniserConfig::default() };
    let runtime = runtime(None).unwrap();
    Recogniser::load(&bench.config().models_dir, &runtime, config, Gallery::build(Vec::new())).unwrap()
}

#[test]
fn a_product_behind_the_show_is_found_there_and_taken_in_with_what_was_taught_of_it() {
    let bench = Bench::new();
    bench.stock(5_000, &["lobster", "stethoscope"]);
    for (code, files) in [("P00000", ["milk-1.jpg", "milk-2.jpg"]), ("lobster", ["lobster-1.jpg", "lobster-2.jpg"])] {
        files.iter().for_each(|file| _ = bench.photo_of(&sku(code), file));
    }
    bench.photo_of(&sku("stethoscope"), "stethoscope-1.jpg");
    let (mut worker, _heard, _wishes) = worker(&bench);
    let mut recogniser = recogniser(&bench, Words::Off);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    assert!(worker.shown.has_more() && !worker.shown.holds(&sku("lobster")));
    for (sku, photo) in gallery::missing(&bench.handle, &bench.store, &recogniser).unwrap() {
        assert!(gallery::embed(&bench.handle, &bench.store, &mut recogniser, (&sku, photo)).unwrap());
    }
    assert!(!worker.build(&mut recogniser).unwrap());
    assert!(recogniser.has_photos(&numbered(0)) && !recogniser.has_photos(&sku("lobster")), "those shown alone");

    worker.fill_behind(&mut recogniser);
    let filled = bench.handle.block_on(worker.filling.as_mut().unwrap().arrived()).unwrap();
    assert_eq!((filled.behind.len(), filled.made), (3, 3));
    // Another reload while it was made ready is not forgotten.
    worker.fill_behind(&mut recogniser);
    assert!(worker.fill_again);
    worker.filled(Some(filled), Some(&mut recogniser));
    assert!(worker.filling.is_some() && !worker.fill_again);
    let again = bench.handle.block_on(worker.filling.as_mut().unwrap().arrived()).unwrap();
    assert_eq!((again.read, again.made), (3, 0));
    worker.filled(Some(again), Some(&mut recogniser));
    assert!(worker.filling.is_none());

    // What was taught in an earlier show comes along; what is shown is not taken in, nor what nobody knows.
    let model = recogniser.model_id().to_owned();
    let looks = gallery::photos_of(&bench.handle, &bench.store, &model, &sku("stethoscope")).unwrap();
    let (lobster, vector) = (sku("lobster"), looks[0].to_bytes());
    let (is_it, made_at_us, vector) = (true, show_now_us(), vector.as_slice());
    let lesson = NewLesson { sku: &lobster, variants: &[], is_it, crop: None, model_id: &model, vector, made_at_us };
    bench.handle.block_on(bench.store.add_lesson(&lesson)).unwrap();
    worker.take_in(&[numbered(0), sku("nobody"), lobster.clone()], &mut recogniser);
    assert!(recogniser.has_photos(&lobster) && !recogniser.has_photos(&sku("nobody")));
    let strange = gallery::decode(&std::fs::read(demo("stethoscope-1.jpg")).unwrap()).unwrap();
    let said = recogniser.observe_still(&strange).unwrap();
    assert_eq!(said.ranking[0].0, lobster, "as the host said: {:?}", said.ranking);
}

fn demo(file: &str) -> std::path::PathBuf {
    super::super::testing::root().join("assets/demo/photos").join(file)
}

#[test]
fn what_was_seen_once_is_taught_of_every_variant_it_is_about() {
    let (variants, looks) = (["A", "B", "C"].map(sku), vectors("m1", 3));
    let no = Lesson { sku: sku("A"), is_it: false, looks, made_at_us: 7 };
    let mut taught = Vec::new();
    let in_force = teach_others(no.clone(), &variants, |lesson| {
        taught.push(lesson.clone());
        lesson.sku != sku("C")
    });
    assert_eq!(in_force, [&variants[1]], "nobody looks for C");
    let also = |name| Lesson { sku: sku(name), ..no.clone() };
    assert_eq!(taught, [also("B"), also("C")], "with the looks and the time of the first, which was taught already");
}

#[test]
fn what_stands_on_a_photo_is_read_once_kept_and_made_use_of() {
    let bench = Bench::new();
    bench.stock(0, &["milk", "noodles"]);
    let milk = bench.photo_of(&sku("milk"), "milk-1.jpg");
    bench.photo_of(&sku("noodles"), "noodles-1.jpg");
    let (mut worker, _heard, _wishes) = worker(&bench);
    let mut recogniser = recogniser(&bench, Words::Beside);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    worker.find_unread(&recogniser);
    let mut used = 0;
    for _ in 0..2 {
        assert!(worker.printed.are_waiting());
        worker.read_photo(Some(&mut recogniser));
        assert!(!worker.printed.are_waiting(), "one after the other");
        let answer = bench.handle.block_on(worker.printed.arrived());
        assert!(matches!(answer, Some(Ok(_))), "{answer:?}");
        used += usize::from(worker.printed.keep((&bench.handle, &bench.store), answer, Instant::now(), false));
    }
    assert!(used >= 1 && !worker.printed.are_waiting());
    let reader_id = recogniser.reader_id().unwrap().to_owned();
    let names = gallery::names(&bench.handle, &bench.store, Some(&reader_id)).unwrap();
    for code in ["milk", "noodles"] {
        let lines = &names[&sku(code)].printed;
        assert!(lines.len() == 1 && !lines[0].is_empty(), "{code}: {lines:?}");
    }
    assert!(gallery::names(&bench.handle, &bench.store, None).unwrap()[&sku("milk")].printed.is_empty());
    // A restart reads nothing again, another photo is read, and one that is gone is forgotten.
    let mut next = PrintedWords::default();
    let find = |next: &mut PrintedWords, given_up: &HashSet<PhotoId>| {
        next.find((&bench.handle, &bench.store), Some(reader_id.clone()), &worker.shown, given_up).unwrap();
        next.are_waiting()
    };
    assert!(!find(&mut next, &HashSet::new()));
    let second = bench.photo_of(&sku("milk"), "milk-2.jpg");
    assert!(find(&mut next, &HashSet::new()) && !find(&mut next, &HashSet::from([second])));
    bench.handle.block_on(bench.store.remove_photo(milk)).unwrap();
    assert_eq!(bench.handle.block_on(bench.store.photo_words(&reader_id)).unwrap().len(), 1);
    let gone = bench.handle.block_on(bench.store.put_photo_words(milk, &reader_id, "[]"));
    assert!(matches!(gone, Err(StoreError::NotFound(_))));
}

#[test]
fn photos_are_read_before_and_after_a_show_and_not_during_it() {
    let bench = Bench::new();
    bench.stock(0, &["milk"]);
    bench.photo_of(&sku("milk"), "milk-1.jpg");
    let (mut worker, _heard, wishes) = worker(&bench);
    let recogniser = recogniser(&bench, Words::Beside);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    worker.find_unread(&recogniser);
    wishes.send_modify(|wishes| wishes.start_over(None));
    assert!(!worker.may_read(Some(&recogniser), &wishes.borrow()));
    wishes.send_modify(Wishes::rest);
    assert!(worker.may_read(Some(&recogniser), &wishes.borrow()) && !worker.may_read(None, &wishes.borrow()));
}

#[test]
fn photos_are_looked_for_when_nobody_is_on_air_any_more() {
    let bench = Bench::new();
    bench.stock(0, &["milk"]);
    bench.photo_of(&sku("milk"), "milk-1.jpg");
    let (mut worker, _heard, wishes) = worker(&bench);
    let recogniser = recogniser(&bench, Words::Beside);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    wishes.send_modify(|wishes| wishes.start_over(None));
    worker.find_unread(&recogniser);
    assert!(worker.find_later && !worker.printed.are_waiting());
    wishes.send_modify(Wishes::rest);
    worker.find_unread(&recogniser);
    assert!(!worker.find_later && worker.printed.are_waiting());
    worker.shown.order = (0..600).map(numbered).collect();
    assert_eq!(worker.shown.first(500), (0..500).map(numbered).collect::<Vec<_>>(), "of a long order the first");
}

#[test]
fn a_reader_that_ended_is_no_reason_to_read_no_more() {
    let bench = Bench::new();
    bench.stock(0, &["milk"]);
    ["milk-1.jpg", "milk-2.jpg", "milk-3.jpg"].iter().for_each(|file| _ = bench.photo_of(&sku("milk"), file));
    let (mut worker, _heard, _wishes) = worker(&bench);
    let mut recogniser = recogniser(&bench, Words::Beside);
    worker.shown = Shown::load(&bench.handle, &bench.store).unwrap();
    worker.find_unread(&recogniser);
    for _ in 0..3 {
        assert!(worker.printed.are_waiting());
        worker.read_photo(Some(&mut recogniser));
        let read = bench.handle.block_on(worker.printed.arrived());
        assert!(matches!(read, Some(Ok(_))), "{read:?}");
        // As where the models were loaded anew before the answer was there.
        assert!(!worker.printed.keep((&bench.handle, &bench.store), None, Instant::now(), false));
    }
    assert!(!worker.printed.are_waiting());
    worker.find_unread(&recogniser);
    assert!(worker.printed.are_waiting(), "they are found again");
    assert!(worker.given_up.is_empty());
}
