//! What a decision is told apart by: what the catalogue knows of the product, what was measured on the picture, what the truth
//! of a clip says. Nothing is guessed: a picture does not tell whether a finger covers the thing, so only a truth file does.

use hawker_domain::Sku;
use std::collections::HashMap;

use super::strata::{Axis, Label};
use super::video::TruthSpan;
use crate::quality::Quality;
use crate::{CatalogueItem, Gallery};

const CATEGORY: Axis = Axis { axis: "category", what: "first part of the product's category", edges: &[] };
const LOOK_ALIKES: Axis = Axis {
    axis: "look_alikes",
    what: "whether the product has a near-twin by the catalogue's own photos: near-identical to one, alike but told apart by its \
           photos every time, or none found; looked for in catalogues of up to 1,000 views of photos",
    edges: &[],
};
const LEAD: Axis = Axis {
    axis: "lead_of_own_photos",
    what: "by how much the product's own photos, held out, lead over every other product, as a cosine; a product where that was \
           not measured counts as one that leads as usual",
    // As low and as high as the tagger tells leads apart.
    edges: &[0.0501, 0.1339],
};
const SHARPNESS: Axis = Axis {
    axis: "sharpness",
    what: "share of fine detail of the whole picture at the size it is looked at; nothing is said below the first edge unless \
           the picture was enlarged",
    edges: &[0.072, 0.1, 0.14],
};
const LIGHT: Axis = Axis {
    axis: "light",
    what: "luma that a tenth of the picture exceeds, 0 to 255; nothing is said below the first edge",
    edges: &[45.0, 120.0, 180.0, 230.0],
};
const SIZE: Axis = Axis { axis: "size", what: "shorter side of the picture, pixels", edges: &[240.0, 400.0, 720.0] };
const SCALE: Axis = Axis {
    axis: "scale",
    what: "share of the picture that the detector's box around the thing covers",
    edges: &[0.12, 0.3, 0.6],
};

const KIND: Axis = Axis { axis: "kind", what: "kind, as the truth says", edges: &[] };
const ZOOM: Axis = Axis {
    axis: "zoom_percent",
    what: "size in the picture against the usual one, by the truth",
    edges: &[95.0, 105.0],
};
const EXPOSURE: Axis = Axis { axis: "exposure_percent", what: "exposure, by the truth", edges: &[85.0, 97.0] };
const YAW: Axis = Axis { axis: "yaw_deg", what: "degrees turned to either side, by the truth", edges: &[15.0] };
const COVERED: Axis = Axis { axis: "covered", what: "a hand covers a part for a while, by the truth", edges: &[] };
const SHADOWED: Axis = Axis { axis: "shadowed", what: "a shadow goes over it, by the truth", edges: &[] };
const BLURRED: Axis = Axis { axis: "blurred", what: "out of focus or moved, by the truth", edges: &[] };

/// Views of photos up to which a gallery looks for pairs; a product has one at least.
const PAIRS_UP_TO: usize = 1_000;

/// What a catalogue knows of its products.
#[derive(Clone, Debug, Default)]
pub struct Products(HashMap<Sku, Vec<Label>>);

impl Products {
    /// Of a catalogue and the gallery of its photos.
    pub fn of(items: &[CatalogueItem], gallery: &Gallery) -> Self {
        let category = |item: &CatalogueItem| {
            let first = item.category.split('/').next().unwrap_or_default().trim();
            if first.is_empty() { CATEGORY.named("none given") } else { CATEGORY.named(first) }
        };
        let mut labels: HashMap<Sku, Vec<Label>> =
            items.iter().map(|item| (item.sku.clone(), vec![category(item)])).collect();
        let (twins, count) = (gallery.twins(), gallery.skus().len());
        for (index, sku) in gallery.skus().iter().enumerate() {
            let looked_for = if count <= PAIRS_UP_TO { count } else { 0 };
            let others = || (0..looked_for).filter(|other| *other != index);
            let alike = if others().any(|other| twins.told(index, other, 0.0).is_some()) {
                "near-identical"
            } else if others().any(|other| twins.stretch(index, other) > 1.0) {
                "alike"
            } else {
                "none found"
            };
            // A short lead is told in units of the usual one, which is what is asked for.
            let usual = SHORT_LEAD / twins.relative(index, SHORT_LEAD);
            labels.entry(sku.clone()).or_default().extend([LOOK_ALIKES.named(alike), LEAD.band(usual)]);
        }
        Self(labels)
    }

    /// Of one product; of something that no product is, nothing.
    pub(super) fn labels(&self, sku: Option<&Sku>) -> Vec<Label> {
        sku.and_then(|sku| self.0.get(sku)).cloned().unwrap_or_default()
    }
}

const SHORT_LEAD: f32 = 0.01;

