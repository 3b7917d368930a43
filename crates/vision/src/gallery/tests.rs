#![allow(clippy::unwrap_used)]
use super::*;

/// A look that is mostly `kind`, with a disturbance of its own.
fn look(kind: usize, disturbance: usize) -> Look {
    let value = |i: usize| {
        let own = if i % 13 == kind { 6.0 } else { 1.0 };
        own + ((i * 2_654_435_761 + disturbance * 40_503) % 1000) as f32 / 500.0
    };
    Look::from_blocks((0..LOOK_LEN).map(value).collect()).unwrap()
}

fn photos(kind: usize, count: usize) -> Vec<PhotoVectors> {
    (0..count).map(|i| PhotoVectors::new("m", vec![look(kind, i * 7 + kind), look(kind, i * 11 + 3)])).collect()
}

fn gallery(products: usize, photos_each: usize) -> Gallery {
    Gallery::build((0..products).map(|k| (Sku::new(&format!("P{k}")).unwrap(), photos(k, photos_each))).collect())
}

#[test]
fn a_new_view_is_nearest_to_its_own_product_and_an_unknown_thing_to_none() {
    for photos_each in [1, 4] {
        let gallery = gallery(6, photos_each);
        for kind in 0..6 {
            let scores = gallery.scores(&look(kind, 990 + kind));
            let best = (0..6).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap();
            assert_eq!(best, kind, "{scores:?}");
            assert!(scores[kind] > 0.5, "{scores:?}");
        }
        let unknown = gallery.scores(&look(11, 5));
        assert!(unknown.iter().all(|score| *score < 0.35), "{unknown:?}");
    }
}

#[test]
fn variants_are_one_product() {
    let skus = ["A", "B", "C", "D"].map(|name| Sku::new(name).unwrap());
    let of = |place: usize, of: &str| (skus[place].clone(), of.to_owned());
    assert_eq!(products(&skus, &HashMap::from([of(1, "mug"), of(3, "mug")])), [0, 1, 2, 1]);
}

#[test]
fn the_recipe_follows_the_number_of_photos() {
    assert_eq!(gallery(4, 1).supply(), Supply::Few);
    assert_eq!(gallery(4, 3).supply(), Supply::Many);
}

#[test]
fn a_product_s_own_photos_are_at_a_distance_of_one() {
    for (products, photos_each) in [(6, 1), (6, 4), (40, 4)] {
        let gallery = gallery(products, photos_each);
        let photos: Vec<PhotoVectors> = (0..products).flat_map(|kind| photos(kind, photos_each)).collect();
        let squares: Vec<f32> =
            photos.iter().flat_map(PhotoVectors::views).map(|look| gallery.distance(look).powi(2)).collect();
        let mean = squares.iter().sum::<f32>() / squares.len() as f32;
        assert!((mean - 1.0).abs() < 0.02, "{products} products: {mean}");
    }
}

fn lesson(kind: usize, disturbance: usize, of: usize, is_it: bool) -> Lesson {
    let looks = PhotoVectors::new("m", vec![look(kind, disturbance)]);
    Lesson { sku: Sku::new(&format!("P{of}")).unwrap(), is_it, looks, made_at_us: 0 }
}

#[test]
fn a_correction_counts_at_once_for_this_view_and_leaves_the_others_alone() {
    let mut gallery = gallery(6, 4);
    let (strange, own) = (look(11, 5), look(2, 77));
    let before = gallery.scores(&own);
    assert!(gallery.teach(&lesson(11, 6, 3, true)));
    let scores = gallery.scores(&strange);
    assert!(scores[3] > 0.8 && scores.iter().enumerate().all(|(i, score)| i == 3 || *score < 0.35), "{scores:?}");
    let still_own = |scores: Vec<f32>| {
        let others = scores.iter().enumerate().filter(|(product, _)| *product != 2);
        (scores[2] - before[2]).abs() < 0.01 && others.map(|(_, score)| *score).fold(-1.0, f32::max) < 0.35
    };
    assert!(still_own(gallery.scores(&own)), "{:?}", gallery.scores(&own));
    // The host thinks again.
    assert!(gallery.teach(&lesson(11, 7, 3, false)));
    assert!(gallery.scores(&strange)[3] < 0.0, "{:?}", gallery.scores(&strange));
    assert!(still_own(gallery.scores(&own)), "{:?}", gallery.scores(&own));
    // And once more.
    assert!(gallery.teach(&lesson(11, 8, 3, true)));
    assert!(gallery.scores(&strange)[3] > 0.8, "{:?}", gallery.scores(&strange));
    assert!(!gallery.teach(&lesson(1, 1, 99, true)), "nobody sells it");
}

#[test]
fn what_a_product_was_wrongly_taken_for_is_taken_for_it_no_more_and_the_product_still_is() {
    let mut gallery = gallery(6, 4);
    let taken_for_it = look(2, 900).blend(&look(11, 900), 0.5);
    // The same thing a moment later.
    let again = taken_for_it.blend(&look(7, 3), 0.1);
    assert!(gallery.scores(&again)[2] > 0.35, "{:?}", gallery.scores(&again));
    let looks = PhotoVectors::new("m", vec![taken_for_it]);
    gallery.teach(&Lesson { looks, ..lesson(2, 900, 2, false) });
    assert!(gallery.scores(&again)[2] < 0.2, "{:?}", gallery.scores(&again));
    assert!(gallery.scores(&look(2, 77))[2] > 0.5, "{:?}", gallery.scores(&look(2, 77)));
}

