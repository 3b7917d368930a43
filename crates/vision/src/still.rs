//! A single picture, decided by itself: for measurements, and wherever there is no second look.

use hawker_av::VideoFrame;
use hawker_domain::Sku;
use serde::Serialize;
use std::time::Instant;

use crate::detect::Proposer;
use crate::embed::{inner_of, whole_of};
use crate::gallery::Supply;
use crate::pixels::Patch;
use crate::quality::{Abstained, Quality};
use crate::read::{Evidence, Reading};
use crate::recogniser::calibration_of_still;
use crate::tagger::{Field, Said, rank};
use crate::{Recogniser, VisionError};

/// Inner parts of a still picture that are looked at beside the whole.
const STILL_VIEWS: [f32; 2] = [0.8, 0.6];

/// Views, the whole first, that are looked at mirrored too.
const TURNED_VIEWS: usize = 2;

/// Share of a still picture a box must cover to be looked at by itself.
const STILL_LEAST_BOX: f32 = 0.12;

/// A single picture, decided without any other.
#[derive(Clone, Debug, Default, Serialize)]
pub struct StillDecision {
    /// Every product, likeliest first, with its score before abstention.
    pub ranking: Vec<(Sku, f32)>,
    /// Calibrated probability that the first is right.
    pub probability: f32,
    /// The product that would be pinned.
    pub pin: Option<Sku>,
    pub abstained: Option<Abstained>,
    /// What was read on it, where words are read inline.
    pub read: Option<Reading>,
    /// Of the whole picture.
    pub quality: Option<Quality>,
    /// Share of the picture that the detector's box covers which was looked at by itself; none: there is no such box.
    pub box_share: Option<f32>,
    pub ms: f32,
}

impl Recogniser {
    /// Decides on one picture alone: the whole frame, two inner parts about its middle, and the best box of the detector that is
    /// large enough; where products have several photos, the whole and the larger part mirrored too. What stands out in the middle
    /// and the fixed windows there ([`crate::detect::middle`]) are for frames of a show: in a picture of one thing the inner parts
    /// take their place. A curve and a threshold of its own decide, so what is right here tells nothing of a clip. Leaves tracks and
    /// tags as they are. Errors: empty frame, or a model failed.
    pub fn observe_still(&mut self, frame: &VideoFrame) -> Result<StillDecision, VisionError> {
        let begun = Instant::now();
        let whole = whole_of(frame);
        let first = self.embedder.patch(frame, whole)?;
        let quality = Quality::of(&first, whole.width.min(whole.height));
        let abstained = quality.abstain(&self.config.quality, self.embedder.side());
        let mut patches = vec![first];
        for share in STILL_VIEWS {
            patches.push(self.embedder.patch(frame, inner_of(whole, share))?);
        }
        let (found, _) = self.detector.detect(frame)?;
        let boxes = found.proposals.iter().filter(|proposal| proposal.by == Proposer::Detector);
        let boxes = boxes.filter(|proposal| proposal.rect.area() >= STILL_LEAST_BOX * whole.area());
        let mut box_share = None;
        for proposal in boxes.take(1) {
            box_share = Some(proposal.rect.area() / whole.area());
            patches.push(self.embedder.patch(frame, proposal.rect.padded(0.05, whole))?);
        }
        // Turned over it is the same thing seen once more: what both looks agree on is surer. One photo a product does not know
        // enough of its own thing for that: with those the right product came first 1 % less often.
        if self.gallery.supply() == Supply::Many {
            let turned: Vec<Patch> = patches.iter().take(TURNED_VIEWS).map(Patch::mirrored).collect();
            patches.extend(turned);
        }
        let looks = self.embedder.embed(&patches)?;
        let mut scores = vec![0.0_f32; self.gallery.skus().len()];
        for look in &looks {
            for (sum, score) in scores.iter_mut().zip(self.gallery.scores(look)) {
                *sum += score / looks.len() as f32;
            }
        }
        // Looks alone decide where it can't be read.
        let read = self.words.read_now(frame, whole).unwrap_or_else(|error| {
            tracing::warn!("a picture's words can't be read: {error}");
            None
        });
        let (evidence, read) = read.map_or((None, None), |(evidence, reading)| (Some(evidence), Some(reading)));
        let may_speak = vec![true; scores.len()];
        let (said, priors) =
            Said::new(evidence.unwrap_or_default(), Evidence::default(), &may_speak).weighed(&vec![0.0; scores.len()]);
        let calibration = calibration_of_still(&self.gallery);
        let distance = looks.iter().map(|look| self.gallery.distance(look)).sum::<f32>() / looks.len() as f32;
        let field = Field { scores: &scores, priors: &priors, said: &said, distance };
        let probability = rank(&field, &calibration, |_| false).map_or(0.0, |best| best.probability);
        let mut ranking: Vec<(Sku, f32)> = self.gallery.skus().iter().cloned().zip(field.mixed(&calibration)).collect();
        ranking.sort_by(|a, b| b.1.total_cmp(&a.1));
        let sure = abstained.is_none() && probability >= self.config.tagger.pin_still;
        let pin = ranking.first().filter(|_| sure).map(|(sku, _)| sku.clone());
        let ms = begun.elapsed().as_secs_f32() * 1000.0;
        Ok(StillDecision { ranking, probability, pin, abstained, read, quality: Some(quality), box_share, ms })
    }
}
