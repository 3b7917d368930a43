//! What colours a crop has: a histogram over hue, saturation and value.

use crate::pixels::Patch;

/// Steps of hue, saturation and value.
const HUES: usize = 12;
const SATURATIONS: usize = 4;
const VALUES: usize = 4;

/// Bins of the histogram.
pub const BINS: usize = HUES * SATURATIONS * VALUES;

/// Square roots of the shares of each colour, so that large plain areas do not drown the rest; its length is 1.
pub fn histogram(patch: &Patch) -> Vec<f32> {
    let (red, green, blue) = patch.planes();
    let mut counts = vec![0.0_f32; BINS];
    for ((r, g), b) in red.iter().zip(green).zip(blue) {
        if let Some(count) = counts.get_mut(bin(*r, *g, *b)) {
            *count += 1.0;
        }
    }
    let total = red.len().max(1) as f32;
    counts.iter().map(|count| (count / total).sqrt()).collect()
}

/// The bin of one colour. Units: 0 to 255 each.
fn bin(red: f32, green: f32, blue: f32) -> usize {
    let largest = red.max(green).max(blue);
    let smallest = red.min(green).min(blue);
    let range = largest - smallest;
    let saturation = if largest > 0.0 { range / largest } else { 0.0 };
    let hue = if range <= 0.0 {
        0.0
    } else if largest == red {
        (green - blue) / range
    } else if largest == green {
        2.0 + (blue - red) / range
    } else {
        4.0 + (red - green) / range
    };
    // Sixths of the circle, -1 to 5, to 0 to 1.
    let hue = (hue / 6.0).rem_euclid(1.0);
    let step = |share: f32, steps: usize| ((share * steps as f32) as usize).min(steps - 1);
    (step(hue, HUES) * SATURATIONS + step(saturation, SATURATIONS)) * VALUES + step(largest / 256.0, VALUES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_far_apart_fall_into_different_bins() {
        let bins = [
            bin(255.0, 0.0, 0.0),
            bin(0.0, 255.0, 0.0),
            bin(0.0, 0.0, 255.0),
            bin(255.0, 255.0, 255.0),
            bin(0.0, 0.0, 0.0),
            bin(120.0, 0.0, 0.0),
        ];
        for (index, first) in bins.iter().enumerate() {
            assert!(*first < BINS);
            assert!(!bins.iter().skip(index + 1).any(|second| second == first), "{bins:?}");
        }
    }

    #[test]
    fn the_histogram_has_length_one() {
        let patch = Patch { width: 2, height: 1, data: vec![255.0, 0.0, 0.0, 0.0, 0.0, 255.0] };
        let histogram = histogram(&patch);
        let length: f32 = histogram.iter().map(|share| share * share).sum();
        assert!((length - 1.0).abs() < 1e-6);
        assert_eq!(histogram.iter().filter(|share| **share > 0.0).count(), 2, "one red and one blue pixel");
    }
}
