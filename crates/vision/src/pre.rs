//! What is done to a picture before a model looks at it: a chain of named steps, each of which can be switched.
//!
//! Cutting, resizing and normalising ([`crate::pixels`]) are always done and in one pass; codes are always looked for in luma.
//! The steps here are optional, and on by themselves only where they were measured to help; see [`Pre::default`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::pixels::Patch;

/// Which steps are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pre {
    /// Smooths a noisy crop without its edges.
    pub denoise: bool,
    /// Lifts a dark crop.
    pub low_light: bool,
    /// Takes the colour of the light off.
    pub white_balance: bool,
    /// Words are read in gray.
    pub gray_words: bool,
}

/// A changed crop; none: it is left as it is.
type Change = fn(&Patch) -> Option<Patch>;

/// A step by its name.
type Step = (&'static str, fn(&mut Pre) -> &mut bool);

const STEPS: [Step; 4] = [
    ("denoise", |pre| &mut pre.denoise),
    ("low-light", |pre| &mut pre.low_light),
    ("white-balance", |pre| &mut pre.white_balance),
    ("gray-words", |pre| &mut pre.gray_words),
];

/// The name of no step at all.
const NONE: &str = "none";

impl Pre {
    /// The crop as the embedder looks at it: noise first, as lifting a dark crop lifts its noise too.
    pub(crate) fn crop<'a>(&self, patch: &'a Patch) -> Cow<'a, Patch> {
        let mut patch = Cow::Borrowed(patch);
        let steps: [(bool, Change); 3] =
            [(self.denoise, denoised), (self.low_light, lifted), (self.white_balance, balanced)];
        for (_, change) in steps.into_iter().filter(|(on, _)| *on) {
            if let Some(changed) = change(&patch) {
                patch = Cow::Owned(changed);
            }
        }
        patch
    }

    /// The picture words are read in.
    pub(crate) fn words(&self, patch: Patch) -> Patch {
        if self.gray_words { Patch { data: patch.luma().repeat(3), ..patch } } else { patch }
    }

    /// The steps that change the vectors of a photo; empty where none does.
    pub(crate) fn of_vectors(&self) -> String {
        Self { gray_words: false, ..*self }.names().join("+")
    }

    /// Every step there is, and whether it is done.
    pub fn steps(mut self) -> [(&'static str, bool); STEPS.len()] {
        STEPS.map(|(name, of)| (name, *of(&mut self)))
    }

    fn names(self) -> Vec<&'static str> {
        self.steps().into_iter().filter(|(_, is_on)| *is_on).map(|(name, _)| name).collect()
    }
}

impl fmt::Display for Pre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.names();
        f.write_str(&if names.is_empty() { NONE.to_owned() } else { names.join(",") })
    }
}

/// A step nobody knows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("there is no step \"{step}\"; take {NONE}, or some of {} with commas between", STEPS.map(|(name, _)| name).join(", "))]
pub struct UnknownStep {
    pub step: String,
}

impl FromStr for Pre {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut pre = Self { denoise: false, low_light: false, white_balance: false, gray_words: false };
        if text.trim() == NONE {
            return Ok(pre);
        }
        for name in text.split(',').map(str::trim) {
            let known = STEPS.iter().find(|(step, _)| *step == name);
            let (_, of) = known.ok_or_else(|| UnknownStep { step: name.to_owned() })?;
            *of(&mut pre) = true;
        }
        Ok(pre)
    }
}

/// Luma that a tenth of a crop exceeds: below the first it is lifted towards the second, at most so many times.
const DARK: f32 = 110.0;
const LIT: f32 = 160.0;
const MOST_GAIN: f32 = 5.0;

fn lifted(patch: &Patch) -> Option<Patch> {
    let bright = crate::quality::bright_luma(&mut patch.luma());
    // Light is a factor in these numbers too, as they are about a power of it.
    let gain = (LIT / bright.max(1.0)).min(MOST_GAIN);
    (bright < DARK).then(|| Patch { data: patch.data.iter().map(|v| (v * gain).min(255.0)).collect(), ..*patch })
}

