#![allow(clippy::unwrap_used, clippy::print_stdout)]
use super::super::gallery::{Shown, photos_of};
use super::super::testing::{Bench, look, numbered, sku, vectors};
use super::*;
use hawker_vision::Gallery;
use std::cell::Cell;
use std::time::Instant;

const PRODUCTS: usize = 300;
const SHOWN: usize = 100;

/// A catalogue with a photo and vectors of each product.
fn bench(products: usize) -> Bench {
    let bench = Bench::new();
    bench.stock(products, &[]);
    (0..products).for_each(|n| bench.put(bench.photo(&numbered(n), 1), &vectors("m", n)));
    bench
}

fn shown(model: &str, products: usize) -> Gallery {
    Gallery::build((0..products).map(|n| (numbered(n), vec![vectors(model, n)])).collect())
}

fn filled(bench: &Bench, model: &str, gallery: &Gallery) -> Filled {
    let shelf = Shelf { handle: &bench.handle, store: &bench.store, model };
    fill(shelf, gallery.behind(), &|| true).unwrap().unwrap()
}

fn counts(filled: &Filled) -> (usize, usize) {
    (filled.read, filled.made)
}

fn first(filled: &mut Filled, n: usize) -> Sku {
    filled.behind.nearest(&look(n, 99_991), 1).first().unwrap().0.clone()
}

#[test]
fn a_second_start_reads_what_the_first_has_made_and_makes_only_what_has_changed() {
    let mut bench = bench(PRODUCTS);
    let gallery = shown("m", SHOWN);
    let mut made = filled(&bench, "m", &gallery);
    assert_eq!(counts(&made), (0, PRODUCTS));
    bench.restart();
    let mut read = filled(&bench, "m", &gallery);
    assert_eq!(counts(&read), (PRODUCTS, 0));
    for n in [3, 150, 277, 299] {
        assert_eq!(made.behind.nearest(&look(n, 99_991), 5), read.behind.nearest(&look(n, 99_991), 5), "{n}");
    }
    assert_eq!(first(&mut read, 277), numbered(277));

    // Another photo of one product, one of another is gone, a product is gone, and one is new.
    let shop = &bench.store;
    bench.put(bench.photo(&numbered(150), 2), &vectors("m", 2_345));
    let gone = bench.handle.block_on(shop.photos_of(&numbered(150))).unwrap()[0];
    bench.handle.block_on(shop.remove_photo(gone)).unwrap();
    bench.handle.block_on(shop.remove_product(&numbered(277))).unwrap();
    bench.stock(0, &["NEW"]);
    bench.put(bench.photo(&sku("NEW"), 3), &vectors("m", 3_456));
    let mut changed = filled(&bench, "m", &gallery);
    assert_eq!(counts(&changed), (PRODUCTS - 2, 2), "the changed one and the new one");
    assert_eq!(first(&mut changed, 2_345), numbered(150), "by its other photo");
    assert_eq!(first(&mut changed, 3_456), sku("NEW"));
    assert_ne!(first(&mut changed, 277), numbered(277));
    assert_eq!(changed.behind.len(), PRODUCTS);
}

