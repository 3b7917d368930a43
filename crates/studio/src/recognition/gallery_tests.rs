#![allow(clippy::unwrap_used)]
use super::super::testing::{Bench, sku, vectors};
use super::*;

const MODEL: &str = "m1";

/// Milk with two photos, of which one was damaged, and noodles with one.
fn damaged() -> (Bench, PhotoId) {
    let bench = Bench::new();
    bench.stock(0, &["milk", "noodles"]);
    let [whole, hurt] = [10, 20].map(|shade| bench.photo(&sku("milk"), shade));
    bench.put(whole, &vectors(MODEL, 1));
    bench.handle.block_on(bench.store.put_vector(hurt, MODEL, b"HPV1 and nothing")).unwrap();
    bench.put(bench.photo(&sku("noodles"), 30), &vectors(MODEL, 2));
    (bench, hurt)
}

fn missing_from(bench: &Bench) -> Vec<(Sku, PhotoId)> {
    bench.handle.block_on(bench.store.photos_without_vector(MODEL)).unwrap()
}

#[test]
fn one_damaged_row_costs_its_own_photo_alone_which_is_looked_at_again() {
    let (bench, hurt) = damaged();
    let mut found = Vec::new();
    each_product(&bench.handle, &bench.store, MODEL, |sku, photos| found.push((sku, photos.len()))).unwrap();
    assert_eq!(found, [(sku("milk"), 1), (sku("noodles"), 1)]);
    assert_eq!(missing_from(&bench), [(sku("milk"), hurt)]);

    let (bench, hurt) = damaged();
    assert_eq!(photos_of(&bench.handle, &bench.store, MODEL, &sku("milk")).unwrap().len(), 1);
    assert_eq!(missing_from(&bench), [(sku("milk"), hurt)]);
}

#[test]
fn a_store_that_can_not_be_tidied_up_is_no_reason_to_recognise_nothing() {
    let bench = Bench::new();
    bench.handle.block_on(bench.store.close());
    forget_old_lessons(&bench.handle, &bench.store);
    forget(&bench.handle, &bench.store, MODEL, vec![PhotoId(uuid::Uuid::nil())]);
}
