//! Pictures: ranking, pins, abstention and time. Every picture is decided alone.

use hawker_domain::Sku;
use hawker_infer::Runtime;
use serde::Serialize;
use std::collections::HashMap;
use std::path::Path;

use super::conditions::{Products, of_picture};
use super::reliability::{Reliability, reliability};
use super::strata::{Case, Label};
use super::{percentile, share};
use crate::catalogue_csv::ImageQuery;
use crate::quality::Quality;
use crate::read::{Names, Reading};
use crate::{CatalogueItem, Gallery, Recogniser, RecogniserConfig, StillDecision, VisionError, photo};

/// The figures of one run. Keys are part of the command's contract.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImagesReport {
    pub images: usize,
    /// Share of pictures with a known product whose product ranks first, among three, among five; before abstention.
    pub top1: f64,
    pub top3: f64,
    pub top5: f64,
    /// Right pins of all pins; a pin on an unknown thing is wrong. 1 when nothing was pinned.
    pub pin_precision: f64,
    /// Pins, right or wrong, of pictures with a known product.
    pub pin_coverage: f64,
    /// Pictures of unknown things that were not pinned; 1 when there are none.
    pub unknown_rejected: f64,
    /// Decoded pixels to decision.
    pub ms_per_image_p50: f32,
    pub ms_per_image_p95: f32,
    pub provider: String,
    /// Each decision, for `--per-image`.
    #[serde(skip)]
    pub per_image: Vec<ImageDecision>,
}

/// What was decided on one picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageDecision {
    pub path: String,
    /// The right answer; none: an unknown thing.
    pub sku: Option<Sku>,
    /// The five likeliest products with their scores.
    pub ranking: Vec<(Sku, f32)>,
    pub probability: f32,
    pub pin: Option<Sku>,
    pub abstained: Option<crate::Abstained>,
    /// Why it can't be read; it counts as a picture that nothing was said about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
    /// What was read on it; none where words are not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Reading>,
    /// The whole picture's measures; none where it can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// Share of the picture that the detector's box covers; none: no box large enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub box_share: Option<f32>,
    pub ms: f32,
    /// What it is told apart by.
    #[serde(skip)]
    pub labels: Vec<Label>,
}

impl ImageDecision {
    fn is_first(&self) -> bool {
        self.sku.is_some() && self.ranking.first().map(|(sku, _)| sku) == self.sku.as_ref()
    }

    /// What it counts as in each of its strata.
    pub fn case(&self) -> Case {
        Case {
            known: self.sku.is_some(),
            first: self.is_first(),
            covered: self.pin.is_some(),
            pins: usize::from(self.pin.is_some()),
            right: usize::from(self.pin.is_some() && self.pin == self.sku),
            labels: self.labels.clone(),
        }
    }
}

/// How often the first product is right, by the probability that it is. A first product on an unknown thing is wrong; pictures that
/// can't be read say nothing.
pub fn reliability_of(decisions: &[ImageDecision]) -> Reliability {
    let decided = decisions.iter().filter(|decision| decision.unreadable.is_none());
    reliability(decided.map(|decision| (decision.probability, decision.is_first())))
}

/// Why an evaluation could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    #[error(transparent)]
    Vision(#[from] VisionError),
    #[error("none of the catalogue's products has a photo, so there is nothing to recognise")]
    EmptyCatalogue,
}

/// Recognises every picture of a list. Errors: models.
pub fn images(
    models_dir: &Path,
    runtime: &Runtime,
    config: RecogniserConfig,
    items: &[CatalogueItem],
    queries: &[ImageQuery],
) -> Result<ImagesReport, EvaluateError> {
    let mut recogniser = Recogniser::load(models_dir, runtime, config, Gallery::build(Vec::new()))?;
    let gallery = gallery(&mut recogniser, items)?;
    let products = Products::of(items, &gallery);
    recogniser.set_gallery(gallery);
    let names = names(&mut recogniser, items)?;
    recogniser.set_names(names);
    let mut per_image = Vec::with_capacity(queries.len());
    for query in queries {
        let (decision, unreadable) = match photo::read(&query.path) {
            Ok(frame) => (recogniser.observe_still(&frame)?, None),
            Err(why) => (StillDecision::default(), Some(why.to_string())),
        };
        let mut labels = products.labels(query.sku.as_ref());
        if let Some(quality) = &decision.quality {
            labels.extend(of_picture(quality, decision.box_share));
        }
        per_image.push(ImageDecision {
            path: query.name.clone(),
            sku: query.sku.clone(),
            ranking: decision.ranking.into_iter().take(5).collect(),
            probability: decision.probability,
            pin: decision.pin,
            abstained: decision.abstained,
            unreadable,
            read: decision.read,
            quality: decision.quality,
            box_share: decision.box_share,
            ms: decision.ms,
            labels,
        });
    }
    Ok(summarise(per_image, &recogniser.provider()))
}

/// The gallery of a catalogue's photos. Errors: a model failed, or there is no photo at all.
pub(super) fn gallery(recogniser: &mut Recogniser, items: &[CatalogueItem]) -> Result<Gallery, EvaluateError> {
    let mut vectors = Vec::with_capacity(items.len());
    for item in items {
        let photos = item.photos.iter().map(|photo| recogniser.embed_photo(photo)).collect::<Result<_, _>>()?;
        vectors.push((item.sku.clone(), photos));
    }
    let gallery = Gallery::build(vectors);
    if gallery.is_empty() { Err(EvaluateError::EmptyCatalogue) } else { Ok(gallery) }
}

