#![allow(clippy::unwrap_used)]
use super::*;
use crate::embed::LOOK_LEN;
use crate::{Gallery, Lesson};

/// A look made of two of sixty kinds, with a disturbance of its own: a few traits that many products share.
fn look(product: usize, disturbance: usize) -> Look {
    let (one, other) = (product % 60, product / 60 % 60);
    let value = |i: usize| {
        let trait_of = |kind: usize| if (i * 31 + 7) % 61 == kind { 8.0 } else { 0.0 };
        1.0 + trait_of(one)
            + 0.6 * trait_of(other)
            + ((i * 2_654_435_761 + disturbance * 40_503) % 1_000) as f32 / 800.0
    };
    Look::from_blocks((0..LOOK_LEN).map(value).collect()).unwrap()
}

fn sku(product: usize) -> Sku {
    Sku::new(&format!("P{product}")).unwrap()
}

fn photos(product: usize) -> Vec<PhotoVectors> {
    vec![PhotoVectors::new("m", vec![look(product, product * 7), look(product, product * 11 + 3)])]
}

fn shown() -> Gallery {
    Gallery::build((0..300).map(|n| (sku(n * 12), photos(n * 12))).collect())
}

#[test]
fn a_product_behind_the_show_is_found_by_another_view_of_it() {
    let mut behind = shown().behind();
    let products: Vec<usize> = (1..3_600).filter(|n| n % 12 != 0).step_by(3).collect();
    products.iter().for_each(|n| behind.put(sku(*n), &photos(*n)));
    assert_eq!(behind.len(), products.len());
    let asked: Vec<usize> = products.iter().copied().step_by(40).collect();
    let right = asked.iter().filter(|n| behind.nearest(&look(**n, 99_991), 1).first().unwrap().0 == sku(**n)).count();
    assert!(right * 100 >= asked.len() * 97, "{right} of {}", asked.len());
}

#[test]
fn what_is_removed_is_not_found_and_what_is_put_again_once() {
    let mut behind = shown().behind();
    (1..200).for_each(|n| behind.put(sku(n), &photos(n)));
    let names =
        |behind: &mut Behind| behind.nearest(&look(61, 5), 199).into_iter().map(|(sku, _)| sku).collect::<Vec<_>>();
    assert_eq!(names(&mut behind).first(), Some(&sku(61)));
    behind.remove(&sku(61));
    assert!(!names(&mut behind).contains(&sku(61)) && behind.len() == 198);
    behind.put(sku(61), &photos(61));
    behind.put(sku(61), &photos(61));
    let found = names(&mut behind);
    assert_eq!(found.first(), Some(&sku(61)));
    assert_eq!(found.iter().filter(|found| **found == sku(61)).count(), 1);
    behind.put(sku(61), &[]);
    assert!(!names(&mut behind).contains(&sku(61)));
}

#[test]
fn it_says_about_what_the_gallery_says_of_a_product_that_is_taken_in() {
    let mut gallery = shown();
    let mut behind = gallery.behind();
    behind.put(sku(61), &photos(61));
    let seen = look(61, 5);
    let said = behind.nearest(&seen, 1).first().unwrap().1;
    assert!(gallery.add(sku(61), &photos(61)) && !gallery.add(sku(61), &photos(61)) && !gallery.add(sku(1), &[]));
    let scores = gallery.scores(&seen);
    assert_eq!((scores.len(), gallery.has_photos(&sku(61))), (301, true));
    let own = scores.last().copied().unwrap();
    assert!((said - own).abs() < 0.05, "{said} against {own}");
    assert!(scores.iter().take(300).all(|score| *score < own));
}

#[test]
fn nothing_behind_and_no_show_are_no_trouble() {
    assert_eq!(shown().behind().nearest(&look(1, 1), 3), []);
    let mut behind = Gallery::build(Vec::new()).behind();
    behind.put(sku(1), &photos(1));
    assert!(behind.nearest(&look(1, 1), 3).len() <= 1);
}

#[test]
fn what_is_hidden_is_not_found_until_it_is_shown_again() {
    let mut behind = shown().behind();
    behind.hide(&sku(61));
    (1..200).for_each(|n| behind.put(sku(n), &photos(n)));
    let first = |behind: &mut Behind| behind.nearest(&look(61, 5), 1).first().unwrap().0.clone();
    assert_ne!(first(&mut behind), sku(61), "hidden before it was there");
    behind.show(&sku(61));
    assert_eq!(first(&mut behind), sku(61));
    behind.hide_only(&[sku(61), sku(7_000)]);
    behind.put(sku(61), &photos(61));
    assert_ne!(first(&mut behind), sku(61), "other photos of it change nothing");
    behind.hide_only(&[sku(60)]);
    assert_eq!((first(&mut behind), behind.len()), (sku(61), 199));
}

