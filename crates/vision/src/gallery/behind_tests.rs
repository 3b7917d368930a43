#![allow(clippy::unwrap_used)]
use super::*;
use crate::Gallery;
use crate::embed::LOOK_LEN;

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
