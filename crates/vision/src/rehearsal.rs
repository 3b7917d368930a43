//! Before a show: which products will be recognised, which are taken for each other, and what to photograph.
//!
//! Every photo is held out once, recognised by a gallery of the others, and judged as a picture in a show is. That says how well a
//! product's photos know each other, which is more than a camera in a room will do and less than an evening of corrections: a
//! product that fails here fails on air. Pure.

use hawker_av::{Rect, VideoFrame};
use hawker_domain::Sku;
use serde::Serialize;
use std::collections::BTreeMap;

use crate::gallery::{Gallery, GalleryBuilder, Supply};
use crate::quality::{Quality, QualityLimits};
use crate::recogniser::calibration_of_still;
use crate::tagger::{Field, TaggerConfig, rank};
use crate::{Abstained, PhotoVectors, pixels};

/// Products that are rehearsed together at most: every photo's numbers are held at once.
pub const MOST_PRODUCTS: usize = 500;

/// Parts into which a product's photos fall; each part is held out once.
const FOLDS: usize = 5;

/// Photos from which on the differences between a product's own photos are learned.
const ENOUGH_PHOTOS: usize = 3;

/// Of its held-out photos this share has to rank first before a product counts as recognised.
const RELIABLE: f32 = 0.8;

/// Two photos of different products more alike than this are one photo.
const SAME_PHOTO: f32 = 0.995;

/// A product with its photos, as the store has them.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    pub sku: Sku,
    pub photos: Vec<PhotoVectors>,
    /// Photos that are not good enough, see [`photo_fault`].
    pub faults: Vec<Abstained>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rehearsal {
    /// In the order in which they came.
    pub products: Vec<Readiness>,
    /// Products taken for each other, the worst first.
    pub look_alikes: Vec<LookAlikes>,
}

/// How ready one product is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Readiness {
    pub sku: Sku,
    pub photos: usize,
    /// Photos that could be held out: none of a product that has only one.
    pub tested: usize,
    /// Of those, photos that ranked first.
    pub first: usize,
    /// Of those, photos that would have been pinned, and rightly.
    pub pinned: usize,
    pub advice: Vec<Advice>,
}

/// Two products taken for each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LookAlikes {
    pub a: Sku,
    pub b: Sku,
    /// Held-out photos of either that were taken for the other.
    pub confused: usize,
}

/// What to do about a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Advice {
    /// It can't be recognised: photograph it.
    NoPhoto,
    /// Photograph it by the camera of the show, in the light of the show, from several sides.
    MorePhotos { have: usize, enough: usize },
    /// The two are taken for each other: photograph what tells them apart, or pin them by hand.
    TakenFor { sku: Sku },
    /// That many of its photos are too dark, blurred or small: photograph it again.
    BadPhotos { why: Abstained, count: usize },
    /// The same photo stands at both, so neither is ever pinned: put it right.
    SamePhoto { sku: Sku },
    /// Its photos show it so differently that one does not lead to the others: photograph the sides between them.
    Scattered,
}

/// Side of the picture a photo's sharpness is measured in, pixels: what the embedder looks at.
const SIDE: usize = 288;

/// Why a photo is of little use; none where it is good.
pub fn photo_fault(photo: &VideoFrame) -> Option<Abstained> {
    let (width, height) = (photo.width as f32, photo.height as f32);
    let patch = pixels::crop(photo, Rect::new(0.0, 0.0, width, height), SIDE, SIDE);
    Quality::of(&patch, width.min(height)).abstain(&QualityLimits::default(), SIDE)
}

/// Rehearses products with each other. At most [`MOST_PRODUCTS`] of them are taken.
pub fn rehearse(items: &[Rehearsed]) -> Rehearsal {
    let items = items.get(..items.len().min(MOST_PRODUCTS)).unwrap_or_default();
    let mut found: Vec<Readiness> = items.iter().map(untested).collect();
    let mut taken: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    // As the whole catalogue is seen on air, though a part of it is held out.
    let many = items.iter().filter(|item| item.photos.len() >= ENOUGH_PHOTOS).count();
    let photographed = items.iter().filter(|item| !item.photos.is_empty()).count();
    let supply = if many * 2 >= photographed { Supply::Many } else { Supply::Few };
    for fold in 0..FOLDS {
        test(items, (fold, supply), &mut found, &mut taken);
    }
    for (readiness, one) in found.iter_mut().zip(0..) {
        readiness.advice = advice(one, readiness, items, &taken);
    }
    let mut pairs: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for ((a, b), count) in &taken {
        *pairs.entry((*a.min(b), *a.max(b))).or_default() += count;
    }
    let sku = |index: usize| items.get(index).map(|item| item.sku.clone());
    let pair = |((a, b), confused)| Some(LookAlikes { a: sku(a)?, b: sku(b)?, confused });
    let mut look_alikes: Vec<LookAlikes> = pairs.into_iter().filter_map(pair).collect();
    look_alikes.sort_by_key(|pair| std::cmp::Reverse(pair.confused));
    Rehearsal { products: found, look_alikes }
}