#[test]
fn another_model_another_basis_and_damaged_rows_are_made_anew() {
    let bench = bench(PRODUCTS);
    let gallery = shown("m", SHOWN);
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (0, PRODUCTS));
    // A row that is cut short, one that is too long, one that is empty.
    let store = &bench.store;
    let (basis, _) = bench.handle.block_on(store.projection_basis("m")).unwrap().unwrap();
    let rows = [(200, vec![1; 7]), (201, vec![0xff; 520]), (202, Vec::new())].map(|(n, numbers)| {
        let photos = bench.handle.block_on(store.photos_of(&numbered(n))).unwrap();
        Projected { sku: numbered(n), photos, numbers }
    });
    bench.handle.block_on(store.put_projected("m", basis, &rows)).unwrap();
    let mut mended = filled(&bench, "m", &gallery);
    assert_eq!(counts(&mended), (PRODUCTS - 3, 3));
    assert_eq!(first(&mut mended, 201), numbered(201));
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (PRODUCTS, 0), "and kept");
    // A basis that nothing of what it says fits.
    bench.handle.block_on(store.put_projection_basis("m", b"HBB1 and then nothing of a kind")).unwrap();
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (0, PRODUCTS));
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (PRODUCTS, 0));
    // Three times as many products are shown.
    assert_eq!(counts(&filled(&bench, "m", &shown("m", 3 * SHOWN))), (0, PRODUCTS));
    // Another model has seen half of the products.
    (0..PRODUCTS / 2).for_each(|n| {
        let photo = bench.handle.block_on(store.photos_of(&numbered(n))).unwrap()[0];
        bench.put(photo, &vectors("other", n));
    });
    assert_eq!(counts(&filled(&bench, "other", &shown("other", SHOWN))), (0, PRODUCTS / 2));
    assert_eq!(counts(&filled(&bench, "other", &shown("other", SHOWN))), (PRODUCTS / 2, 0));
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (0, PRODUCTS), "one model's is kept");
}

#[test]
fn whoever_is_told_to_stop_stops_and_what_was_made_until_then_is_kept() {
    let products = 900;
    let bench = bench(products);
    let gallery = shown("m", SHOWN);
    let shelf = Shelf { handle: &bench.handle, store: &bench.store, model: "m" };
    let asked = Cell::new(0);
    let stop_after = |most: usize| {
        asked.set(0);
        fill(shelf, gallery.behind(), &|| {
            asked.set(asked.get() + 1);
            asked.get() <= most
        })
    };
    assert!(stop_after(10).unwrap().is_none() && stop_after(802).unwrap().is_none());
    assert!(
        bench.handle.block_on(bench.store.projection_basis("m")).unwrap().is_none(),
        "axes come with the first 800"
    );
    assert!(stop_after(850).unwrap().is_none());
    assert_eq!(counts(&filled(&bench, "m", &gallery)), (800, 100));
}

#[test]
fn of_a_large_catalogue_the_shown_ones_are_those_of_the_order_and_some_others() {
    let bench = Bench::new();
    bench.stock(5_001, &["last"]);
    let load = || Shown::load(&bench.handle, &bench.store).unwrap();
    let without = load();
    assert!(without.has_more() && without.holds(&numbered(4_999)) && !without.holds(&numbered(5_000)));
    let order = [sku("last"), numbered(3)];
    let keep = bench.store.put_setting(crate::settings::RUNNING_ORDER, &order);
    bench.handle.block_on(keep).unwrap();
    let with = load();
    assert!(with.has_more() && with.holds(&sku("last")) && with.holds(&numbered(4_997)));
    assert!(!with.holds(&numbered(5_000)), "there is no room for it");
    assert_eq!(with.first(7), order);
    let small = Bench::new();
    small.stock(5_000, &[]);
    let all = Shown::load(&small.handle, &small.store).unwrap();
    assert!(!all.has_more() && all.holds(&numbered(4_999)));
    assert_eq!(all.first(2), [numbered(0), numbered(1)]);
}

/// Prints what a start takes with the catalogue kept and without; HAWKER_PRODUCTS says of how many products.
#[test]
fn needs_data_and_minutes_a_start_with_a_large_catalogue() {
    let products = std::env::var("HAWKER_PRODUCTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let mut bench = bench(products);
    let gallery = shown("m", 1_000);
    let mut timed = |what: &str, run: &mut dyn FnMut(&Bench)| {
        bench.restart();
        let begun = Instant::now();
        run(&bench);
        println!("{products} products, {what}: {:?}", begun.elapsed());
    };
    timed("every vector read", &mut |bench| {
        for n in 0..products {
            photos_of(&bench.handle, &bench.store, "m", &numbered(n)).unwrap();
        }
    });
    timed("nothing kept", &mut |bench| assert_eq!(counts(&filled(bench, "m", &gallery)), (0, products)));
    timed("all kept", &mut |bench| assert_eq!(counts(&filled(bench, "m", &gallery)), (products, 0)));
}