#[test]
fn a_product_in_the_place_of_another_is_found_there_and_the_other_is_gone() {
    let mut gallery = shown();
    assert!(gallery.add(sku(61), &photos(61)));
    let looks = PhotoVectors::new("m", vec![look(62, 5)]);
    assert!(gallery.teach(&Lesson { sku: sku(61), is_it: true, looks, made_at_us: 0 }));
    let replace = |gallery: &mut Gallery, other: usize, new: usize, photos: &[PhotoVectors]| {
        gallery.take_in((&sku(new), photos, &[]), Some(&sku(other)))
    };
    assert_eq!(replace(&mut gallery, 62, 63, &photos(63)), None, "it is not there");
    assert_eq!(replace(&mut gallery, 61, 63, &[]), None);
    assert_eq!(replace(&mut gallery, 61, 12, &photos(12)), None);
    assert_eq!(replace(&mut gallery, 61, 200, &photos(200)), Some(300));
    assert!(gallery.has_photos(&sku(200)) && !gallery.has_photos(&sku(61)));
    let own = |scores: Vec<f32>| scores.last().copied().unwrap();
    let (found, before, taught) =
        (gallery.scores(&look(200, 5)), own(gallery.scores(&look(61, 5))), own(gallery.scores(&look(62, 5))));
    assert!(found.iter().take(300).all(|score| *score < own(found.clone())), "{}", own(found));
    assert!(before < 0.35 && taught < 0.35, "nothing is left of the one before: {before} {taught}");
}

#[test]
fn what_was_kept_answers_as_what_it_was_kept_of() {
    let mut behind = shown().behind();
    assert_eq!(behind.basis(), None, "no axes yet");
    (1..400).for_each(|n| behind.put(sku(n), &photos(n)));
    assert!(behind.row(&sku(399)).is_none(), "it waits");
    behind.settle();
    let basis = behind.basis().unwrap();
    let mut again = Behind::from_basis(&basis).unwrap();
    assert!(again.fits(&shown().behind()) && again.is_empty());
    // The first half as rows, the others from their photos, which costs nothing that could be seen.
    (1..200).for_each(|n| assert!(again.put_row(sku(n), &behind.row(&sku(n)).unwrap())));
    (200..400).for_each(|n| again.put(sku(n), &photos(n)));
    for n in [3, 77, 150, 230, 399] {
        let seen = look(n, 99_991);
        assert_eq!(behind.nearest(&seen, 5), again.nearest(&seen, 5), "{n}");
    }
    assert_eq!(again.len(), 399);
    assert_eq!((again.basis().unwrap(), again.row(&sku(399))), (basis, behind.row(&sku(399))));
}

#[test]
fn a_kept_catalogue_that_is_damaged_is_an_error_and_a_damaged_row_is_refused() {
    let mut behind = shown().behind();
    (1..200).for_each(|n| behind.put(sku(n), &photos(n)));
    behind.settle();
    let basis = behind.basis().unwrap();
    for length in (0..100).chain([basis.len() - 1]) {
        assert!(Behind::from_basis(&basis[..length]).is_err(), "{length} bytes");
    }
    let with = |place: usize, bytes: &[u8]| {
        let mut other = basis.clone();
        other[place..place + bytes.len()].copy_from_slice(bytes);
        Behind::from_basis(&other)
    };
    assert!(with(3, b"2").is_err(), "a later form is not misread");
    assert!(with(4, &u32::MAX.to_le_bytes()).is_err(), "more products than there are bytes");
    assert!(with(basis.len() - 4, &f32::NAN.to_le_bytes()).is_err());
    let mut longer = basis.clone();
    longer.push(0);
    assert!(Behind::from_basis(&longer).is_err());
    let (row, before) = (behind.row(&sku(61)).unwrap(), behind.nearest(&look(61, 5), 3));
    let mut nan = row.clone();
    nan[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    for damaged in [&row[..row.len() - 1], &[], &nan] {
        assert!(!behind.put_row(sku(61), damaged));
    }
    assert_eq!(behind.nearest(&look(61, 5), 3), before, "what was known stays");
}

#[test]
fn a_basis_fits_while_half_of_what_it_was_fitted_on_is_shown_and_photos_are_as_many() {
    let of = |products: std::ops::Range<usize>, photos_each: usize| {
        let photos = |n: usize| photos(n).into_iter().cycle().take(photos_each).collect();
        Gallery::build(products.map(|n| (sku(n), photos(n))).collect()).behind()
    };
    let kept = of(0..20, 1);
    let table =
        [(0..20, 1, true), (0..10, 1, true), (0..9, 1, false), (0..40, 1, true), (0..41, 1, false), (0..20, 3, false)];
    for (products, photos_each, fits) in table {
        assert_eq!(kept.fits(&of(products.clone(), photos_each)), fits, "{products:?} {photos_each}");
    }
}

#[test]
fn nobody_waits_for_axes_that_nobody_wants() {
    let mut behind = shown().behind();
    behind.queue(sku(1), &photos(1));
    assert!(!behind.settle_while(&|| false) && behind.basis().is_none());
}