fn untested(item: &Rehearsed) -> Readiness {
    let (sku, photos) = (item.sku.clone(), item.photos.len());
    Readiness { sku, photos, tested: 0, first: 0, pinned: 0, advice: Vec::new() }
}

/// True for a photo that is held out in this fold. A product's only photo never is.
fn is_held_out(item: &Rehearsed, photo: usize, fold: usize) -> bool {
    item.photos.len() > 1 && photo % FOLDS.min(item.photos.len()) == fold
}

fn test(
    items: &[Rehearsed],
    (fold, supply): (usize, Supply),
    found: &mut [Readiness],
    taken: &mut BTreeMap<(usize, usize), usize>,
) {
    let mut builder = GalleryBuilder::default().with_supply(supply);
    for item in items {
        let kept = item.photos.iter().enumerate().filter(|(photo, _)| !is_held_out(item, *photo, fold));
        builder.add(item.sku.clone(), &kept.map(|(_, vectors)| vectors.clone()).collect::<Vec<_>>());
    }
    let gallery = builder.build();
    for (one, item) in items.iter().enumerate() {
        let held_out = item.photos.iter().enumerate().filter(|(photo, _)| is_held_out(item, *photo, fold));
        for (_, photo) in held_out {
            let Some((best, sure)) = judge(&gallery, photo) else { continue };
            let Some(readiness) = found.get_mut(one) else { continue };
            readiness.tested += 1;
            if *best == item.sku {
                readiness.first += 1;
                readiness.pinned += usize::from(sure);
            } else if let Some(other) = items.iter().position(|other| other.sku == *best) {
                *taken.entry((one, other)).or_default() += 1;
            }
        }
    }
}

/// What a photo is taken for, and whether it would be pinned as a single picture is.
fn judge<'a>(gallery: &'a Gallery, photo: &PhotoVectors) -> Option<(&'a Sku, bool)> {
    let views = photo.upright_views();
    let mut scores = vec![0.0_f32; gallery.skus().len()];
    for view in views {
        for (sum, score) in scores.iter_mut().zip(gallery.scores(view)) {
            *sum += score / views.len() as f32;
        }
    }
    let distance = views.iter().map(|view| gallery.distance(view)).sum::<f32>() / views.len().max(1) as f32;
    let field = Field { scores: &scores, distance, ..Field::default() };
    let ranked = rank(&field, &calibration_of_still(gallery), |_| false)?;
    Some((gallery.skus().get(ranked.index)?, ranked.probability >= TaggerConfig::default().pin_still))
}

fn advice(
    one: usize,
    readiness: &Readiness,
    items: &[Rehearsed],
    taken: &BTreeMap<(usize, usize), usize>,
) -> Vec<Advice> {
    if readiness.photos == 0 {
        return vec![Advice::NoPhoto];
    }
    let Some(own) = items.get(one) else { return Vec::new() };
    let mut advice = Vec::new();
    let others = || items.iter().enumerate().filter(|(other, _)| *other != one);
    for (_, other) in others().filter(|(_, other)| share_a_photo(own, other)) {
        advice.push(Advice::SamePhoto { sku: other.sku.clone() });
    }
    let confused = |other: usize| {
        taken.get(&(one, other)).copied().unwrap_or_default() + taken.get(&(other, one)).copied().unwrap_or_default()
    };
    for (_, other) in others().filter(|(other, _)| confused(*other) > 0) {
        advice.push(Advice::TakenFor { sku: other.sku.clone() });
    }
    for why in [Abstained::TooDark, Abstained::Blurred, Abstained::TooFar] {
        let count = own.faults.iter().filter(|fault| **fault == why).count();
        if count > 0 {
            advice.push(Advice::BadPhotos { why, count });
        }
    }
    if readiness.photos < ENOUGH_PHOTOS {
        advice.push(Advice::MorePhotos { have: readiness.photos, enough: ENOUGH_PHOTOS });
    } else if (readiness.first as f32) < RELIABLE * readiness.tested as f32 {
        advice.push(Advice::Scattered);
    }
    advice
}