/// What the products of a catalogue are called, and, where words are read inline, what stands on their photos.
/// Errors: a model failed.
pub fn names(recogniser: &mut Recogniser, items: &[CatalogueItem]) -> Result<HashMap<Sku, Names>, VisionError> {
    let name = |item: &CatalogueItem| {
        let printed = item.photos.iter().map(|photo| recogniser.read_photo(photo)).collect::<Result<_, _>>()?;
        let names = Names {
            title: item.title.clone(),
            brand: item.brand.clone(),
            aliases: item.aliases.clone(),
            barcode: item.barcode.clone(),
            variant_of: item.variant_of.clone(),
            option: item.option.clone(),
            printed,
        };
        Ok((item.sku.clone(), names))
    };
    items.iter().map(name).collect()
}

/// The figures that follow from decisions.
pub fn summarise(per_image: Vec<ImageDecision>, provider: &str) -> ImagesReport {
    let known = per_image.iter().filter(|image| image.sku.is_some()).count();
    let top = |k: usize| {
        let right =
            |image: &&ImageDecision| image.ranking.iter().take(k).any(|(sku, _)| Some(sku) == image.sku.as_ref());
        share(per_image.iter().filter(right).count(), known)
    };
    let pins = per_image.iter().filter(|image| image.pin.is_some()).count();
    let right_pins = per_image.iter().filter(|image| image.pin.is_some() && image.pin == image.sku).count();
    let unknown_pins = per_image.iter().filter(|image| image.pin.is_some() && image.sku.is_none()).count();
    let unknown = per_image.len() - known;
    let times = || per_image.iter().filter(|image| image.unreadable.is_none()).map(|image| image.ms).collect();
    ImagesReport {
        images: per_image.len(),
        top1: top(1),
        top3: top(3),
        top5: top(5),
        pin_precision: if pins == 0 { 1.0 } else { share(right_pins, pins) },
        pin_coverage: share(pins - unknown_pins, known),
        unknown_rejected: if unknown == 0 { 1.0 } else { share(unknown - unknown_pins, unknown) },
        ms_per_image_p50: percentile(times(), 0.5),
        ms_per_image_p95: percentile(times(), 0.95),
        provider: provider.to_owned(),
        per_image,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn decision(sku: &str, ranking: &[&str], pin: &str) -> ImageDecision {
        let sku_of = |text: &str| Sku::new(text).ok();
        ImageDecision {
            path: String::new(),
            sku: sku_of(sku),
            ranking: ranking.iter().map(|text| (sku_of(text).unwrap(), 0.5)).collect(),
            probability: 0.5,
            pin: sku_of(pin),
            abstained: None,
            unreadable: None,
            read: None,
            quality: None,
            box_share: None,
            ms: 10.0,
            labels: Vec::new(),
        }
    }

    #[test]
    fn figures_count_as_the_contract_says() {
        let report = summarise(
            vec![
                decision("A", &["A", "B", "C", "D"], "A"),
                decision("A", &["B", "A", "C", "D"], "B"),
                decision("D", &["A", "B", "C", "D"], ""),
                decision("B", &["B", "A", "C", "D"], ""),
                decision("", &["A", "B", "C", "D"], "A"),
                decision("", &["A", "B", "C", "D"], ""),
            ],
            "CPU",
        );
        assert_eq!((report.top1, report.top3, report.top5), (0.5, 0.75, 1.0));
        assert!((report.pin_precision - 1.0 / 3.0).abs() < 1e-9, "the pin on the unknown thing is wrong too");
        assert_eq!((report.pin_coverage, report.unknown_rejected), (0.5, 0.5));
    }

    #[test]
    fn a_probability_is_judged_by_the_first_product_and_an_unknown_thing_makes_it_wrong() {
        let decided = |sku: &str, probability| ImageDecision { probability, ..decision(sku, &["A", "B"], "") };
        let unreadable = ImageDecision { unreadable: Some("cut short".to_owned()), ..decided("A", 0.0) };
        let found = reliability_of(&[decided("A", 0.95), decided("B", 0.95), decided("", 0.25), unreadable]);
        assert_eq!((found.n, found.bins[9].right, found.bins[2].right), (3, Some(0.5), Some(0.0)));
    }

    #[test]
    fn a_picture_counts_in_its_strata_as_in_the_whole() {
        let of = |sku: &str, ranking: &[&str], pin: &str| {
            let Case { known, first, covered, pins, right, .. } = decision(sku, ranking, pin).case();
            (known, first, covered, pins, right)
        };
        assert_eq!(of("A", &["A", "B"], "A"), (true, true, true, 1, 1));
        assert_eq!(of("A", &["B", "A"], "B"), (true, false, true, 1, 0));
        assert_eq!(of("", &["B", "A"], "B"), (false, false, true, 1, 0));
        assert_eq!(of("", &[], ""), (false, false, false, 0, 0));
    }

    #[test]
    fn the_json_has_exactly_the_agreed_keys() {
        let json = serde_json::to_value(summarise(Vec::new(), "CPU")).unwrap();
        let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        let mut want = [
            "images",
            "top1",
            "top3",
            "top5",
            "pin_precision",
            "pin_coverage",
            "unknown_rejected",
            "ms_per_image_p50",
            "ms_per_image_p95",
            "provider",
        ];
        want.sort_unstable();
        assert_eq!(keys, want);
    }
}