/// What was measured on a picture. `box_share`: of the picture; none: the detector found no box large enough.
pub(super) fn of_picture(quality: &Quality, box_share: Option<f32>) -> Vec<Label> {
    let scale = box_share.map_or_else(|| SCALE.named("no box"), |share| SCALE.band(share));
    vec![SHARPNESS.band(quality.sharpness), LIGHT.band(quality.bright_luma), SIZE.band(quality.side_px), scale]
}

/// What the truth says of the time something was held.
pub(super) fn of_span(span: &TruthSpan) -> Vec<Label> {
    let yes = |axis: Axis, is: Option<bool>| is.map(|is| axis.named(if is { "yes" } else { "no" }));
    let about = &span.about;
    let labels = [
        about.kind.as_ref().map(|kind| KIND.named(kind.as_str())),
        about.zoom_percent.map(|zoom| ZOOM.band(zoom)),
        about.exposure_percent.map(|exposure| EXPOSURE.band(exposure)),
        about.yaw_deg.map(|yaw| YAW.band(yaw.abs())),
        yes(COVERED, about.covered),
        yes(SHADOWED, about.shadowed),
        yes(BLURRED, about.blurred),
    ];
    labels.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::PhotoVectors;
    use crate::embed::{BLOCKS, LOOK_LEN, Look};
    use crate::evaluate::video::TruthAbout;

    /// Four photos of a thing of one `kind` with so much of its `own` in every block.
    fn photos(kind: usize, own: f32) -> Vec<PhotoVectors> {
        let look = |seed: usize| {
            let shake = |i: usize| ((i * 31 + seed) * 2_654_435_761 % 1_000) as f32 / 50_000.0;
            let mut numbers: Vec<f32> = (0..LOOK_LEN).map(|i| 0.1 + shake(i)).collect();
            for block in &BLOCKS {
                let start = block.range.start;
                numbers[start + 10 * kind..start + 10 * kind + 10].iter_mut().for_each(|value| *value += 1.0);
                numbers[start + 100] += own;
            }
            Look::from_blocks(numbers).unwrap()
        };
        (0..4).map(|photo| PhotoVectors::new("test", (0..4).map(|view| look(photo * 4 + view)).collect())).collect()
    }

    #[test]
    fn a_product_is_told_by_its_category_and_by_whether_it_has_a_twin() {
        let sku = |text: &str| Sku::new(text).unwrap();
        let gallery = Gallery::build(vec![
            (sku("A"), photos(0, 0.35)),
            (sku("B"), photos(0, 0.0)),
            (sku("C"), photos(1, 0.0)),
            (sku("D"), photos(2, 0.0)),
        ]);
        let item = |text: &str, category: &str| CatalogueItem {
            sku: sku(text),
            title: String::new(),
            category: category.to_owned(),
            brand: String::new(),
            aliases: Vec::new(),
            barcode: String::new(),
            variant_of: String::new(),
            option: String::new(),
            photos: Vec::new(),
        };
        let products = Products::of(&[item("A", "Drinks/Tea"), item("C", "")], &gallery);
        let labels = |text: &str| products.labels(Some(&sku(text)));
        assert_eq!(labels("A").first(), Some(&CATEGORY.named("Drinks")));
        assert_eq!(labels("C").first(), Some(&CATEGORY.named("none given")));
        let none = LOOK_ALIKES.named("none found");
        assert!(!labels("A").contains(&none) && !labels("B").contains(&none), "{:?}", labels("A"));
        assert!(labels("C").contains(&none) && labels("D").contains(&none), "{:?}", labels("C"));
        assert!(products.labels(None).is_empty() && products.labels(Some(&sku("Z"))).is_empty());
    }

    #[test]
    fn the_truth_is_told_as_far_as_it_goes() {
        let about = TruthAbout { yaw_deg: Some(-20.0), shadowed: Some(false), ..TruthAbout::default() };
        let span = TruthSpan { sku: None, from_ms: 0, to_ms: 1, about };
        assert_eq!(
            of_span(&span),
            [YAW.band(20.0), SHADOWED.named("no")],
            "a turn to the left is as much as one to the right"
        );
    }

    #[test]
    fn a_picture_is_told_by_what_was_measured_and_a_thing_without_a_box_says_so() {
        let quality = Quality { bright_luma: 44.0, sharpness: 0.072, side_px: 720.0 };
        let names = |share| of_picture(&quality, share);
        assert_eq!(names(None)[3], SCALE.named("no box"));
        assert_eq!(names(Some(0.5))[3], SCALE.band(0.4));
        assert_eq!(names(None)[..3], [SHARPNESS.band(0.08), LIGHT.band(0.0), SIZE.band(5_000.0)]);
    }
}