fn share_a_photo(a: &Rehearsed, b: &Rehearsed) -> bool {
    a.photos.iter().filter_map(|photo| photo.upright_views().first()).any(|one| {
        b.photos.iter().filter_map(|photo| photo.upright_views().first()).any(|other| one.likeness(other) >= SAME_PHOTO)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::embed::{LOOK_LEN, Look};

    /// A look that is mostly `kind`, with a disturbance of its own.
    fn look(kind: usize, disturbance: usize) -> Look {
        let value = |i: usize| {
            let own = if i % 13 == kind { 6.0 } else { 1.0 };
            own + ((i * 2_654_435_761 + disturbance * 40_503) % 1000) as f32 / 500.0
        };
        Look::from_blocks((0..LOOK_LEN).map(value).collect()).unwrap()
    }

    fn photo(kind: usize, n: usize) -> PhotoVectors {
        PhotoVectors::new("m", (0..4).map(|view| look(kind, n * 31 + view * 7)).collect())
    }

    fn product(name: &str, photos: Vec<PhotoVectors>) -> Rehearsed {
        Rehearsed { sku: Sku::new(name).unwrap(), photos, faults: Vec::new() }
    }

    #[test]
    fn what_is_known_is_ready_and_what_is_alike_missing_or_filed_twice_is_said() {
        let many = |kind: usize, from: usize| (from..from + 5).map(|n| photo(kind, n)).collect::<Vec<_>>();
        let mut items: Vec<Rehearsed> =
            (0..6).map(|kind| product(&format!("P{kind}"), many(kind, kind * 100))).collect();
        items.push(product("TWIN", many(3, 900)));
        items.push(product("NONE", Vec::new()));
        items.push(product("FEW", vec![photo(9, 1)]));
        items.push(product("COPY", [many(10, 2_000), vec![photo(0, 0)]].concat()));
        let found = rehearse(&items);
        let of = |name: &str| found.products.iter().find(|one| one.sku.as_str() == name).unwrap();
        let ready = of("P1");
        assert_eq!((ready.photos, ready.tested, ready.first, ready.advice.len()), (5, 5, 5, 0), "{ready:?}");
        assert_eq!(of("NONE").advice, [Advice::NoPhoto]);
        assert_eq!(of("FEW").advice, [Advice::MorePhotos { have: 1, enough: 3 }]);
        assert_eq!(of("FEW").tested, 0);
        let twin = Sku::new("TWIN").unwrap();
        assert!(of("P3").advice.contains(&Advice::TakenFor { sku: twin }), "{:?}", of("P3"));
        assert_eq!((found.look_alikes[0].a.as_str(), found.look_alikes[0].b.as_str()), ("P3", "TWIN"));
        assert!(of("P0").advice.contains(&Advice::SamePhoto { sku: Sku::new("COPY").unwrap() }), "{:?}", of("P0"));
    }

    #[test]
    fn photos_that_are_of_little_use_are_counted_by_what_is_wrong_with_them() {
        let mut one = product("A", vec![photo(1, 1), photo(1, 2), photo(1, 3)]);
        one.faults = vec![Abstained::Blurred, Abstained::TooDark, Abstained::Blurred];
        let found = rehearse(&[one, product("B", vec![photo(2, 1), photo(2, 2), photo(2, 3)])]);
        let bad = |why, count| Advice::BadPhotos { why, count };
        assert_eq!(found.products[0].advice, [bad(Abstained::TooDark, 1), bad(Abstained::Blurred, 2)]);
        let grey = |level: u8| VideoFrame::rgb(300, 300, vec![level; 300 * 300 * 3].into()).unwrap();
        assert_eq!(photo_fault(&grey(10)), Some(Abstained::TooDark));
    }

    #[test]
    fn nothing_and_one_product_alone_are_no_trouble() {
        assert_eq!(rehearse(&[]), Rehearsal::default());
        let one = rehearse(&[product("A", vec![photo(1, 1), photo(1, 2), photo(1, 3)])]);
        assert_eq!((one.products[0].tested, one.products[0].first, one.look_alikes.len()), (3, 3, 0));
    }
}
