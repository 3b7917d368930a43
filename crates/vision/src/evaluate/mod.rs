//! How good the recogniser is, on pictures and on clips with known answers, and on evidence that was recorded.

mod conditions;
mod diagram;
mod images;
mod reliability;
mod replay;
mod shots;
mod strata;
mod video;

pub use conditions::Products;
pub use diagram::diagram;
pub use images::{EvaluateError, ImageDecision, ImagesReport, images, names, reliability_of, summarise};
pub use reliability::{Bin, Reliability, reliability};
pub use replay::{Difference, Judged, ReplayError, ReplayReport, replay};
pub use shots::{ShotFigures, ShotSpan, judge_shots};
pub use strata::{Axis, Case, Label, Stratum, axes, strata};
pub use video::{
    Likeliest, TruthAbout, TruthSpan, VideoEvent, VideoReport, held_cases, judge, reliability_of_clip, video,
};

/// The value below which `share` of the numbers lie; 0 for none.
fn percentile(mut values: Vec<f32>, share: f32) -> f32 {
    values.sort_by(f32::total_cmp);
    let index = (values.len() as f32 * share).ceil() as usize;
    values.get(index.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// A part of a whole; 0 when there is no whole.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