#[test]
fn a_product_without_photos_is_known_by_what_was_taught_of_it() {
    let mut builder = GalleryBuilder::default();
    (0..5).for_each(|kind| builder.add(Sku::new(&format!("P{kind}")).unwrap(), &photos(kind, 4)));
    builder.teach(lesson(9, 3, 9, true));
    builder.teach(lesson(9, 4, 0, false));
    let gallery = builder.build();
    let scores = gallery.scores(&look(9, 50));
    assert!(gallery.has_photos(&Sku::new("P4").unwrap()) && !gallery.has_photos(&Sku::new("P9").unwrap()));
    assert_eq!(gallery.skus().last(), Some(&Sku::new("P9").unwrap()));
    assert!(scores[5] > 0.7 && scores[..5].iter().all(|score| *score < 0.35), "{scores:?}");
}

#[test]
fn what_a_product_without_photos_was_wrongly_said_to_be_leaves_nothing_behind() {
    let mut builder = GalleryBuilder::default();
    (0..5).for_each(|kind| builder.add(Sku::new(&format!("P{kind}")).unwrap(), &photos(kind, 4)));
    builder.teach(lesson(9, 3, 9, true));
    builder.teach(lesson(9, 4, 9, false));
    let gallery = builder.build();
    assert!(gallery.scores(&look(9, 50)).iter().all(|score| *score < 0.35), "{:?}", gallery.scores(&look(9, 50)));
}

#[test]
fn a_sure_product_is_unsaid_as_well_and_of_two_names_for_one_view_the_later_counts() {
    let mut gallery = gallery(6, 4);
    assert!(gallery.scores(&look(2, 77))[2] > 0.6);
    gallery.teach(&Lesson { looks: PhotoVectors::new("m", vec![look(2, 77)]), ..lesson(2, 0, 2, false) });
    assert!(gallery.scores(&look(2, 77))[2] < 0.05, "{:?}", gallery.scores(&look(2, 77)));
    for of in [3, 4] {
        gallery.teach(&Lesson { looks: PhotoVectors::new("m", vec![look(11, 5)]), ..lesson(0, 0, of, true) });
    }
    let scores = gallery.scores(&look(11, 5));
    assert!(scores[4] > 0.9 && scores[3] < 0.35, "{scores:?}");
}

#[test]
fn an_empty_gallery_and_one_product_alone_are_no_trouble() {
    let none = Gallery::build(vec![(Sku::new("A").unwrap(), Vec::new())]);
    assert!(none.is_empty());
    assert!(none.scores(&look(1, 1)).is_empty());
    let one = gallery(1, 1);
    let (same, other) = (one.scores(&look(0, 77)), one.scores(&look(9, 3)));
    assert!(same[0] > other[0] + 0.1, "{same:?} {other:?}");
}

#[test]
fn a_lesson_that_comes_with_its_product_does_not_overrule_a_later_one() {
    let mut gallery = gallery(6, 4);
    let behind = Sku::new("P9").unwrap();
    let made = |lesson: Lesson, made_at_us: i64| Lesson { made_at_us, ..lesson };
    assert!(gallery.teach(&made(lesson(11, 5, 3, true), 20)));
    let earlier = [made(lesson(11, 5, 9, true), 10)];
    assert_eq!(gallery.take_in((&behind, &photos(9, 2), &earlier), None), Some(6));
    let scores = gallery.scores(&look(11, 5));
    assert!(scores[3] > 0.9 && scores[6] < 0.35, "{scores:?}");
    assert_eq!(gallery.latest_lesson_us(), Some(20));
    assert!(gallery.teach(&made(lesson(11, 5, 9, true), 30)));
    let scores = gallery.scores(&look(11, 5));
    assert!(scores[6] > 0.9 && scores[3] < 0.35, "{scores:?}");
}

#[test]
fn a_product_without_a_photo_is_taken_in_by_what_was_taught_of_it() {
    let (behind, none) = (Sku::new("P9").unwrap(), Sku::new("P10").unwrap());
    let made =
        |disturbance: usize, is_it: bool, made_at_us: i64| Lesson { made_at_us, ..lesson(9, disturbance, 9, is_it) };
    let mut gallery = gallery(6, 4);
    assert_eq!(gallery.take_in((&none, &[], &[]), None), None, "there is nothing to know it by");
    assert_eq!(gallery.take_in((&behind, &[], &[made(3, false, 20), made(3, true, 10)]), None), None, "nor after a no");
    assert_eq!(gallery.take_in((&behind, &[], &[made(4, true, 30), made(3, false, 20)]), None), Some(6));
    assert!(gallery.holds(&behind) && !gallery.has_photos(&behind));
    let scores = gallery.scores(&look(9, 50));
    assert!(scores[6] > 0.7 && scores[..6].iter().all(|score| *score < 0.35), "{scores:?}");
    // And gives its place to one with photos.
    assert_eq!(gallery.take_in((&none, &photos(10, 2), &[]), Some(&behind)), Some(6));
    assert!(gallery.has_photos(&none) && !gallery.holds(&behind));
    assert!(gallery.scores(&look(9, 50))[6] < 0.35);
}