/// The fourth root of the mean fourth power stands for the light: brighter parts show its colour better than dark ones. Source:
/// Finlayson and Trezzi, Shades of gray and colour constancy, 2004. A product fills a crop, so no more than this is taken off.
const POWER: i32 = 4;
const MOST_CAST: f32 = 1.35;

fn balanced(patch: &Patch) -> Option<Patch> {
    let (red, green, blue) = patch.planes();
    let light = |plane: &[f32]| {
        let sum: f64 = plane.iter().map(|v| f64::from(v / 255.0).powi(POWER)).sum();
        ((sum / plane.len().max(1) as f64) as f32).powf(1.0 / POWER as f32).max(1e-3)
    };
    let lights = [light(red), light(green), light(blue)];
    let mean = lights.iter().sum::<f32>() / 3.0;
    let gains = lights.map(|light| (mean / light).clamp(1.0 / MOST_CAST, MOST_CAST));
    let planes = [red, green, blue].into_iter().zip(gains);
    let data = planes.flat_map(|(plane, gain)| plane.iter().map(move |v| (v * gain).min(255.0))).collect();
    Some(Patch { data, ..*patch })
}

/// Standard deviation of noise from which a crop is smoothed, and how far its neighbours may differ to count, in deviations.
const NOISY: f32 = 7.0;
const REACH: f32 = 2.0;

fn denoised(patch: &Patch) -> Option<Patch> {
    let luma = patch.luma();
    let noise = noise(&luma, patch.width);
    if noise < NOISY {
        return None;
    }
    let (width, fall) = (patch.width.max(1), -0.5 / (REACH * noise).powi(2));
    let size = luma.len();
    // A neighbour counts by how like it is, the same for all three colours.
    let mut data = vec![0.0; patch.data.len()];
    for (place, own) in luma.iter().enumerate() {
        let (mut sums, mut weights) = ([0.0_f32; 3], 0.0);
        for other in neighbours(place, width, size) {
            let far = luma.get(other).map_or(f32::MAX, |luma| luma - own);
            let weight = (far * far * fall).exp();
            weights += weight;
            for (channel, sum) in sums.iter_mut().enumerate() {
                *sum += weight * patch.data.get(channel * size + other).copied().unwrap_or(0.0);
            }
        }
        for (channel, sum) in sums.into_iter().enumerate() {
            if let Some(slot) = data.get_mut(channel * size + place) {
                *slot = sum / weights;
            }
        }
    }
    Some(Patch { data, ..*patch })
}

/// A pixel and those about it.
fn neighbours(place: usize, width: usize, size: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (place % width, place / width);
    let rows = y.saturating_sub(1)..=(y + 1).min(size / width - 1);
    rows.flat_map(move |y| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |x| y * width + x))
}

