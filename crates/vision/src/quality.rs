//! Whether a crop is good enough to say anything about it.

use serde::{Deserialize, Serialize};

use crate::pixels::Patch;

/// Why nothing is said about a thing in the picture. The host reads it and can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstained {
    TooDark,
    Blurred,
    TooFar,
}

/// Limits below which the recogniser abstains.
#[derive(Clone, Copy, Debug)]
pub struct QualityLimits {
    /// Brightest tenth of the crop must reach this luma, 0 to 255: a black product in good light has bright spots, a dark room has not.
    pub bright_luma: f32,
    /// Least share of fine detail, see [`Quality::sharpness`]. Product photos have 0.08 and more, blurred by 2.5 pixels 0.072.
    pub sharpness: f32,
    /// Shorter side of the box in pixels of the frame.
    pub side_px: f32,
}

impl Default for QualityLimits {
    fn default() -> Self {
        Self { bright_luma: 45.0, sharpness: 0.072, side_px: 40.0 }
    }
}

/// Measures of one crop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// Luma that a tenth of the pixels exceed, 0 to 255.
    pub bright_luma: f32,
    /// Mean square of the step between neighbours over that between pixels four apart. A sharp edge gives 0.25, fine texture
    /// more, a slope wider than four pixels 1/16; contrast cancels out.
    pub sharpness: f32,
    /// Shorter side of the box, pixels of the frame.
    pub side_px: f32,
}

impl Quality {
    /// Measures a crop whose box had a shorter side of `side_px` in the frame.
    pub fn of(patch: &Patch, side_px: f32) -> Self {
        let mut luma = patch.luma();
        let sharpness = sharpness(&luma, patch.width);
        Self { bright_luma: bright_luma(&mut luma), sharpness, side_px }
    }

    /// The first limit that is not met; none when the crop will do.
    pub fn abstain(&self, limits: &QualityLimits, patch_side: usize) -> Option<Abstained> {
        // A crop that was enlarged is soft by itself; blur is only said where the frame had the pixels.
        let enlarged = self.side_px < patch_side as f32 * 0.8;
        if self.side_px < limits.side_px {
            Some(Abstained::TooFar)
        } else if self.bright_luma < limits.bright_luma {
            Some(Abstained::TooDark)
        } else if !enlarged && self.sharpness < limits.sharpness {
            Some(Abstained::Blurred)
        } else {
            None
        }
    }
}

/// The value that a tenth of the pixels exceed; changes their order.
pub(crate) fn bright_luma(luma: &mut [f32]) -> f32 {
    let tenth = luma.len() / 10;
    if luma.is_empty() { 0.0 } else { *luma.select_nth_unstable_by(tenth, |a, b| b.total_cmp(a)).1 }
}

fn sharpness(luma: &[f32], width: usize) -> f32 {
    let (mut near, mut far) = (0.0_f64, 0.0_f64);
    for row in luma.chunks(width.max(1)) {
        for window in row.windows(5) {
            if let [a, b, _, _, e] = window {
                near += f64::from((a - b) * (a - b));
                far += f64::from((a - e) * (a - e));
            }
        }
    }
    if far > 0.0 { (near / far) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn patch(pixel: impl Fn(usize, usize) -> f32) -> Patch {
        let plane: Vec<f32> = (0..96).flat_map(|y| (0..96).map(move |x| (x, y))).map(|(x, y)| pixel(x, y)).collect();
        Patch { width: 96, height: 96, data: plane.repeat(3) }
    }

    #[test]
    fn each_limit_is_named_for_what_the_host_can_change() {
        let limits = QualityLimits::default();
        let checks = |x: usize, y: usize| f32::from(u8::from((x / 8 + y / 8).is_multiple_of(2))) * 200.0;
        let waves = |x: usize, _: usize| 100.0 + 80.0 * (x as f32 / 15.0).sin();
        let cases: [(Patch, f32, Option<Abstained>); 4] = [
            (patch(checks), 96.0, None),
            (patch(checks), 20.0, Some(Abstained::TooFar)),
            (patch(|x, y| checks(x, y) * 0.1), 96.0, Some(Abstained::TooDark)),
            (patch(waves), 96.0, Some(Abstained::Blurred)),
        ];
        for (patch, side, want) in cases {
            let quality = Quality::of(&patch, side);
            assert_eq!(quality.abstain(&limits, 96), want, "{quality:?}");
        }
    }

    #[test]
    fn an_enlarged_crop_is_not_called_blurred() {
        let quality = Quality { bright_luma: 200.0, sharpness: 0.066, side_px: 90.0 };
        assert_eq!(quality.abstain(&QualityLimits::default(), 288), None);
        assert_eq!(quality.abstain(&QualityLimits::default(), 96), Some(Abstained::Blurred));
    }
}