/// Standard deviation of the noise in a plane. Source: Immerkær, Fast noise variance estimation, 1996: the difference of two
/// Laplacians, which neither slopes nor most edges survive.
fn noise(luma: &[f32], width: usize) -> f32 {
    let rows: Vec<&[f32]> = luma.chunks_exact(width.max(1)).collect();
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    for three in rows.windows(3) {
        let [above, row, below] = three else { continue };
        for ((a, r), b) in above.windows(3).zip(row.windows(3)).zip(below.windows(3)) {
            let ([a0, a1, a2], [r0, r1, r2], [b0, b1, b2]) = (a, r, b) else { continue };
            sum += f64::from((a0 - 2.0 * a1 + a2 - 2.0 * r0 + 4.0 * r1 - 2.0 * r2 + b0 - 2.0 * b1 + b2).abs());
            count += 1;
        }
    }
    if count == 0 { 0.0 } else { ((std::f64::consts::FRAC_PI_2).sqrt() * sum / (6.0 * f64::from(count))) as f32 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const SIDE: usize = 32;

    fn patch(pixel: impl Fn(usize, usize) -> [f32; 3]) -> Patch {
        let pixel = &pixel;
        let plane = |channel: usize| {
            (0..SIDE).flat_map(move |y| (0..SIDE).map(move |x| pixel(x, y)[channel])).collect::<Vec<_>>()
        };
        Patch { width: SIDE, height: SIDE, data: [plane(0), plane(1), plane(2)].concat() }
    }

    fn only(step: &str) -> Pre {
        step.parse().unwrap()
    }

    #[test]
    fn a_dark_crop_is_lifted_and_a_bright_one_left_alone() {
        let dark = patch(|x, _| [x as f32, x as f32 / 2.0, 10.0]);
        let lifted = only("low-light").crop(&dark).into_owned();
        let brightest = |patch: &Patch| crate::quality::bright_luma(&mut patch.luma());
        assert!(brightest(&lifted) > 4.0 * brightest(&dark), "{}", brightest(&lifted));
        assert!((lifted.data[20] / lifted.data[SIDE * SIDE + 20] - 2.0).abs() < 1e-3, "colours stay what they are");
        let bright = patch(|x, _| [x as f32 * 8.0; 3]);
        assert_eq!(*only("low-light").crop(&bright), bright);
    }

    #[test]
    fn a_warm_light_is_taken_off() {
        let warm = patch(|x, y| [200.0, 170.0, 150.0].map(|light| light * ((x + y) % 4 + 1) as f32 / 4.0));
        let balanced = only("white-balance").crop(&warm).into_owned();
        let (red, _, blue) = balanced.planes();
        assert!(red.iter().zip(blue).all(|(red, blue)| (red - blue).abs() < 1.0), "gray goods are gray");
    }

    #[test]
    fn noise_is_smoothed_and_an_edge_stays() {
        let shake = |x: usize, y: usize| ((x * 7919 + y * 104_729) * 2_654_435_761 % 1_000) as f32 / 1_000.0 - 0.5;
        let edge = |x: usize, y: usize, by: f32| [if x < SIDE / 2 { 40.0 } else { 200.0 } + by * shake(x, y); 3];
        let noisy = patch(|x, y| edge(x, y, 60.0));
        let smooth = only("denoise").crop(&noisy).into_owned();
        let clean = patch(|x, y| edge(x, y, 0.0));
        let far = |from: &Patch| {
            from.data.iter().zip(&clean.data).map(|(a, b)| (a - b).powi(2)).sum::<f32>() / clean.data.len() as f32
        };
        assert!(far(&smooth) < 0.4 * far(&noisy), "{} of {}", far(&smooth), far(&noisy));
        assert_eq!(*only("denoise").crop(&clean), clean, "no noise, no step");
    }

    #[test]
    fn steps_are_named_and_a_wrong_name_is_told() {
        let pre: Pre = "low-light, gray-words".parse().unwrap();
        assert_eq!(pre, Pre { low_light: true, gray_words: true, ..only(NONE) });
        assert_eq!((pre.to_string().as_str(), pre.of_vectors().as_str()), ("low-light,gray-words", "low-light"));
        assert_eq!((only(NONE).to_string().as_str(), only(NONE).of_vectors()), (NONE, String::new()));
        let is_on = pre.steps();
        assert_eq!(is_on, [("denoise", false), ("low-light", true), ("white-balance", false), ("gray-words", true)]);
        let wrong = "sharpen".parse::<Pre>().unwrap_err().to_string();
        assert!(wrong.contains("sharpen") && wrong.contains("white-balance"), "{wrong}");
        let gray = only("gray-words").words(patch(|_, _| [200.0, 100.0, 0.0]));
        assert_eq!(gray.data[0], gray.data[2 * SIDE * SIDE]);
    }
}
